"""Which versions want a tag and a release, on which commit, and what the release says.

A tag is made once, on the landing that brought the version to the trunk, and is never moved. The
notes follow the guide's release template; what only a person can say is left out, not invented.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from release.charts.record import Registry
from release.estate import Estate
from release.github.markdown import code, escape, table
from release.versions import parse_version, tag_of


class Standing(NamedTuple):
    """What Git says of a version: where it landed, and whether the chart then was what was cut.

    `landed` is None where no landing of the trunk brought it; `cut` lists the chart's files that
    the merge holds otherwise than the commit that cut the version. `tagged` is what Chart.yaml
    states at the tag, None without a tag. `section` is the changelog's, None where it has none.
    """

    chart: str
    version: str
    landed: str | None
    cut: tuple[str, ...] = ()
    tagged: str | None = None
    section: str | None = None
    previous: str | None = None


class Publication(NamedTuple):
    """One version to publish: `commit` is None where the tag is there already."""

    tag: str
    commit: str | None
    message: str
    title: str
    notes: str
    prerelease: bool


def wanted(estate: Estate, stated: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return every (chart, version) that Chart.yaml on the trunk or a pin names, each once."""
    named = dict.fromkeys((chart, version) for chart, version in stated.items())
    for place in estate.environments.values():
        for chart, version in place.settings.versions.items():
            if not place.settings.follows_branch(chart):
                named[chart, version] = None
    return tuple(sorted(named))


def publication(estate: Estate, standing: Standing) -> Publication | str:
    """Return what to publish of one version, or a sentence that says why not and what to do."""
    chart, version = standing.chart, standing.version
    tag = tag_of(chart, version)
    problem = _problem(standing)
    if problem:
        return f"{tag}: {problem}"
    return Publication(
        tag=tag,
        commit=standing.landed if standing.tagged is None else None,
        message=f"{chart} {version}\n",
        title=f"{chart} v{version}",
        notes=notes(estate, standing),
        prerelease=parse_version(version).prerelease is not None,
    )


def _problem(standing: Standing) -> str:
    """Return why a version cannot be published, "" if it can."""
    chart, version = standing.chart, standing.version
    if standing.tagged is not None:
        if standing.tagged == version:
            return ""
        return (
            f"the tag holds Chart.yaml {standing.tagged or 'of no version'}; tags are never moved, "
            f"so cut another version: hmco cut {chart} patch"
        )
    if standing.landed is None:
        return f"the trunk never had it; pin another one, or cut it: hmco cut {chart} {version}"
    if standing.section is None:
        return f"the changelog does not mention it; write its section: hmco cut {chart} patch"
    if not standing.cut:
        return ""
    listed = ", ".join(standing.cut[:3])
    return (
        f"{listed} changed between the cut and the merge, so it is not what was cut; cut what has "
        f"landed: hmco cut {chart} patch"
    )


def notes(estate: Estate, standing: Standing) -> str:
    """Return the release's notes by the guide's template, filled from changelog and registry."""
    chart, version, registry = standing.chart, standing.version, estate.registry
    top = registry.by_name[parent_of(registry, chart)]
    pinned = [
        name
        for name, place in estate.environments.items()
        if place.settings.versions.get(chart) == version
    ]
    rows: Sequence[tuple[str, ...]] = [
        ("Chart", escape(chart)),
        ("Previous version", code(standing.previous) if standing.previous else "none"),
        ("Environments that pin it", ", ".join(map(escape, pinned)) or "none yet"),
        ("Owner", escape(str(top.owner))),
        ("Purpose", escape(top.purpose)),
    ]
    promote = code(f"hmco promote {top.name} --to ENVIRONMENT --pull-request")
    part = f" It reaches environments inside {escape(top.name)}." if top.name != chart else ""
    rollback = code(f"hmco rollback {top.name} --env ENVIRONMENT --pull-request")
    chapters = {
        "Summary": table(("", ""), rows),
        "What's New": standing.section or "Nothing was written down.",
        "Deployment Notes": (
            "Promote it environment by environment: Actions → Chart Promotion Pipeline, or "
            f"{promote}.{part}"
        ),
        "Verification Steps": (
            f"{code(f'hmco status {top.name}')} tells where it runs; in Argo CD the Application is "
            "Synced and Healthy."
        ),
        "Rollback Procedure": (
            f"Actions → Chart Rollback, or {rollback}: it pins the last good version and holds it."
        ),
    }
    if standing.previous:
        compared = f"{tag_of(chart, standing.previous)}...{tag_of(chart, version)}"
        chapters["References"] = f"Compare {code(compared)}."
    return "\n\n".join(f"## {title}\n\n{text}" for title, text in chapters.items()) + "\n"


def parent_of(registry: Registry, chart: str) -> str:
    """Return the chart that environments pin: a sub-chart's parent, or the chart itself."""
    sub = registry.sub_by_name.get(chart)
    return sub.parent if sub else chart
