"""Argo CD objects that stand in the checkout as files, beside those that the program derives."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import yaml

from release.repository.picture import Picture
from release.settings.model import ManifestsDelivery

GROUP: Final = "argoproj.io/"
_KINDS: Final = frozenset({"Application", "AppProject"})


@dataclass(frozen=True, slots=True)
class ArgoSource:
    """Where an Application's objects come from; `line` is that of the revision if it has one."""

    repository: str
    path: str
    revision: str
    line: int


@dataclass(frozen=True, slots=True)
class ArgoManifest:
    """One Application or AppProject in a file; `line` is that of its kind."""

    file: str
    line: int
    kind: str
    name: str
    labels: Mapping[str, str]
    sources: tuple[ArgoSource, ...]


def manifests_of(picture: Picture) -> Iterator[ArgoManifest]:
    """Yield the Argo CD objects in the checkout's YAML files, without those we rendered."""
    rendered = tuple(
        f"{picture.stack_path(delivery.directory)}/"
        for environment in picture.environments
        if isinstance(delivery := environment.settings.delivery, ManifestsDelivery)
        and picture.one_clone
    )
    for path in picture.charts.paths():
        if path.endswith((".yaml", ".yml")) and not path.startswith(rendered):
            yield from argo_manifests(path, picture.charts.text(path) or "")


def argo_manifests(file: str, text: str) -> Iterator[ArgoManifest]:
    """Yield the Argo CD objects of a YAML text; nothing where it is no YAML, as in a template."""
    if GROUP not in text:
        return
    try:
        documents = tuple(yaml.compose_all(text, Loader=yaml.CSafeLoader))
    except (yaml.YAMLError, RecursionError):
        return
    for document in documents:
        for node in _objects(document):
            fields = _fields(node)
            kind = fields.get("kind")
            if kind is not None and _text(kind) in _KINDS and _is_argo(fields):
                yield _manifest(file, fields, kind)


def _objects(document: yaml.Node | None) -> Iterable[yaml.Node]:
    """Yield the document, or the items if it is a list as `kubectl get -o yaml` writes it."""
    if document is None:
        return ()
    items = _fields(document).get("items")
    return items.value if isinstance(items, yaml.SequenceNode) else (document,)


def _is_argo(fields: Mapping[str, yaml.Node]) -> bool:
    return _text(fields.get("apiVersion")).startswith(GROUP)


def _manifest(file: str, fields: Mapping[str, yaml.Node], kind: yaml.Node) -> ArgoManifest:
    metadata, spec = _fields(fields.get("metadata")), _fields(fields.get("spec"))
    listed = spec.get("sources")
    nodes = list(listed.value) if isinstance(listed, yaml.SequenceNode) else []
    if "source" in spec:
        nodes.append(spec["source"])
    return ArgoManifest(
        file,
        _line(kind),
        _text(kind),
        _text(metadata.get("name")),
        {key: _text(value) for key, value in _fields(metadata.get("labels")).items()},
        tuple(_source(node) for node in nodes),
    )


def _source(node: yaml.Node) -> ArgoSource:
    fields = _fields(node)
    revision = fields.get("targetRevision")
    return ArgoSource(
        _text(fields.get("repoURL")),
        _text(fields.get("path")),
        _text(revision),
        _line(revision if revision is not None else node),
    )


def _fields(node: yaml.Node | None) -> dict[str, yaml.Node]:
    if not isinstance(node, yaml.MappingNode):
        return {}
    return {_text(key): value for key, value in node.value}


def _text(node: yaml.Node | None) -> str:
    return node.value if isinstance(node, yaml.ScalarNode) else ""


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
