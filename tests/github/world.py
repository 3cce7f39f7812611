"""What the fake GitHub knows, and what it does when it is asked: one repository of one owner.

Only the operations that clients of ours call are here. Another part of the product adds its own
by a table of its own beside `OPERATIONS`.
"""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tests.github.contents import branch, commit, contents
from tests.github.description import Description, description
from tests.github.exceptions import FIELDS_THAT_EXAMPLES_LACK
from tests.github.server import Answer, Call, error

Json = Any
WRITER: Final = "writer-token"
READER: Final = "reader-token"
_REPO: Final = "/repos/{owner}/{repo}"


@dataclass
class World:
    """The repository's state; tests look into it and change it by hand."""

    owner: str = "example-org"
    name: str = "charts"
    former_name: str = ""
    default_branch: str = "main"
    writer_app: int = 0
    """The App whose token the writer has, which bypass lists name; 0 for a person's token."""
    tokens: dict[str, bool] = field(default_factory=lambda: {WRITER: True, READER: False})
    """Each token and whether it may write."""
    teams: dict[str, int] = field(default_factory=dict)
    apps: dict[str, int] = field(default_factory=dict)
    rulesets: dict[int, Json] = field(default_factory=dict)
    environments: dict[str, Json] = field(default_factory=dict)
    labels: dict[str, Json] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    commits: dict[str, str] = field(default_factory=dict)
    actions: dict[str, Json] = field(
        default_factory=lambda: {"enabled": True, "allowed_actions": "all"}
    )
    selected_actions: dict[str, Json] = field(default_factory=dict)
    workflow_permissions: dict[str, Json] = field(
        default_factory=lambda: {
            "default_workflow_permissions": "write",
            "can_approve_pull_request_reviews": True,
        }
    )
    bypasses: list[Json] = field(default_factory=list)
    numbers: int = 100

    @property
    def described(self) -> Description:
        """GitHub's description, which no copy of the state needs a copy of."""
        return description()

    def number(self) -> int:
        """Return a number that nothing else has."""
        self.numbers += 1
        return self.numbers

    @property
    def operations(self) -> "Mapping[str, Handler]":
        """What this GitHub can do."""
        return OPERATIONS

    def __call__(self, call: Call) -> Answer:
        """Answer a call: tokens first, then names, then the operation itself."""
        if call.token not in self.tokens:
            return error(401, "Bad credentials")
        if "repo" in call.path and (call.path["owner"], call.path["repo"]) != (
            self.owner,
            self.name,
        ):
            return self._moved(call)
        if not call.operation.startswith("GET ") and not self.tokens[call.token]:
            return error(403, "Resource not accessible by personal access token")
        handler = self.operations.get(call.operation)
        if handler is None:
            return error(404, f"the fake does not know {call.operation}; add it")
        return handler(self, call)

    def example(self, operation: str, status: int = 200, **changes: Json) -> Json:
        """Return the description's example with what it forgets, and these fields replaced."""
        value = self.described.example(operation, status)
        answer = self.described.resolved(
            self.described.operations[operation].responses[str(status)]
        )
        schema = answer["content"]["application/json"]["schema"]
        self._complete(self.described.resolved(schema), value)
        return value | changes

    def _complete(self, schema: Json, value: Json) -> None:
        for name in schema.get("required", ()):
            if isinstance(value, dict) and name not in value:
                value[name] = FIELDS_THAT_EXAMPLES_LACK[name]
        for name, part in schema.get("properties", {}).items():
            if isinstance(value, dict) and isinstance(value.get(name), dict):
                self._complete(self.described.resolved(part), value[name])

    def _moved(self, call: Call) -> Answer:
        if self.former_name and call.path["repo"] == self.former_name:
            address = call.operation.partition(" ")[2]
            for name, value in {**call.path, "repo": self.name}.items():
                address = address.replace(f"{{{name}}}", value)
            # GitHub leads to /repositories/<number>, which its description does not list.
            status = 301 if call.operation.startswith("GET ") else 307
            location = f"/api/v3{address}"
            moved = error(status, "Moved Permanently", url=location)
            return Answer(moved.status, moved.body, {"Location": location})
        return error(404, "Not Found")


def _repository(world: World, _: Call) -> Answer:
    operation = f"GET {_REPO}"
    return Answer(
        200,
        world.example(
            operation,
            name=world.name,
            full_name=f"{world.owner}/{world.name}",
            default_branch=world.default_branch,
            archived=False,
        ),
    )


def _organisation(world: World, call: Call) -> Answer:
    if call.path["org"] != world.owner:
        return error(404, "Not Found")
    return Answer(200, world.example("GET /orgs/{org}", login=world.owner))


def _team(world: World, call: Call) -> Answer:
    slug = call.path["team_slug"]
    if slug not in world.teams:
        return error(404, "Not Found")
    number = world.teams[slug]
    operation = "GET /orgs/{org}/teams/{team_slug}"
    return Answer(200, world.example(operation, id=number, slug=slug, name=slug))


def _app(world: World, call: Call) -> Answer:
    slug = call.path["app_slug"]
    if slug not in world.apps:
        return error(404, "Not Found")
    return Answer(200, world.example("GET /apps/{app_slug}", id=world.apps[slug], slug=slug))


def _shown_ruleset(world: World, call: Call, ruleset: Json) -> Json:
    shown = copy.deepcopy(ruleset)
    if not world.tokens[call.token]:
        # Who may not edit a ruleset is not told who may bypass it.
        del shown["bypass_actors"]
    return shown


def _rulesets(world: World, call: Call) -> Answer:
    short = ("id", "name", "target", "source_type", "source", "enforcement", "node_id")
    listed = [{key: each[key] for key in short} for each in world.rulesets.values()]
    return Answer(200, _page(listed, call))


def _page(items: list[Json], call: Call) -> list[Json]:
    size, page = int(call.query.get("per_page", 30)), int(call.query.get("page", 1))
    return items[(page - 1) * size : page * size]


def _new_ruleset(world: World, call: Call) -> Answer:
    if any(each["name"] == call.body["name"] for each in world.rulesets.values()):
        return error(
            422,
            "Validation Failed",
            errors=[{"resource": "Ruleset", "code": "custom", "message": "Name must be unique"}],
        )
    number = world.number()
    world.rulesets[number] = _ruleset(world, call, number)
    return Answer(201, _shown_ruleset(world, call, world.rulesets[number]))


def _ruleset(world: World, call: Call, number: int) -> Json:
    return copy.deepcopy(call.body) | {
        "id": number,
        "node_id": f"RRS_{number}",
        "source_type": "Repository",
        "source": f"{world.owner}/{world.name}",
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z",
    }


def _one_ruleset(world: World, call: Call) -> Answer:
    number = int(call.path["ruleset_id"])
    if number not in world.rulesets:
        return error(404, "Not Found")
    if call.operation.startswith("PUT "):
        world.rulesets[number] = _ruleset(world, call, number)
    if call.operation.startswith("DELETE "):
        del world.rulesets[number]
        return Answer(204)
    return Answer(200, _shown_ruleset(world, call, world.rulesets[number]))


def _environment(world: World, call: Call) -> Answer:
    name = call.path["environment_name"]
    if call.operation.startswith("PUT "):
        world.environments[name] = copy.deepcopy(call.body or {})
    elif name not in world.environments:
        return error(404, "Not Found")
    elif call.operation.startswith("DELETE "):
        del world.environments[name]
        return Answer(204)
    return Answer(200, _shown_environment(world, name))


def _shown_environment(world: World, name: str) -> Json:
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
        f"GET {_REPO}/environments/{{environment_name}}",
        name=name,
        can_admins_bypass=said.get("can_admins_bypass", True),
        protection_rules=rules,
        deployment_branch_policy=said.get("deployment_branch_policy"),
    )


def _rule(world: World, kind: str, **fields: Json) -> Json:
    number = world.number()
    return {"id": number, "node_id": f"GA_{number}", "type": kind, **fields}


def _reviewer(world: World, reviewer: Json) -> Json:
    slug = next((slug for slug, number in world.teams.items() if number == reviewer["id"]), "gone")
    full = world.example("GET /orgs/{org}/teams/{team_slug}", id=reviewer["id"], slug=slug)
    return full | {"parent": None}


def _labels(world: World, call: Call) -> Answer:
    if call.operation.startswith("GET "):
        return Answer(200, _page(list(world.labels.values()), call))
    name = call.body["name"]
    if name.lower() in (known.lower() for known in world.labels):
        fault = {"resource": "Label", "code": "already_exists", "field": "name"}
        return error(422, "Validation Failed", errors=[fault])
    world.labels[name] = _label(world, call.body)
    return Answer(201, world.labels[name])


def _label(world: World, body: Json) -> Json:
    changes = {key: body[key] for key in ("name", "color", "description") if key in body}
    return world.example(f"POST {_REPO}/labels", 201, id=world.number(), default=False, **changes)


def _one_label(world: World, call: Call) -> Answer:
    name = next((known for known in world.labels if known.lower() == call.path["name"].lower()), "")
    if not name:
        return error(404, "Not Found")
    if call.operation.startswith("DELETE "):
        del world.labels[name]
        return Answer(204)
    if call.operation.startswith("PATCH "):
        body = world.labels.pop(name) | call.body
        body["name"] = body.pop("new_name", body["name"])
        name = body["name"]
        world.labels[name] = body
    return Answer(200, world.labels[name])


def _actions(world: World, call: Call) -> Answer:
    if call.operation.startswith("PUT "):
        world.actions = world.actions | call.body
        return Answer(204)
    return Answer(200, world.actions)


def _selected_actions(world: World, call: Call) -> Answer:
    if call.operation.startswith("PUT "):
        world.selected_actions = dict(call.body or {})
        return Answer(204)
    return Answer(200, world.selected_actions)


def _workflow_permissions(world: World, call: Call) -> Answer:
    if call.operation.startswith("PUT "):
        world.workflow_permissions = world.workflow_permissions | (call.body or {})
        return Answer(204)
    return Answer(200, world.workflow_permissions)


def _rule_suites(world: World, call: Call) -> Answer:
    result, ref = call.query.get("rule_suite_result", "all"), call.query.get("ref")
    found = [
        each
        for each in world.bypasses
        if result in {"all", each["result"]} and ref in {None, each["ref"]}
    ]
    return Answer(200, _page(found, call))


def _each(methods: str, path: str, handler: "Handler") -> dict[str, "Handler"]:
    return {f"{method} {_REPO}{path}": handler for method in methods.split()}


Handler = Callable[[World, Call], Answer]
OPERATIONS: Final[Mapping[str, Handler]] = {
    "GET /orgs/{org}": _organisation,
    "GET /orgs/{org}/teams/{team_slug}": _team,
    "GET /apps/{app_slug}": _app,
    **_each("GET", "", _repository),
    **_each("GET", "/rulesets", _rulesets),
    **_each("POST", "/rulesets", _new_ruleset),
    **_each("GET PUT DELETE", "/rulesets/{ruleset_id}", _one_ruleset),
    **_each("GET", "/rulesets/rule-suites", _rule_suites),
    **_each("GET PUT DELETE", "/environments/{environment_name}", _environment),
    **_each("GET POST", "/labels", _labels),
    **_each("GET PATCH DELETE", "/labels/{name}", _one_label),
    **_each("GET PUT", "/actions/permissions", _actions),
    **_each("GET PUT", "/actions/permissions/selected-actions", _selected_actions),
    **_each("GET PUT", "/actions/permissions/workflow", _workflow_permissions),
    **_each("GET PUT DELETE", "/contents/{path}", contents),
    **_each("GET", "/commits/{ref}", commit),
    **_each("GET", "/branches/{branch}", branch),
}
