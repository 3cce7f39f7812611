"""The state of the checkout: what is checked out, what is dirty, what is unfinished."""

from dataclasses import dataclass
from typing import Final

from release.repository.git.program import Repository

_UNFINISHED: Final = (
    ("MERGE_HEAD", "merge"),
    ("rebase-merge", "rebase"),
    ("rebase-apply/applying", "am"),
    ("rebase-apply", "rebase"),
    ("CHERRY_PICK_HEAD", "cherry-pick"),
    ("REVERT_HEAD", "revert"),
    ("BISECT_LOG", "bisect"),
)


@dataclass(frozen=True, slots=True)
class State:
    """What `git status` shows, all paths relative to the top folder.

    `commit` is None before the first commit, `branch` is None when the head is detached. What Git
    ignores is neither a change nor part of the commit; a folder of it ends with a slash.
    `unfinished` names the operation that waits for the user, such as `merge`.
    """

    commit: str | None
    branch: str | None
    changed: frozenset[str]
    untracked: frozenset[str]
    unmerged: frozenset[str]
    unfinished: str | None
    shallow: bool
    ignored: frozenset[str] = frozenset()

    def ignores(self, path: str) -> bool:
        """Tell whether Git leaves a path out of every commit, by itself or with its folder."""
        parts = path.split("/")
        folders = ("/".join(parts[:end]) + "/" for end in range(1, len(parts)))
        return path in self.ignored or not self.ignored.isdisjoint(folders)

    @property
    def dirty(self) -> frozenset[str]:
        """Every path that differs from the commit checked out; a folder ends with a slash."""
        return self.changed | self.untracked | self.unmerged


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
    branch: str | None = None
    changed: set[str] = set()
    untracked: set[str] = set()
    unmerged: set[str] = set()
    ignored: set[str] = set()
    for record in output.decode("utf-8", errors="surrogateescape").split("\0"):
        kind, _, rest = record.partition(" ")
        if kind == "#":
            key, _, value = rest.partition(" ")
            if key == "branch.oid" and value != "(initial)":
                commit = value
            elif key == "branch.head" and value != "(detached)":
                branch = value
        elif kind == "1":
            changed.add(rest.split(" ", 7)[7])
        elif kind == "u":
            unmerged.add(rest.split(" ", 9)[9])
        elif kind == "?":
            untracked.add(rest)
        elif kind == "!":
            ignored.add(rest)
    unfinished = (name for file, name in _UNFINISHED if (repository.git_dir / file).exists())
    return State(
        commit=commit,
        branch=branch,
        changed=frozenset(changed),
        untracked=frozenset(untracked),
        unmerged=frozenset(unmerged),
        unfinished=next(unfinished, None),
        shallow=bool(repository.shallow_boundary),
        ignored=frozenset(ignored),
    )
