"""Objects as flat tables of fields, and where two such tables differ."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from release.argocd.manifests import Manifest

ABSENT: Final = "absent"

# Lists without an order, by the keys that tell their entries apart; an entry is then one field.
_SETS: Final[Mapping[str, tuple[str, ...]]] = {
    "spec.sourceRepos": (),
    "spec.destinations": ("namespace", "server"),
    "spec.clusterResourceWhitelist": ("group", "kind"),
    "spec.orphanedResources.ignore": ("group", "kind", "name"),
    "spec.syncPolicy.syncOptions": (),
    "spec.source.helm.parameters": ("name", "value"),
    "spec.roles": ("name",),
    "metadata.finalizers": (),
}


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """One field that differs; values are JSON, or `absent`."""

    path: str
    theirs: str
    ours: str


def fields(manifest: Manifest) -> dict[str, str]:
    """Return path -> JSON value of every field; the entries of a set are paths of their own."""
    return dict(_fields(manifest, ""))


def changes(theirs: Manifest, ours: Manifest) -> set[Change]:
    """Return every field in which the objects differ."""
    one, other = fields(theirs), fields(ours)
    return {
        Change(path, one.get(path, ABSENT), other.get(path, ABSENT))
        for path in one.keys() | other.keys()
        if one.get(path) != other.get(path)
    }


def _fields(value: object, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and value:
        for key, child in value.items():
            yield from _fields(child, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and path in _SETS:
        for item in value:
            yield f"{path}[{_identity(item, _SETS[path])}]", "present"
    else:
        yield path, json.dumps(value)


def _identity(item: object, keys: tuple[str, ...]) -> str:
    return " ".join(str(item[key]) for key in keys) if isinstance(item, dict) else str(item)
