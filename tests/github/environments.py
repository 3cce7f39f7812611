"""Environments of the fake GitHub: who lets a job in, and which branches may ask."""

import copy
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from tests.github.operations import REPO, Handler, page, routes
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


def _policies(world: "World", call: Call) -> Answer:
    name = call.path["environment_name"]
    if name not in world.environments:
        return error(404, "Not Found")
    known = world.policies.setdefault(name, {})
    if call.operation.startswith("GET "):
        listed = page(list(known.values()), call)
        return Answer(200, {"total_count": len(known), "branch_policies": listed})
    if not (world.environments[name].get("deployment_branch_policy") or {}).get(
        "custom_branch_policies"
    ):
        return error(404, "Not Found")
    if any(each["name"] == call.body["name"] for each in known.values()):
        return Answer(303)
    number = world.number()
    node = f"MDE2OkdhdGVCcmFuY2hQb2xpY3k{number}"
    known[number] = {"id": number, "node_id": node, "type": "branch", **call.body}
    return Answer(200, known[number])


def _one_policy(world: "World", call: Call) -> Answer:
    known = world.policies.get(call.path["environment_name"], {})
    number = int(call.path["branch_policy_id"])
    if number not in known:
        return error(404, "Not Found")
    if call.operation.startswith("DELETE "):
        del known[number]
        return Answer(204)
    if call.operation.startswith("PUT "):
        known[number] |= {"name": call.body["name"]}
    return Answer(200, known[number])


_PLACE: Final = "/environments/{environment_name}"
_POLICIES: Final = f"{_PLACE}/deployment-branch-policies"
ENVIRONMENTS: Final[Mapping[str, Handler]] = {
    **routes("GET PUT DELETE", _PLACE, _environment),
    **routes("GET POST", _POLICIES, _policies),
    **routes("GET PUT DELETE", f"{_POLICIES}/{{branch_policy_id}}", _one_policy),
}
