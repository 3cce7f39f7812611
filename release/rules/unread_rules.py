"""The rule on values that no template reads."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from release.charts.helm.values import ValuesError, read_values
from release.charts.record import Chart
from release.repository.charttree import ChartFolder
from release.rules.facts import Facts
from release.rules.places import at_record, in_chart
from release.rules.rule import Breach, Judged, Need, Severity, rule
from release.text.counted import first_few

_READ: Final = re.compile(r"\.Values\b((?:\.[A-Za-z_][A-Za-z0-9_]*)*)")
_SHOWN: Final = 5


@rule(
    severity=Severity.NOTE,
    fix="delete it, or correct its name to the one that the templates read",
    source="Helm: values files",
    example="helm/charts/vault/values/prod.yaml:0: vault: no template reads server.replica",
    needs={Need.ESTATE, Need.HELM},
    judges=Judged.RENDERING,
)
def value_unread(facts: Facts) -> Iterator[Breach]:
    """Every value that an environment sets is read by some template.

    Helm silently ignores an unknown key, so that a misspelt one looks like a setting.
    """
    for chart, folder in facts.top_level:
        keys = _read_keys(facts, folder)
        names = {file for e in facts.running(chart.name) for file in chart.value_files_in(e.name)}
        for file in sorted(names - {"values.yaml"}):
            try:
                unread = _unread(read_values(folder.text(file) or ""), keys)
            except ValuesError:
                continue  # chart-unloadable tells
            if unread:
                yield in_chart(
                    folder, file, f"{chart.name}: no template reads {first_few(unread, _SHOWN)}"
                )
        parameters = _parameters(chart, keys)
        if parameters:
            what = f"the record of {chart.name} sets {first_few(parameters, _SHOWN)}"
            yield at_record(facts, chart.name, f"{what}, which no template reads")


def _parameters(chart: Chart, keys: frozenset[str] | None) -> list[str]:
    return [name for name in chart.parameters if not _is_read(name, keys)]


def _unread(values: Mapping[str, object], keys: frozenset[str] | None) -> list[str]:
    return sorted(key for key in _leaves(values, "") if key and not _is_read(key, keys))


def _is_read(key: str, keys: frozenset[str] | None) -> bool:
    """Tell whether a template reads the key, part of it, or all that it lies below."""
    if keys is None or key.startswith("global."):
        return True
    return any(f"{key}.".startswith(f"{read}.") or read.startswith(f"{key}.") for read in keys)


def _read_keys(facts: Facts, folder: ChartFolder) -> frozenset[str] | None:
    """Return what the chart's templates and its sub-charts' read; None where they may read all."""
    found = set[str]()
    for place in (folder, *facts.tree.sub_folders(folder)):
        prefix = _prefix(folder, place)
        for file in place.files:
            text = place.text(file) or "" if file.startswith(("templates/", "values")) else ""
            for match in _READ.finditer(text):
                if not match[1] and prefix == "":
                    return None
                found.add((prefix + match[1]).lstrip("."))
    return frozenset(found | set(_decided(folder)))


def _prefix(top: ChartFolder, place: ChartFolder) -> str:
    """Return the key below which a parent sets a sub-chart's values."""
    below = place.path.removeprefix(top.path).split("/charts/")[1:]
    return "".join(f".{name}" for name in below)


def _decided(folder: ChartFolder) -> Iterator[str]:
    """Yield the keys that switch dependencies, and all keys of those that are not folders here."""
    stated = folder.chart_yaml
    for dependency in stated.dependencies if stated else ():
        yield from filter(None, map(str.strip, dependency.condition.split(",")))
        name = getattr(dependency, "alias", "") or dependency.name
        if f"{folder.path}/charts/{name}" not in folder.tree.folders:
            yield name


def _leaves(values: object, above: str) -> Iterator[str]:
    if not isinstance(values, Mapping) or not values:
        yield above
        return
    for key, value in values.items():
        yield from _leaves(value, f"{above}.{key}" if above else str(key))
