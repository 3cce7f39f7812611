"""Which repository on GitHub a command speaks to, with whose token, and for whom."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from release.estate import Estate
from release.github.hub.client import API, Hub, HubError, connect

_ADDRESS: Final = re.compile(
    r"(?:https://|ssh://git@|git@)[^/:]+[/:]([\w.-]+/[\w.-]+?)(?:\.git)?/?", re.ASCII
)
_LOGIN: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,37}[A-Za-z0-9])?(?:\[bot\])?")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the environment says of GitHub; a workflow's runner sets all of it."""

    variables: Mapping[str, str]

    @property
    def token(self) -> str | None:
        """The token to speak with."""
        return self.variables.get("GITHUB_TOKEN") or self.variables.get("GH_TOKEN") or None

    @property
    def is_workflow(self) -> bool:
        """Tell whether a workflow runs this."""
        return self.variables.get("GITHUB_ACTIONS") == "true"

    @property
    def requesters(self) -> tuple[str, ...]:
        """Who started the workflow, and who ran it again; nobody outside of one."""
        if not self.is_workflow:
            return ()
        names = (self.variables.get(f"GITHUB_{n}", "") for n in ("ACTOR", "TRIGGERING_ACTOR"))
        return tuple(dict.fromkeys(name for name in names if _LOGIN.fullmatch(name)))

    @property
    def run(self) -> str | None:
        """The page of the workflow's run."""
        server, number = (
            self.variables.get("GITHUB_SERVER_URL"),
            self.variables.get("GITHUB_RUN_ID"),
        )
        repository = self.variables.get("GITHUB_REPOSITORY")
        if not (server and number and repository):
            return None
        return f"{server}/{repository}/actions/runs/{number}"


def surroundings() -> Surroundings:
    """Return what this process was given."""
    return Surroundings(os.environ)


def asker() -> str:
    """Return who started the workflow, as text; "" outside of one."""
    return " and ".join(f"@{name}" for name in surroundings().requesters)


def hub_of(estate: Estate, around: Surroundings) -> Hub:
    """Return the connection to the repository; HubError where token or name are missing."""
    if around.token is None:
        raise HubError(
            "there is no token for GitHub; set GITHUB_TOKEN to one with the rights that "
            "docs/workflows.md lists"
        )
    governed = estate.governed
    api = governed[1].api if governed else API
    return connect(
        repository_of(estate, around), around.token, around.variables.get("GITHUB_API_URL") or api
    )


def repository_of(estate: Estate, around: Surroundings) -> str:
    """Return `owner/name`: the workflow's own repository, or the one that the settings name."""
    if named := around.variables.get("GITHUB_REPOSITORY"):
        return named
    governed = estate.governed
    if governed is not None:
        return f"{governed[1].owner}/{governed[1].name}"
    first = next(iter(estate.environments.values())).settings.source.repository
    match = _ADDRESS.fullmatch(first)
    if match is None:
        raise HubError(f"{first} is not a GitHub repository; set GITHUB_REPOSITORY=owner/name")
    return match[1]
