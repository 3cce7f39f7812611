"""Who is who on the fake GitHub: the repository, its owner, teams and Apps."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from tests.github.operations import REPO, Handler, routes
from tests.github.server import Answer, Call, error

if TYPE_CHECKING:
    from tests.github.world import World

Json = Any


def _repository(world: "World", _: Call) -> Answer:
    operation = f"GET {REPO}"
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


def _organisation(world: "World", call: Call) -> Answer:
    if call.path["org"] != world.owner:
        return error(404, "Not Found")
    return Answer(200, world.example("GET /orgs/{org}", login=world.owner))


def _team(world: "World", call: Call) -> Answer:
    slug = call.path["team_slug"]
    if slug not in world.teams:
        return error(404, "Not Found")
    number = world.teams[slug]
    operation = "GET /orgs/{org}/teams/{team_slug}"
    return Answer(200, world.example(operation, id=number, slug=slug, name=slug))


def _app(world: "World", call: Call) -> Answer:
    slug = call.path["app_slug"]
    if slug not in world.apps:
        return error(404, "Not Found")
    return Answer(200, world.example("GET /apps/{app_slug}", id=world.apps[slug], slug=slug))


IDENTITIES: Final[Mapping[str, Handler]] = {
    "GET /orgs/{org}": _organisation,
    "GET /orgs/{org}/teams/{team_slug}": _team,
    "GET /apps/{app_slug}": _app,
    **routes("GET", "", _repository),
}
