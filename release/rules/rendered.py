"""Which files Helm renders for a chart in an environment, and the objects in them."""

from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from release.charts.helm.bundle import LIBRARY, Bundle, RenderError, rendered
from release.charts.helm.values import Values, ValuesError, join, read_values, set_parameter
from release.charts.record import Chart, ClusterKind
from release.estate import Environment
from release.rendering.renderedobjects import RenderedObject
from release.repository.bundles import LoadError, load, loaded_files
from release.repository.charttree import ChartFolder
from release.rules.facts import Facts
from release.rules.templates import (
    CLUSTER_SCOPED,
    TemplateObject,
    Text,
    declared_cluster_kinds,
    template_objects,
)


class Deployed(NamedTuple):
    """One object, the chart that deploys it and the environments that do so."""

    chart: Chart
    environments: tuple[Environment, ...]
    object: TemplateObject


@lru_cache(maxsize=4)
def deployed_objects(facts: Facts) -> tuple[Deployed, ...]:
    """Return every object that can be read from the templates of a chart that runs somewhere."""
    return tuple(_deployed(facts))


def _deployed(facts: Facts) -> Iterator[Deployed]:
    for chart, _ in facts.top_level:
        found: dict[TemplateObject, list[Environment]] = {}
        for environment in facts.running(chart.name):
            # Where somebody asked Helm, no template need be read.
            asked = facts.rendered
            rendering = asked.rendering(environment.name, chart.name) if asked else None
            for item in (
                _read(facts)[chart.name, environment.name].objects
                if rendering is None
                else dict.fromkeys(_as_template(facts, chart, item) for item in rendering.objects)
            ):
                found.setdefault(item, []).append(environment)
        for item, environments in found.items():
            yield Deployed(chart, tuple(environments), item)


class _Read(NamedTuple):
    """What can be read of a chart with some value files where Helm is not asked."""

    objects: tuple[TemplateObject, ...]
    folders: frozenset[str] | None
    """The paths of the charts that Helm renders; None where it refuses."""
    refused: str


@lru_cache(maxsize=4)
def _read(facts: Facts) -> Mapping[tuple[str, str], _Read]:
    """Return what can be read, by chart and environment; few of these differ in value files."""
    found: dict[tuple[str, str], _Read] = {}
    for chart, top in facts.top_level:
        known: dict[tuple[str, ...], _Read] = {}
        for environment in facts.running(chart.name):
            files = chart.value_files_in(environment.name)
            if files not in known:
                known[files] = _read_with(top, chart, files)
            found[chart.name, environment.name] = known[files]
    return found


def _read_with(top: ChartFolder, chart: Chart, files: tuple[str, ...]) -> _Read:
    shown: list[tuple[Bundle, Values]] | None = None
    refused = ""
    try:
        shown = list(rendered(load(top), _given(top, chart, files)))
    except LoadError:
        pass  # chart-unloadable tells
    except (RenderError, ValuesError) as error:
        refused = str(error)
    folders = None if shown is None else frozenset(bundle.origin for bundle, _ in shown)
    return _Read(tuple(_objects(top, shown)), folders, refused)


def _objects(
    top: ChartFolder, shown: Collection[tuple[Bundle, Values]] | None
) -> Iterator[TemplateObject]:
    """Yield what Helm makes of the charts that it renders, each object once."""
    told = set[TemplateObject]()
    for folder in (top, *top.sub_folders):
        seen: list[Values | None] = [
            values
            for bundle, values in shown or ()
            if bundle.origin == folder.path and bundle.type.lower() != LIBRARY
        ]
        for values in seen if shown is not None else [None]:
            for file in manifest_files(folder):
                text = folder.text(file)
                objects = template_objects(folder.path_of(file), text, values) if text else ()
                told.update(objects)
    yield from sorted(told, key=lambda item: (item.file, item.line))


def _given(top: ChartFolder, chart: Chart, files: tuple[str, ...]) -> Values:
    """Return the values that the Application hands over: value files, then parameters."""
    texts = (top.text(file) for file in files)
    values = join(read_values(text) for text in texts if text)
    for name, value in chart.parameters.items():
        set_parameter(values, name, value)
    return values


def refusal(facts: Facts, chart: Chart, environment: Environment) -> str:
    """Return why Helm does not render a chart that it loads, "" if it does."""
    return _read(facts)[chart.name, environment.name].refused


def manifest_files(folder: ChartFolder) -> tuple[str, ...]:
    """Return the files of a chart that Helm renders, or applies as they are, in order."""
    return _kept(folder, folder.manifests)


def _kept(folder: ChartFolder, files: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of a folder's files that the `.helmignore` of the chart at the top leaves."""
    try:
        kept = loaded_files(folder.top)
    except LoadError:
        return files
    root = folder.path.removeprefix(folder.top.path).lstrip("/")
    return tuple(file for file in files if (f"{root}/{file}" if root else file) in kept)


# Each rule goes through all charts.
@lru_cache(maxsize=4096)
def value_files(facts: Facts, folder: ChartFolder) -> tuple[str, ...]:
    """Return the value files that Helm reads: a chart's own, and those that Applications name."""
    named = list(_kept(folder, ("values.yaml",)))
    if isinstance(folder.record, Chart):
        for environment in facts.running(folder.record.name):
            named += folder.record.value_files_in(environment.name)
    return tuple(file for file in dict.fromkeys(named) if folder.has(file))


@lru_cache(maxsize=4)
def rendered_folders(facts: Facts) -> frozenset[str]:
    """Return the paths of the charts that Helm renders in some environment.

    All of a chart that runs nowhere yet, or that Helm refuses, so that it is judged before it does.
    """
    paths = set[str]()
    for chart, top in facts.top_level:
        inside = {top.path, *(sub.path for sub in top.sub_folders)}
        for environment in facts.running(chart.name):
            folders = _read(facts)[chart.name, environment.name].folders
            paths |= inside if folders is None else folders
        if not facts.running(chart.name):
            paths |= inside
    return frozenset(paths)


def _as_template(facts: Facts, chart: Chart, item: RenderedObject) -> TemplateObject:
    """Return a rendered object in the form of one that was read from its template."""
    path = f"{facts.picture.folder_of(chart.name)}/{item.source.partition('/')[2]}"
    namespace = item.identity.namespace
    return TemplateObject(
        file=path,
        line=0,
        api_version=item.api_version,
        kind=item.kind,
        name=Text(item.identity.name, 0),
        namespaces=(Text(namespace, 0),) if namespace else (),
    )


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
