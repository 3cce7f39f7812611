"""Rules on changelogs: their form, and what they say against Chart.yaml."""

import re
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from typing import Final

from release.charts.changelog import Changelog
from release.charts.record import Chart
from release.repository.charttree import CHANGELOG_FILE, CHART_FILE, ChartFolder
from release.rules.facts import Facts
from release.rules.model import Breach, Rule, Severity, rule
from release.text.markdown_lines import LineKind
from release.versions import is_version, parse_version, tag_of

_SHELL: Final = re.compile(r"\$\(\w+|\$\{\w+|`date\b")
_TWICE: Final = frozenset({"changelog-version-twice"})
_ORDER: Final = frozenset({"changelog-order"})
_DATE: Final = frozenset({"changelog-date"})
_LINKS: Final = frozenset(
    {
        "changelog-link-twice",
        "changelog-link-unused",
        "changelog-link-missing",
        "changelog-link-in-text",
    }
)
_KEEP: Final = "Keep a Changelog 1.1.0; guide R6"


def _changelogs(facts: Facts) -> Iterator[tuple[Chart, ChartFolder, Changelog]]:
    for chart, folder in facts.top_level:
        changelog = folder.changelog
        if changelog is not None:
            yield chart, folder, changelog


def _problems(facts: Facts, codes: frozenset[str], *, others: bool = False) -> Iterator[Breach]:
    for chart, folder, changelog in _changelogs(facts):
        literals = set(_shell_lines(changelog)) if changelog.problems else set[int]()
        for problem in changelog.problems:
            if (problem.code in codes) != others and problem.line not in literals:
                yield Breach(
                    file=folder.path_of(CHANGELOG_FILE),
                    line=problem.line,
                    what=f"{chart.name}: {problem.message}",
                    fix=problem.remedy,
                    chart=chart.name,
                )


def _shell_lines(changelog: Changelog) -> Iterator[int]:
    for line in changelog.lines:
        if line.kind is not LineKind.CODE and "`$" not in line.text and _SHELL.search(line.text):
            yield line.number


@rule(
    Rule(
        id="changelog-missing",
        severity=Severity.ERROR,
        title="Every top-level chart has a CHANGELOG.md",
        why="Nothing says what a version brings, and a release cannot be cut without it.",
        fix="add CHANGELOG.md with a title and `## [x.y.z] - YYYY-MM-DD` for the present version",
        source="guide R5",
        example="helm/charts/vault has no CHANGELOG.md",
    )
)
def changelog_missing(facts: Facts) -> Iterator[Breach]:
    """Yield registered top-level charts without a changelog."""
    for chart, folder in facts.top_level:
        if not folder.has(CHANGELOG_FILE):
            yield Breach(
                file=folder.path_of(CHANGELOG_FILE),
                what=f"{folder.path} has no {CHANGELOG_FILE}",
                chart=chart.name,
            )


@rule(
    Rule(
        id="changelog-form",
        severity=Severity.ERROR,
        title="A changelog has the form of Keep a Changelog",
        why="`hmco cut` and release notes are made from its headings; what they cannot place, "
        "nobody is told.",
        fix="write `## [x.y.z] - YYYY-MM-DD` with `### Added`, `### Changed` and so on below it",
        source=_KEEP,
        example="helm/charts/vault/CHANGELOG.md:14: 'Improved' is no kind of change",
    )
)
def changelog_form(facts: Facts) -> Iterator[Breach]:
    """Yield what the reader of changelogs found, except for what other rules tell."""
    yield from _problems(facts, _TWICE | _ORDER | _DATE | _LINKS, others=True)


@rule(
    Rule(
        id="changelog-version-twice",
        severity=Severity.ERROR,
        title="A version has one section",
        why="The old pipeline wrote a second one with each promotion; what was released then "
        "depends on which is read.",
        fix="join the two sections",
        source="fault F7; guide R4",
        example="helm/charts/vault/CHANGELOG.md:14: 1.0.1 stands on line 8 already",
    )
)
def changelog_version_twice(facts: Facts) -> Iterator[Breach]:
    """Yield versions with a second section."""
    yield from _problems(facts, _TWICE)


@rule(
    Rule(
        id="changelog-order",
        severity=Severity.ERROR,
        title="Versions stand newest first, each higher than the one below",
        why="A version is higher than the one before it; one that is not was never a release.",
        fix="put the sections in order, or correct the version",
        source=f"{_KEEP}; guide R4",
        example="helm/charts/vault/CHANGELOG.md:14: 1.2.0 stands below the older 1.1.0",
    )
)
def changelog_order(facts: Facts) -> Iterator[Breach]:
    """Yield sections that stand below one of a lower version."""
    yield from _problems(facts, _ORDER)


@rule(
    Rule(
        id="changelog-date",
        severity=Severity.ERROR,
        title="Releases carry a date of the calendar, none later than the next",
        why="Release notes, and the time from release to production, are taken from it.",
        fix="write the day of the release as YYYY-MM-DD",
        source=_KEEP,
        example="helm/charts/vault/CHANGELOG.md:8: '2025-13-01' is no date",
    )
)
def changelog_date(facts: Facts) -> Iterator[Breach]:
    """Yield dates that are none, lie in the future, or run against the order of versions."""
    yield from _problems(facts, _DATE)
    for chart, folder, changelog in _changelogs(facts):
        releases = [item for item in changelog.releases if _is_day(item.date)]
        late = [item for item in releases if item.date > facts.today.isoformat()]
        what = [(item, f"{item.version} is dated {item.date}, in the future") for item in late]
        what += [
            (older, f"{older.version} is dated {older.date}, after the newer {newer.version}")
            for newer, older in pairwise(releases)
            if newer.date < older.date and older not in late
        ]
        for release, message in what:
            yield Breach(
                file=folder.path_of(CHANGELOG_FILE),
                line=release.line,
                what=f"{chart.name}: {message}",
                chart=chart.name,
            )


@rule(
    Rule(
        id="changelog-link",
        severity=Severity.WARNING,
        title="Every version has one link reference, to the release of its tag",
        why="The link is how a reader gets from a version to what was released.",
        fix="add `[x.y.z]: ` and the address of the release CHART-x.y.z at the end of the file",
        source=f"{_KEEP}; HMCo's changelogs",
        example="helm/charts/vault/CHANGELOG.md:8: [1.1.0] has no link reference",
    )
)
def changelog_link(facts: Facts) -> Iterator[Breach]:
    """Yield versions without a reference, and references that are double, idle or misleading."""
    yield from _problems(facts, _LINKS)
    for chart, folder, changelog in _changelogs(facts):
        for link in changelog.links:
            tag = tag_of(chart.name, link.label)
            if not is_version(link.label) or re.search(rf"{re.escape(tag)}(?![\w.-])", link.url):
                continue
            yield Breach(
                file=folder.path_of(CHANGELOG_FILE),
                line=link.line,
                what=f"{chart.name}: the reference [{link.label}] does not lead to {tag}",
                chart=chart.name,
            )


@rule(
    Rule(
        id="changelog-shell-literal",
        severity=Severity.ERROR,
        title="No shell expression stands in a changelog",
        why="An entry was appended by a script that did not expand it; the date or text that "
        "was meant is lost.",
        fix="write what was meant; `hmco cut` writes entries itself",
        source="fault F21",
        example="helm/charts/vault/CHANGELOG.md:30: holds $(date",
    )
)
def changelog_shell_literal(facts: Facts) -> Iterator[Breach]:
    """Yield lines outside code that hold an unexpanded shell expression."""
    for chart, folder, changelog in _changelogs(facts):
        # Most changelogs have none, and one look at the text says so.
        suspect = _SHELL.search(folder.text(CHANGELOG_FILE) or "")
        for number in _shell_lines(changelog) if suspect else ():
            found = _SHELL.search(changelog.lines[number - 1].text)
            yield Breach(
                file=folder.path_of(CHANGELOG_FILE),
                line=number,
                what=f"{chart.name}: holds the shell expression {found[0] if found else ''}",
                chart=chart.name,
            )


@rule(
    Rule(
        id="changelog-missing-entry",
        severity=Severity.ERROR,
        title="The version in Chart.yaml has its section in the changelog",
        why="No version without an entry: nobody can say what it changes, and its release would "
        "have no notes.",
        fix="let `hmco cut` make versions, or add the section by hand",
        source="guide R7, R35",
        example="helm/charts/vault/CHANGELOG.md:8: the newest section is 1.0.0, Chart.yaml has "
        "1.1.0",
    )
)
def changelog_missing_entry(facts: Facts) -> Iterator[Breach]:
    """Yield changelogs without a section for the present version."""
    for chart, folder, changelog in _changelogs(facts):
        stated = folder.chart_yaml
        version = stated.version if stated else None
        if version is None or not is_version(version) or changelog.find(version):
            continue
        newest = changelog.releases[0] if changelog.releases else None
        says = f"the newest section is {newest.version}" if newest else "no version has a section"
        if newest and _higher(newest.version, version):
            continue  # told by changelog-ahead
        yield Breach(
            file=folder.path_of(CHANGELOG_FILE),
            line=newest.line if newest else 1,
            what=f"{chart.name}: {says}, {CHART_FILE} has {version}",
            chart=chart.name,
        )


@rule(
    Rule(
        id="changelog-ahead",
        severity=Severity.ERROR,
        title="The newest section is that of Chart.yaml's version",
        why="The changelog announces a release that the chart does not carry.",
        fix="put the entries under `## [Unreleased]`, or cut the version with: hmco cut",
        source="guide R4, R7",
        example="helm/charts/vault/CHANGELOG.md:8: announces 1.2.0, Chart.yaml has 1.1.0",
    )
)
def changelog_ahead(facts: Facts) -> Iterator[Breach]:
    """Yield changelogs whose newest section is of a higher version than the chart's."""
    for chart, folder, changelog in _changelogs(facts):
        stated = folder.chart_yaml
        version = stated.version if stated else None
        ahead = [item for item in changelog.releases if _higher(item.version, version or "")]
        for release in ahead[:1]:
            yield Breach(
                file=folder.path_of(CHANGELOG_FILE),
                line=release.line,
                what=f"{chart.name}: announces {release.version}, {CHART_FILE} has {version}",
                chart=chart.name,
            )


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _higher(one: str, other: str) -> bool:
    if not is_version(one) or not is_version(other):
        return False
    return parse_version(one) > parse_version(other)
