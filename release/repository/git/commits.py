"""What a commit says: who, when, why, which pull request, who approved."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from release.repository.git.objects import read_blobs
from release.repository.git.program import Repository

_IDENTITY: Final = re.compile(r"(?s)(.*?) ?<([^>]*)> ?(-?\d+)? ?([+-]\d{4})?")
_TRAILER: Final = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]*)[ \t]*:[ \t]*(.*)")
_SQUASHED: Final = re.compile(r"\(#([1-9]\d{0,8})\)\s*$")
_MERGED: Final = re.compile(r"Merge pull request #([1-9]\d{0,8})\b")
_FIRST: Final = datetime(1, 1, 1, tzinfo=UTC)
_LAST: Final = datetime(9999, 12, 31, tzinfo=UTC)
_APPROVALS: Final = ("approved-by", "reviewed-by", "acked-by")


@dataclass(frozen=True, slots=True)
class Identity:
    """A person as a commit or tag names them, and when they acted."""

    name: str
    email: str
    when: datetime


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit; `trailers` are (key, value) pairs of the message's last paragraph."""

    object_id: str
    parents: tuple[str, ...]
    author: Identity
    committer: Identity
    subject: str
    body: str
    trailers: tuple[tuple[str, str], ...]

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
        values = (value for key, value in self.trailers if key.lower() in _APPROVALS)
        return tuple(dict.fromkeys(values))


def read_commits(repository: Repository, commit_ids: Iterable[str]) -> Mapping[str, Commit]:
    """Return these commits by id, through one git process."""
    blobs = read_blobs(repository, commit_ids)
    return {commit_id: parse_commit(commit_id, content) for commit_id, content in blobs.items()}


def parse_commit(commit_id: str, content: bytes) -> Commit:
    """Parse a commit object as Git stores it; nothing in it can make this fail."""
    head, _, message_bytes = content.partition(b"\n\n")
    headers: dict[str, list[str]] = {}
    for line in head.decode("utf-8", errors="replace").split("\n"):
        # A line that continues the one before, as in signatures, begins with a space: no key.
        key, _, value = line.partition(" ")
        headers.setdefault(key, []).append(value)
    message = _decoded(message_bytes, headers.get("encoding", ["utf-8"])[0])
    subject, body = split_message(message)
    return Commit(
        object_id=commit_id,
        parents=tuple(headers.get("parent", ())),
        author=parse_identity(headers.get("author", [""])[0]),
        committer=parse_identity(headers.get("committer", [""])[0]),
        subject=subject,
        body=body,
        trailers=parse_trailers(body),
    )


def parse_identity(text: str) -> Identity:
    """Parse `Name <address> seconds zone`; a part that is missing or absurd becomes empty or 0."""
    found = _IDENTITY.match(text)
    if found is None:
        return Identity(text, "", datetime.fromtimestamp(0, UTC))
    return Identity(found[1], found[2], moment(found[3] or "0", found[4] or "+0000"))


def moment(seconds: str, zone: str = "+0000") -> datetime:
    """Return Git's time as an aware datetime; one outside of the calendar becomes its edge."""
    minutes = int(zone[1:3]) * 60 + int(zone[3:5])
    offset = timedelta(minutes=min(minutes, 14 * 60) * (-1 if zone[0] == "-" else 1))
    try:
        return datetime.fromtimestamp(int(seconds), timezone(offset))
    except (ValueError, OverflowError, OSError):
        return _FIRST if seconds.startswith("-") else _LAST


def split_message(message: str) -> tuple[str, str]:
    """Return subject and body as Git splits them: the first paragraph on one line, and the rest."""
    paragraphs = re.split(r"\n[ \t]*\n", message.strip("\n"), maxsplit=1)
    subject = " ".join(paragraphs[0].split("\n")).strip()
    body = paragraphs[1].strip("\n") if len(paragraphs) > 1 else ""
    return subject, body


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


def _decoded(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding, errors="replace").replace("\r\n", "\n")
    except LookupError:
        return content.decode("utf-8", errors="replace").replace("\r\n", "\n")
