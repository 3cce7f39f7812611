"""Releases of the fake GitHub, and what its code scanning is given."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from tests.github.operations import REPO, Handler, page, routes
from tests.github.server import Answer, Call, error

if TYPE_CHECKING:
    from tests.github.forge import Forge

Json = Any


def _releases(forge: "Forge", call: Call) -> Answer:
    return Answer(200, page(list(forge.releases.values()), call))


def _release_of_tag(forge: "Forge", call: Call) -> Answer:
    found = [each for each in forge.releases.values() if each["tag_name"] == call.path["tag"]]
    return Answer(200, found[0]) if found else error(404, "Not Found")


def _new_release(forge: "Forge", call: Call) -> Answer:
    body = call.body
    if not forge.tip(f"refs/tags/{body['tag_name']}"):
        return error(422, "Validation Failed", errors=["tag_name is no tag"])
    if any(each["tag_name"] == body["tag_name"] for each in forge.releases.values()):
        fault = {"resource": "Release", "code": "already_exists", "field": "tag_name"}
        return error(422, "Validation Failed", errors=[fault])
    number = forge.number()
    changes = {name: body[name] for name in ("tag_name", "name", "body", "prerelease", "draft")}
    forge.releases[number] = forge.example(f"POST {REPO}/releases", 201, id=number, **changes)
    return Answer(201, forge.releases[number])


def _sarif(forge: "Forge", call: Call) -> Answer:
    forge.sarifs.append(call.body)
    return Answer(202, forge.example(f"POST {REPO}/code-scanning/sarifs", 202))


RELEASES: Final[Mapping[str, Handler]] = {
    **routes("GET", "/releases", _releases),
    **routes("GET", "/releases/tags/{tag}", _release_of_tag),
    **routes("POST", "/releases", _new_release),
    **routes("POST", "/code-scanning/sarifs", _sarif),
}
