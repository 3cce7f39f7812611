"""Changes that landed past their approvals in an emergency, and whether somebody reviewed them.

Git keeps what GitHub shows for a while only: whoever breaks the glass says so in the commit, and
whoever reviews it later says that in another one.
"""

from collections.abc import Mapping
from typing import NamedTuple

from release.promotion.commitlines import Saying, sayings
from release.repository.git.checkout import Repository
from release.repository.git.commits import log_commits

_SHORTEST: int = 7
"""How many digits of a commit's id Git itself prints at least."""


class Bypass(NamedTuple):
    """One emergency: where, why and by whom; `review` is what was found later, None so far."""

    commit: str
    environment: str
    reason: str
    by: str
    review: str | None


def read_bypasses(repository: Repository, trunk: str) -> tuple[Bypass, ...]:
    """Return every emergency that landed on the trunk, the newest first."""
    wanted = f"({Saying.BREAK_GLASS}|{Saying.REVIEWED}):"
    found: list[Bypass] = []
    reviews: dict[str, str] = {}
    # Newest first, so that a review is read before what it is about.
    for each in log_commits(repository, "-E", f"--grep={wanted}", trunk, "--").values():
        for (kind, about), reason in sayings(each.message).items():
            if kind == Saying.BREAK_GLASS:
                by, commit = each.author.name, each.object_id
                found.append(Bypass(commit, about, reason, by, _review(reviews, commit)))
            elif kind == Saying.REVIEWED and len(about) >= _SHORTEST:
                reviews.setdefault(about, reason)
    return tuple(found)


def _review(reviews: Mapping[str, str], commit: str) -> str | None:
    return next((what for about, what in reviews.items() if commit.startswith(about)), None)


def told_of(repository: Repository, trunk: str, before: str, after: str) -> bool | None:
    """Tell whether a push says that it broke the glass, or somebody has reviewed it on the trunk.

    None where this clone lacks commits of it that might say so.
    """
    known = repository.objects.named((before, after))
    has_before = known[before] is not None
    if known[after] is None:
        return None
    span = (f"{before}..{after}",) if has_before else ("-1", after)
    landed = log_commits(repository, *span, "--")
    if any(kind == Saying.BREAK_GLASS for c in landed.values() for kind, _ in sayings(c.message)):
        return True
    reviewed = {
        about
        for later in log_commits(
            repository, "-E", f"--grep={Saying.REVIEWED}:", trunk, "--"
        ).values()
        for kind, about in sayings(later.message)
        if kind == Saying.REVIEWED and len(about) >= _SHORTEST
    }
    if any(commit.startswith(about) for commit in landed for about in reviewed):
        return True
    # A branch that is new has no commit before it; any other that is missing might have said it.
    return False if has_before or not before.strip("0") else None


def bypassed(message: str, environment: str) -> str | None:
    """Return why a commit went past the approvals of an environment, None if it did not."""
    return sayings(message).get((Saying.BREAK_GLASS, environment))
