"""Reading commits, trees and files by name or id, any number of them through one git process."""

import subprocess
from atexit import register
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import IO, Final, NamedTuple

from release.repository.git.program import explain, lacking, start

ABSENT: Final = "0" * 40
_LARGEST: Final = 64
"""Contents that are asked for ahead of a reader who takes them one by one."""
_MOST: Final = 8
_NOTHING: Final = frozenset({b"ambiguous", b"missing", b"submodule"})
_LINKS: Final = frozenset({b"symlink", b"dangling", b"loop", b"notdir"})


class ObjectInfo(NamedTuple):
    """What an expression such as `<commit>:helm/charts/vault` names."""

    object_id: str
    kind: str
    size: int = 0


class TreeEntry(NamedTuple):
    """One path of a tree: its mode (120000 is a symlink), kind, object id and size (0: no blob)."""

    path: str
    mode: str
    kind: str
    object_id: str
    size: int

    @property
    def is_symlink(self) -> bool:
        """Tell whether the entry is a symbolic link."""
        return self.mode == "120000"


class ObjectReader:
    """A `git cat-file --batch-command` that is started when it is asked, a few of them at most.

    With --follow-symlinks an expression names what stands behind links, and one that leads out of
    the repository has the kind `symlink`.
    """

    def __init__(self, folder: Path, *options: str) -> None:
        self._folder = folder
        self._options = options

    def named(self, expressions: Iterable[str]) -> dict[str, ObjectInfo | None]:
        """Return what each expression names, None where it names nothing.

        An expression is a full object id, a full ref, or either with `:path`. One with a line end
        names nothing: Git's protocol here is one line each.
        """
        found: dict[str, ObjectInfo | None] = dict.fromkeys(expressions)
        asked = [expression for expression in found if expression and "\n" not in expression]
        self._ask("info", asked)
        for expression in asked:
            found[expression] = self._header()
        return found

    def contents(self, object_ids: Iterable[str]) -> Iterator[bytes]:
        """Yield the contents in the order asked, reading ahead a little and ever more.

        A caller that stops early costs few reads. HistoryIncompleteError or ObjectsMissingError if
        the clone does not hold one.
        """
        ids = iter(object_ids)
        ahead = 1
        while asked := list(islice(ids, ahead)):
            self._ask("contents", asked)
            # All answers of a question are taken before the next one can be asked.
            for object_id, content in [(each, self._content()) for each in asked]:
                if content is None:
                    raise lacking(self._folder, f"object {object_id} is missing")
                yield content
            ahead = min(ahead * 2, _LARGEST)

    def blobs(self, object_ids: Iterable[str]) -> dict[str, bytes]:
        """Return the contents of these objects by id; the same errors."""
        ids = tuple(dict.fromkeys(object_ids))
        return dict(zip(ids, self.contents(ids), strict=True))

    def _ask(self, command: str, names: list[str]) -> None:
        if not names:
            return
        lines = "".join(f"{command} {name}\n" for name in names)
        stdin, _ = self._pipes
        try:
            # Git answers none before the flush, so that neither waits for the other to read.
            stdin.write(f"{lines}flush\n".encode("utf-8", errors="surrogateescape"))
            stdin.flush()
        except BrokenPipeError as error:
            raise self._failed() from error

    def _content(self) -> bytes | None:
        info = self._header()
        return None if info is None else self._read(info.size)

    def _header(self) -> ObjectInfo | None:
        _, stdout = self._pipes
        head = stdout.readline().rstrip(b"\n").split(b" ")
        if head == [b""]:
            raise self._failed()
        if head[0] in _LINKS:
            self._read(int(head[1]))
            return ObjectInfo("", "symlink") if head[0] == b"symlink" else None
        if head[-1] in _NOTHING:
            return None
        return ObjectInfo(head[0].decode(), head[1].decode(), int(head[2]))

    def _read(self, size: int) -> bytes:
        return self._pipes[1].read(size + 1)[:-1]

    def _failed(self) -> Exception:
        errors = self._process.stderr.read() if self._process.stderr else b""
        return explain(self._folder, ("cat-file",), errors.decode(errors="replace"))

    @property
    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise RuntimeError("git was started without pipes")
        return stdin, stdout

    @property
    def _process(self) -> "subprocess.Popen[bytes]":
        process = _RUNNING.get(self)
        if process is None:
            while len(_RUNNING) >= _MOST:
                _end(_RUNNING.pop(next(iter(_RUNNING))))
            process = start(self._folder, "cat-file", "--batch-command", "--buffer", *self._options)
            _RUNNING[self] = process
        return process


_RUNNING: Final[dict[ObjectReader, "subprocess.Popen[bytes]"]] = {}
"""Those that wait for a question, the first one started first: a reader that is asked again after
its git has made room for another's starts one anew."""


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.communicate()


@register
def _end_all() -> None:
    while _RUNNING:
        _end(_RUNNING.popitem()[1])
