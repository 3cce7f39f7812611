"""Writing several files so that nobody ever sees some of them changed and others not.

All new contents are written and synced beside their targets first, then a journal says that the
write is decided, then the files are renamed into place or deleted one by one. A failure before the
decision leaves nothing behind. After it, an interrupted write is rolled **forward** by `recover`:
every new content is already safe on disk, so finishing needs no copy of the old ones, cannot run
out of space, and gives the result that the interrupted command was asked for; commands are no-ops
the second time, so repeating it by hand does no harm either.

The journal lies in the Git directory, where no commit can pick it up. While it exists no other
write begins.
"""

import errno
import fcntl
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, NamedTuple

from release.text.errors import EditRefusedError
from release.text.journal import Entry, Journal, digest_of, sync_folder

_NEW_FILE_MODE: Final = 0o666

Step = Callable[[str], None]


class Change(NamedTuple):
    """What a file held when it was read, and what it is to hold; None: it does not exist."""

    before: bytes | None
    after: bytes | None

    @classmethod
    def of_text(cls, before: str | None, after: str | None) -> "Change":
        """Return the change between two texts, both UTF-8."""
        return cls(*(None if text is None else text.encode() for text in (before, after)))


class WriteInterruptedError(Exception):
    """A decided write that could not be finished; the next `recover` finishes it."""


def read_text(path: Path) -> str:
    """Return a file's text with its line ends as they are; EditRefusedError if it is not UTF-8."""
    content = path.read_bytes()
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise EditRefusedError(
            f"{path}:{line}", "is not UTF-8 text", "convert the file first", line=line
        ) from error


def write_all(
    root: Path, changes: Mapping[Path, Change], *, on_step: Step = lambda _step: None
) -> None:
    """Write all files below `root`, or none; paths are relative to it.

    EditRefusedError, listing every offender, if a path leaves the tree, is not a regular file, is
    read-only or no longer holds what was read, and if writing fails (disk full, no permission):
    nothing has changed then. WriteInterruptedError if a rename fails after the decision; `recover`
    then finishes the write. `on_step` is called before each step with its name, for tests that
    interrupt there.
    """
    with locked(Journal.of(root).path.parent):
        journal = Journal.of(root)
        if journal.exists():
            raise EditRefusedError(
                str(journal.path),
                "an earlier write was interrupted",
                "repeat its command, which finishes it",
            )
        wanted = {path: item for path, item in changes.items() if item.before != item.after}
        if not wanted:
            return
        targets = _checked(root, wanted)
        entries = [_entry(root, target, wanted[path]) for path, target in targets.items()]
        contents = [wanted[path].after for path in targets]
        try:
            on_step("plan")
            journal.store(entries, decided=False)
            for entry, content in zip(entries, contents, strict=True):
                on_step(f"write {entry.target}")
                if content is not None:
                    _write_beside(root / entry.temporary, root / entry.target, content)
            _checked(root, wanted)
            on_step("decide")
            journal.store(entries, decided=True)
        except BaseException as error:
            _give_up(root, entries, journal)
            if isinstance(error, OSError):
                raise _refused_by_system(error) from error
            raise
        _finish(root, entries, journal, on_step)


def recover(root: Path, *, on_step: Step = lambda _step: None) -> tuple[Path, ...]:
    """Finish or discard an interrupted write; return the files that were finished.

    Costs one look-up when there is none. EditRefusedError, before anything is touched, if a file
    holds neither what it held before nor what it was to hold.
    """
    if not Journal.of(root).exists():
        return ()
    with locked(Journal.of(root).path.parent):
        journal = Journal.of(root)
        if not journal.exists():
            return ()
        entries, decided = journal.read()
        if not decided:
            _remove_temporaries(root, entries)
            journal.forget()
            return ()
        _refuse_changed_since(root, entries, journal)
        _finish(root, entries, journal, on_step)
        return tuple(Path(entry.target) for entry in entries)


def _finish(root: Path, entries: list[Entry], journal: Journal, on_step: Step) -> None:
    done: list[str] = []
    try:
        for entry in entries:
            on_step(f"rename {entry.target}")
            if entry.after is None:
                (root / entry.target).unlink(missing_ok=True)
            elif (root / entry.temporary).exists():
                (root / entry.temporary).replace(root / entry.target)
            done.append(entry.target)
        on_step("sync")
        for folder in {(root / entry.target).parent for entry in entries}:
            sync_folder(folder)
        on_step("forget")
        journal.forget()
    except OSError as error:
        pending = [entry.target for entry in entries if entry.target not in done]
        raise WriteInterruptedError(
            f"{error.filename or journal.path}: {error.strerror} in the middle of writing "
            f"({len(done)} of {len(entries)} files are done, still to do: "
            f"{', '.join(pending) or 'none'}); remove the cause and run the command again, "
            "which finishes this write first"
        ) from error


def _give_up(root: Path, entries: list[Entry], journal: Journal) -> None:
    # The journal goes first, and where it cannot go the files stay for `recover`: a decided
    # journal must never miss a file that it promises.
    with suppress(OSError):
        journal.forget()
        _remove_temporaries(root, entries)


def _remove_temporaries(root: Path, entries: list[Entry]) -> None:
    for entry in entries:
        with suppress(OSError):
            (root / entry.temporary).unlink(missing_ok=True)


def _refuse_changed_since(root: Path, entries: list[Entry], journal: Journal) -> None:
    changed = []
    tree = root.resolve()
    for entry in entries:
        inside = (root / entry.target).resolve().is_relative_to(tree)
        held = _content(root / entry.target)
        new = _content(root / entry.temporary)
        finished = digest_of(held) == entry.after
        untouched = digest_of(held) == entry.before
        if not inside or not (finished or (untouched and digest_of(new) == entry.after)):
            changed.append(entry.target)
    if changed:
        raise EditRefusedError(
            ", ".join(changed),
            "changed after a write to it was interrupted",
            f"look at it with git diff, then remove {journal.path} to keep it as it is",
        )


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _checked(root: Path, changes: Mapping[Path, Change]) -> dict[Path, Path]:
    """Return the real file of each path, or refuse with everything that is in the way."""
    tree = root.resolve()
    targets: dict[Path, Path] = {}
    problems: list[str] = []
    for path, change in changes.items():
        try:
            target = (tree / path).resolve()
        except (OSError, RuntimeError):  # a loop of links; which error depends on Python's version
            problems.append(f"{path} is a loop of links")
            continue
        reason = _misplaced(tree, target) or _unfit(target, change)
        if reason is None and target in targets.values():
            reason = "is the same file as another one of this write"
        if reason is None:
            targets[path] = target
        else:
            problems.append(f"{path} {reason}")
    if problems:
        raise EditRefusedError(
            "; ".join(problems), "nothing was written", "correct this and run the command again"
        )
    return targets


def _misplaced(tree: Path, target: Path) -> str | None:
    """Return why nothing may be written there, as the rest of a sentence, or None."""
    if not target.is_relative_to(tree) or target == tree:
        return f"leads out of {tree}"
    parts = [part.lower() for part in target.relative_to(tree).parts]
    return "belongs to Git" if ".git" in parts else None


def _unfit(target: Path, change: Change) -> str | None:
    """Return why this file cannot be replaced, as the rest of a sentence, or None."""
    try:
        status = target.stat()
        held = target.read_bytes() if stat.S_ISREG(status.st_mode) else None
    except FileNotFoundError:
        missing = "has no folder to go into" if not target.parent.is_dir() else None
        return missing if change.before is None else "has gone since it was read"
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    if held is None:
        return "is a folder" if stat.S_ISDIR(status.st_mode) else "is not a regular file"
    if held != change.before:
        return "already exists" if change.before is None else "has changed since it was read"
    # The mode is asked as well: nothing is read-only to root, and a rename needs no permission.
    writable = status.st_mode & 0o222 and os.access(target, os.W_OK)
    return None if writable else "is read-only (chmod u+w)"


def _entry(root: Path, target: Path, change: Change) -> Entry:
    relative = target.relative_to(root.resolve())
    temporary = relative.with_name(f".{relative.name}.{os.urandom(4).hex()}.hmco")
    return Entry(
        target=relative.as_posix(),
        temporary=temporary.as_posix(),
        before=digest_of(change.before),
        after=digest_of(change.after),
    )


def _write_beside(temporary: Path, target: Path, content: bytes) -> None:
    """Write a synced file with the owner and permissions of the one it will replace."""
    try:
        status = target.stat()
    except FileNotFoundError:
        status = None
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    handle = os.open(temporary, flags, _NEW_FILE_MODE if status is None else 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        if status is not None:
            # A user who may write a file of another's may not give one away; the group may fit.
            with suppress(PermissionError):
                os.fchown(handle, status.st_uid, status.st_gid)
            os.fchmod(handle, stat.S_IMODE(status.st_mode))
        os.fsync(handle)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a folder, so that two commands write one after the other; no file is left behind.

    EditRefusedError for a folder that cannot be read, or is none.
    """
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise _refused_by_system(error) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _refused_by_system(error: OSError) -> EditRefusedError:
    remedies = {
        errno.ENOSPC: "make room on the disk",
        errno.EDQUOT: "make room in your quota",
        errno.EROFS: "the file system is read-only: work in a checkout that can be written",
        errno.EACCES: "get permission to write there",
    }
    return EditRefusedError(
        str(error.filename or "the files"),
        f"{error.strerror}, nothing was written",
        remedies.get(error.errno or 0, "remove the cause and run the command again"),
    )
