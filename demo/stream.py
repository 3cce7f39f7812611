"""Writing commits and tags as one `git fast-import` stream, so that thousands take seconds."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path

from demo.gitprogram import git


@dataclass(frozen=True, slots=True)
class Person:
    """A name and an address as commits carry them."""

    name: str
    email: str

    def __str__(self) -> str:
        """Return the form that trailers use."""
        return f"{self.name} <{self.email}>"


@dataclass(frozen=True, slots=True)
class Stamp:
    """Who did something and when."""

    person: Person
    when: datetime

    @property
    def line(self) -> str:
        """The form of commit and tag headers."""
        return f"{self.person} {int(self.when.timestamp())} {self.when:%z}"


class ImportStream:
    """Collects commits and tags; `write` hands them to git in one process."""

    def __init__(self, branch: str, start: str | None) -> None:
        """Continue after the revision `start`, or begin a history where it is None."""
        self._branch = branch
        self._buffer = BytesIO()
        self._marks = 0
        self.tip = start
        """The last commit of the branch as the stream names it (a revision or `:mark`)."""

    def commit(  # noqa: PLR0913  # the parts of a commit, all by keyword
        self,
        files: Mapping[str, bytes | None],
        message: str,
        *,
        author: Stamp,
        committer: Stamp,
        merges: str | None = None,
        side: bool = False,
    ) -> str:
        """Add a commit on the tip and return its mark; None deletes a file.

        A `side` commit leaves the tip where it is, so that a merge can bring it in later.
        """
        self._marks += 1
        mark = f":{self._marks}"
        self._line(f"commit refs/heads/{self._branch}")
        self._line(f"mark {mark}")
        self._line(f"author {author.line}")
        self._line(f"committer {committer.line}")
        self._data(message.encode())
        if self.tip is not None:
            self._line(f"from {self.tip}")
        if merges is not None:
            self._line(f"merge {merges}")
        for path, content in files.items():
            if content is None:
                self._line(f"D {_quoted(path)}")
            else:
                self._line(f"M 100644 inline {_quoted(path)}")
                self._data(content)
        if not side:
            self.tip = mark
        return mark

    def tag(self, name: str, target: str, *, tagger: Stamp | None, message: str = "") -> None:
        """Add a tag of a commit: annotated when there is a tagger, light otherwise."""
        if tagger is None:
            self._line(f"reset refs/tags/{name}")
            self._line(f"from {target}\n")
            return
        self._line(f"tag {name}")
        self._line(f"from {target}")
        self._line(f"tagger {tagger.line}")
        self._data(message.encode())

    def write(self, repository: Path) -> None:
        """Write everything into the repository."""
        stream = self._buffer.getvalue()
        git(repository, "fast-import", "--quiet", "--date-format=raw", stdin=stream)

    def _line(self, text: str) -> None:
        self._buffer.write(f"{text}\n".encode("utf-8", errors="surrogateescape"))

    def _data(self, content: bytes) -> None:
        self._line(f"data {len(content)}")
        self._buffer.write(content)
        self._buffer.write(b"\n")


def _quoted(path: str) -> str:
    if not re.search(r'[\n"\\]', path):
        return path
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
