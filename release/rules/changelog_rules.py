"""Rules on changelogs: their form, and what they say against Chart.yaml."""

import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Final

from release.charts.changelog import Changelog
from release.charts.record import Chart
from release.promotion.chartfacts import CHANGELOG_FIX
from release.repository.charttree import CHANGELOG_FILE, CHART_FILE, ChartFolder
from release.rules.facts import Facts, in_chart
from release.rules.rule import Breach, rule, warning
from release.text.markdown_lines import LineKind
from release.versions import is_version, lower, tag_of

_SHELL: Final = re.compile(r"\$\(\w+|\$\{\w+|`date\b")
_WORD: Final = re.compile(r"[\w.-]+")
_OWN_RULES: Final = (
    "changelog-version-twice",
    "changelog-order",
    "changelog-date",
    "changelog-link",
)
"""Rules of what the parser's codes begin with; all else is of `changelog-form`."""
_KEEP: Final = "Keep a Changelog 1.1.0; guide R6"


def _changelogs(facts: Facts) -> Iterator[tuple[Chart, ChartFolder, Changelog]]:
    for chart, folder in facts.top_level:
        changelog = folder.changelog
        if changelog is not None:
            yield chart, folder, changelog


def _problems(facts: Facts, name: str) -> Iterator[Breach]:
    """Yield what the parser found of this rule."""
    for chart, folder, changelog in _changelogs(facts):
        literals = set(_shell_lines(changelog)) if changelog.problems else set[int]()
        for problem in changelog.problems:
            own = next(filter(problem.code.startswith, _OWN_RULES), "changelog-form")
            if own == name and problem.line not in literals:
                what, fix = f"{chart.name}: {problem.message}", problem.remedy
                yield in_chart(folder, CHANGELOG_FILE, what, line=problem.line, fix=fix)


def _shell_lines(changelog: Changelog) -> Iterator[int]:
    for line in changelog.lines:
        if line.kind is not LineKind.CODE and "`$" not in line.text and _SHELL.search(line.text):
            yield line.number


@rule(
    fix=CHANGELOG_FIX,
    source="guide R5",
)
def changelog_missing(facts: Facts) -> Iterator[Breach]:
    """Every top-level chart has a CHANGELOG.md.

    Nothing says what a version brings, and a release cannot be cut without it.
    """
    for _, folder in facts.top_level:
        if not folder.has(CHANGELOG_FILE):
            yield in_chart(folder, CHANGELOG_FILE, f"{folder.path} has no {CHANGELOG_FILE}")


@rule(
    fix="write `## [x.y.z] - YYYY-MM-DD` with `### Added`, `### Changed` and so on below it",
    source=_KEEP,
)
def changelog_form(facts: Facts) -> Iterator[Breach]:
    """A changelog has the form of Keep a Changelog.

    `hmco cut` and release notes are made from its headings; what they cannot place, nobody reads.
    """
    yield from _problems(facts, "changelog-form")


@rule(
    fix="join the two sections",
    source="fault F7; guide R4",
)
def changelog_version_twice(facts: Facts) -> Iterator[Breach]:
    """A version has one section.

    The old pipeline wrote a second one with each promotion; what was released then depends on which
    is read.
    """
    yield from _problems(facts, "changelog-version-twice")


@rule(
    fix="put the sections in order, or correct the version",
    source=f"{_KEEP}; guide R4",
)
def changelog_order(facts: Facts) -> Iterator[Breach]:
    """Versions are listed newest first, each higher than the one below.

    A version is higher than the one before it; one that is not was never a release.
    """
    yield from _problems(facts, "changelog-order")


@rule(
    fix="write the day of the release as YYYY-MM-DD",
    source=_KEEP,
)
def changelog_date(facts: Facts) -> Iterator[Breach]:
    """Each release has a calendar date, none later than that of the next release.

    Release notes, and the time from release to production, are taken from it.
    """
    yield from _problems(facts, "changelog-date")
    for chart, folder, changelog in _changelogs(facts):
        wrong = {each.line for each in changelog.problems if each.code == "changelog-date"}
        releases = [item for item in changelog.releases if item.line not in wrong]
        # East of Greenwich it is tomorrow already.
        latest = (facts.today + timedelta(days=1)).isoformat()
        late = [item for item in releases if item.date > latest]
        what = [(item, f"{item.version} is dated {item.date}, in the future") for item in late]
        what += [
            (older, f"{older.version} is dated {older.date}, after the newer {newer.version}")
            for newer, older in pairwise(releases)
            if newer.date < older.date and older not in late
        ]
        for release, message in what:
            yield in_chart(folder, CHANGELOG_FILE, f"{chart.name}: {message}", line=release.line)


@warning(
    fix="add `[x.y.z]: ` and the address of the release CHART-x.y.z at the end of the file",
    source=f"{_KEEP}; HMCo's changelogs",
)
def changelog_link(facts: Facts) -> Iterator[Breach]:
    """Every version has one link reference, to the release of its tag.

    The link is how a reader gets from a version to what was released.
    """
    yield from _problems(facts, "changelog-link")
    for chart, folder, changelog in _changelogs(facts):
        for link in changelog.links:
            tag = tag_of(chart.name, link.label)
            if not is_version(link.label) or any(w.endswith(tag) for w in _WORD.findall(link.url)):
                continue
            what = f"{chart.name}: the reference [{link.label}] does not lead to {tag}"
            yield in_chart(folder, CHANGELOG_FILE, what, line=link.line)


@rule(
    fix="write what was meant; `hmco cut` writes entries itself",
    source="fault F21",
)
def changelog_shell_literal(facts: Facts) -> Iterator[Breach]:
    """No shell expression is left in a changelog.

    An entry was appended by a script that did not expand it; the date or text that was meant is
    lost.
    """
    for chart, folder, changelog in _changelogs(facts):
        # Most changelogs have none, and one look at the text says so.
        suspect = _SHELL.search(folder.text(CHANGELOG_FILE) or "")
        for number in _shell_lines(changelog) if suspect else ():
            found = _SHELL.search(changelog.lines[number - 1].text)
            what = f"{chart.name}: holds the shell expression {found[0] if found else ''}"
            yield in_chart(folder, CHANGELOG_FILE, what, line=number)


@rule(
    fix="let `hmco cut` make versions, or add the section by hand",
    source="guide R7, R35",
)
def changelog_missing_entry(facts: Facts) -> Iterator[Breach]:
    """The version in Chart.yaml has its section in the changelog.

    No version without an entry: nobody can say what it changes, and its release would have no
    notes.
    """
    for chart, folder, changelog in _changelogs(facts):
        version = folder.chart_yaml.version
        if version is None or not is_version(version) or changelog.find(version):
            continue
        newest = changelog.releases[0] if changelog.releases else None
        says = f"the newest section is {newest.version}" if newest else "no version has a section"
        if newest and lower(version, newest.version):
            continue  # told by changelog-ahead
        what = f"{chart.name}: {says}, {CHART_FILE} has {version}"
        yield in_chart(folder, CHANGELOG_FILE, what, line=newest.line if newest else 1)


@rule(
    fix="put the entries under `## [Unreleased]`, or cut the version with: hmco cut",
    source="guide R4, R7",
)
def changelog_ahead(facts: Facts) -> Iterator[Breach]:
    """The newest section is that of Chart.yaml's version.

    The changelog announces a release that the chart does not carry.
    """
    for chart, folder, changelog in _changelogs(facts):
        version = folder.chart_yaml.version
        ahead = [item for item in changelog.releases if lower(version or "", item.version)]
        for release in ahead[:1]:
            what = f"{chart.name}: announces {release.version}, {CHART_FILE} has {version}"
            yield in_chart(folder, CHANGELOG_FILE, what, line=release.line)
