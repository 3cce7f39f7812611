"""Edits of a changelog: a release that is cut, notes under Unreleased, and no byte besides."""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final, NamedTuple
from urllib.parse import unquote, urlsplit

from release.charts.changelog import (
    SECTIONS,
    UNRELEASED,
    Changelog,
    Link,
    Release,
    parse,
    sections_by_title,
)
from release.text.errors import EditRefusedError
from release.text.markdown_lines import Line, LineKind
from release.versions import VersionError, is_version, parse_version

_COMPARE: Final = re.compile(r"(?P<address>.*/compare/)(?P<base>.+?)(?P<dots>\.{2,3})(?P<head>.+)")
_ADDRESS: Final = re.compile(r"https?://[^\s<>]+")
_REFERENCE: Final = re.compile(r"\[[^\]]+\]:[ \t]*<?")
_NAMED: Final = 3
"""So many problems are enough to begin with."""

Note = tuple[str, str]
"""A kind of change and one line of text."""
_BLOCKING: Final = frozenset(
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


class _Splice(NamedTuple):
    """Lines to put before the line with this index, in place of so many."""

    at: int
    lines: tuple[str, ...]
    replaced: int = 0


def release(text: str, version: str, day: date, *, tag_url: str, note: Sequence[Note] = ()) -> str:
    """Return the changelog with the section of a new release and its link reference.

    What stands under Unreleased moves below the new heading, and Unreleased stays, empty. Where it
    says nothing, `note` (kind of change, one line of text) becomes the section. The reference
    leads to `tag_url`, or compares with the release before if that one's does. EditRefusedError
    if there is nothing to say or twice, if the version is there or not the highest, or if the text
    has a problem that leaves the place of the section in doubt.
    """
    changelog = _editable(text)
    _refuse_version(changelog, version)
    if not _ADDRESS.fullmatch(tag_url):
        raise EditRefusedError(f"address {tag_url!r}", "is not a web address", "correct it")
    unreleased = changelog.unreleased
    splices: list[_Splice] = []
    if unreleased is not None and unreleased.has_content:
        if note:
            raise EditRefusedError(
                f"Unreleased (line {unreleased.line})",
                "has entries already, so the note has no place",
                "write the note there, or leave it out",
            )
        template = tuple(_template(changelog, unreleased))
        section = _heading_below_unreleased(changelog, unreleased, version, day, template)
        splices = [_Splice(line.number - 1, (), replaced=1) for line in template]
    else:
        section = _section_of_note(changelog, version, day, note)
    reference = _reference(changelog, version, tag_url, section.at)
    after = _spliced(changelog, [section, *splices, *reference])
    _prove_release(changelog, after, version)
    return after


def announce(text: str, notes: Sequence[Note]) -> str:
    """Return the changelog with the notes (kind of change, one line) under Unreleased.

    Each joins the section of its kind, or a new one behind those that are there. EditRefusedError
    if a note is none, or if the text has a problem that leaves its place in doubt.
    """
    changelog = _editable(text)
    entries = _by_kind(notes)
    unreleased = changelog.unreleased
    if unreleased is None:
        place = changelog.releases[0].line - 1 if changelog.releases else changelog.tail
        lines = ("## [Unreleased]", "", *_section_lines(entries), "")
        after = _spliced(changelog, [_Splice(place, lines)])
    else:
        after = _spliced(changelog, list(_joined(changelog, unreleased, entries)))
    _prove_notes(changelog, after, entries)
    return after


def _refuse_version(changelog: Changelog, version: str) -> None:
    try:
        wanted = parse_version(version)
    except VersionError as error:
        raise EditRefusedError("version", str(error), "give an exact version") from error
    for item in changelog.releases:
        if item.version == version:
            raise EditRefusedError(
                f"version {version}", f"is already there (line {item.line})", "take a higher one"
            )
        if parse_version(item.version) >= wanted:
            raise EditRefusedError(
                f"version {version}",
                f"is not higher than {item.version} (line {item.line})",
                "take a higher one",
            )
    for link in changelog.links:
        if link.label == version:
            raise EditRefusedError(
                f"reference [{version}]", f"is already there (line {link.line})", "remove it first"
            )


def _heading_below_unreleased(
    changelog: Changelog, unreleased: Release, version: str, day: date, template: tuple[Line, ...]
) -> _Splice:
    following = changelog.lines[unreleased.first]
    gap = ("",) if following.kind is LineKind.BLANK else ()
    kept = [line.text for line in template]
    while kept and not kept[-1].strip():
        kept.pop()
    above = (*gap, *kept) if kept else ()
    return _Splice(unreleased.first, (*above, *gap, _heading(changelog, version, day)))


def _template(changelog: Changelog, unreleased: Release) -> Iterator[Line]:
    """Yield the lines of headings below Unreleased that have no entry yet: a template's.

    They stay there for the next release, with the comments and blank lines behind them.
    """
    for section in unreleased.sections:
        if section.entries:
            continue
        lines = changelog.lines[section.line - 1 : unreleased.last]
        yield lines[0]
        for line in lines[1:]:
            if line.kind not in (LineKind.BLANK, LineKind.COMMENT):
                break
            yield line


def _section_of_note(
    changelog: Changelog, version: str, day: date, note: Sequence[Note]
) -> _Splice:
    entries = _by_kind(note)
    if not entries:
        raise EditRefusedError(
            f"version {version}",
            "has nothing to say: Unreleased has no entry and no note is given",
            "write under Unreleased what changed for users, or give a note",
        )
    gap = () if _is_compact(changelog) else ("",)
    lines = [_heading(changelog, version, day), *gap, *_section_lines(entries, gap)]
    unreleased = changelog.unreleased
    if changelog.releases:
        index = changelog.releases[0].line - 1
    else:
        index = unreleased.last if unreleased else changelog.tail
    before = changelog.lines[index - 1] if index else None
    if gap and before is not None and before.kind is not LineKind.BLANK:
        lines.insert(0, "")
    if gap and index < len(changelog.lines):
        lines.append("")
    return _Splice(index, tuple(lines))


def _heading(changelog: Changelog, version: str, day: date) -> str:
    name = f"[{version}]" if _has_brackets(changelog) else version
    return f"## {name} - {day.isoformat()}"


def _has_brackets(changelog: Changelog) -> bool:
    return changelog.releases[0].linked if changelog.releases else True


def _is_compact(changelog: Changelog) -> bool:
    """Tell whether the text puts no empty line below a release's heading."""
    models = [*changelog.releases, *filter(None, [changelog.unreleased])]
    followers = [changelog.lines[item.first] for item in models if item.first < item.last]
    return bool(followers) and followers[0].kind is not LineKind.BLANK


def _reference(changelog: Changelog, version: str, tag_url: str, section: int) -> list[_Splice]:
    tag = unquote(urlsplit(tag_url).path.rpartition("/")[2])
    splices = []
    unreleased = next((link for link in changelog.links if link.label.lower() == UNRELEASED), None)
    if unreleased is not None and (compare := _COMPARE.fullmatch(unreleased.url)):
        line = changelog.lines[unreleased.line - 1]
        url = f"{compare['address']}{tag}{compare['dots']}{compare['head']}"
        replaced = line.text.replace(unreleased.url, url, 1)
        splices.append(_Splice(unreleased.line - 1, (replaced,), replaced=1))
    newest = next((link for link in changelog.links if is_version(link.label)), None)
    if newest is not None:
        model = changelog.lines[newest.line - 1]
        line_text = _like(model, newest, version, tag, tag_url)
        splices.append(_Splice(newest.line - 1, (line_text,)))
    elif unreleased is not None:
        splices.append(_Splice(unreleased.line, (f"[{version}]: {tag_url}",)))
    elif _has_brackets(changelog):
        tail = changelog.tail
        last = changelog.lines[-1].kind if section < tail else LineKind.TEXT
        gap = ("",) if tail == len(changelog.lines) and last is not LineKind.BLANK else ()
        splices.append(_Splice(tail, (*gap, f"[{version}]: {tag_url}")))
    return splices


def _like(model: Line, newest: Link, version: str, tag: str, tag_url: str) -> str:
    """Return the reference of the new version in the form of the newest one there is."""
    compare = _COMPARE.fullmatch(newest.url)
    url = f"{compare['address']}{compare['head']}{compare['dots']}{tag}" if compare else tag_url
    opening = _REFERENCE.match(model.text)
    lead = opening[0][opening[0].index("]:") :] if opening else "]: "
    return f"[{version}{lead}{url}{'>' if lead.endswith('<') else ''}"


def _said(changelog: Changelog, release: Release) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return all that a release says, without the headings that say nothing."""
    end = release.sections[0].line - 1 if release.sections else release.last
    loose = "".join(line.whole for line in changelog.lines[release.first : end]).strip()
    sections = tuple((part.title, part.entries) for part in release.sections if part.entries)
    return (("", (loose,)), *sections)


def _prove_release(before: Changelog, after_text: str, version: str) -> None:
    """Refuse unless the text now has this release first and says all it said before."""
    after = parse(after_text)
    old = before.unreleased
    moved = old is not None and old.has_content
    kept = [(item.version, item.date, item.body.strip()) for item in before.releases]
    found = [(item.version, item.date, item.body.strip()) for item in after.releases]
    new = after.releases[0] if after.releases else None
    sound = (
        found[1:] == kept
        and new is not None
        and new.version == version
        and new.has_content
        and (not moved or old is None or _said(after, new) == _said(before, old))
        and (after.unreleased is None) == (old is None)
        and {link.label for link in before.links} <= {link.label for link in after.links}
        and not {item.code for item in after.problems} & _BLOCKING
    )
    if not sound:
        raise EditRefusedError(
            "the changelog",
            "has a form in which a release cannot be added safely",
            "add the section by hand",
        )


def _joined(
    changelog: Changelog, unreleased: Release, entries: dict[str, list[str]]
) -> Iterator[_Splice]:
    known = {section.title: section.line for section in unreleased.sections}
    for kind, texts in entries.items():
        if kind in known:
            end = next((line for line in known.values() if line > known[kind]), unreleased.last + 1)
            index = _behind_text(changelog, known[kind], end - 1)
            listed = tuple(f"- {text}" for text in texts)
            yield _Splice(index, (*listed, *_parting(changelog, index)))
    fresh = {kind: texts for kind, texts in entries.items() if kind not in known}
    if fresh:
        index = _behind_text(changelog, unreleased.line, unreleased.last)
        yield _Splice(index, ("", *_section_lines(fresh), *_parting(changelog, index)))


def _parting(changelog: Changelog, index: int) -> tuple[str, ...]:
    """Return the blank line that keeps a reference from becoming a part of the text above it."""
    return ("",) if any(link.line == index + 1 for link in changelog.links) else ()


def _behind_text(changelog: Changelog, first: int, end: int) -> int:
    """Return the index behind the last line of these that is not blank."""
    while end > first and changelog.lines[end - 1].kind is LineKind.BLANK:
        end -= 1
    return end


def _prove_notes(before: Changelog, after_text: str, entries: dict[str, list[str]]) -> None:
    """Refuse unless Unreleased says all this besides, and all else is as sound as it was."""
    after = parse(after_text)
    said = sections_by_title(before.unreleased) if before.unreleased else {}
    wanted = {kind: (*said.get(kind, ()), *entries.get(kind, ())) for kind in (*said, *entries)}
    found = sections_by_title(after.unreleased) if after.unreleased else {}
    kept = [(item.version, item.body.strip()) for item in before.releases]
    sound = (
        found == wanted
        and [(item.version, item.body.strip()) for item in after.releases] == kept
        and {link.label for link in before.links} <= {link.label for link in after.links}
        and not {item.code for item in after.problems} & _BLOCKING
    )
    if not sound:
        raise EditRefusedError(
            "the changelog",
            "has a form in which a note cannot be added safely",
            "write it under Unreleased by hand",
        )


def _editable(text: str) -> Changelog:
    """Return the changelog; EditRefusedError where nobody can tell where an edit belongs."""
    changelog = parse(text)
    doubtful = [problem for problem in changelog.problems if problem.code in _BLOCKING]
    if doubtful:
        named = doubtful[:_NAMED]
        listing = "; ".join(f"line {item.line}: {item.message}" for item in named)
        if doubtful[_NAMED:]:
            listing += f"; and {len(doubtful) - _NAMED} more"
        remedies = dict.fromkeys(item.remedy for item in named)
        raise EditRefusedError("the changelog", listing, "; ".join(remedies), line=doubtful[0].line)
    return changelog


def _by_kind(note: Sequence[Note]) -> dict[str, list[str]]:
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


def _section_lines(entries: dict[str, list[str]], gap: Sequence[str] = ("",)) -> Iterator[str]:
    """Yield the lines of these sections, with the gap between them."""
    for number, (kind, texts) in enumerate(entries.items()):
        yield from (*(gap if number else ()), f"### {kind}", *(f"- {text}" for text in texts))


def _spliced(changelog: Changelog, splices: list[_Splice]) -> str:
    """Return the text with the splices applied, each new line ended as its neighbours are."""
    lines = changelog.lines
    parts = [line.whole for line in lines]
    # From the end, so that no index moves, and a line is replaced before others go above it.
    for each in sorted(splices, key=lambda each: (each.at, each.replaced))[::-1]:
        end = lines[each.at].end if each.replaced else _line_end(changelog, each.at)
        new = [f"{text}{end}" for text in each.lines]
        if each.at == len(lines) and lines and not lines[-1].end:
            # A text without a final line end stays without one.
            new = [f"{end}{text}" for text in each.lines]
        parts[each.at : each.at + each.replaced] = new
    return "".join(parts)


def _line_end(changelog: Changelog, index: int) -> str:
    before = changelog.lines[max(index - 1, 0) : index]
    ends = [line.end for line in (*before, *changelog.lines) if line.end]
    return ends[0] if ends else "\n"
