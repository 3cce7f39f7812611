"""Argo CD objects that stand in the checkout as files, beside those that the program derives."""

import re
from collections.abc import Iterator
from functools import partial
from itertools import islice, product
from typing import Final, NamedTuple

import yaml

from release.repository.picture import Picture
from release.rules.argonodes import (
    Unreadable,
    child,
    documents,
    fields,
    filled,
    fits,
    hole,
    is_open,
    items_of,
    line_of,
    objects,
    text_of,
    unreadable,
)
from release.settings.model import ManifestsDelivery

GROUP: Final = "argoproj.io/"
APPLICATION: Final = "Application"
APPLICATION_SET: Final = "ApplicationSet"
PROJECT: Final = "AppProject"
_KINDS: Final = frozenset({APPLICATION, APPLICATION_SET, PROJECT})
_FILES: Final = (
    *(".yaml", ".yml", ".json", ".json5", ".jsonnet", ".libsonnet"),
    *(".tpl", ".tmpl", ".gotmpl", ".j2"),
)
_NAMES_KIND: Final = re.compile(
    r"[\"']?kind[\"']?:\s*[\"']?(?:Application|ApplicationSet|AppProject)\b"
)
_SELECTS: Final = re.compile(r"^(?:patches\w*|replacements):", re.MULTILINE)
"""What a kustomization selects by a pattern need not name any kind."""
_WORTH: Final = ("argoproj.io", "argocd", "repoURL")
_WORTH_IN_PLACE: Final = (
    *(("Application", _NAMES_KIND), ("AppProject", _NAMES_KIND)),
    *(("patches", _SELECTS), ("replacements", _SELECTS)),
)
"""Without its word no text is worth a pattern, which takes longer than reading the file."""
_SAMPLES: Final = ("bench/", "demo/", "tests/")
_MOST_COMBINATIONS: Final = 500


class ArgoSource(NamedTuple):
    """Where an Application's objects come from; `line` is that of the revision if it has one."""

    repository: str
    path: str
    revision: str
    line: int


class ArgoManifest(NamedTuple):
    """One object in a file; `line` is that of its kind. An ApplicationSet stands for each of its.

    `name` and the texts of `sources` have holes where a template or generator computes them; the
    name of a patch is a pattern. `labels` are the keys alone.
    """

    file: str
    line: int
    kind: str
    name: str
    labels: frozenset[str] = frozenset()
    sources: tuple[ArgoSource, ...] = ()
    node: yaml.Node | None = None
    is_patch: bool = False


def texts_of(picture: Picture) -> Iterator[tuple[str, str]]:
    """Yield path and text of every file that may hold Argo CD's objects, but for our own."""
    own = tuple(_own(picture)) if picture.one_clone else ()
    files, only = picture.charts, picture.only
    # What makes or changes an Application of a chart for certain names the chart.
    for path in files.paths if only is None else files.naming(only):
        if path.endswith(_FILES) and not path.startswith(own):
            text = picture.charts.text(path) or ""
            if any(map(text.__contains__, _WORTH)) or any(
                word in text and pattern.search(text) for word, pattern in _WORTH_IN_PLACE
            ):
                yield path, text


def _own(picture: Picture) -> Iterator[str]:
    """Yield the program's stack files and samples, which deploy nothing, and what it rendered."""
    yield from map(picture.stack_path, _SAMPLES)
    yield from picture.stack_paths().values()
    for environment in picture.environments:
        if isinstance(delivery := environment.settings.delivery, ManifestsDelivery):
            yield f"{picture.stack_path(delivery.directory)}/"


def argo_manifests(file: str, text: str) -> Iterator[ArgoManifest]:
    """Yield the Argo CD objects of a text, in whatever form they are deployed."""
    for node in objects(text):
        yield from _of_object(file, node)


def unreadable_manifests(text: str) -> list[Unreadable]:
    """Return the documents that name a kind of Argo CD and cannot be read."""
    return [e for e in unreadable(text) if GROUP in e.text and _NAMES_KIND.search(e.text)]


def _of_object(file: str, node: yaml.Node) -> Iterator[ArgoManifest]:
    kind, version = _kind(node), text_of(child(node, "apiVersion"))
    if version.startswith(GROUP) or (is_open(version) and _kind_by_spec(node) == kind):
        if kind == APPLICATION_SET:
            yield from _application_set(file, node)
        elif kind in _KINDS:
            yield _manifest(file, kind, node, line_of(fields(node)["kind"]))
    elif not child(node, "apiVersion") or kind == "Kustomization":
        yield from _of_chart_values(file, node)
        yield from _of_kustomization(file, node)


def _kind(node: yaml.Node) -> str:
    stated = text_of(child(node, "kind"))
    return _kind_by_spec(node) if is_open(stated) else stated


def _kind_by_spec(node: yaml.Node) -> str:
    """Return the kind of Argo CD whose fields an object has, where a template computes the name."""
    spec = child(node, "spec")
    if child(spec, "generators") is not None:
        return APPLICATION_SET
    if child(spec, "sourceRepos") is not None:
        return PROJECT
    return APPLICATION if any(_source_nodes(spec)) else ""


def _manifest(file: str, kind: str, node: yaml.Node, line: int, name: str = "") -> ArgoManifest:
    spec = child(node, "spec") if child(node, "spec") is not None else node
    return ArgoManifest(
        file=file,
        line=line,
        kind=kind,
        name=text_of(child(node, "metadata", "name")) or name,
        labels=frozenset(fields(child(node, "metadata", "labels"))),
        sources=tuple(map(_source, _source_nodes(spec))),
        node=spec,
    )


def _source_nodes(spec: yaml.Node | None) -> Iterator[yaml.Node]:
    """Yield every place that Argo CD may take objects from (T/types.go, GetSources)."""
    yield from items_of(child(spec, "sources"))
    for path in (("source",), ("sourceHydrator", "drySource"), ("operation", "sync", "source")):
        node = child(spec, *path)
        if node is not None:
            yield node


def _source(node: yaml.Node) -> ArgoSource:
    revision = child(node, "targetRevision")
    return ArgoSource(
        text_of(child(node, "repoURL")),
        text_of(child(node, "path")),
        text_of(revision),
        line_of(revision if revision is not None else node),
    )


def _application_set(file: str, node: yaml.Node) -> Iterator[ArgoManifest]:
    """Yield what an ApplicationSet makes: once for each element where all of them are listed."""
    line = line_of(fields(node)["kind"])
    spec = child(node, "spec")
    templates = [child(spec, "template"), *_generator_templates(child(spec, "generators"))]
    patch = text_of(child(spec, "templatePatch"))
    templates += documents(patch)
    made = [_manifest(file, APPLICATION_SET, each, line) for each in templates if each is not None]
    own = text_of(child(node, "metadata", "name"))
    base = made[0] if made else ArgoManifest(file, line, APPLICATION_SET, own)
    name = next((each.name for each in made if each.name), own)
    sources = [source for each in made for source in each.sources]
    for parameters in _combinations(child(spec, "generators")) or [{}]:
        fill = partial(filled, parameters=parameters)
        given = (
            ArgoSource(fill(each.repository), fill(each.path), fill(each.revision), each.line)
            for each in sources
        )
        yield base._replace(name=fill(name), sources=tuple(given))


def _generator_templates(generators: yaml.Node | None) -> Iterator[yaml.Node | None]:
    for generator in items_of(generators):
        for body in fields(generator).values():
            yield child(body, "template")
            yield from _generator_templates(child(body, "generators"))


def _combinations(generators: yaml.Node | None) -> list[dict[str, str]]:
    """Return the parameters of each Application, none where a generator asks somebody else."""
    found: list[dict[str, str]] = []
    for generator in items_of(generators):
        one = _combinations_of(generator)
        if not one:
            return []
        found += one
    return found if len(found) <= _MOST_COMBINATIONS else []


def _combinations_of(generator: yaml.Node) -> list[dict[str, str]]:
    elements = [_flat(element) for element in items_of(child(generator, "list", "elements"))]
    if elements:
        return elements
    folders = items_of(child(generator, "git", "directories"))
    if folders:
        return [_folder(each) for each in folders if text_of(child(each, "exclude")) != "true"]
    parts = [_combinations_of(part) for part in items_of(child(generator, "matrix", "generators"))]
    if not parts or not all(parts):
        return []
    return [
        {key: value for each in row for key, value in each.items()}
        for row in islice(product(*parts), _MOST_COMBINATIONS + 1)
    ]


def _folder(node: yaml.Node) -> dict[str, str]:
    """Return the parameters of the Git generator for folders of a pattern."""
    pattern = re.sub(r"[*?]+", hole(), text_of(child(node, "path")))
    return {"path": pattern, "path.path": pattern}


def _flat(node: yaml.Node, prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in fields(node).items():
        flat |= _flat(value, f"{prefix}{key}.")
        if isinstance(value, yaml.ScalarNode):
            flat[f"{prefix}{key}"] = text_of(value)
    return flat


def _of_chart_values(file: str, node: yaml.Node) -> Iterator[ArgoManifest]:
    """Yield Applications that stand in values, as the chart argocd-apps deploys them."""
    for key, kind in (("applications", APPLICATION), ("projects", PROJECT)):
        listed = child(node, key)
        named = fields(listed).items() if listed is not None else ()
        each = [*named, *((text_of(child(item, "name")), item) for item in items_of(listed))]
        for name, item in each:
            wanted = "sourceRepos" if kind == PROJECT else "project"
            if any(_source_nodes(item)) or child(item, wanted) is not None:
                yield _manifest(file, kind, item, line_of(item), name)


def _of_kustomization(file: str, node: yaml.Node) -> Iterator[ArgoManifest]:
    """Yield what a kustomization changes by kind and name, and what charts that it renders hold."""
    for key in ("patches", "patchesJson6902"):
        for patch in items_of(child(node, key)):
            yield from _selected(file, patch, child(patch, "target"))
    for replacement in items_of(child(node, "replacements")):
        for target in items_of(child(replacement, "targets")):
            yield from _selected(file, target, child(target, "select"))
    for chart in items_of(child(node, "helmCharts")):
        inline = child(chart, "valuesInline")
        if inline is not None:
            yield from _of_chart_values(file, inline)


def _selected(file: str, place: yaml.Node, target: yaml.Node | None) -> Iterator[ArgoManifest]:
    """Yield what a selector means: each field is a pattern, and one that is left out fits all."""
    group, wanted, name = (text_of(child(target, key)) for key in ("group", "kind", "name"))
    if not (group or wanted) or not fits(group, GROUP.rstrip("/")):
        return
    for kind in (APPLICATION, PROJECT):
        if fits(wanted, kind):
            yield ArgoManifest(file, line_of(place), kind, name, is_patch=True)
