"""The journal of a write to several files: what is planned, and whether it is decided."""

import hashlib
import json
import os
import re
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple, Self

from release.text.errors import EditRefusedError

_NAME: Final = "hmco-write.json"
_TEMPORARY: Final = re.compile(r"\..+\.[0-9a-f]{8}\.hmco")


def digest_of(content: bytes | None) -> str | None:
    """Return the SHA-256 of a file's content, None for a file that is not there."""
    return None if content is None else hashlib.sha256(content).hexdigest()


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class Entry(NamedTuple):
    """One file of a write: paths relative to the root, digests of old and new content."""

    target: str
    temporary: str
    before: str | None
    after: str | None


class Journal(NamedTuple):
    """The journal file of one checkout."""

    path: Path

    @classmethod
    def of(cls, root: Path) -> Self:
        """Return the journal of a checkout: in its Git directory, or beside the files without one.

        In a linked worktree `.git` is a file that names the directory.
        """
        git = root / ".git"
        if git.is_dir():
            return cls(git / _NAME)
        if git.is_file():
            _, _, place = git.read_text(encoding="utf-8").partition("gitdir: ")
            folder = root / place.strip()
            if place.strip() and folder.is_dir():
                return cls(folder / _NAME)
        return cls(root / f".{_NAME}")

    def exists(self) -> bool:
        """Tell whether a write was begun and not finished."""
        return self.path.exists() or self._copy.exists()

    def forget(self) -> None:
        """Remove the journal and what an interruption may have left of writing it."""
        self.path.unlink(missing_ok=True)
        self._copy.unlink(missing_ok=True)

    def read(self) -> tuple[list[Entry], bool]:
        """Return the entries and whether they are decided; EditRefusedError if it is unreadable."""
        if not self.path.exists():
            return [], False  # interrupted while it was written: no file had been touched
        try:
            data = json.loads(self.path.read_bytes())
            entries = [Entry(**item) for item in data["entries"]]
            decided = bool(data["decided"])
            sound = all(_is_sound(entry) for entry in entries)
        except (ValueError, TypeError, KeyError):
            sound = False
        if not sound:
            raise EditRefusedError(
                str(self.path),
                "is not a readable journal of an interrupted write",
                "look at git status, then remove this file",
            )
        return entries, decided

    @property
    def _copy(self) -> Path:
        return self.path.with_name(self.path.name + ".new")

    def store(self, entries: list[Entry], *, decided: bool) -> None:
        """Note the files to be written, or, `decided`, that every new content is on disk.

        An interruption after the first discards them, one after the second is finished.
        """
        data = {"decided": decided, "entries": [entry._asdict() for entry in entries]}
        with self._copy.open("w", encoding="utf-8") as file:
            json.dump(data, file)
            file.flush()
            os.fsync(file.fileno())
        self._copy.replace(self.path)
        sync_folder(self.path.parent)


def _is_sound(entry: Entry) -> bool:
    """Tell whether the entry can be one of ours: a hidden file beside a target in the tree."""
    target, temporary = PurePosixPath(entry.target), PurePosixPath(entry.temporary)
    inside = not target.is_absolute() and ".." not in target.parts and ".git" not in target.parts
    named = _TEMPORARY.fullmatch(temporary.name) is not None
    return inside and named and target.parent == temporary.parent
