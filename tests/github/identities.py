"""Who is who on the fake GitHub: the repository, its owner, teams and Apps."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import jwt

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
    number, rights = world.apps[slug], world.app_permissions
    operation = "GET /apps/{app_slug}"
    return Answer(200, world.example(operation, id=number, slug=slug, permissions=rights))


def _installations(world: "World", call: Call) -> Answer:
    if call.path["org"] != world.owner:
        return error(404, "Not Found")
    operation = "GET /orgs/{org}/installations"
    (entry,) = world.example(operation)["installations"]
    listed = [{**entry, **each} for each in world.installed]
    return Answer(200, {"total_count": len(listed), "installations": listed})


@dataclass(frozen=True)
class Installation:
    """An App in this repository: its number, the public half of its key, and what it is handed."""

    app: int
    key: str
    token: str


def _installation_token(world: "World", call: Call) -> Answer:
    """Hand out a token to whoever signs as the App does, for no longer than GitHub lets one."""
    found = world.installations.get(int(call.path["installation_id"]))
    if found is None:
        return error(404, "Not Found")
    try:
        said = jwt.decode(
            call.token,
            found.key,
            algorithms=["RS256"],
            issuer=str(found.app),
            options={"require": ["iat", "exp", "iss"]},
        )
    except jwt.InvalidTokenError as wrong:
        return error(401, f"A JSON web token could not be decoded ({wrong})")
    if said["exp"] - said["iat"] > _LONGEST:
        return error(401, "'Expiration time' claim ('exp') is too far in the future")
    world.tokens[found.token] = True
    operation = "POST /app/installations/{installation_id}/access_tokens"
    return Answer(201, world.example(operation, 201, token=found.token))


_LONGEST: Final = 600
SIGNED: Final[Mapping[str, Handler]] = {
    "POST /app/installations/{installation_id}/access_tokens": _installation_token,
}
"""What is asked with a signature of one's own instead of a token."""
IDENTITIES: Final[Mapping[str, Handler]] = {
    "GET /orgs/{org}": _organisation,
    "GET /orgs/{org}/teams/{team_slug}": _team,
    "GET /apps/{app_slug}": _app,
    "GET /orgs/{org}/installations": _installations,
    **routes("GET", "", _repository),
}
