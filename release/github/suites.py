"""GitHub's own record of what went past its rulesets, beside what the commits say of it.

GitHub keeps the record for a while ("List repository rule suites"); the commit's own line is what
stays. What neither GitHub nor the clone tells is unknown.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from release.github.livesettings import Difference, Unreadable
from release.settings.governance import RepositorySettings

Json = Any
_COMMIT: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")

Told = Callable[[str, str], bool | None]
"""Whether what a push from one commit to another landed is told of; None where that is unknown."""


def unsaid(
    repository: RepositorySettings, recorded: Iterable[Json] | Unreadable, told: Told
) -> Iterator[Difference]:
    """Yield every recorded bypass of the default branch that no commit's message tells of."""
    if isinstance(recorded, Unreadable):
        yield Difference("bypasses", recorded.why, is_known=False)
        return
    for each in by_people(repository, recorded):
        yield from _bypass(each, told)


def by_people(repository: RepositorySettings, recorded: Iterable[Json]) -> Iterator[Json]:
    """Yield the bypasses that no ruleset means to let pass.

    With files written by Pulumi the release App passes at every `up`.
    """
    writer = f"{repository.release_app.slug}[bot]" if repository.files == "pulumi" else None
    yield from (each for each in recorded if writer is None or each.get("actor_name") != writer)


def _bypass(suite: Json, told: Told) -> Iterator[Difference]:
    before, after = suite.get("before_sha"), suite.get("after_sha")
    about = f"bypass by {suite.get('actor_name') or 'somebody'}, {suite.get('pushed_at')}"
    if not all(isinstance(each, str) and _COMMIT.fullmatch(each) for each in (before, after)):
        yield Difference(about, "GitHub does not say of which commit", is_known=False)
        return
    match told(before, after):
        case None:
            what = f"{after[:10]} is not in this clone, so its message is not known; run: git fetch"
            yield Difference(about, what, is_known=False)
        case False:
            what = f"{after[:10]} went past a ruleset, and its message does not say why"
            yield Difference(about, what, commit=after)
