"""The state of the checkout: what is checked out, what is dirty, what is unfinished."""

import os
from typing import Final, NamedTuple

from release.repository.git.checkout import Repository

_UNFINISHED: Final = (
    ("MERGE_HEAD", "merge"),
    ("rebase-merge", "rebase"),
    ("rebase-apply/applying", "am"),
    ("rebase-apply", "rebase"),
    ("CHERRY_PICK_HEAD", "cherry-pick"),
    ("REVERT_HEAD", "revert"),
    ("BISECT_LOG", "bisect"),
)


_FIELDS_BEFORE_PATH: Final = {"1": 7, "u": 9, "?": 0, "!": 0}
"""Changed, unmerged, untracked and ignored paths as `git status --porcelain=v2` lists them."""


class State(NamedTuple):
    """What `git status` shows, all paths relative to the top folder.

    `commit` is None before the first commit. `dirty` is every path that differs from it, among them
    those that are `untracked` or `unmerged`. What Git ignores is neither dirty nor part of the
    commit; a folder of it ends with a slash. `unfinished` names the operation that waits for the
    user, such as `merge`.
    """

    commit: str | None
    dirty: frozenset[str]
    untracked: frozenset[str]
    unmerged: frozenset[str]
    ignored: frozenset[str]
    unfinished: str | None

    def ignores(self, path: str) -> bool:
        """Tell whether Git leaves a path out of every commit, by itself or with its folder."""
        parts = path.split("/")
        folders = ("/".join(parts[:end]) + "/" for end in range(1, len(parts)))
        return path in self.ignored or not self.ignored.isdisjoint(folders)


def read_state(repository: Repository) -> State:
    """Return the state of the checkout, with one call of git that writes nothing."""
    output = repository.run(
        "status",
        "--porcelain=v2",
        "--branch",
        "--no-ahead-behind",
        "--no-renames",
        "--untracked-files=all",
        "--ignored=matching",
        "-z",
    )
    commit: str | None = None
    paths: dict[str, set[str]] = {kind: set() for kind in _FIELDS_BEFORE_PATH}
    for record in os.fsdecode(output).split("\0"):
        kind, _, rest = record.partition(" ")
        if kind in paths:
            paths[kind].add(rest.split(" ", _FIELDS_BEFORE_PATH[kind])[-1])
        elif rest.startswith("branch.oid ") and not rest.endswith(" (initial)"):
            commit = rest.removeprefix("branch.oid ")
    unfinished = (name for file, name in _UNFINISHED if (repository.git_dir / file).exists())
    return State(
        commit=commit,
        dirty=frozenset(paths["1"] | paths["?"] | paths["u"]),
        untracked=frozenset(paths["?"]),
        unmerged=frozenset(paths["u"]),
        ignored=frozenset(paths["!"]),
        unfinished=next(unfinished, None),
    )
