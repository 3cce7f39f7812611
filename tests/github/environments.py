"""Environments of the fake GitHub: who lets a job in, and which branches may ask."""

import copy
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from tests.github.operations import REPO, Handler, routes
from tests.github.server import Answer, Call, error

if TYPE_CHECKING:
    from tests.github.world import World

Json = Any


def _environment(world: "World", call: Call) -> Answer:
    name = call.path["environment_name"]
    if call.operation.startswith("PUT "):
        world.environments[name] = copy.deepcopy(call.body or {})
    elif name not in world.environments:
        return error(404, "Not Found")
    elif call.operation.startswith("DELETE "):
        del world.environments[name]
        return Answer(204)
    return Answer(200, _shown_environment(world, name))


def _shown_environment(world: "World", name: str) -> Json:
    said = world.environments[name]
    rules: list[Json] = []
    if said.get("wait_timer"):
        rules.append(_rule(world, "wait_timer", wait_timer=said["wait_timer"]))
    reviewers = [
        {"type": each["type"], "reviewer": _reviewer(world, each)}
        for each in said.get("reviewers") or ()
    ]
    if reviewers:
        prevents = bool(said.get("prevent_self_review"))
        rules.append(
            _rule(world, "required_reviewers", prevent_self_review=prevents, reviewers=reviewers)
        )
    if said.get("deployment_branch_policy"):
        rules.append(_rule(world, "branch_policy"))
    return world.example(
        f"GET {REPO}/environments/{{environment_name}}",
        name=name,
        can_admins_bypass=said.get("can_admins_bypass", True),
        protection_rules=rules,
        deployment_branch_policy=said.get("deployment_branch_policy"),
    )


def _rule(world: "World", kind: str, **fields: Json) -> Json:
    number = world.number()
    return {"id": number, "node_id": f"GA_{number}", "type": kind, **fields}


def _reviewer(world: "World", reviewer: Json) -> Json:
    slug = next((slug for slug, number in world.teams.items() if number == reviewer["id"]), "gone")
    full = world.example("GET /orgs/{org}/teams/{team_slug}", id=reviewer["id"], slug=slug)
    return full | {"parent": None}


ENVIRONMENTS: Final[Mapping[str, Handler]] = {
    **routes("GET PUT DELETE", "/environments/{environment_name}", _environment),
}
