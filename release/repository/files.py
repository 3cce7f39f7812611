"""The texts of a checkout: those of its work tree, of any commit, or as a command would leave them.

A checkout is not trusted: no symlink is followed out of it, and whatever cannot be read as text
becomes a fault that names the path, never a crash.
"""

import os
import re
import stat
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Final

from release.repository.clone import Clone
from release.repository.git.objects import ABSENT, ObjectInfo, TreeEntry, follow, tree_entries
from release.text.errors import EditRefusedError

LARGEST_TEXT: Final = 5 * 1024 * 1024
"""Helm itself refuses a chart file above this size (chart.loader, MaxDecompressedFileSize)."""
_READ_AHEAD: Final = 256 * 1024
_CONFLICT: Final = re.compile(r"^(?:<<<<<<< |>>>>>>> )", re.MULTILINE)


class FaultKind(StrEnum):
    """Why a path of the checkout cannot be used."""

    NO_FOLDER = "no-folder"
    UNREADABLE = "unreadable"
    LINK_OUT = "link-out"
    LINKED_FOLDER = "linked-folder"
    TOO_LARGE = "too-large"
    NO_TEXT = "no-text"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True, order=True)
class TreeFault:
    """One path that cannot be used; `line` counts from 1, 0 where no line can be named."""

    path: str
    line: int
    kind: FaultKind
    message: str


_REMEDIES: Final = {
    FaultKind.LINK_OUT: "replace the link by a file",
    FaultKind.NO_TEXT: "convert the file first",
    FaultKind.CONFLICT: "resolve and commit it first",
}
_OUT: Final = "leads out of the repository; it is not read"
_NO_FOLDER: Final = "is a file where a folder is expected"


@dataclass(slots=True)
class Listing:
    """All paths below a folder, from the root of the repository.

    `files` are regular files and links to files; the rest is `folders` or told by `faults`.
    """

    files: list[str] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    faults: list[TreeFault] = field(default_factory=list)

    def fault(self, path: str, kind: FaultKind, message: str) -> None:
        """Keep one fault of a whole path."""
        self.faults.append(TreeFault(path, 0, kind, message))


class Files(ABC):
    """The files of a checkout in one of its states. Each is read once, then remembered."""

    def __init__(self, clone: Clone) -> None:
        self.clone = clone
        self._found: dict[str, str | TreeFault] = {}

    @property
    @abstractmethod
    def commit(self) -> str | None:
        """The commit whose history these files have; None before the first one."""

    @property
    @abstractmethod
    def changed(self) -> frozenset[str]:
        """The paths that differ from that commit."""

    @abstractmethod
    def names(self, folder: str) -> tuple[str, ...]:
        """Return the names in a folder ("" for the top), sorted; none if there is no such one."""

    @abstractmethod
    def below(self, folder: str) -> Listing:
        """Return everything below a folder, without following links to folders."""

    @abstractmethod
    def paths(self) -> tuple[str, ...]:
        """Return every file of the repository that Git knows, or would add."""

    @abstractmethod
    def _data(self, path: str) -> bytes | TreeFault | None: ...

    def _read(self, path: str) -> str | TreeFault | None:
        found = self._data(path)
        return _decoded(path, found) if isinstance(found, bytes) else found

    def data(self, path: str) -> bytes | None:
        """Return the bytes of a file, or None if it is missing or cannot be used."""
        found = self._data(path)
        return found if isinstance(found, bytes) else None

    def read(self, path: str) -> str | TreeFault | None:
        """Return a file's text, why it cannot be used, or None if it does not exist."""
        if path not in self._found:
            found = self._read(path)
            if found is None:
                return None
            self._found[path] = found
        return self._found[path]

    def text(self, path: str) -> str | None:
        """Return the text of a file, or None if it is missing or cannot be used."""
        found = self.read(path)
        return found if isinstance(found, str) else None

    def editable(self, path: str) -> str | None:
        """Return the text of a file, None if it is missing; EditRefusedError if it is unusable."""
        found = self.read(path)
        if isinstance(found, TreeFault):
            raise EditRefusedError(
                path,
                found.message,
                _REMEDIES.get(found.kind, "correct that first"),
                line=found.line,
            )
        return found


class WorkTree(Files):
    """The files as they lie on disk, committed or not."""

    def __init__(self, clone: Clone) -> None:
        super().__init__(clone)
        self._top = str(clone.repository.toplevel)
        self._plain = set[str]()

    @property
    def commit(self) -> str | None:
        """The commit that is checked out."""
        return self.clone.state.commit

    @property
    def changed(self) -> frozenset[str]:
        """What `git status` lists."""
        return self.clone.state.dirty

    @cached_property
    def _real_top(self) -> str:
        return os.path.realpath(self._top)

    def names(self, folder: str) -> tuple[str, ...]:
        """Return the names on disk."""
        try:
            return tuple(sorted(path.name for path in Path(self._top, folder).iterdir()))
        except OSError:
            return ()

    def below(self, folder: str) -> Listing:
        """Walk the folder once; regular files found here are read without resolving links again."""
        listing = Listing()
        if self._leads_out(f"{self._top}/{folder}"):
            listing.fault(folder, FaultKind.LINK_OUT, _OUT)
        else:
            self._enter(folder, listing)
        return listing

    def paths(self) -> tuple[str, ...]:
        """Return tracked files and those that are neither tracked nor ignored."""
        return _split(
            self.clone.repository.run(
                "ls-files", "-z", "--cached", "--others", "--exclude-standard"
            )
        )

    def _leads_out(self, place: str) -> bool:
        return not os.path.realpath(place).startswith(self._real_top + os.sep)

    def _enter(self, path: str, listing: Listing) -> None:
        try:
            with os.scandir(f"{self._top}/{path}") as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except NotADirectoryError:
            listing.fault(path, FaultKind.NO_FOLDER, _NO_FOLDER)
            return
        except FileNotFoundError:
            return
        except OSError as error:
            listing.fault(path, FaultKind.UNREADABLE, f"cannot be listed: {error.strerror}")
            return
        for entry in found:
            below = f"{path}/{entry.name}"
            if entry.is_symlink():
                self._link(below, listing)
            elif entry.is_dir(follow_symlinks=False):
                if entry.name != ".git":
                    listing.folders.append(below)
                    self._enter(below, listing)
            elif entry.is_file(follow_symlinks=False):
                self._plain.add(below)
                listing.files.append(below)
            else:
                message = "is not a regular file (a pipe, socket or device)"
                listing.fault(below, FaultKind.UNREADABLE, message)

    def _link(self, path: str, listing: Listing) -> None:
        if self._leads_out(f"{self._top}/{path}"):
            listing.fault(path, FaultKind.LINK_OUT, "is a symlink out of the repository; not read")
        elif Path(self._top, path).is_dir():
            message = "is a symlink to a folder; not entered"
            listing.fault(path, FaultKind.LINKED_FOLDER, message)
        else:
            listing.files.append(path)

    def _data(self, path: str) -> bytes | TreeFault | None:
        place = f"{self._top}/{path}"
        if path not in self._plain:
            place = os.path.realpath(place)
            if self._leads_out(place):
                return TreeFault(path, 0, FaultKind.LINK_OUT, _OUT)
        try:
            # NONBLOCK: a pipe would hold us for ever; NOFOLLOW: the path is resolved by now.
            handle = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(handle, "rb") as file:
                status = os.fstat(handle)
                if not stat.S_ISREG(status.st_mode):
                    return TreeFault(path, 0, FaultKind.UNREADABLE, "is not a regular file")
                if status.st_size > LARGEST_TEXT:
                    return _too_large(path, status.st_size)
                return file.read()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValueError) as error:
            # ValueError: a path with a zero byte, which only a manifest's text can name.
            return TreeFault(path, 0, FaultKind.UNREADABLE, f"cannot be read: {error}")


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

    @property
    def changed(self) -> frozenset[str]:
        """A commit never differs from itself."""
        return frozenset()

    def names(self, folder: str) -> tuple[str, ...]:
        """Return the names that the commit has there."""
        return tuple(sorted(entry.path for entry in self._listed(folder, recursive=False)))

    def below(self, folder: str) -> Listing:
        """List the commit's tree with one call of git, and a second one if it holds links."""
        listing = Listing()
        (kind,) = self._kinds([folder]).values()
        if kind == "symlink":
            listing.fault(folder, FaultKind.LINK_OUT, _OUT)
        elif kind == "blob":
            listing.fault(folder, FaultKind.NO_FOLDER, _NO_FOLDER)
        if kind != "tree":
            return listing
        entries = {f"{folder}/{e.path}": e for e in self._listed(folder, recursive=True)}
        links = self._kinds(path for path, entry in entries.items() if entry.is_symlink)
        for path, entry in entries.items():
            target = links.get(path)
            if target == "symlink":
                message = "is a symlink out of the repository; not read"
                listing.fault(path, FaultKind.LINK_OUT, message)
            elif target == "tree":
                message = "is a symlink to a folder; not entered"
                listing.fault(path, FaultKind.LINKED_FOLDER, message)
            elif entry.kind == "blob":
                listing.files.append(path)
            else:
                listing.folders.append(path)
        self._entries |= {path: e for path, e in entries.items() if path not in links}
        return listing

    def paths(self) -> tuple[str, ...]:
        """Return every file of the commit."""
        arguments = ("ls-tree", "-r", "-z", "--name-only", "--full-tree", self._commit)
        return _split(self.clone.repository.run(*arguments))

    def _listed(self, folder: str, *, recursive: bool) -> Iterable[TreeEntry]:
        tree = self._follow([folder])[folder]
        if tree is None or tree.kind != "tree":
            return ()
        return tree_entries(self.clone.repository, tree.object_id, recursive=recursive)

    def _follow(self, paths: Iterable[str]) -> Mapping[str, ObjectInfo | None]:
        asked = {path: f"{self._commit}:{path.strip('/')}" for path in paths}
        found = follow(self.clone.repository, asked.values())
        return {path: found[expression] for path, expression in asked.items()}

    def _kinds(self, paths: Iterable[str]) -> dict[str, str]:
        found = self._follow(paths)
        return {path: info.kind if info else "" for path, info in found.items()}

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
        self._found.update((name, _decoded(name, contents[blob])) for name, blob in small.items())
        return self._found[path]

    def _data(self, path: str) -> bytes | TreeFault | None:
        info = self._entries.get(path) or self._follow([path])[path]
        if info is None:
            return None
        if info.kind == "symlink":
            return TreeFault(path, 0, FaultKind.LINK_OUT, _OUT)
        if info.kind != "blob":
            return TreeFault(path, 0, FaultKind.UNREADABLE, "is not a regular file")
        if info.size > LARGEST_TEXT:
            return _too_large(path, info.size)
        return self.clone.blobs([info.object_id])[info.object_id]


class Committed(Files):
    """The files of HEAD, as the work tree has them where it is clean: that costs no call of git."""

    def __init__(self, clone: Clone) -> None:
        super().__init__(clone)
        self._work = WorkTree(clone)

    @property
    def commit(self) -> str | None:
        """The commit that is checked out."""
        return self.clone.state.commit

    @property
    def changed(self) -> frozenset[str]:
        """A commit never differs from itself."""
        return frozenset()

    def names(self, folder: str) -> tuple[str, ...]:
        """Return the names of the work tree, and those that it lacks; `read` tells which are none.

        That costs no call of git.
        """
        return tuple(sorted({*self._work.names(folder), *_directly(folder, self._dirty)}))

    def below(self, folder: str) -> Listing:
        """Return everything that the commit has below a folder."""
        return self._head.below(folder)

    def paths(self) -> tuple[str, ...]:
        """Return every file of the commit."""
        return self._head.paths()

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
        return self._head if linked or path in self._dirty else self._work

    @cached_property
    def _head(self) -> Revision:
        return Revision(self.clone, self.commit or ABSENT)

    @property
    def _dirty(self) -> frozenset[str]:
        return self.clone.state.dirty


class Edited(Files):
    """Other files with some texts replaced, to judge the outcome of a command before it writes."""

    def __init__(self, files: Files, edits: Mapping[str, str]) -> None:
        super().__init__(files.clone)
        self._files = files
        self._edits = edits

    @property
    def commit(self) -> str | None:
        """The commit that the edits are made upon."""
        return self._files.commit

    @property
    def changed(self) -> frozenset[str]:
        """The edits count as changes that are not committed."""
        return self._files.changed | self._edits.keys()

    def names(self, folder: str) -> tuple[str, ...]:
        """Return the names there, and those of files that the edits create."""
        return tuple(sorted({*self._files.names(folder), *_directly(folder, self._edits)}))

    def below(self, folder: str) -> Listing:
        """Return everything below a folder, and the files that the edits create."""
        listing = self._files.below(folder)
        known = {*listing.files}
        listing.files += [p for p in self._edits if p.startswith(f"{folder}/") and p not in known]
        return listing

    def paths(self) -> tuple[str, ...]:
        """Return every file, and those that the edits create."""
        return tuple(dict.fromkeys((*self._files.paths(), *self._edits)))

    def _read(self, path: str) -> str | TreeFault | None:
        edited = self._edits.get(path)
        return self._files.read(path) if edited is None else edited

    def _data(self, path: str) -> bytes | TreeFault | None:
        edited = self._edits.get(path)
        return self._files.data(path) if edited is None else edited.encode()


def _directly(folder: str, paths: Iterable[str]) -> set[str]:
    """Return the names of those paths that lie in the folder itself."""
    return {name for above, _, name in (p.rpartition("/") for p in paths) if above == folder}


def _split(output: bytes) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, os.fsdecode(output).split("\0"))))


def _too_large(path: str, size: int) -> TreeFault:
    message = f"has {size / 1024 / 1024:.1f} MiB; Helm refuses files above 5 MiB"
    return TreeFault(path, 0, FaultKind.TOO_LARGE, message)


def _decoded(path: str, data: bytes) -> str | TreeFault:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return TreeFault(path, line, FaultKind.NO_TEXT, "is not UTF-8 text")
    if "\0" in text:
        return TreeFault(path, 0, FaultKind.NO_TEXT, "holds a zero byte; it is not text")
    conflict = _CONFLICT.search(text) if "<<<<<<<" in text or ">>>>>>>" in text else None
    if conflict:
        line = text.count("\n", 0, conflict.start()) + 1
        return TreeFault(path, line, FaultKind.CONFLICT, "holds the markers of an unfinished merge")
    return text
