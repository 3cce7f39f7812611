"""Editing a changelog line by line: what keeps an edit from being made, and how it is made."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from release.charts.changelog import SECTIONS, Changelog, parse
from release.text.errors import EditRefusedError

_NAMED: Final = 3
"""So many problems are enough to begin with."""

Note = tuple[str, str]
"""A kind of change and one line of text."""
BLOCKING: Final = frozenset(
    {
        "changelog-block-open",
        "changelog-conflict",
        "changelog-heading-form",
        "changelog-heading-indented",
        "changelog-heading-setext",
        "changelog-link-in-text",
        "changelog-link-twice",
        "changelog-title",
        "changelog-title-twice",
        "changelog-unreleased-place",
        "changelog-unreleased-twice",
        "changelog-version",
        "changelog-version-twice",
    }
)
"""Problems under which nobody can tell where a new section belongs."""


@dataclass(frozen=True, slots=True)
class Splice:
    """Lines to put before the line with this index, in place of so many."""

    index: int
    lines: tuple[str, ...]
    replaced: int = 0


def editable(text: str) -> Changelog:
    """Return the changelog; EditRefusedError where nobody can tell where an edit belongs."""
    changelog = parse(text)
    doubtful = [problem for problem in changelog.problems if problem.code in BLOCKING]
    if doubtful:
        named = doubtful[:_NAMED]
        listing = "; ".join(f"line {item.line}: {item.message}" for item in named)
        if doubtful[_NAMED:]:
            listing += f"; and {len(doubtful) - _NAMED} more"
        remedies = dict.fromkeys(item.remedy for item in named)
        raise EditRefusedError("the changelog", listing, "; ".join(remedies), line=doubtful[0].line)
    return changelog


def by_kind(note: Sequence[Note]) -> dict[str, list[str]]:
    """Return the notes by kind of change, in the order of Keep a Changelog."""
    entries: dict[str, list[str]] = {}
    for kind, text in sorted(note, key=lambda item: (*SECTIONS, item[0]).index(item[0])):
        if kind not in SECTIONS:
            raise EditRefusedError(
                f"note {text!r}", f"{kind!r} is not a kind of change", f"use {', '.join(SECTIONS)}"
            )
        if not text.strip() or not text.isprintable():
            raise EditRefusedError(
                f"note {text!r}", "is empty or not a single line of text", "write one sentence"
            )
        entries.setdefault(kind, []).append(text.strip())
    return entries


def section_lines(entries: dict[str, list[str]], gap: Sequence[str] = ("",)) -> Iterator[str]:
    """Yield the lines of these sections, with the gap between them."""
    for number, (kind, texts) in enumerate(entries.items()):
        yield from (*(gap if number else ()), f"### {kind}", *(f"- {text}" for text in texts))


def spliced(changelog: Changelog, splices: list[Splice]) -> str:
    """Return the text with the splices applied, each new line ended as its neighbours are."""
    parts: list[str] = []
    for index, line in enumerate((*changelog.lines, None)):
        end = _line_end(changelog, index)
        here = [splice for splice in splices if splice.index == index]
        for splice in here:
            if splice.replaced and line is not None:
                parts += [new + line.end for new in splice.lines]
            elif line is not None:
                parts += [new + end for new in splice.lines]
            else:
                # Behind the last line: a text without a final line end stays without one.
                final = changelog.lines[-1].end if changelog.lines else end
                parts.append(("" if final else end) + end.join(splice.lines) + final)
        if line is not None and not any(splice.replaced for splice in here):
            parts.append(line.whole)
    return "".join(parts)


def _line_end(changelog: Changelog, index: int) -> str:
    before = changelog.lines[max(index - 1, 0) : index]
    ends = [line.end for line in (*before, *changelog.lines) if line.end]
    return ends[0] if ends else "\n"
