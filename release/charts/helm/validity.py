"""What Helm refuses in a Chart.yaml (helm.sh/helm pkg/chart/v2, Metadata.Validate)."""

import re
from collections.abc import Iterator
from typing import Final

from release.charts.chart_yaml import ChartYaml, Dependency
from release.charts.ranges import RangeError, loose_version

TYPES: Final = frozenset({"", "application", "library"})
_ALIAS: Final = re.compile(r"[A-Za-z0-9_-]+")
_FATAL: Final = frozenset({"chart-yaml-syntax", "chart-dependency-form"})


def refusals(chart: ChartYaml) -> Iterator[str]:
    """Yield every reason for which Helm does not load the chart."""
    yield from (problem.message for problem in chart.problems if problem.code in _FATAL)
    name, version = chart.name or "", chart.version or ""
    if not name:
        yield "name is missing"
    elif name in (".", "..") or "/" in name:
        yield f"name {name!r} is not one that Helm accepts"
    if not version:
        yield "version is missing"
    else:
        try:
            loose_version(version)
        except RangeError as error:
            yield f"version {error}"
    if (chart.type or "") not in TYPES:
        yield f"type {chart.type} is neither application nor library"
    yield from _of_dependencies(chart.dependencies)


def _of_dependencies(dependencies: tuple[Dependency, ...]) -> Iterator[str]:
    known: set[str] = set()
    for each in dependencies:
        if each.alias and not _ALIAS.fullmatch(each.alias):
            yield f"dependency {each.name} has the alias {each.alias!r}, which Helm refuses"
        key = each.alias or each.name
        if key in known:
            yield f"two dependencies have the name or alias {key}"
        known.add(key)
