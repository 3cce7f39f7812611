"""What GitHub tells others than the App itself about the release App, and how it is judged.

What the App may do, GitHub says of a public App to everybody and of a private one to its owner;
where it is installed, to owners of the organisation. To all others neither can be told.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Final

from release.estate import Estate
from release.github.checklist import DONE, Answer, Probe, State, Verdict

Json = Any
_RIGHTS: Final = {"contents": "write", "metadata": "read", "pull_requests": "write"}


def app_probes(estate: Estate, owner: str) -> Iterator[Probe]:
    """Yield the questions on the App that the governing stack names; none where none governs."""
    governed = estate.governed
    if governed is None:
        return
    slug = governed[1].release_app.slug
    rights = f"the App {slug} may write contents and pull requests, and nothing else"
    yield Probe(rights, f"/apps/{slug}", partial(_rights, slug))
    here = f"the App {slug} is installed for chosen repositories alone"
    page = f"/organizations/{owner}/settings/installations"
    path = f"/orgs/{owner}/installations?per_page=100"
    yield Probe(here, path, partial(_installation, slug, page))


def _rights(slug: str, answer: Answer) -> Verdict:
    has = answer.body.get("permissions") if isinstance(answer.body, Mapping) else None
    if not isinstance(has, Mapping):
        remedy = f"this token is not shown the App; look at it as its owner: /settings/apps/{slug}"
        return State.UNKNOWN, remedy
    wrong = [
        f"{name} is {has.get(name, 'none')} and must be {_RIGHTS.get(name, 'none')}"
        for name in sorted({*has, *_RIGHTS})
        if has.get(name) != _RIGHTS.get(name)
    ]
    if not wrong:
        return DONE
    remedy = f"{'; '.join(wrong)}; change it at /settings/apps/{slug}/permissions and accept it"
    return State.MISSING, remedy


def _installation(slug: str, page: str, answer: Answer) -> Verdict:
    body = answer.body if isinstance(answer.body, Mapping) else {}
    listed = body.get("installations")
    if not isinstance(listed, list):
        remedy = f"only owners of the organisation are told; look at {page}"
        return State.UNKNOWN, remedy
    mine: Json = next((each for each in listed if each.get("app_slug") == slug), None)
    if mine is None and len(listed) < body.get("total_count", 0):
        return State.UNKNOWN, f"there are more than GitHub lists at once; look at {page}"
    if mine is None:
        return State.MISSING, f"install it: /apps/{slug}/installations/new"
    if mine.get("suspended_at"):
        return State.MISSING, f"it is suspended; end that on {page}"
    if mine.get("repository_selection") != "selected":
        return State.MISSING, f"it is for every repository; choose this one on {page}"
    return DONE
