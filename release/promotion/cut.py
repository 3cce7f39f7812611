"""Cutting a version: higher than the present one, not tagged yet, and with something to say."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Final, NamedTuple

from release.charts.record import Registry
from release.promotion.bumps import KEYWORDS, wanted_version
from release.promotion.changelognotes import breaking_changes, notes_from_commits
from release.promotion.chartfacts import CHANGELOG_FIX, ChartFacts, wrong_tag
from release.promotion.decision import Action, CutVersion, Decision, Reason, Refusal, refuse
from release.promotion.gates import day_of
from release.promotion.knownnames import cuttable_reasons
from release.versions import is_version, lower, parse_version, tag_of

LAND_FIRST: Final = "land it first; it is tagged after the merge"


class CutRequest(NamedTuple):
    """`hmco cut CHART VERSION`; the version may be major, minor or patch."""

    chart: str
    version: str
    notes: tuple[tuple[str, str], ...] = ()


def decide_cut(
    registry: Registry, request: CutRequest, gather: Callable[[], ChartFacts], now: datetime
) -> Decision:
    """Return the action that cuts the version, or every reason against it (guide R4, R7).

    `now` is aware. The changelog speaks by its Unreleased section, else by the request's notes,
    else by the commits that touched the chart since its last tag. Notes for a sub-chart without
    changelog go into its parent's, under Unreleased.
    """
    unknown = refuse(cuttable_reasons(registry, request.chart))
    if unknown:
        return unknown
    facts = gather()
    version = wanted_version(request.version, facts.version)
    if isinstance(version, Reason):
        return Refusal((version,))
    if version == facts.version and not facts.never_cut:
        return _present(request.chart, version, facts)
    refusal = refuse(
        [
            *cut_reasons(request.chart, version, facts, request.notes),
            *bump_reasons(request.chart, request.version, version, facts),
        ]
    )
    if refusal:
        return refusal
    before = "its first version" if version == facts.version else f"was {facts.version}"
    return Action(
        command="cut",
        chart=request.chart,
        summary=f"cut {request.chart} {version} ({before})",
        before=facts.version,
        after=version,
        edits=(cut_edit(request.chart, version, facts, request.notes, now),),
        remarks=(*skip_remarks(version, facts), *_remarks(registry, request.chart)),
    )


def skip_remarks(version: str, facts: ChartFacts) -> Iterator[str]:
    """Yield that a version leaves others out: SemVer allows it, people rarely mean it."""
    steps = [str(wanted_version(keyword, facts.version)) for keyword in reversed(KEYWORDS)]
    if str(parse_version(version).finalize_version()) not in (*steps, facts.version):
        yield f"{version} leaves out versions: after {facts.version} come {', '.join(steps)}"


def cut_edit(
    chart: str,
    version: str,
    facts: ChartFacts,
    notes: tuple[tuple[str, str], ...],
    now: datetime,
) -> CutVersion:
    """Return the edit that cuts the version on that day."""
    derived = () if facts.unreleased else notes_from_commits(facts.commits, chart)
    said = (notes or derived) if facts.has_changelog else notes
    return CutVersion(chart, facts.version, version, day_of(now).isoformat(), said)


def cut_reasons(
    chart: str, version: str, facts: ChartFacts, notes: Iterable[tuple[str, str]]
) -> Iterator[Reason]:
    """Yield all that stands against cutting the version from what HEAD holds."""
    present = facts.version
    tag = tag_of(chart, version)
    if not is_version(present):
        yield Reason(
            "version",
            f"Chart.yaml of {chart} says {present!r}, which is not an exact version",
            "correct it by hand first",
        )
    elif not lower(present, version) and not (version == present and facts.never_cut):
        yield Reason(
            "not-higher",
            f"{version} is not higher than {present}, which Chart.yaml of {chart} states",
            f"cut the next one: hmco cut {chart} patch",
        )
    if version in facts.tags:
        yield Reason(
            "tagged",
            f"the tag {tag} exists, and a version is cut only once",
            f"cut one above all tags: hmco cut {chart} {_above(facts)}",
        )
    if version in facts.sections:
        yield Reason(
            "section",
            f"the changelog of {chart} already has a section for {version}",
            "name the next version, or correct the changelog by hand",
        )
    if present in facts.sections and present not in facts.tags:
        yield untagged_reason(chart, present, facts, "release-untagged")
    yield from _silence(chart, facts, tuple(notes))


def bump_reasons(chart: str, asked: str, version: str, facts: ChartFacts) -> Iterator[Reason]:
    """Yield why a bump keyword promises less than what changed (SemVer 2.0.0, 4 and 8).

    An exact version is meant as it stands, and after a pre-release the step up was made before.
    """
    if asked not in KEYWORDS or not is_version(facts.version):
        return
    before, after = parse_version(facts.version), parse_version(version)
    breaking = breaking_changes(facts.commits)
    kept = after.major == before.major and (after.major > 0 or after.minor == before.minor)
    if breaking and kept and not before.prerelease:
        honest = "major" if after.major else "minor"
        yield Reason(
            "bump",
            f"{version} would promise that nothing breaks, but since {facts.version} this does: "
            f"{'; '.join(breaking)}",
            f"say so: hmco cut {chart} {honest}, or name {version} itself if users see none of it",
        )


def tag_reasons(chart: str, version: str, facts: ChartFacts, remedy: str) -> Iterator[Reason]:
    """Yield why no tag holds the version; the remedy is that of one that holds another."""
    tag = facts.tags.get(version)
    if tag is None:
        yield untagged_reason(chart, version, facts)
    elif tag.carries != version:
        yield Reason("wrong-tag", wrong_tag(chart, version, tag.carries), remedy)


def untagged_reason(
    chart: str, version: str, facts: ChartFacts, rule: str = "pin-untagged"
) -> Reason:
    """Return the reason that a version has no tag here, whether it was ever cut or not."""
    tag = tag_of(chart, version)
    missing = f"there is no tag {tag} here"
    if facts.cut_in is None:
        return Reason(rule, missing, f"fetch it: {facts.git} fetch --tags")
    commit = facts.cut_in.get(version)
    if commit is None and version == facts.version:
        fact = f"{chart} {version} was cut in this checkout alone, and {missing}"
        return Reason(rule, fact, LAND_FIRST)
    fact = (
        f"{missing}, and no commit of {facts.trunk} cut {chart} {version}"
        if commit is None
        else f"{chart} {version} was cut, but {missing}"
    )
    return Reason(rule, fact, tag_remedy(chart, version, commit, facts.remote, facts.git))


def tag_remedy(chart: str, version: str, commit: str | None, remote: str | None, git: str) -> str:
    """Return how a version that has no tag here gets one.

    `commit` is the one that cut it; where none did, another version is to be named. `git` is how
    advice calls it for the checkout of the charts.
    """
    fetch = f"fetch it: {git} fetch --tags; if nobody has it, " if remote else ""
    if commit is None:
        return f"{fetch}name a version that was cut: {git} tag --list '{chart}-*'"
    tag = tag_of(chart, version)
    make = f"{git} tag -a {tag} -m '{chart} {version}' {commit[:12]}"
    return f"{fetch}set it: {make} && {git} push {remote} {tag}" if remote else f"set it: {make}"


def _above(facts: ChartFacts) -> str:
    return str(max(map(parse_version, filter(is_version, facts.tags))).bump_patch())


def _silence(chart: str, facts: ChartFacts, notes: tuple[tuple[str, str], ...]) -> Iterator[Reason]:
    if not facts.has_changelog:
        yield from _silence_of_sub_chart(chart, facts, notes)
        return
    if facts.unreleased and notes:
        yield Reason(
            "note",
            f"the Unreleased section of {chart} already has something to say",
            "add the note there, and leave --note out",
        )
    if not (facts.unreleased or notes or notes_from_commits(facts.commits, chart)):
        yield Reason(
            "silent",
            f"the changelog of {chart} has nothing to say: its Unreleased section is empty and no "
            "commit that users would notice touched the chart since the last tag",
            'say what changed, with --note "Fixed: …"',
        )


def _silence_of_sub_chart(
    chart: str, facts: ChartFacts, notes: tuple[tuple[str, str], ...]
) -> Iterator[Reason]:
    if facts.uncommitted:
        add = f"{facts.git} add :/{facts.uncommitted}"
        yield Reason(
            "no-changelog",
            f"{facts.uncommitted} is not committed",
            f'commit it first: {add} && {facts.git} commit -m "Add the changelog of {chart}"',
        )
    elif facts.speaker is None:
        yield Reason("no-changelog", f"{chart} has no CHANGELOG.md", CHANGELOG_FIX)
    elif not (facts.unreleased or notes):
        yield Reason(
            "silent",
            f"{chart} has no changelog of its own, and the Unreleased section of {facts.speaker}, "
            "which deploys it, has nothing to say",
            f'say what it brings: hmco cut {chart} VERSION --note "Fixed: …"',
        )


def _present(chart: str, version: str, facts: ChartFacts) -> Decision:
    """Decide on the version that Chart.yaml states: there is nothing left to cut."""
    if version in facts.tags and facts.changed_since_release:
        reason = Reason(
            "tagged",
            f"{chart} {version} is released, and the chart changed since",
            f"cut the next version: hmco cut {chart} patch",
        )
        return Refusal((reason,))
    return Action(
        command="cut",
        chart=chart,
        summary=f"{chart} {version} was already cut: it is the version in Chart.yaml",
        before=version,
        after=version,
    )


def _remarks(registry: Registry, chart: str) -> Iterator[str]:
    if chart in registry.sub_by_name:
        parent = registry.sub_by_name[chart].parent
        yield (
            f"{chart} reaches no environment by itself: {parent} deploys it and needs a version of "
            f"its own next (hmco cut {parent} minor)"
        )
