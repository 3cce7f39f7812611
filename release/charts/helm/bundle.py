"""A chart as Helm loads it, with all charts in its `charts/`, and which of them it renders."""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from release.charts.chart_yaml import ChartYaml, Dependency, Json
from release.charts.helm.values import Values, below, copied, fill, look_up, share_globals
from release.charts.ranges import RangeError, loose_version

LIBRARY: Final = "library"
_TYPES: Final = frozenset({"", "application", LIBRARY})
_ALIAS: Final = re.compile(r"[A-Za-z0-9_-]+")
_FATAL: Final = frozenset({"chart-yaml-syntax", "chart-dependency-form"})


class RenderError(ValueError):
    """Values that Helm refuses for a chart; the message says why."""


class Bundle(NamedTuple):
    """A chart in memory; `origin` is the path of its folder or archive in the checkout.

    `dependencies` are those that Helm goes by: of requirements.yaml where a chart has one.
    """

    origin: str
    name: str
    version: str
    type: str = ""
    dependencies: tuple[Dependency, ...] = ()
    values: Mapping[str, Any] = MappingProxyType({})
    charts: tuple["Bundle", ...] = ()


def refusals(chart: ChartYaml) -> Iterator[str]:
    """Yield every reason for which Helm does not load a chart (pkg/chart/v2, Metadata.Validate)."""
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
    if (chart.type or "") not in _TYPES:
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


def rendered(chart: Bundle, given: Values) -> Iterator[tuple[Bundle, Values]]:
    """Yield every chart that Helm renders, each with the values that its templates see.

    `given` are the values that the user hands over. A chart under an alias comes under it, once for
    each alias. RenderError where the name of a sub-chart does not stand for a table.
    """
    kept = _with_imports(_enabled(chart, given, ""))
    yield from _with_values(kept, _coalesced(kept, copied(given)))


def _with_values(chart: Bundle, values: Values) -> Iterator[tuple[Bundle, Values]]:
    yield chart, values
    for sub in chart.charts:
        yield from _with_values(sub, values[sub.name])


def _enabled(chart: Bundle, given: Values, path: str) -> Bundle:
    """Return the chart with those sub-charts alone that tags and conditions leave on.

    `path` leads from the values of the chart that is deployed to this one's. A sub-chart that no
    entry asks for is always there (helm.sh/helm pkg/chart/v2/util, processDependencyEnabled).
    """
    if not chart.dependencies:
        return chart
    asked = [(entry, match) for entry in chart.dependencies if (match := _match(chart, entry))]
    loose = tuple(
        each
        for each in chart.charts
        if not any(entry.name == each.name and entry.takes(each.version) for entry, _ in asked)
    )
    named = (*loose, *(match._replace(name=entry.alias or entry.name) for entry, match in asked))
    values = _coalesced(chart._replace(charts=named), copied(given))
    off = {
        entry.alias or entry.name for entry in chart.dependencies if not _is_on(entry, values, path)
    }
    kept = [each for each in named if each.name not in off]
    # From here on an entry goes by its alias, as Helm has it, and not where none is looked at.
    entries = (each._replace(name=each.alias or each.name) for each in chart.dependencies)
    entries = (each for each in entries if each.name not in off)
    subs = tuple(_enabled(each, values, f"{path}{each.name}.") for each in kept)
    return chart._replace(charts=subs, dependencies=tuple(entries))


def _match(chart: Bundle, entry: Dependency) -> Bundle | None:
    fits = (c for c in chart.charts if c.name == entry.name and entry.takes(c.version))
    return next(fits, None)


def _is_on(entry: Dependency, values: Values, path: str) -> bool:
    for condition in entry.condition.strip().split(","):
        value = look_up(values, path + condition) if condition else None
        if isinstance(value, bool):
            return value
    tags = values.get("tags")
    states = [tags[tag] for tag in entry.tags if tag in tags] if isinstance(tags, dict) else []
    # What is no boolean says nothing, and 1 is none.
    return any(state is True for state in states) or not any(state is False for state in states)


def _with_imports(chart: Bundle) -> Bundle:
    """Return the chart with the values that it imports from its sub-charts, theirs first."""
    chart = chart._replace(charts=tuple(map(_with_imports, chart.charts)))
    if not chart.dependencies:
        return chart
    values = _coalesced(chart, {}, keep_nulls=True)
    imported: Values = {}
    for entry in chart.dependencies:
        for source, target in filter(None, map(_import, entry.import_values)):
            table = look_up(values, f"{entry.name}.{source}")
            if isinstance(table, dict):
                fill(imported, _nested(target, table), keep_nulls=True)
    values = copied(values)
    fill(values, imported, keep_nulls=True)
    return chart._replace(values=values)


def _import(item: Json) -> tuple[str, str] | None:
    """Return from where in the sub-chart's values to where in its parent's."""
    if isinstance(item, str):
        return f"exports.{item}", "."
    if not isinstance(item, Mapping):
        return None
    source, target = (item.get(end) for end in ("child", "parent"))
    return (source, target) if isinstance(source, str) and isinstance(target, str) else None


def _nested(path: str, table: Values) -> Values:
    for part in reversed(path.split(".") if path != "." else []):
        table = {part: table}
    return table


def _coalesced(chart: Bundle, given: Values, *, keep_nulls: bool = False) -> Values:
    """Return the values of a chart and, below their names, of its sub-charts.

    Nulls are kept where a later round is to go by them.
    """
    if keep_nulls:
        fill(given, chart.values, keep_nulls=True)
    else:
        below(given, chart.values, frozenset(sub.name for sub in chart.charts))
    for sub in chart.charts:
        table = given.setdefault(sub.name, {})
        if not isinstance(table, dict):
            raise RenderError(f"{sub.name} is a sub-chart's name, and not a table in the values")
        share_globals(given, table)
        _coalesced(sub, table, keep_nulls=keep_nulls)
    return given
