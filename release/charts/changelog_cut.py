"""Cutting a release in a changelog: a new section and its link reference, and no byte besides."""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final
from urllib.parse import unquote, urlsplit

from release.charts.changelog import Changelog, Link, Release, parse
from release.charts.changelog_splice import (
    BLOCKING,
    Note,
    Splice,
    by_kind,
    editable,
    section_lines,
    spliced,
)
from release.text.errors import EditRefusedError
from release.text.markdown_lines import Line, LineKind
from release.versions import VersionError, is_version, parse_version

_COMPARE: Final = re.compile(r"(?P<address>.*/compare/)(?P<base>.+?)(?P<dots>\.{2,3})(?P<head>.+)")
_ADDRESS: Final = re.compile(r"https?://[^\s<>]+")
_REFERENCE: Final = re.compile(r"\[[^\]]+\]:[ \t]*<?")


def release(text: str, version: str, day: date, *, tag_url: str, note: Sequence[Note] = ()) -> str:
    """Return the changelog with the section of a new release and its link reference.

    What stands under Unreleased moves below the new heading, and Unreleased stays, empty. Where it
    says nothing, `note` (kind of change, one line of text) becomes the section. The reference
    leads to `tag_url`, or compares with the release before if that one's does. EditRefusedError
    if there is nothing to say or twice, if the version is there or not the highest, or if the text
    has a problem that leaves the place of the section in doubt.
    """
    changelog = editable(text)
    _refuse_version(changelog, version)
    if not _ADDRESS.fullmatch(tag_url):
        raise EditRefusedError(f"address {tag_url!r}", "is not a web address", "correct it")
    unreleased = changelog.unreleased
    splices: list[Splice] = []
    if unreleased is not None and unreleased.has_content:
        if note:
            raise EditRefusedError(
                f"Unreleased (line {unreleased.line})",
                "has entries already, so the note has no place",
                "write the note there, or leave it out",
            )
        template = tuple(_template(changelog, unreleased))
        section = _heading_below_unreleased(changelog, unreleased, version, day, template)
        splices = [Splice(line.number - 1, (), replaced=1) for line in template]
    else:
        section = _section_of_note(changelog, version, day, note)
    reference = _reference(changelog, version, tag_url, section.index)
    after = spliced(changelog, [section, *splices, *reference])
    _prove(changelog, after, version)
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
) -> Splice:
    following = changelog.lines[unreleased.first]
    gap = ("",) if following.kind is LineKind.BLANK else ()
    kept = [line.text for line in template]
    while kept and not kept[-1].strip():
        kept.pop()
    above = (*gap, *kept) if kept else ()
    return Splice(unreleased.first, (*above, *gap, _heading(changelog, version, day)))


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


def _section_of_note(changelog: Changelog, version: str, day: date, note: Sequence[Note]) -> Splice:
    entries = by_kind(note)
    if not entries:
        raise EditRefusedError(
            f"version {version}",
            "has nothing to say: Unreleased has no entry and no note is given",
            "write under Unreleased what changed for users, or give a note",
        )
    gap = () if _is_compact(changelog) else ("",)
    lines = [_heading(changelog, version, day), *gap, *section_lines(entries, gap)]
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
    return Splice(index, tuple(lines))


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


def _reference(changelog: Changelog, version: str, tag_url: str, section: int) -> list[Splice]:
    tag = unquote(urlsplit(tag_url).path.rpartition("/")[2])
    splices = []
    unreleased = next((link for link in changelog.links if link.is_unreleased), None)
    if unreleased is not None and (compare := _COMPARE.fullmatch(unreleased.url)):
        line = changelog.lines[unreleased.line - 1]
        url = f"{compare['address']}{tag}{compare['dots']}{compare['head']}"
        replaced = line.text.replace(unreleased.url, url, 1)
        splices.append(Splice(unreleased.line - 1, (replaced,), replaced=1))
    newest = next((link for link in changelog.links if is_version(link.label)), None)
    if newest is not None:
        model = changelog.lines[newest.line - 1]
        line_text = _like(model, newest, version, tag, tag_url)
        splices.append(Splice(newest.line - 1, (line_text,)))
    elif unreleased is not None:
        splices.append(Splice(unreleased.line, (f"[{version}]: {tag_url}",)))
    elif _has_brackets(changelog):
        tail = changelog.tail
        last = changelog.lines[-1].kind if section < tail else LineKind.TEXT
        gap = ("",) if tail == len(changelog.lines) and last is not LineKind.BLANK else ()
        splices.append(Splice(tail, (*gap, f"[{version}]: {tag_url}")))
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


def _prove(before: Changelog, after_text: str, version: str) -> None:
    """Refuse unless the text now has this release first and says all it said before."""
    after = parse(after_text)
    old = before.unreleased
    moved = old is not None and old.has_content
    kept = [(item.version, item.date, item.body.strip()) for item in before.releases]
    found = [(item.version, item.date, item.body.strip()) for item in after.releases]
    new = after.releases[0] if after.releases else None
    codes = {item.code for item in after.problems} - {item.code for item in before.problems}
    sound = (
        found[1:] == kept
        and new is not None
        and new.version == version
        and new.has_content
        and (not moved or old is None or _said(after, new) == _said(before, old))
        and (after.unreleased is None) == (old is None)
        and {link.label for link in before.links} <= {link.label for link in after.links}
        and not codes & BLOCKING
    )
    if not sound:
        raise EditRefusedError(
            "the changelog",
            "has a form in which a release cannot be added safely",
            "add the section by hand",
        )
