"""Cutting a release in a changelog: a new section and its link reference, and no byte besides."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from urllib.parse import unquote, urlsplit

from release.charts.changelog import SECTIONS, Changelog, Link, Release, parse
from release.text.errors import EditRefusedError
from release.text.markdown_lines import Line, LineKind
from release.versions import VersionError, is_version, parse_version

Note = tuple[str, str]

_COMPARE: Final = re.compile(r"(?P<address>.*/compare/)(?P<base>.+?)(?P<dots>\.{2,3})(?P<head>.+)")
_ADDRESS: Final = re.compile(r"https?://[^\s<>]+")
_REFERENCE: Final = re.compile(r"\[[^\]]+\]:[ \t]*<?")
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


def release(text: str, version: str, day: date, *, tag_url: str, note: Sequence[Note] = ()) -> str:
    """Return the changelog with the section of a new release and its link reference.

    What stands under Unreleased moves below the new heading, and Unreleased stays, empty. Where it
    says nothing, `note` (kind of change, one line of text) becomes the section. The reference
    leads to `tag_url`, or compares with the release before if that one's does. EditRefusedError
    if there is nothing to say or twice, if the version is there or not the highest, or if the text
    has a problem that leaves the place of the section in doubt.
    """
    changelog = parse(text)
    _refuse_doubtful(changelog)
    _refuse_version(changelog, version)
    if not _ADDRESS.fullmatch(tag_url):
        raise EditRefusedError(f"address {tag_url!r}", "is no web address", "correct it")
    unreleased = changelog.unreleased
    if unreleased is not None and unreleased.has_content:
        if note:
            raise EditRefusedError(
                f"Unreleased (line {unreleased.line})",
                "has entries already, so the note has no place",
                "write the note there, or leave it out",
            )
        section = _heading_below_unreleased(changelog, unreleased, version, day)
    else:
        section = _section_of_note(changelog, version, day, note)
    after = _spliced(changelog, [section, *_reference(changelog, version, tag_url, section.index)])
    _prove(changelog, after, version)
    return after


@dataclass(frozen=True, slots=True)
class _Splice:
    """Lines to put before the line with this index, in place of so many."""

    index: int
    lines: tuple[str, ...]
    replaced: int = 0


def _refuse_doubtful(changelog: Changelog) -> None:
    doubtful = [problem for problem in changelog.problems if problem.code in _BLOCKING]
    if doubtful:
        listing = "; ".join(f"line {item.line}: {item.message}" for item in doubtful)
        remedies = dict.fromkeys(item.remedy for item in doubtful)
        raise EditRefusedError("the changelog", listing, "; ".join(remedies), line=doubtful[0].line)


def _refuse_version(changelog: Changelog, version: str) -> None:
    try:
        wanted = parse_version(version)
    except VersionError as error:
        raise EditRefusedError("version", str(error), "give an exact version") from error
    for item in changelog.releases:
        if item.version == version:
            raise EditRefusedError(
                f"version {version}", f"is there already (line {item.line})", "take a higher one"
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
                f"reference [{version}]", f"is there already (line {link.line})", "remove it first"
            )


def _heading_below_unreleased(
    changelog: Changelog, unreleased: Release, version: str, day: date
) -> _Splice:
    following = changelog.lines[unreleased.first]
    gap = ("",) if following.kind is LineKind.BLANK else ()
    return _Splice(unreleased.first, (*gap, _heading(changelog, version, day)))


def _section_of_note(
    changelog: Changelog, version: str, day: date, note: Sequence[Note]
) -> _Splice:
    entries = _entries(note)
    if not entries:
        raise EditRefusedError(
            f"version {version}",
            "has nothing to say: Unreleased has no entry and no note is given",
            "write under Unreleased what changed for users, or give a note",
        )
    gap = () if _is_compact(changelog) else ("",)
    lines = [_heading(changelog, version, day), *gap]
    for number, (kind, texts) in enumerate(entries.items()):
        lines += [*(gap if number else ()), f"### {kind}", *(f"- {text}" for text in texts)]
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


def _entries(note: Sequence[Note]) -> dict[str, list[str]]:
    """Return the notes by kind of change, in the order of Keep a Changelog."""
    entries: dict[str, list[str]] = {}
    for kind, text in sorted(note, key=lambda item: (*SECTIONS, item[0]).index(item[0])):
        if kind not in SECTIONS:
            raise EditRefusedError(
                f"note {text!r}", f"{kind!r} is no kind of change", f"use {', '.join(SECTIONS)}"
            )
        if not text.strip() or not text.isprintable():
            raise EditRefusedError(
                f"note {text!r}", "is empty or no single line of text", "write one sentence"
            )
        entries.setdefault(kind, []).append(text.strip())
    return entries


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
    unreleased = next((link for link in changelog.links if link.is_unreleased), None)
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


def _spliced(changelog: Changelog, splices: list[_Splice]) -> str:
    """Return the text with the splices applied, each new line ended as its neighbours are."""
    parts: list[str] = []
    for index, line in enumerate((*changelog.lines, None)):
        end = _line_end(changelog, index)
        here = [splice for splice in splices if splice.index == index]
        for splice in here:
            if splice.replaced and line is not None:
                parts.append(splice.lines[0] + line.end)
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
        and (not moved or old is None or new.body.strip() == old.body.strip())
        and (after.unreleased is None) == (old is None)
        and {link.label for link in before.links} <= {link.label for link in after.links}
        and not codes & _BLOCKING
    )
    if not sound:
        raise EditRefusedError(
            "the changelog",
            "has a form in which a release cannot be added safely",
            "add the section by hand",
        )
