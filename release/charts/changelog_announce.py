"""Writing under Unreleased what the next release will bring, and no byte besides."""

from collections.abc import Iterator, Sequence

from release.charts.changelog import Changelog, Release, parse, sections_by_title
from release.charts.changelog_splice import (
    Note,
    Splice,
    by_kind,
    editable,
    section_lines,
    spliced,
)
from release.text.errors import EditRefusedError
from release.text.markdown_lines import LineKind


def announce(text: str, notes: Sequence[Note]) -> str:
    """Return the changelog with the notes (kind of change, one line) under Unreleased.

    Each joins the section of its kind, or a new one behind those that are there. EditRefusedError
    if a note is none, or if the text has a problem that leaves its place in doubt.
    """
    changelog = editable(text)
    entries = by_kind(notes)
    unreleased = changelog.unreleased
    if unreleased is None:
        place = changelog.releases[0].line - 1 if changelog.releases else changelog.tail
        lines = ("## [Unreleased]", "", *section_lines(entries), "")
        after = spliced(changelog, [Splice(place, lines)])
    else:
        after = spliced(changelog, list(_joined(changelog, unreleased, entries)))
    _prove(changelog, after, entries)
    return after


def _joined(
    changelog: Changelog, unreleased: Release, entries: dict[str, list[str]]
) -> Iterator[Splice]:
    known = {section.title: section.line for section in unreleased.sections}
    for kind, texts in entries.items():
        if kind in known:
            end = next((line for line in known.values() if line > known[kind]), unreleased.last + 1)
            index = _behind_text(changelog, known[kind], end - 1)
            yield Splice(index, tuple(f"- {text}" for text in texts))
    fresh = {kind: texts for kind, texts in entries.items() if kind not in known}
    if fresh:
        index = _behind_text(changelog, unreleased.line, unreleased.last)
        yield Splice(index, ("", *section_lines(fresh)))


def _behind_text(changelog: Changelog, first: int, end: int) -> int:
    """Return the index behind the last line of these that is not blank."""
    while end > first and changelog.lines[end - 1].kind is LineKind.BLANK:
        end -= 1
    return end


def _prove(before: Changelog, after_text: str, entries: dict[str, list[str]]) -> None:
    """Refuse unless Unreleased says all this besides, and the releases say what they said."""
    after = parse(after_text)
    said = sections_by_title(before.unreleased) if before.unreleased else {}
    wanted = {kind: (*said.get(kind, ()), *entries.get(kind, ())) for kind in (*said, *entries)}
    found = sections_by_title(after.unreleased) if after.unreleased else {}
    kept = [(item.version, item.body.strip()) for item in before.releases]
    if found != wanted or [(item.version, item.body.strip()) for item in after.releases] != kept:
        raise EditRefusedError(
            "the changelog",
            "has a form in which a note cannot be added safely",
            "write it under Unreleased by hand",
        )
