"""What a commit says: who, when, why, which pull request, who approved."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final, NamedTuple

from release.repository.git.checkout import Repository
from release.repository.git.program import records

_TRAILER: Final = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]*)[ \t]*:[ \t]*(.*)")
_SQUASHED: Final = re.compile(r"\(#([1-9]\d{0,8})\)\s*$")
_MERGED: Final = re.compile(r"Merge pull request #([1-9]\d{0,8})\b")
_FIRST: Final = datetime(1, 1, 1, tzinfo=UTC)
_LAST: Final = datetime(9999, 12, 31, tzinfo=UTC)
_APPROVALS: Final = ("approved-by", "reviewed-by", "acked-by")
_FIELDS: Final = ("%H", "%P", "%an", "%ae", "%cn", "%ce", "%ct", "%s", "%b", "%B")


class Identity(NamedTuple):
    """A person as a commit names them."""

    name: str
    email: str


class Commit(NamedTuple):
    """One commit; `message` is all that it says, `subject` and `body` as Git tells them apart."""

    object_id: str
    parents: tuple[str, ...]
    author: Identity
    committer: Identity
    committed_at: datetime
    subject: str
    body: str
    message: str

    @property
    def pull_request(self) -> int | None:
        """The number that GitHub puts in the subject of a squash or merge commit."""
        found = _MERGED.match(self.subject) or _SQUASHED.search(self.subject)
        return int(found[1]) if found else None

    @property
    def why(self) -> str:
        """What it was made for: GitHub's merges say that in the body, all others in the subject."""
        first = self.body.split("\n", 1)[0]
        return first if self.subject.startswith("Merge ") and first else self.subject

    @property
    def approved_by(self) -> tuple[str, ...]:
        """Who approved, by the trailers Approved-by, Reviewed-by and Acked-by, each once."""
        values = (value for key, value in parse_trailers(self.body) if key.lower() in _APPROVALS)
        return tuple(dict.fromkeys(values))


def read_commits(repository: Repository, commit_ids: Iterable[str]) -> dict[str, Commit]:
    """Return these commits by id, through one git process."""
    ids = "\n".join(commit_ids)
    options = ("--no-walk=unsorted", "--stdin")
    return log_commits(repository, *options, stdin=ids.encode()) if ids else {}


def log_commits(repository: Repository, *arguments: str, stdin: bytes = b"") -> dict[str, Commit]:
    """Return the commits that `git log` lists with these arguments, by id and in its order."""
    form = "%x00".join((*_FIELDS, ""))
    output = repository.run("log", f"--format={form}", *arguments, stdin=stdin)
    text = output.decode("utf-8", errors="replace").replace("\r\n", "\n")
    found = {}
    for commit, parents, *people, when, subject, body, message in records(text, len(_FIELDS)):
        author, author_email, committer, committer_email = people
        found[commit] = Commit(
            object_id=commit,
            parents=tuple(parents.split()),
            author=Identity(author, author_email),
            committer=Identity(committer, committer_email),
            committed_at=moment(when),
            subject=subject,
            body=body.strip("\n"),
            message=message,
        )
    return found


def moment(seconds: str) -> datetime:
    """Return Git's time as an aware datetime; one outside of the calendar becomes its edge."""
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return _FIRST if seconds.startswith("-") else _LAST


def parse_trailers(body: str) -> tuple[tuple[str, str], ...]:
    """Return the trailers of a body: its last paragraph, if every line of it is one.

    A line that begins with a space continues the value before (git-interpret-trailers).
    """
    last = re.split(r"\n[ \t]*\n", body.rstrip())[-1]
    trailers: list[tuple[str, str]] = []
    for line in last.split("\n"):
        found = _TRAILER.fullmatch(line.rstrip())
        if found:
            trailers.append((found[1], found[2]))
        elif trailers and line[:1] in {" ", "\t"}:
            key, value = trailers[-1]
            trailers[-1] = (key, f"{value} {line.strip()}")
        else:
            return ()
    return tuple(trailers)
