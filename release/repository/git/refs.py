"""Branches and tags, read with one call, and which branch is the one that changes land on."""

import os
from collections.abc import Mapping
from typing import Final, NamedTuple

from release.repository.git.checkout import Repository
from release.repository.git.errors import DefaultBranchError
from release.repository.git.program import records

_FIELDS: Final = (
    "refname",
    "objectname",
    "objecttype",
    "*objectname",
    "*objecttype",
    "symref",
)
_FORMAT: Final = "%00".join(f"%({field})" for field in _FIELDS) + "%00"
_HEADS: Final = "refs/heads/"
_REMOTES: Final = "refs/remotes/"
_TAGS: Final = "refs/tags/"
_USUAL_BRANCHES: Final[tuple[str, ...]] = ("main", "master", "trunk")


class Tag(NamedTuple):
    """One tag. `commit` is None if it does not lead to a commit (or only through other tags)."""

    name: str
    object_id: str
    commit: str | None


class Refs(NamedTuple):
    """Local branches, branches as remotes had them (`origin/main`), and tags, by name.

    `git` is how advice calls it for their checkout.
    """

    branches: Mapping[str, str]
    remote_branches: Mapping[str, str]
    remote_heads: Mapping[str, str]
    tags: Mapping[str, Tag]
    git: str = "git"


class DefaultBranch(NamedTuple):
    """The branch that changes land on: its short name, its full ref here, and its commit."""

    name: str
    ref: str
    commit: str

    @property
    def remote(self) -> str | None:
        """The remote that this is a branch of; None for a branch of this clone alone."""
        return self.ref.split("/")[2] if self.ref.startswith(_REMOTES) else None


def read_refs(repository: Repository) -> Refs:
    """Return all branches and tags of the repository, with one call of git."""
    output = repository.run("for-each-ref", f"--format={_FORMAT}", _HEADS, _REMOTES, _TAGS)
    branches: dict[str, str] = {}
    remote_branches: dict[str, str] = {}
    remote_heads: dict[str, str] = {}
    tags: dict[str, Tag] = {}
    for record in records(os.fsdecode(output), len(_FIELDS)):
        ref, object_id, *_, symref = record
        if ref.startswith(_HEADS):
            branches[ref.removeprefix(_HEADS)] = object_id
        elif ref.startswith(_TAGS):
            tag = _tag(record)
            tags[tag.name] = tag
        elif symref.startswith(_REMOTES) and ref.endswith("/HEAD"):
            remote = ref.removeprefix(_REMOTES).removesuffix("/HEAD")
            remote_heads[remote] = symref.removeprefix(f"{_REMOTES}{remote}/")
        else:
            remote_branches[ref.removeprefix(_REMOTES)] = object_id
    return Refs(branches, remote_branches, remote_heads, tags, repository.git)


def default_branch(refs: Refs, name: str | None = None) -> DefaultBranch:
    """Return the branch that changes land on, as the remote last had it if there is a remote.

    `name` is the configured one; without it the remote's HEAD decides, then the only one of main,
    master and trunk, then the only branch. DefaultBranchError if that leaves none or several.
    """
    remote = _remote(refs)
    if name is None and remote in refs.remote_heads:
        name = refs.remote_heads[remote]
    if name is None:
        name = _only_candidate(refs, remote)
    commit = refs.remote_branches.get(f"{remote}/{name}")
    if commit is not None:
        return DefaultBranch(name, f"{_REMOTES}{remote}/{name}", commit)
    commit = refs.branches.get(name)
    if commit is not None:
        return DefaultBranch(name, f"{_HEADS}{name}", commit)
    fetch = f"{refs.git} fetch {remote} +{_HEADS}{name}:{_REMOTES}{remote}/{name}"
    raise DefaultBranchError(
        f"the branch {name!r} on which changes land is not in this clone; run: "
        + (fetch if _has_remote(refs) else f"{refs.git} branch {name}")
    )


def _remote(refs: Refs) -> str:
    """Return origin, or the only remote under another name."""
    names = {name.split("/", 1)[0] for name in refs.remote_branches} | set(refs.remote_heads)
    return names.pop() if len(names) == 1 else "origin"


def _has_remote(refs: Refs) -> bool:
    return bool(refs.remote_branches or refs.remote_heads)


def _only_candidate(refs: Refs, remote: str) -> str:
    here = set(refs.branches)
    here |= {
        name.removeprefix(f"{remote}/")
        for name in refs.remote_branches
        if name.startswith(f"{remote}/")
    }
    usual = [name for name in _USUAL_BRANCHES if name in here]
    candidates = usual or sorted(here)
    if len(candidates) == 1:
        return candidates[0]
    if not candidates:
        raise DefaultBranchError("the repository has no commit yet; commit the charts first")
    several = f"changes may land on {' or '.join(candidates)}"
    if _has_remote(refs):
        raise DefaultBranchError(
            f"{several}; say which: {refs.git} remote set-head {remote} --auto"
        )
    raise DefaultBranchError(
        f"{several}; keep one of these names: "
        f"{refs.git} branch -m {candidates[-1]} old-{candidates[-1]}"
    )


def _tag(record: list[str]) -> Tag:
    ref, object_id, kind, peeled, peeled_kind, _ = record
    commit = (peeled or object_id) if (peeled_kind or kind) == "commit" else None
    return Tag(ref.removeprefix(_TAGS), object_id, commit)
