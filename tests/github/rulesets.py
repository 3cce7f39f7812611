"""Rulesets of the fake GitHub, and its record of what went past them."""

import copy
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from tests.github.operations import Handler, page, routes
from tests.github.server import Answer, Call, error

if TYPE_CHECKING:
    from tests.github.world import World

Json = Any


def _shown_ruleset(world: "World", call: Call, ruleset: Json) -> Json:
    shown = copy.deepcopy(ruleset)
    if not world.tokens[call.token]:
        # Who may not edit a ruleset is not told who may bypass it.
        del shown["bypass_actors"]
    return shown


def _rulesets(world: "World", call: Call) -> Answer:
    short = ("id", "name", "target", "source_type", "source", "enforcement", "node_id")
    listed = [{key: each[key] for key in short} for each in world.rulesets.values()]
    return Answer(200, page(listed, call))


def _new_ruleset(world: "World", call: Call) -> Answer:
    if any(each["name"] == call.body["name"] for each in world.rulesets.values()):
        return error(
            422,
            "Validation Failed",
            errors=[{"resource": "Ruleset", "code": "custom", "message": "Name must be unique"}],
        )
    number = world.number()
    world.rulesets[number] = _ruleset(world, call, number)
    return Answer(201, _shown_ruleset(world, call, world.rulesets[number]))


def _ruleset(world: "World", call: Call, number: int) -> Json:
    return copy.deepcopy(call.body) | {
        "id": number,
        "node_id": f"RRS_{number}",
        "source_type": "Repository",
        "source": f"{world.owner}/{world.name}",
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z",
    }


def _one_ruleset(world: "World", call: Call) -> Answer:
    number = int(call.path["ruleset_id"])
    if number not in world.rulesets:
        return error(404, "Not Found")
    if call.operation.startswith("PUT "):
        world.rulesets[number] = _ruleset(world, call, number)
    if call.operation.startswith("DELETE "):
        del world.rulesets[number]
        return Answer(204)
    return Answer(200, _shown_ruleset(world, call, world.rulesets[number]))


def _rule_suites(world: "World", call: Call) -> Answer:
    result, ref = call.query.get("rule_suite_result", "all"), call.query.get("ref")
    found = [
        each
        for each in world.bypasses
        if result in {"all", each["result"]} and ref in {None, each["ref"]}
    ]
    return Answer(200, page(found, call))


RULESETS: Final[Mapping[str, Handler]] = {
    **routes("GET", "/rulesets", _rulesets),
    **routes("POST", "/rulesets", _new_ruleset),
    **routes("GET PUT DELETE", "/rulesets/{ruleset_id}", _one_ruleset),
    **routes("GET", "/rulesets/rule-suites", _rule_suites),
}
