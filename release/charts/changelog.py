"""A chart's CHANGELOG.md in the form of Keep a Changelog 1.0 and 1.1, read with its lines."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from itertools import pairwise
from typing import Final, NamedTuple

from release.text.errors import TextProblem
from release.text.markdown_lines import Line, LineKind, scan
from release.versions import VersionError, is_version, lower, parse_version

SECTIONS: Final = ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")
"""The kinds of change, in the order of Keep a Changelog."""

_RELEASE: Final = re.compile(
    r"(?:\[(?P<linked>[^\]\s]+)\]|(?P<bare>[^\s\[\]]+)) - (?P<date>\S+)(?: \[YANKED\])?"
)
_ODD: Final = re.compile(
    r"(?:(?:version|release)[ :]+)?"
    r"(?:\[v?(?P<linked>\d[\w.-]*)\](?:\(\S*\))?|v?(?P<bare>\d[\w.-]*))"
    r"(?:[ \t]*[-\u2013\u2014:]?[ \t]*\(?(?P<date>\d{4}-\d\d-\d\d)\)?)?"
    r"(?P<more>[ \t].*)?",
    re.IGNORECASE,
)
"""A heading that names a version in the form of another tool, or of nobody."""
_OF_ONE: Final = {"name": "names", "say": "says", "have": "has"}
UNRELEASED: Final = "unreleased"
_BULLET: Final = re.compile(r"([ \t]*)[-*+][ \t]+")
_HEADING_FORM: Final = "write `## [x.y.z] - YYYY-MM-DD`"


class Section(NamedTuple):
    """One kind of change in a release: the entries with nested lines, without their bullets."""

    title: str
    line: int
    entries: tuple[str, ...]


class Release(NamedTuple):
    """One release, or the changes not released yet; `version` and `date` are then empty.

    `body` is the text between this heading and the next, as it stands; `first` and `last` are the
    indexes of its lines, `last` not included. `linked` says that the heading has brackets.
    """

    version: str
    date: str
    linked: bool
    line: int
    first: int
    last: int
    body: str
    sections: tuple[Section, ...]
    has_content: bool


class Link(NamedTuple):
    """One link reference, `[label]: url`."""

    label: str
    url: str
    line: int


class Changelog(NamedTuple):
    """A whole changelog: releases in the order of the text, which is newest first in a good one.

    `lines` are the text, `tail` is the index where the closing block of link references begins.
    """

    unreleased: Release | None
    releases: tuple[Release, ...]
    links: tuple[Link, ...]
    problems: tuple[TextProblem, ...]
    lines: tuple[Line, ...]
    tail: int

    def find(self, version: str) -> Release | None:
        """Return the release of a version, or None."""
        return next((item for item in self.releases if item.version == version), None)


def parse(text: str) -> Changelog:
    """Read a changelog; whatever is wrong is listed in `problems` and never raised."""
    return _Reader(*scan(text)).read()


class _Reader:
    def __init__(self, lines: list[Line], problems: list[TextProblem]) -> None:
        self.lines = lines
        self.problems = problems
        self.odd: dict[str, list[tuple[Line, str]]] = {}
        self.tail = self._tail()

    def read(self) -> Changelog:
        heads = [line for line in self.lines if line.kind is LineKind.HEADING and line.level <= 2]  # noqa: PLR2004 # title and releases
        titles = [line for line in heads if line.level == 1]
        unreleased: list[Release] = []
        releases: list[Release] = []
        for head, following in pairwise([*heads, None]):
            if head is not None and head.level > 1:
                end = self.tail if following is None else following.number - 1
                release = self._release(head, max(end, head.number))
                if release is not None:
                    (releases if release.version else unreleased).append(release)
        self._report_odd()
        self._check_titles(titles, heads)
        self._check_unreleased(unreleased, releases)
        self._check_order(releases)
        links = self._links(releases)
        return Changelog(
            unreleased=unreleased[0] if unreleased else None,
            releases=tuple(releases),
            links=links,
            problems=tuple(sorted(self.problems)),
            lines=tuple(self.lines),
            tail=self.tail,
        )

    def _tail(self) -> int:
        """Return where the link references begin that close the text."""
        tail = end = len(self.lines)
        while end and self.lines[end - 1].kind in (LineKind.LINK, LineKind.BLANK):
            end -= 1
            if self.lines[end].kind is LineKind.LINK:
                tail = end
        return tail

    def _release(self, head: Line, end: int) -> Release | None:
        title = head.title
        match = _RELEASE.fullmatch(title)
        unreleased = title.lower() in (UNRELEASED, f"[{UNRELEASED}]")
        version = (match["linked"] or match["bare"]) if match else ""
        day = match["date"] if match else ""
        odd = None if unreleased or is_version(version) else _odd(title)
        if odd is not None:
            what, version, day = odd
            self.odd.setdefault(what, []).append((head, f"## [{version}] - {day or 'YYYY-MM-DD'}"))
        elif match is None and not unreleased:
            self._report(
                head.number,
                "changelog-heading-form",
                f"`## {title}` names no release",
                _HEADING_FORM,
            )
            return None
        body = self.lines[head.number : end]
        release = Release(
            version=version,
            date=day,
            linked=title.startswith("["),
            line=head.number,
            first=head.number,
            last=end,
            body="".join(line.whole for line in body),
            sections=tuple(self._sections(body, released=not unreleased)),
            has_content=any(line.kind in (LineKind.TEXT, LineKind.CODE) for line in body),
        )
        if match and odd is None:
            self._check_release(release)
        return release

    def _report_odd(self) -> None:
        """Tell each other form of headings once, however many have it."""
        for what, heads in self.odd.items():
            first, form = heads[0]
            told = f"`## {first.title}`"
            verb, _, rest = what.partition(" ")
            told += (
                f" and {len(heads) - 1} more {what}" if heads[1:] else f" {_OF_ONE[verb]} {rest}"
            )
            self._report(first.number, "changelog-heading-form", told, f"write `{form}`")

    def _sections(self, body: list[Line], *, released: bool) -> Iterator[Section]:
        heads = [line for line in body if line.kind is LineKind.HEADING and line.level == 3]  # noqa: PLR2004 # kinds of change
        first = body[0].number if body else 0
        seen: dict[str, int] = {}
        loose = [line for line in body if not heads or line.number < heads[0].number]
        outside = next((line for line in loose if _BULLET.match(line.text)), None)
        if outside is not None and outside.kind is LineKind.TEXT:
            message = "an entry is outside every section"
            self._report(
                outside.number, "changelog-entry-outside", message, "put `### Added` or so above it"
            )
        for head, following in pairwise([*heads, None]):
            if head is None:
                continue
            end = following.number - 1 if following else first - 1 + len(body)
            inner = body[head.number - first + 1 : end - first + 1]
            entries = tuple(_entries(inner))
            self._check_section(head, seen)
            # Under Unreleased, headings without entries are a template that is yet to be filled.
            if released and not entries:
                message = f"{head.title} has no entry"
                self._report(head.number, "changelog-section-empty", message, "remove the heading")
            yield Section(title=head.title, line=head.number, entries=entries)

    def _links(self, releases: list[Release]) -> tuple[Link, ...]:
        links = tuple(
            Link(label=line.title, url=line.url, line=line.number)
            for line in self.lines
            if line.kind is LineKind.LINK
        )
        seen: dict[str, int] = {}
        for link in links:
            label = link.label.lower()
            if label in seen:
                message = f"the reference [{link.label}] is already on line {seen[label]}"
                self._report(link.line, "changelog-link-twice", message, "keep one of them")
            seen.setdefault(label, link.line)
            if is_version(link.label) and all(item.version != link.label for item in releases):
                message = f"the reference [{link.label}] belongs to no release"
                self._report(link.line, "changelog-link-unused", message, "remove it")
        for release in releases:
            labels = {release.version.lower(), f"v{release.version.lower()}"}
            if release.linked and not labels & seen.keys():
                message = f"[{release.version}] has no link reference"
                remedy = f"add `[{release.version}]: ` and the release's address at the end"
                self._report(release.line, "changelog-link-missing", message, remedy)
        return links

    def _check_titles(self, titles: list[Line], heads: list[Line]) -> None:
        if not titles or heads[0] is not titles[0]:
            line = heads[0].number if heads else 1
            message = "the text does not begin with a title"
            self._report(line, "changelog-title", message, "begin with `# Changelog`")
        for extra in titles[1:]:
            message = f"a second title, `# {extra.title}`"
            self._report(extra.number, "changelog-title-twice", message, "keep one title")

    def _check_unreleased(self, unreleased: list[Release], releases: list[Release]) -> None:
        for extra in unreleased[1:]:
            message = f"Unreleased is already on line {unreleased[0].line}"
            self._report(extra.line, "changelog-unreleased-twice", message, "join the two")
        if unreleased and releases and unreleased[0].line > releases[0].line:
            message = "Unreleased comes below a release"
            self._report(unreleased[0].line, "changelog-unreleased-place", message, "move it up")

    def _check_release(self, release: Release) -> None:
        try:
            parse_version(release.version)
        except VersionError as error:
            self._report(release.line, "changelog-version", str(error), _HEADING_FORM)
        try:
            valid = date.fromisoformat(release.date).isoformat() == release.date
        except ValueError:
            valid = False
        if not valid:
            message = f"{release.date!r} is not a date"
            self._report(release.line, "changelog-date", message, "write it as YYYY-MM-DD")
        if not release.has_content:
            message = f"{release.version} says nothing"
            self._report(
                release.line, "changelog-release-empty", message, "say what changed for users"
            )

    def _check_section(self, head: Line, seen: dict[str, int]) -> None:
        if head.title not in SECTIONS:
            message = f"{head.title!r} is not a kind of change"
            remedy = f"use one of {', '.join(SECTIONS)}"
            self._report(head.number, "changelog-section-unknown", message, remedy)
        if head.title in seen:
            message = f"{head.title} is already on line {seen[head.title]}"
            self._report(head.number, "changelog-section-twice", message, "join the two")
        seen.setdefault(head.title, head.number)

    def _check_order(self, releases: list[Release]) -> None:
        seen: dict[str, int] = {}
        for release in releases:
            if release.version in seen:
                message = f"{release.version} is already on line {seen[release.version]}"
                self._report(release.line, "changelog-version-twice", message, "join the two")
            seen.setdefault(release.version, release.line)
        good = [item for item in releases if is_version(item.version)]
        for newer, older in pairwise(good):
            if lower(newer.version, older.version):
                message = f"{older.version} comes below the older {newer.version}"
                self._report(older.line, "changelog-order", message, "put the newest first")

    def _report(self, line: int, code: str, message: str, remedy: str) -> None:
        self.problems.append(TextProblem(line, code, message, remedy))


def _odd(title: str) -> tuple[str, str, str] | None:
    """Return what is odd about a heading, its version and its day; None if it names no version."""
    match = _ODD.fullmatch(title)
    version = (match["linked"] or match["bare"]) if match else ""
    if match is None or not is_version(version):
        return None
    before = title[: title.index(version)].lower()
    if before.endswith("v"):
        what = "name a version with a v"
    elif match["more"]:
        what = "say more than version and day"
    else:
        what = "have the day in another form" if match["date"] else "say no day"
    return what, version, match["date"] or ""


def _entries(lines: list[Line]) -> Iterator[str]:
    """Yield the outermost list items of a section, or its paragraphs where it has no list."""
    entry: list[str] = []
    outermost: int | None = None
    for line in lines:
        bullet = _BULLET.match(line.text) if line.kind is LineKind.TEXT else None
        if bullet and (outermost is None or len(bullet[1]) <= outermost):
            yield from _joined(entry)
            outermost = len(bullet[1])
            entry = [line.text[bullet.end() :]]
        elif line.kind is not LineKind.COMMENT and (entry or line.text.strip()):
            entry.append(line.text)
    yield from _joined(entry)


def _joined(entry: list[str]) -> Iterator[str]:
    text = "\n".join(entry).rstrip()
    if text:
        yield text


def sections_by_title(release: Release) -> Mapping[str, tuple[str, ...]]:
    """Return the entries of a release by kind of change; a kind that stands twice is joined."""
    result: dict[str, tuple[str, ...]] = {}
    for section in release.sections:
        result[section.title] = (*result.get(section.title, ()), *section.entries)
    return result
