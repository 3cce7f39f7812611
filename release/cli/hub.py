"""Which repository on GitHub a command speaks to, with whose token, and for whom.

A workflow's runner says all of it in the environment.
"""

import os
import re
from typing import Final

from release.estate import Estate
from release.github.hub.client import API, Hub, HubError, connect
from release.settings.types import git_address

_NAME: Final = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)
_LOGIN: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,37}[A-Za-z0-9])?(?:\[bot\])?")


def token() -> str | None:
    """Return the token to speak with."""
    return os.environ.get("GITHUB_TOKEN") or os.environ.get("GH_TOKEN") or None


def requesters() -> tuple[str, ...]:
    """Return who started the workflow, and who ran it again; nobody outside of one."""
    if os.environ.get("GITHUB_ACTIONS") != "true":
        return ()
    names = (os.environ.get(f"GITHUB_{name}", "") for name in ("ACTOR", "TRIGGERING_ACTOR"))
    return tuple(dict.fromkeys(name for name in names if _LOGIN.fullmatch(name)))


def asker() -> str:
    """Return who started the workflow, as text; "" outside of one."""
    return " and ".join(f"@{name}" for name in requesters())


def run_page() -> str | None:
    """Return the page of the workflow's run; None outside of one."""
    said = (os.environ.get(f"GITHUB_{name}") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID"))
    server, repository, number = said
    if not (server and repository and number):
        return None
    return f"{server}/{repository}/actions/runs/{number}"


def hub_of(estate: Estate, *, beside: bool = False) -> Hub:
    """Return the connection to the repository; HubError where token or name are missing.

    It is that of the charts, also where they lie `beside` the program's.
    """
    known = token()
    if known is None:
        raise HubError(
            "there is no token for GitHub; set GITHUB_TOKEN to one with the rights that "
            "docs/workflows.md lists"
        )
    name, api = _repository(estate, beside=beside)
    return connect(name, known, os.environ.get("GITHUB_API_URL") or api)


def _repository(estate: Estate, *, beside: bool) -> tuple[str, str]:
    """Return `owner/name` and the API of the workflow's repository, or of the one in settings."""
    governed = estate.governed[1] if estate.governed and not beside else None
    named = None if beside else os.environ.get("GITHUB_REPOSITORY")
    if governed:
        return named or f"{governed.owner}/{governed.name}", governed.api
    if named:
        return named, API
    first = next(iter(estate.environments.values())).settings.source.repository
    address = git_address(first)
    if address is None or not _NAME.fullmatch(address.path):
        raise HubError(f"{first} is not a GitHub repository; set GITHUB_REPOSITORY=owner/name")
    return address.path, api_of(address.site)


def api_of(site: str) -> str:
    """Return the address of a site's API; GitHub Enterprise Server's is below its own name."""
    return API if site == "github.com" else f"https://{site}/api/v3"
