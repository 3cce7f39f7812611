"""Reading commits, trees and files by id, any number of them through one git process."""

import os
import subprocess
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from tempfile import TemporaryFile
from typing import IO, Final, NamedTuple

from release.repository.git.program import Repository

ABSENT: Final = "0" * 40
_WINDOW: Final = 64
"""Ids asked ahead of the answers: enough to keep git busy, too few to fill its pipe."""


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


class ObjectInfo(NamedTuple):
    """What an expression such as `<commit>:helm/charts/vault` names."""

    object_id: str
    kind: str
    size: int = 0


class ObjectReader:
    """An open `git cat-file --batch`; ask for as many objects as you like, in any order."""

    def __init__(self, repository: Repository, process: "subprocess.Popen[bytes]") -> None:
        self._repository = repository
        self._process = process

    def read(self, object_id: str) -> bytes:
        """Return one object's content; HistoryIncompleteError if the clone does not hold it."""
        return next(self.read_many((object_id,)))

    def read_many(self, object_ids: Iterable[str]) -> Iterator[bytes]:
        """Yield the contents in the order asked, reading ahead a little and ever more.

        A caller that stops early costs few reads, one that goes on keeps git busy. Whoever stops
        early must close the reader, since answers still on their way would meet the next question.
        """
        ids = iter(object_ids)
        waiting: deque[str] = deque()
        window = 1
        while True:
            asked = list(islice(ids, window - len(waiting)))
            if asked:
                self._ask(asked)
                waiting.extend(asked)
            if not waiting:
                return
            yield self.answer(waiting.popleft())
            window = min(window * 2, _WINDOW)

    def _ask(self, object_ids: list[str]) -> None:
        stdin = self._pipe(self._process.stdin)
        stdin.write("".join(f"{object_id}\n" for object_id in object_ids).encode())
        stdin.flush()

    def answer(self, object_id: str) -> bytes:
        """Return the content of the object that git was asked for next."""
        stdout = self._pipe(self._process.stdout)
        header = stdout.readline().decode().split()
        if not header:
            raise self._repository.fail(("cat-file",), self._process.stderr)
        if header[-1] == "missing":
            raise self._repository.lacks(f"object {object_id} is missing")
        content = stdout.read(int(header[-1]) + 1)
        return content[:-1]

    @staticmethod
    def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
        if pipe is None:
            raise RuntimeError("git was started without pipes")
        return pipe


def stream_objects(
    repository: Repository, object_ids: Iterable[str]
) -> Generator[bytes, None, None]:
    """Yield the contents of many objects in the order asked, as fast as git can.

    Unlike an ObjectReader this cannot answer before all ids are known, but git need not wake its
    reader for every one.
    """
    ids = tuple(object_ids)
    if not ids:
        return
    with TemporaryFile() as asked:
        asked.write("".join(f"{object_id}\n" for object_id in ids).encode())
        asked.seek(0)
        with repository.start("cat-file", "--batch", "--buffer", stdin=asked) as process:
            reader = ObjectReader(repository, process)
            for object_id in ids:
                yield reader.answer(object_id)


@contextmanager
def object_reader(repository: Repository) -> Iterator[ObjectReader]:
    """Open a reader of objects; leaving the block ends its git process."""
    with repository.start("cat-file", "--batch") as process:
        yield ObjectReader(repository, process)


def read_blobs(repository: Repository, object_ids: Iterable[str]) -> dict[str, bytes]:
    """Return the contents of these objects by id, through one git process."""
    ids = tuple(dict.fromkeys(object_ids))
    return dict(zip(ids, stream_objects(repository, ids), strict=True))


def resolve(
    repository: Repository, expressions: Iterable[str], *options: str
) -> Mapping[str, ObjectInfo | None]:
    """Return what each expression names, None where it names nothing, through one git process.

    An expression is a full object id, a full ref, or either with `:path`. One with a line end
    names nothing: Git's protocol here is one line each. With --follow-symlinks it is what stands
    behind links, and one that leads out of the repository has the kind `symlink`.
    """
    asked = tuple(dict.fromkeys(expressions))
    sent = [expression for expression in asked if "\n" not in expression]
    result: dict[str, ObjectInfo | None] = dict.fromkeys(asked)
    if sent:
        output = repository.run(
            "cat-file",
            "--batch-check=%(objectname) %(objecttype) %(objectsize)",
            *options,
            stdin="".join(f"{e}\n" for e in sent).encode("utf-8", errors="surrogateescape"),
        )
        result |= dict(zip(sent, _answers(output), strict=True))
    return result


def _answers(output: bytes) -> Iterator[ObjectInfo | None]:
    """Parse `cat-file --batch-check`, where the end of a followed link comes after its size."""
    position = 0
    while position < len(output):
        end = output.index(b"\n", position)
        head, position = output[position:end].split(b" "), end + 1
        if head[0] in {b"symlink", b"dangling", b"loop", b"notdir"}:
            position += int(head[1]) + 1
            yield ObjectInfo("", "symlink") if head[0] == b"symlink" else None
        elif head[-1] in {b"missing", b"ambiguous"}:
            yield None
        else:
            yield ObjectInfo(head[0].decode(), head[1].decode(), int(head[2]))


def tree_entries(repository: Repository, tree: str, *, recursive: bool) -> tuple[TreeEntry, ...]:
    """Return the entries of a tree (folders too), with those of the trees in it if recursive."""
    deep = ("-r", "-t") if recursive else ()
    output = repository.run("ls-tree", *deep, "-z", "-l", "--full-tree", tree)
    entries = []
    for record in filter(None, os.fsdecode(output).split("\0")):
        meta, _, path = record.partition("\t")
        mode, kind, object_id, size = meta.split()
        entries.append(TreeEntry(path, mode, kind, object_id, 0 if size == "-" else int(size)))
    return tuple(entries)
