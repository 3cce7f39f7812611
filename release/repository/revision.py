"""The files of a commit: of any one, and of HEAD by way of a work tree that is clean there."""

from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from typing import Final

from release.repository.clone import Clone
from release.repository.files import (
    LARGEST_TEXT,
    NOT_A_FOLDER,
    OUT,
    Files,
    Listing,
    TreeFault,
    decoded,
    directly,
    led_out,
    split,
    too_large,
)
from release.repository.git.objects import ABSENT, ObjectInfo, TreeEntry
from release.repository.worktree import WorkTree

_READ_AHEAD: Final = 256 * 1024


class Revision(Files):
    """The files of one commit; those of a folder that was listed are read all at once."""

    def __init__(self, clone: Clone, commit: str) -> None:
        super().__init__(clone)
        self._commit = commit
        self._entries: dict[str, TreeEntry] = {}

    @property
    def commit(self) -> str:
        """The commit itself."""
        return self._commit

    def _names(self, folder: str) -> Iterable[str]:
        entries = self._entries_of(self._follow([folder])[folder], recursive=False)
        self._entries |= {
            f"{folder}/{entry.path}" if folder else entry.path: entry
            for entry in entries
            if entry.kind == "blob" and not entry.is_symlink
        }
        return (entry.path for entry in entries)

    def _below(self, folder: str) -> Listing:
        listing = Listing()
        (found,) = self._follow([folder]).values()
        kind = found.kind if found else ""
        if kind == "symlink":
            listing.fault(folder, OUT)
        elif kind == "blob":
            listing.fault(folder, NOT_A_FOLDER)
        if kind != "tree":
            return listing
        entries = {f"{folder}/{e.path}": e for e in self._entries_of(found, recursive=True)}
        links = self._follow(path for path, entry in entries.items() if entry.is_symlink)
        for path, entry in entries.items():
            if path in links:
                end = links[path]
                kind = end.kind if end else ""
                listing.link(path, out=kind == "symlink", folder=kind == "tree")
            elif entry.kind == "blob":
                listing.files.append(path)
            else:
                listing.folders.append(path)
        self._entries |= {path: e for path, e in entries.items() if path not in links}
        return listing

    def _paths(self) -> Iterable[str]:
        arguments = ("ls-tree", "-r", "-z", "--name-only", "--full-tree", self._commit)
        return split(self.clone.repository.run(*arguments))

    def naming(self, words: Collection[str]) -> tuple[str, ...]:
        """Return those of all files that hold one of these words, by one call of git."""
        return self.clone.repository.naming(words, self._commit)

    def _entries_of(self, tree: ObjectInfo | None, *, recursive: bool) -> tuple[TreeEntry, ...]:
        if tree is None or tree.kind != "tree":
            return ()
        return self.clone.repository.entries(tree.object_id, recursive=recursive)

    def _follow(self, paths: Iterable[str]) -> Mapping[str, ObjectInfo | None]:
        """Return what stands behind the links of each path; `symlink` for one that leads out."""
        asked = {path: f"{self._commit}:{path.strip('/')}" for path in paths}
        found = self.clone.repository.linked.named(asked.values())
        return {path: found[expression] for path, expression in asked.items()}

    def _read(self, path: str) -> str | TreeFault | None:
        entry = self._entries.get(path)
        if entry is None or entry.kind != "blob" or entry.size > _READ_AHEAD:
            return super()._read(path)
        small = {
            name: other.object_id
            for name, other in self._entries.items()
            if other.kind == "blob" and other.size <= _READ_AHEAD and name not in self._found
        }
        contents = self.clone.blobs(small.values())
        self._found |= {name: decoded(name, contents[blob]) for name, blob in small.items()}
        return self._found[path]

    def _data(self, path: str) -> bytes | TreeFault | None:
        info = self._entries.get(path) or self._follow([path])[path]
        if info is None:
            return None
        if info.kind == "symlink":
            return led_out(path)
        if info.kind != "blob":
            return TreeFault(path, 0, "is not a regular file")
        if info.size > LARGEST_TEXT:
            return too_large(path, info.size)
        return self.clone.blobs([info.object_id])[info.object_id]


class Committed(Files):
    """The files of HEAD, as the work tree has them where it is clean: that costs no call of git."""

    def __init__(self, clone: Clone) -> None:
        super().__init__(clone)
        self._work = WorkTree(clone)

    def _names(self, folder: str) -> Iterable[str]:
        # Names that the commit lacks as well as the work tree cost nothing to ask for.
        return {*self._work.names(folder), *directly(folder, self._dirty)}

    def _below(self, folder: str) -> Listing:
        return self._head.below(folder)

    def _paths(self) -> Iterable[str]:
        return self._head.paths

    def naming(self, words: Collection[str]) -> tuple[str, ...]:
        """Return those of all files that hold one of these words, by one call of git."""
        found = (path for path in self.clone.repository.naming(words) if path not in self._dirty)
        return (*found, *(path for path in self._dirty if self._holds_one(path, words)))

    def _read(self, path: str) -> str | TreeFault | None:
        source = self._source(path)
        return source.read(path) if source else None

    def _data(self, path: str) -> bytes | TreeFault | None:
        source = self._source(path)
        return source.data(path) if source else None

    def _source(self, path: str) -> Files | None:
        if self.commit is None:
            return None
        linked = (self.clone.repository.toplevel / path).is_symlink()
        other = path in self._dirty or self.clone.state.ignores(path)
        return self._head if linked or other else self._work

    @cached_property
    def _head(self) -> Revision:
        return Revision(self.clone, self.commit or ABSENT)

    @property
    def _dirty(self) -> frozenset[str]:
        return self.clone.state.dirty
