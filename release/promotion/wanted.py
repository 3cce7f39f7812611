"""Which version a promotion moves: what the source runs, cut on the way if it is not cut yet."""

from typing import NamedTuple

from release.promotion.bumps import KEYWORDS, checked_version, wanted_version
from release.promotion.chartfacts import ChartFacts
from release.promotion.cut import untagged_reason
from release.promotion.decision import Reason
from release.promotion.route import Route, going_back
from release.versions import lower


class Wanted(NamedTuple):
    """The version that a promotion moves, and whether the same change must cut it."""

    version: str
    cut: bool = False


def wanted_of(route: Route, asked: str | None, facts: ChartFacts) -> Wanted | Reason:
    """Return the version that the source runs, or why the one asked for is not that.

    A pinned source runs its pin, whatever Chart.yaml says by now. What lies on the branch is the
    version of Chart.yaml if nothing changed since its tag, else a version still to be named.
    """
    if route.source is not None and not route.from_trunk:
        return _of_pin(route, route.source.settings.versions[route.chart], asked)
    version = facts.version if asked is None else wanted_version(asked, facts.version)
    if isinstance(version, Reason):
        return version
    if version == facts.version:
        return _of_branch(route, facts, named=asked is not None)
    if version in facts.tags:
        return _earlier(route, version, facts)
    return _new(route, version, facts)


def _of_pin(route: Route, pin: str, asked: str | None) -> Wanted | Reason:
    runner = route.origin
    if asked is None or asked == pin:
        return Wanted(pin)
    if asked in KEYWORDS:
        return Reason(
            "pinned-source",
            f"{runner} is pinned to {pin}, and nothing is cut on the way from there",
            _what_runs(route, pin)
            + f"bring a new version to {runner} first: hmco promote {route.chart} {asked} "
            f"--to {runner}",
        )
    version = checked_version(asked)
    if isinstance(version, Reason):
        return version
    return _not_running(
        route, pin, version, f"{_what_runs(route, pin)}bring {version} to {runner} first"
    )


def _of_branch(route: Route, facts: ChartFacts, *, named: bool) -> Wanted | Reason:
    present = facts.version
    if _is_released(facts):
        return Wanted(present)
    if named and facts.never_cut:
        return Wanted(present, cut=True)
    if present not in facts.tags and (present in facts.sections or not facts.has_changelog):
        return untagged_reason(route.chart, present, facts, "release-untagged")
    return Reason(
        "not-cut",
        f"{route.origin} runs changes of {route.chart} that no version holds (Chart.yaml says "
        f"{present})",
        "say which version they become (major, minor, patch or an exact one): "
        f"hmco promote {route.chart} {present if facts.never_cut else 'minor'} --to "
        f"{route.target.name}",
    )


def _earlier(route: Route, version: str, facts: ChartFacts) -> Wanted | Reason:
    """Judge a version that was cut before the one on the branch."""
    if route.source is None:
        return Wanted(version)
    since = " and changes made since" if facts.changed_since_release else ""
    runs = f"{facts.version}{since}"
    return _not_running(route, runs, version, f"promote what it runs: {_way(route)}")


def _not_running(route: Route, runs: str, version: str, remedy: str) -> Reason:
    if route.pin is not None and lower(version, route.pin):
        return going_back(route.target, route.chart, version)
    fact = f"{route.origin} runs {route.chart} {runs}, not {version}"
    return Reason("not-running", fact, remedy)


def _new(route: Route, version: str, facts: ChartFacts) -> Wanted | Reason:
    if _is_released(facts) and lower(facts.version, version):
        return Reason(
            "nothing-new",
            f"nothing changed in {route.chart} since {facts.version}, so there is nothing to cut",
            f"{route.target.name} already runs that, so land a change first"
            if facts.version == route.pin
            else f"promote {facts.version}: {_way(route)}",
        )
    return Wanted(version, cut=True)


def _is_released(facts: ChartFacts) -> bool:
    return facts.version in facts.tags and not facts.changed_since_release


def _what_runs(route: Route, version: str) -> str:
    """Return the first half of the advice: to promote what the source runs, if that moves any."""
    return "" if version == route.pin else f"promote what it runs: {_way(route)}, or "


def _way(route: Route) -> str:
    source = f" --from {route.source.name}" if route.source else ""
    return f"hmco promote {route.chart} --to {route.target.name}{source}"
