"""One repository on GitHub. PyGithub signs, retries and waits; here every answer is judged.

What is read or replaced is tried again when GitHub or the network fails. What is created is not,
since the failed call may have worked: whoever creates looks first, so running again is enough.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import quote

if TYPE_CHECKING:
    from github.GithubException import GithubException
    from github.Requester import Requester

Json = Any
Kind = TypeVar("Kind")

API: Final = "https://api.github.com"
_PAGE: Final = 100
_LONGEST_WAIT: Final = 300.0
"""A primary rate limit may last an hour, which costs more runner time than running again later."""


class HubError(Exception):
    """GitHub did not do what was asked; the message says what to do about it."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Hub:
    """A repository (`owner/name`) and the connection that may speak for it.

    Paths are below the repository, but for those of organisations and Apps.
    """

    repository: str
    requester: "Requester"

    @property
    def owner(self) -> str:
        """Who owns the repository."""
        return self.repository.partition("/")[0]

    def get(self, path: str, **query: str | int) -> Json:
        """Return what is at a path; HubError with status 404 if nothing is."""
        return self._call("GET", path, query=query)

    def find(self, path: str, **query: str | int) -> Json | None:
        """Return what is at a path, None if nothing is there."""
        try:
            return self.get(path, **query)
        except HubError as error:
            if error.status == _NOT_FOUND:
                return None
            raise

    def every(self, path: str, **query: str | int) -> Iterator[Json]:
        """Yield the entries of a list, page after page."""
        page = 1
        while True:
            entries = self._call("GET", path, query={**query, "per_page": _PAGE, "page": page})
            if not isinstance(entries, list):
                raise _not_understood("GET", path, "not a list")
            yield from entries
            if len(entries) < _PAGE:
                return
            page += 1

    def post(self, path: str, body: Mapping[str, Json]) -> Json:
        """Create something; it may exist already when this raises."""
        return self._call("POST", path, body=body)

    def patch(self, path: str, body: Mapping[str, Json]) -> Json:
        """Change something that is there."""
        return self._call("PATCH", path, body=body)

    def _call(
        self,
        verb: str,
        path: str,
        *,
        query: Mapping[str, str | int] | None = None,
        body: Mapping[str, Json] | None = None,
    ) -> Json:
        from github import BadAttributeException, GithubException  # noqa: PLC0415 -- slow, seldom
        from requests import RequestException  # noqa: PLC0415 -- as above

        url = path if path.startswith(_ELSEWHERE) else f"/repos/{self.repository}{path}"
        try:
            _, data = self.requester.requestJsonAndCheck(
                verb, url, parameters=dict(query or {}), input=body
            )
        except GithubException as error:
            raise _explained(verb, url, error) from error
        except (RequestException, OSError) as error:
            raise HubError(
                f"{verb} {url}: GitHub cannot be reached ({_root(error)}); run the same command "
                "again, it resumes where it stopped"
            ) from error
        except (BadAttributeException, ValueError, AssertionError) as error:
            raise _not_understood(verb, url, str(error)) from error
        return data


def field(value: Json, name: str, kind: type[Kind]) -> Kind:
    """Return a field of an answer; HubError if it is not there or of another kind."""
    found = value
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    if not isinstance(found, kind):
        raise HubError(
            f"GitHub's answer has no {name} that could be used ({found!r}); look at "
            "githubstatus.com, then run the same command again"
        )
    return found


def escaped(name: str) -> str:
    """Return a name as part of a path; slashes stay."""
    return quote(name, safe="/")


def connect(repository: str, token: str, api: str = API) -> Hub:
    """Return the connection; nothing is asked yet."""
    from github import Auth, Github, GithubRetry  # noqa: PLC0415 -- slow, and seldom needed

    retry = GithubRetry(
        total=3,
        backoff_factor=0.5,
        backoff_max=30,
        max_rate_limit_wait=_LONGEST_WAIT,
        allowed_methods=frozenset({"GET", "HEAD", "PUT", "PATCH", "DELETE"}),
    )
    github = Github(
        auth=Auth.Token(token),
        base_url=api.rstrip("/"),
        retry=retry,
        timeout=30,
        user_agent="hmco",
        # A command makes a handful of calls; GitHub's advice to pause is for floods.
        seconds_between_requests=None,
        seconds_between_writes=None,
    )
    return Hub(repository, github.requester)


_ELSEWHERE: Final = ("/orgs/", "/apps/")
_NOT_FOUND: Final = 404
_SERVER: Final = 500
_REMEDIES: Final[Mapping[int, str]] = {
    401: "the token is unknown or has expired; create a new one and set GITHUB_TOKEN",
    403: "the token may not do this; give it the right (docs/workflows.md lists them per command)",
    404: "it is not there, or the token may not see it; check the name and the token's rights",
    409: "something else changed it meanwhile; run the same command again",
    422: "GitHub rejects the request as it is",
    429: "too many requests; wait a few minutes and run the same command again",
}


def _explained(verb: str, url: str, error: "GithubException") -> HubError:
    from github import RateLimitExceededException  # noqa: PLC0415 -- as above

    said = error.data.get("message", "") if isinstance(error.data, dict) else ""
    faults = error.data.get("errors") if isinstance(error.data, dict) else None
    detail = f" ({said}{f': {_faults(faults)}' if faults else ''})" if said else ""
    if isinstance(error, RateLimitExceededException):
        remedy = "the rate limit is used up; wait until it resets, then run the same command again"
    elif error.status >= _SERVER:
        remedy = (
            "GitHub is having trouble; look at githubstatus.com, then run the same command again: "
            "it resumes where it stopped"
        )
    else:
        remedy = _REMEDIES.get(error.status, "this command does not know that answer; run it again")
    return HubError(f"{verb} {url}: {error.status}{detail}; {remedy}", error.status)


def _faults(faults: Json) -> str:
    entries = faults if isinstance(faults, list) else [faults]
    return "; ".join(
        str(each.get("message") or each.get("code") or each)
        if isinstance(each, dict)
        else str(each)
        for each in entries
    )


def _not_understood(verb: str, url: str, why: str) -> HubError:
    return HubError(
        f"{verb} {url}: GitHub's answer cannot be understood ({why[:200]}); check GITHUB_API_URL, "
        "then run the same command again"
    )


def _root(error: BaseException) -> str:
    while error.__cause__ is not None or error.__context__ is not None:
        error = error.__cause__ or error.__context__ or error
    return str(error)[:200]
