"""What GitHub Actions may do here: a token that reads, actions by commit and from a list."""

import re
from collections.abc import Iterable
from typing import Final

from release.settings.governance import RepositorySettings

_USES: Final = re.compile(r"^\s*(?:- )?uses: ['\"]?([A-Za-z0-9-]+)/([A-Za-z0-9._-]+)", re.MULTILINE)
_GITHUB: Final = frozenset({"actions", "github"})
"""The owners that GitHub counts as itself."""


def allowed_actions(repository: RepositorySettings, workflows: Iterable[str]) -> tuple[str, ...]:
    """Return the patterns of actions that may run beside GitHub's own: our workflows', and more.

    The rest is the same everywhere and in the component: selected actions alone, each pinned by
    commit, a token that reads unless a job asks for more, no approval by Actions (GitHub,
    "Security hardening for GitHub Actions"; upstream had a writing token and approvals, F22).
    """
    used = {
        f"{owner}/{name}@*"
        for text in workflows
        for owner, name in _USES.findall(text)
        if owner not in _GITHUB
    }
    return tuple(sorted({*used, *repository.actions.allowed}))
