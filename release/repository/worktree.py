"""The files of a checkout as they are on disk."""

import os
import stat
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

from release.repository.clone import Clone
from release.repository.files import (
    LARGEST_TEXT,
    NOT_A_FOLDER,
    OUT,
    Files,
    Listing,
    TreeFault,
    led_out,
    split,
    too_large,
)


class WorkTree(Files):
    """The files as they are on disk, committed or not."""

    def __init__(self, clone: Clone) -> None:
        super().__init__(clone)
        self._top = str(clone.repository.toplevel)
        self._plain = set[str]()
        self._real_folders: dict[str, str] = {}

    @property
    def changed(self) -> frozenset[str]:
        """What `git status` lists."""
        return self.clone.state.dirty

    @cached_property
    def _real_top(self) -> str:
        return os.path.realpath(self._top)

    def _names(self, folder: str) -> Iterable[str]:
        try:
            return [path.name for path in Path(self._top, folder).iterdir()]
        except OSError:
            return ()

    def _below(self, folder: str) -> Listing:
        listing = Listing()
        if self._leads_out(f"{self._top}/{folder}"):
            listing.fault(folder, OUT)
        else:
            self._enter(folder, listing)
        return listing

    def _paths(self) -> Iterable[str]:
        return split(
            self.clone.repository.run(
                "ls-files", "-z", "--cached", "--others", "--exclude-standard"
            )
        )

    def _leads_out(self, place: str) -> bool:
        return not self._inside(os.path.realpath(place))

    def _inside(self, resolved: str) -> bool:
        return resolved.startswith(self._real_top + os.sep)

    def _resolved(self, path: str) -> str:
        """Return the place of a file without links; its folder's is found once for all in it."""
        folder, _, name = f"{self._top}/{path}".rpartition("/")
        if folder not in self._real_folders:
            self._real_folders[folder] = os.path.realpath(folder)
        place = f"{self._real_folders[folder]}/{name}"
        # A Path for each file of a thousand charts takes longer than the question.
        link = os.path.islink(place)  # noqa: PTH114
        return os.path.realpath(place) if link or name in {"", os.curdir, os.pardir} else place

    def _enter(self, path: str, listing: Listing) -> None:
        try:
            with os.scandir(f"{self._top}/{path}") as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except NotADirectoryError:
            listing.fault(path, NOT_A_FOLDER)
            return
        except FileNotFoundError:
            return
        except OSError as error:
            listing.fault(path, f"cannot be listed: {error.strerror}")
            return
        for entry in found:
            below = f"{path}/{entry.name}"
            if entry.is_symlink():
                place = Path(self._top, below)
                listing.link(below, out=self._leads_out(f"{place}"), folder=place.is_dir())
            elif entry.is_dir(follow_symlinks=False):
                if entry.name != ".git":
                    listing.folders.append(below)
                    self._enter(below, listing)
            elif entry.is_file(follow_symlinks=False):
                self._plain.add(below)
                listing.files.append(below)
            else:
                listing.fault(below, "is not a regular file (a pipe, socket or device)")

    def _data(self, path: str) -> bytes | TreeFault | None:
        place = f"{self._top}/{path}"
        if path not in self._plain:
            place = self._resolved(path)
            if not self._inside(place):
                return led_out(path)
        try:
            # NONBLOCK: a pipe would hold us for ever; NOFOLLOW: the path is resolved by now.
            handle = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                status = os.fstat(handle)
                # Whoever reads a folder is told by the system that it is one.
                if not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):
                    return TreeFault(path, 0, "is not a regular file")
                if status.st_size > LARGEST_TEXT:
                    return too_large(path, status.st_size)
                # A file object asks four times more about each of thousands of files.
                part = max(status.st_size + 1, 4096)  # some file systems tell no size
                return b"".join(iter(lambda: os.read(handle, part), b""))
            finally:
                os.close(handle)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValueError) as error:
            # ValueError: a path with a zero byte, which only a manifest's text can name.
            reason = getattr(error, "strerror", error)
            return TreeFault(path, 0, f"cannot be read: {reason}")
