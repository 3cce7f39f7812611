"""What GitHub Actions may do in the fake repository."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from tests.github.operations import Handler, routes
from tests.github.server import Answer, Call

if TYPE_CHECKING:
    from tests.github.world import World

Json = Any


def _actions(world: "World", call: Call) -> Answer:
    if call.operation.startswith("PUT "):
        world.actions = world.actions | call.body
        return Answer(204)
    return Answer(200, world.actions)


def _selected_actions(world: "World", call: Call) -> Answer:
    if call.operation.startswith("PUT "):
        world.selected_actions = dict(call.body or {})
        return Answer(204)
    return Answer(200, world.selected_actions)


def _workflow_permissions(world: "World", call: Call) -> Answer:
    if call.operation.startswith("PUT "):
        world.workflow_permissions = world.workflow_permissions | (call.body or {})
        return Answer(204)
    return Answer(200, world.workflow_permissions)


PERMISSIONS: Final[Mapping[str, Handler]] = {
    **routes("GET PUT", "/actions/permissions", _actions),
    **routes("GET PUT", "/actions/permissions/selected-actions", _selected_actions),
    **routes("GET PUT", "/actions/permissions/workflow", _workflow_permissions),
}
