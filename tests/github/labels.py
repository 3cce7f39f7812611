"""Labels of the fake GitHub, which takes none twice, in upper or lower case."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from tests.github.operations import REPO, Handler, page, routes
from tests.github.server import Answer, Call, error

if TYPE_CHECKING:
    from tests.github.world import World

Json = Any


def _labels(world: "World", call: Call) -> Answer:
    if call.operation.startswith("GET "):
        return Answer(200, page(list(world.labels.values()), call))
    name = call.body["name"]
    if name.lower() in (known.lower() for known in world.labels):
        fault = {"resource": "Label", "code": "already_exists", "field": "name"}
        return error(422, "Validation Failed", errors=[fault])
    world.labels[name] = _label(world, call.body)
    return Answer(201, world.labels[name])


def _label(world: "World", body: Json) -> Json:
    changes = {key: body[key] for key in ("name", "color", "description") if key in body}
    return world.example(f"POST {REPO}/labels", 201, id=world.number(), default=False, **changes)


def _one_label(world: "World", call: Call) -> Answer:
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


LABELS: Final[Mapping[str, Handler]] = {
    **routes("GET POST", "/labels", _labels),
    **routes("GET PATCH DELETE", "/labels/{name}", _one_label),
}
