"""Who has approved a pull request, without those who started the promotion.

GitHub keeps an author from approving their own pull request; the author of ours is an App, so the
person who started it would not be kept. The commit names them, and the App alone made that commit.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from release.github.hub.propose import COMMAND, REQUESTER
from release.text.counted import counted

_REQUESTER: Final = re.compile(
    rf"^{re.escape(REQUESTER)}([A-Za-z0-9-]+(?:\[bot\])?)$", re.MULTILINE
)
_ROLLBACK: Final = re.compile(rf"^{re.escape(COMMAND)}rollback$", re.MULTILINE)
_DECIDING: Final = frozenset({"APPROVED", "CHANGES_REQUESTED", "DISMISSED"})
"""A comment is not a decision and leaves the one before it standing."""


class Review(NamedTuple):
    """One review: who, and what they decided."""

    login: str
    state: str


def requesters(messages: Iterable[str]) -> frozenset[str]:
    """Return who started the promotion, in lower case, from the commits' messages."""
    return frozenset(name.lower() for message in messages for name in _REQUESTER.findall(message))


def is_rollback(messages: Iterable[str]) -> bool:
    """Tell whether only rollbacks were started, which must never wait for a reviewer who sleeps."""
    started = [message for message in messages if _REQUESTER.search(message)]
    return bool(started) and all(_ROLLBACK.search(message) for message in started)


def approvers(reviews: Iterable[Review], author: str, started: frozenset[str]) -> tuple[str, ...]:
    """Return whose last decision is an approval and counts; reviews are oldest first."""
    last: dict[str, str] = {}
    for review in reviews:
        if review.state in _DECIDING:
            last[review.login] = review.state
    own = {author.lower(), *started}
    return tuple(
        sorted(n for n, state in last.items() if state == "APPROVED" and n.lower() not in own)
    )


def objection(counts: Mapping[str, int], who: tuple[str, ...], started: frozenset[str]) -> str:
    """Return why the approvals do not suffice, "" if they do; `counts` is by environment."""
    needed = max(counts.values(), default=0)
    if len(who) >= needed:
        return ""
    where = " and ".join(name for name, count in counts.items() if count == needed)
    own = f"; those who started it do not count: {', '.join(sorted(started))}" if started else ""
    by = f" (by {', '.join(who)})" if who else ""
    has = f"{where}: {len(who)} of {counted(needed, 'approval')}{by}"
    return f"{has}{own}; ask somebody else to review it"
