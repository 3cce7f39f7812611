"""The texts of a checkout: those of its work tree, of any commit, or as a command would leave them.

A checkout is not trusted: no symlink is followed out of it, and whatever cannot be read as text
becomes a fault that names the path, never a crash.
"""

import os
import re
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, NamedTuple

from release.repository.clone import Clone
from release.text.errors import EditRefusedError

LARGEST_TEXT: Final = 5 * 1024 * 1024
"""Helm itself refuses a chart file above this size (chart.loader, MaxDecompressedFileSize)."""
_CONFLICT: Final = re.compile(r"^(?:<<<<<<< |>>>>>>> )", re.MULTILINE)


class TreeFault(NamedTuple):
    """One path that cannot be used; `line` counts from 1, 0 where no line can be named.

    `remedy` is for who would edit the file.
    """

    path: str
    line: int
    message: str
    remedy: str = "correct that first"


OUT: Final = "leads out of the repository; it is not read"
NOT_A_FOLDER: Final = "is a file where a folder is expected"
_CONVERT: Final = "convert the file first"


@dataclass(slots=True)
class Listing:
    """All paths below a folder, from the root of the repository.

    `files` are regular files and links to files; the rest is `folders` or told by `faults`.
    """

    files: list[str] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    faults: list[TreeFault] = field(default_factory=list)

    def fault(self, path: str, message: str) -> None:
        """Keep one fault of a whole path."""
        self.faults.append(TreeFault(path, 0, message))

    def add(self, other: "Listing") -> None:
        """Take in all that another listing holds."""
        self.files += other.files
        self.folders += other.folders
        self.faults += other.faults

    def link(self, path: str, *, out: bool, folder: bool) -> None:
        """Keep a symlink: as a file, unless it leads out of the repository or to a folder."""
        if out:
            self.fault(path, "is a symlink out of the repository; not read")
        elif folder:
            self.fault(path, "is a symlink to a folder; not entered")
        else:
            self.files.append(path)


class Files(ABC):
    """The files of a checkout in one of its states. Each is read once, then remembered."""

    def __init__(self, clone: Clone) -> None:
        self.clone = clone
        self._found: dict[str, str | TreeFault | None] = {}

    @property
    def commit(self) -> str | None:
        """The commit whose history these files have; None before the first one."""
        return self.clone.state.commit

    @property
    def changed(self) -> frozenset[str]:
        """The paths that differ from that commit."""
        return frozenset()

    def names(self, folder: str) -> tuple[str, ...]:
        """Return the names in a folder ("" for the top), sorted; `read` tells which are files."""
        return tuple(sorted(self._names(folder)))

    def below(self, folder: str) -> Listing:
        """Return everything below a folder, without following links to folders."""
        return self._below(folder)

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """Every file of the repository that Git knows, or would add."""
        return tuple(dict.fromkeys(self._paths()))

    def naming(self, words: Collection[str]) -> tuple[str, ...]:
        """Return those of all files that hold one of these words, and every link."""
        return tuple(path for path in self.paths if self._holds_one(path, words))

    def _holds_one(self, path: str, words: Iterable[str]) -> bool:
        text = self.text(path) or ""
        return any(word in text for word in words)

    @abstractmethod
    def _names(self, folder: str) -> Iterable[str]: ...

    @abstractmethod
    def _below(self, folder: str) -> Listing: ...

    @abstractmethod
    def _paths(self) -> Iterable[str]: ...

    @abstractmethod
    def _data(self, path: str) -> bytes | TreeFault | None: ...

    def _read(self, path: str) -> str | TreeFault | None:
        found = self._data(path)
        return decoded(path, found) if isinstance(found, bytes) else found

    def data(self, path: str) -> bytes | None:
        """Return the bytes of a file, or None if it is missing or cannot be used."""
        text = self.text(path)
        found = self._data(path) if text is None else text.encode()
        return found if isinstance(found, bytes) else None

    def read(self, path: str) -> str | TreeFault | None:
        """Return a file's text, why it cannot be used, or None if it does not exist."""
        if path not in self._found:
            self._found[path] = self._read(path)
        return self._found[path]

    def text(self, path: str) -> str | None:
        """Return the text of a file, or None if it is missing or cannot be used."""
        found = self.read(path)
        return found if isinstance(found, str) else None

    def editable(self, path: str) -> str | None:
        """Return the text of a file, None if it is missing; EditRefusedError if it is unusable."""
        found = self.read(path)
        if isinstance(found, TreeFault):
            raise EditRefusedError(path, found.message, found.remedy, line=found.line)
        return found


def directly(folder: str, paths: Iterable[str]) -> set[str]:
    """Return the names of those paths that lie in the folder itself."""
    return {name for above, _, name in (p.rpartition("/") for p in paths) if above == folder}


def split(output: bytes) -> Iterable[str]:
    """Return the parts of what git printed with -z."""
    return filter(None, os.fsdecode(output).split("\0"))


def led_out(path: str) -> TreeFault:
    """Return the fault of a file that is not of the repository."""
    return TreeFault(path, 0, OUT, "replace the link by a file")


def too_large(path: str, size: int) -> TreeFault:
    """Return the fault of a file that Helm would not load."""
    message = f"has {size / 1024 / 1024:.1f} MiB; Helm refuses files above 5 MiB"
    return TreeFault(path, 0, message)


def decoded(path: str, data: bytes) -> str | TreeFault:
    """Return the text of a file, or why nobody should edit or render it."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return TreeFault(path, line, "is not UTF-8 text", _CONVERT)
    if "\0" in text:
        return TreeFault(path, 0, "holds a zero byte; it is not text", _CONVERT)
    conflict = _CONFLICT.search(text) if "<<<<<<<" in text or ">>>>>>>" in text else None
    if conflict:
        line = text.count("\n", 0, conflict.start()) + 1
        message = "holds the conflict markers of a merge"
        return TreeFault(path, line, message, "resolve and commit it first")
    return text


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

    def _names(self, folder: str) -> Iterable[str]:
        return {*self._files.names(folder), *directly(folder, self._edits)}

    def _below(self, folder: str) -> Listing:
        listing = self._files.below(folder)
        known = {*listing.files}
        listing.files += [p for p in self._edits if p.startswith(f"{folder}/") and p not in known]
        return listing

    def _paths(self) -> Iterable[str]:
        return (*self._files.paths, *self._edits)

    def naming(self, words: Collection[str]) -> tuple[str, ...]:
        """Return those of all files that hold one of these words, once edited."""
        found = dict.fromkeys((*self._files.naming(words), *self._edits))
        return tuple(p for p in found if p not in self._edits or self._holds_one(p, words))

    def _read(self, path: str) -> str | TreeFault | None:
        edited = self._edits.get(path)
        return self._files.read(path) if edited is None else edited

    def _data(self, path: str) -> bytes | TreeFault | None:
        edited = self._edits.get(path)
        return self._files.data(path) if edited is None else edited.encode()
