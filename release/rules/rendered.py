"""Which folders Helm renders for a chart in an environment, and the objects in them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

import yaml

from release.charts.chart_yaml import Dependency
from release.charts.record import Chart, ClusterKind
from release.estate import Environment
from release.repository.charttree import ChartFolder
from release.rules.facts import Facts
from release.rules.templates import (
    CLUSTER_SCOPED,
    TemplateObject,
    declared_cluster_kinds,
    template_objects,
)


@dataclass(frozen=True, slots=True)
class Deployed:
    """One object, the chart that deploys it and the environments that do so."""

    chart: Chart
    environments: tuple[Environment, ...]
    object: TemplateObject


@lru_cache(maxsize=4)
def deployed_objects(facts: Facts) -> tuple[Deployed, ...]:
    """Return every object that can be read from the templates of a chart that runs somewhere."""
    return tuple(_deployed(facts))


def _deployed(facts: Facts) -> Iterator[Deployed]:
    for chart, top in facts.top_level:
        running = facts.running(chart.name)
        if not running:
            continue
        for folder in (top, *facts.tree.sub_folders(top)):
            environments = tuple(
                environment for environment in running if _enabled(top, folder, chart, environment)
            )
            for file in folder.manifests if environments else ():
                text = folder.text(file)
                for item in template_objects(folder.path_of(file), text) if text else ():
                    yield Deployed(chart, environments, item)


@lru_cache(maxsize=4)
def cluster_scoped(facts: Facts) -> frozenset[ClusterKind]:
    """Return the cluster-scoped kinds: Kubernetes', known operators' and the tree's own CRDs'."""
    declared = {
        kind
        for folder in facts.tree.folders.values()
        for file in folder.manifests
        for kind in declared_cluster_kinds(file, folder.text(file) or "")
    }
    return CLUSTER_SCOPED | declared


def _enabled(top: ChartFolder, folder: ChartFolder, chart: Chart, environment: Environment) -> bool:
    """Tell whether Helm renders the folder; a condition that no value decides counts as true."""
    child = folder
    while child.parent and child.parent != top.path and child.parent in top.tree.folders:
        child = top.tree.folders[child.parent]
    stated = top.chart_yaml
    if child is top or stated is None:
        return True
    entries = [item for item in stated.dependencies if item.name == child.name]
    return not entries or any(_holds(top, entry, chart, environment) for entry in entries)


def _holds(
    top: ChartFolder, dependency: Dependency, chart: Chart, environment: Environment
) -> bool:
    for condition in filter(None, map(str.strip, dependency.condition.split(","))):
        parameter = chart.parameters.get(condition)
        if parameter in ("true", "false"):
            return parameter == "true"
        files = [*reversed(chart.value_files_in(environment.name)), "values.yaml"]
        for file in dict.fromkeys(files):
            value = _value(_values(top, file), condition)
            if isinstance(value, bool):
                return value
    return True


def _value(values: object, path: str) -> object:
    for part in path.split("."):
        values = values.get(part) if isinstance(values, Mapping) else None
    return values


@lru_cache(maxsize=1024)
def _values(folder: ChartFolder, file: str) -> object:
    try:
        return yaml.load(folder.text(file) or "", Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError, RecursionError):
        # Helm says so when it renders; here it only means that no condition is decided.
        return None
