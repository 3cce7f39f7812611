"""One clone of a repository: its commit, its refs and the branch that changes land on."""

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Final, NamedTuple, TypeVar

from release.repository.git.checkout import Repository
from release.repository.git.errors import DefaultBranchError, GitError, UnknownRevisionError
from release.repository.git.objects import ObjectInfo
from release.repository.git.refs import DefaultBranch, Refs, Tag, default_branch, read_refs
from release.repository.git.state import State, read_state
from release.text.counted import counted
from release.versions import is_version

Key = TypeVar("Key")

_BEFORE_VERSION: Final = re.compile(r"-(?=[0-9])")
_DAY: Final = 24 * 60 * 60
_UNBORN: Final = "the repository has no commit yet"
_SHALLOW: Final = "the clone is shallow, so tags and history are cut off"


class Distance(NamedTuple):
    """Commits of `trunk`, such as `origin/main`, that a checkout lacks, and those it adds."""

    trunk: str
    behind: int = 0
    ahead: int = 0

    @property
    def told(self) -> str:
        """The distance as a person reads it, empty where there is none."""
        parts = [
            f"{counted(count, 'commit')} {word} {self.trunk}"
            for count, word in ((self.behind, "behind"), (self.ahead, "ahead of"))
            if count
        ]
        return " and ".join(parts)

    def remedy(self, git: str) -> str:
        """Return the command that brings what has landed into the checkout."""
        return f"{git} {'rebase' if self.ahead else 'merge --ff-only'} {self.trunk}"


@dataclass(frozen=True, eq=False)
class Clone:
    """Asks Git each thing once, and when somebody wants to know it."""

    repository: Repository
    _blobs: dict[str, bytes] = field(default_factory=dict)
    _named: dict[str, ObjectInfo | None] = field(default_factory=dict)
    _merged: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict)

    @cached_property
    def state(self) -> State:
        """What `git status` says."""
        return read_state(self.repository)

    @cached_property
    def refs(self) -> Refs:
        """Its branches and tags."""
        return read_refs(self.repository)

    @cached_property
    def trunk(self) -> DefaultBranch:
        """The branch that changes land on; DefaultBranchError where that is not clear."""
        return default_branch(self.refs)

    @cached_property
    def landed(self) -> DefaultBranch:
        """The trunk; for reading alone, HEAD where there is none, as in a detached copy."""
        try:
            return self.trunk
        except DefaultBranchError:
            return DefaultBranch("HEAD", "HEAD", self.state.commit or "")

    @property
    def incomplete(self) -> str:
        """Why this clone does not hold all tags and all history, "" where it does."""
        if self.state.commit is None:
            return _UNBORN
        return _SHALLOW if self.repository.shallow_boundary else ""

    @cached_property
    def distance(self) -> Distance | None:
        """How far the checkout is from the trunk; None where one of the two is not known."""
        try:
            trunk = self.trunk
        except DefaultBranchError:
            return None
        commit = self.state.commit
        if commit is None:
            return None
        name = trunk.ref.split("/", 2)[2]
        if commit == trunk.commit:
            return Distance(name)
        counts = ("--left-right", "--count", f"{commit}...{trunk.commit}", "--")
        ahead, behind = map(int, self.repository.run("rev-list", *counts).split())
        return Distance(name, behind, ahead)

    @cached_property
    def fetched(self) -> datetime | None:
        """When somebody last fetched here; None where the trunk is of no remote, or nobody did."""
        folders = (self.repository.git_dir, self.repository.common_dir)
        files = [file for folder in folders if (file := folder / "FETCH_HEAD").exists()]
        if not files or self.trunk.remote is None:
            return None
        return datetime.fromtimestamp(max(file.stat().st_mtime for file in files), UTC)

    def branch(self, name: str) -> DefaultBranch:
        """Return a named branch as the remote last had it; DefaultBranchError if it is not here."""
        return default_branch(self.refs, name)

    def commit_of(self, revision: str) -> str:
        """Return the commit that a branch, tag or commit names; UnknownRevisionError if none."""
        try:
            name = self.repository.run(
                "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"
            )
        except GitError as error:
            raise UnknownRevisionError(revision) from error
        if name.startswith(b"^"):
            raise UnknownRevisionError(revision)
        return name.decode().strip()

    def landed_by(self, when: str) -> frozenset[str]:
        """Return what landed until the end of a day (YYYY-MM-DD, by UTC), or what a revision holds.

        UnknownRevisionError for what is neither. A merge counts alone, without what it merged.
        """
        try:
            day = datetime.strptime(when, "%Y-%m-%d").replace(tzinfo=UTC)
        except ValueError:
            try:
                limits = [self.commit_of(when)]
            except UnknownRevisionError as error:
                fault = "is neither a day (YYYY-MM-DD, such as 2026-12-31) nor a commit here"
                raise UnknownRevisionError(when, fault) from error
        else:
            # Git knows no time before 1970, and takes a negative age for none.
            last = max(0, int(day.timestamp()) + _DAY - 1)
            limits = [f"--min-age={last}", self.landed.commit]
        return frozenset(
            self.repository.run("rev-list", "--first-parent", *limits).decode().split()
        )

    def tags_of(self, chart: str) -> Mapping[str, Tag]:
        """Return a chart's version tags by version."""
        return self._version_tags.get(chart, {})

    @cached_property
    def _version_tags(self) -> Mapping[str, Mapping[str, Tag]]:
        """Version tags by whatever chart they may be of, and version."""
        found: dict[str, dict[str, Tag]] = {}
        for name, tag in self.refs.tags.items():
            for dash in _BEFORE_VERSION.finditer(name):
                chart, version = name[: dash.start()], name[dash.end() :]
                if is_version(version):
                    found.setdefault(chart, {})[version] = tag
        return found

    def tags_in(self, commit: str, *charts: str) -> frozenset[str]:
        """Return the tags that lie in the commit's history: those of charts, or all of them."""
        names = [f"{chart}-" for chart in charts] or [""]
        missing = [name for name in names if (commit, name) not in self._merged]
        if missing:
            output = self.repository.run(
                "for-each-ref",
                "--format=%(refname:lstrip=2)",
                f"--merged={commit}",
                *(f"refs/tags/{name}*" for name in missing),
            )
            found = os.fsdecode(output).splitlines()
            for name in missing:
                begun = frozenset(tag for tag in found if tag.startswith(name))
                self._merged[commit, name] = begun
        return frozenset().union(*(self._merged[commit, name] for name in names))

    def named(self, places: Iterable[str]) -> Mapping[str, ObjectInfo | None]:
        """Return what stands at each place (`COMMIT:PATH`), each looked up once."""
        wanted = tuple(dict.fromkeys(places))
        missing = [place for place in wanted if place not in self._named]
        self._named.update(self.repository.objects.named(missing))
        return {place: self._named[place] for place in wanted}

    def trees(self, places: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str | None]:
        """Return the tree id of each (commit, folder), None where there is no such folder.

        Equal ids mean equal content to the byte.
        """
        names = {place: ":".join(place) for place in places}
        found = self.named(names.values())
        return {
            place: info.object_id if (info := found[name]) and info.kind == "tree" else None
            for place, name in names.items()
        }

    def differs(self, folder: str, *commits: str) -> bool:
        """Tell whether the folder holds something else at one of these commits."""
        return len({*self.trees((commit, folder) for commit in commits).values()}) > 1

    def files(self, places: Mapping[Key, str]) -> dict[Key, bytes]:
        """Return the content of each file (`COMMIT:PATH`) that there is, by two calls of git."""
        found = self.named(places.values())
        blobs = {
            key: info.object_id
            for key, place in places.items()
            if (info := found[place]) and info.kind == "blob"
        }
        contents = self.blobs(blobs.values())
        return {key: contents[blob] for key, blob in blobs.items()}

    def blobs(self, object_ids: Iterable[str]) -> Mapping[str, bytes]:
        """Return the contents of objects, each read once however many revisions hold it."""
        wanted = tuple(dict.fromkeys(object_ids))
        missing = [object_id for object_id in wanted if object_id not in self._blobs]
        self._blobs.update(self.repository.objects.blobs(missing))
        return {object_id: self._blobs[object_id] for object_id in wanted}
