"""What the commits of a version announce: changelog notes, and what breaks for its users."""

import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from release.charts.changelog import SECTIONS

Note = tuple[str, str]
"""A kind of change and one line of text."""

_CONVENTIONAL: Final = re.compile(r"([A-Za-z]+)(?:\(([^()]*)\))?(!?): *(.+)")
_PULL_REQUEST: Final = re.compile(r"\s*\(#\d+\)$")
_BREAKING: Final = re.compile(
    r"(?ms)^BREAKING[ -]CHANGE(?:: | #)(.+?)(?=\n\s*\n|\n[A-Za-z-]+(?:: | #)|\Z)"
)
_UNDOES: Final = re.compile(r"(?m)^This reverts commit ([0-9a-f]{7,64})\b")
_QUOTED: Final = re.compile(r'(Revert|Reapply) "(.+)"')
_SECTION_OF: Final = {"feat": "Added", "fix": "Fixed", "security": "Security"}
_SILENT: Final = frozenset({"build", "chore", "ci", "docs", "style", "test"})
_LONGEST: Final = 120
"""A note is one line of a list; what a subject says beyond that stands in its commit."""


class Message(NamedTuple):
    """One commit as it speaks; `commit` is its id, by which later ones may undo it."""

    subject: str
    body: str = ""
    commit: str = ""

    @property
    def title(self) -> str:
        """The subject on one line, without the pull request's number."""
        return _PULL_REQUEST.sub("", " ".join(self.subject.split()))


def lasting(messages: Iterable[Message]) -> tuple[Message, ...]:
    """Return the messages, newest first, without those that later ones undo and without these.

    A commit undoes another by Git's words in its body, or else by a subject that quotes the other's
    as Git and GitHub do, or repeats it behind Conventional Commits' `revert:`. One that undoes
    nothing among these messages takes back what is released, and lasts.
    """
    every = tuple(messages)
    gone: set[int] = set()
    for index, message in enumerate(every):
        if index in gone:
            continue
        undone = _undone(message, every, index, gone)
        if undone:
            gone |= {index, *undone}
    return tuple(message for index, message in enumerate(every) if index not in gone)


def notes_from_commits(messages: Iterable[Message], chart: str = "") -> tuple[Note, ...]:
    """Return changelog notes for commits, newest first, by Conventional Commits' types.

    Types that users of a chart never notice (docs, tests, builds) say nothing, unless the commit
    is marked as breaking. The chart's own name is not a scope worth telling in its own changelog.
    """
    notes: dict[Note, None] = {}
    for message in lasting(messages):
        for kind, text in _notes(message, chart):
            notes[kind, _short(text)] = None
    return tuple(sorted(notes, key=lambda note: SECTIONS.index(note[0])))


def breaking_changes(messages: Iterable[Message]) -> tuple[str, ...]:
    """Return what each commit that breaks users says of it (Conventional Commits 1.0.0, 11-16)."""
    found: list[str] = []
    for message in lasting(messages):
        match = _CONVENTIONAL.fullmatch(message.title)
        if footers := _footers(message):
            found += map(_short, footers)
        elif match and match[3]:
            found.append(_short(match[4]))
    return tuple(found)


def _notes(message: Message, chart: str) -> Iterator[Note]:
    title = message.title
    footers = _footers(message)
    yield from (("Changed", f"**Breaking:** {footer}") for footer in footers)
    taken_back = _taken_back(title)
    if taken_back is not None:
        yield "Changed", f"Reverted: {_sentence(taken_back, chart)}"
        return
    match = _CONVENTIONAL.fullmatch(title)
    if match is None:
        if title and not title.startswith("Merge "):
            yield "Changed", title
        return
    kind, _, breaking, _ = match.groups()
    if breaking and not footers:
        yield "Changed", f"**Breaking:** {_sentence(title, chart)}"
    elif kind.lower() not in _SILENT:
        yield _SECTION_OF.get(kind.lower(), "Changed"), _sentence(title, chart)


def _footers(message: Message) -> list[str]:
    return [" ".join(footer.split()) for footer in _BREAKING.findall(message.body)]


def _sentence(title: str, chart: str) -> str:
    match = _CONVENTIONAL.fullmatch(title)
    if match is None:
        return title
    scope, said = match[2], match[4]
    return f"{scope}: {said}" if scope and scope != chart else said[:1].upper() + said[1:]


def _short(text: str) -> str:
    if len(text) <= _LONGEST:
        return text
    whole = text[:_LONGEST].rpartition(" ")[0] or text[: _LONGEST - 1]
    return f"{whole} …"


def _taken_back(title: str) -> str | None:
    """Return the subject that this one says it reverts, None if it reverts none."""
    quoted = _QUOTED.fullmatch(title)
    if quoted:
        return _PULL_REQUEST.sub("", quoted[2]) if quoted[1] == "Revert" else None
    match = _CONVENTIONAL.fullmatch(title)
    return _PULL_REQUEST.sub("", match[4]) if match and match[1].lower() == "revert" else None


def _undone(
    message: Message, every: tuple[Message, ...], index: int, gone: set[int]
) -> frozenset[int]:
    """Return which older messages this one undoes; by its words alone the nearest that fits."""
    older = [number for number in range(index + 1, len(every)) if number not in gone]
    named = _UNDOES.findall(message.body)
    if named:
        return frozenset(
            number
            for number in older
            if any(every[number].commit.startswith(name.lower()) for name in named)
        )
    taken_back = _taken_back(message.title)
    again = _QUOTED.fullmatch(message.title)
    wanted = {taken_back} if taken_back else set()
    if again and again[1] == "Reapply":
        wanted = {f'Revert "{again[2]}"'}
    first = next((number for number in older if every[number].title in wanted), None)
    return frozenset() if first is None else frozenset({first})
