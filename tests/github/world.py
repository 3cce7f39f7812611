"""What the fake GitHub knows, and what it does when it is asked: one repository of one owner.

Only the operations that clients of ours call are here. Another part of the product adds its own
by a table of its own beside `OPERATIONS`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tests.github.contents import CONTENTS
from tests.github.description import Description, description
from tests.github.environments import ENVIRONMENTS
from tests.github.exceptions import FIELDS_THAT_EXAMPLES_LACK
from tests.github.identities import IDENTITIES, SIGNED, Installation
from tests.github.labels import LABELS
from tests.github.operations import Handler
from tests.github.permissions import PERMISSIONS
from tests.github.rulesets import RULESETS
from tests.github.server import Answer, Call, error

Json = Any
WRITER: Final = "writer-token"
READER: Final = "reader-token"
OPERATIONS: Final[Mapping[str, Handler]] = {
    **IDENTITIES,
    **RULESETS,
    **ENVIRONMENTS,
    **LABELS,
    **PERMISSIONS,
    **CONTENTS,
}


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
    installations: dict[int, Installation] = field(default_factory=dict)
    teams: dict[str, int] = field(default_factory=dict)
    apps: dict[str, int] = field(default_factory=dict)
    app_permissions: dict[str, str] = field(
        default_factory=lambda: {"contents": "write", "metadata": "read", "pull_requests": "write"}
    )
    installed: list[Json] = field(default_factory=list)
    """Of each App that the organisation has let in, what differs from GitHub's example."""
    rulesets: dict[int, Json] = field(default_factory=dict)
    environments: dict[str, Json] = field(default_factory=dict)
    policies: dict[str, dict[int, Json]] = field(default_factory=dict)
    """By environment, the branches and tags that it lets in, by their numbers."""
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
    def operations(self) -> Mapping[str, Handler]:
        """What this GitHub can do."""
        return OPERATIONS

    def __call__(self, call: Call) -> Answer:
        """Answer a call: tokens first, then names, then the operation itself."""
        if call.operation in SIGNED:
            return SIGNED[call.operation](self, call)
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
