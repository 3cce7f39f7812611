"""What runs, from Argo CD's own words: `kubectl -n argocd get applications -o json`."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any, Final, NamedTuple

from release.argocd.manifests import Manifest
from release.settings.types import git_address

_COMMIT: Final = re.compile(r"[0-9a-f]{40}")
_CLUSTERS: Final = {"in-cluster": "https://kubernetes.default.svc"}
"""The one cluster whose name Argo CD itself gives."""


class RunningError(Exception):
    """The text is not a list of Applications; the message says why and how to get one."""


_HOW: Final = "write one with: kubectl -n argocd get applications -o json"


class Application(NamedTuple):
    """An Application that is there: its name, and the commit that it last synced if it ever did.

    `differs` tells what Helm is given otherwise than by ours, without values, which may be secret.
    """

    name: str
    commit: str | None
    differs: tuple[str, ...]


def deployed(
    text: str, ours: Mapping[tuple[str, str], Manifest]
) -> dict[tuple[str, str], Application]:
    """Return the Application that deploys what each of ours is to deploy, where there is one.

    It has our name, or else the repository, folder, cluster and namespace of ours alone. The commit
    is that of the newest entry of its history (Argo CD adds one for each sync that succeeds), else
    that of its last operation if it succeeded; `status.sync.revision` is only what it is compared
    with. RunningError for what is no list of Applications.
    """
    items = {str(_at(item, "metadata", "name")): item for item in _applications(text)}
    names = {place: str(_at(app, "metadata", "name")) for place, app in ours.items()}
    # Environments may share a fixed namespace: there a name alone says whose an Application is.
    others = {
        name: item
        for name, item in items.items()
        if name not in names.values() and sum(_is_same(item, app) for app in ours.values()) == 1
    }
    found = {}
    for place, app in ours.items():
        own = names[place]
        same = [own] if own in items else [n for n, item in others.items() if _is_same(item, app)]
        for name in same[:1]:
            folder = str(_at(app, "spec", "source", "path"))
            differs = [
                told
                for mine in _sources(app, folder)
                for source in _sources(items[name], folder)
                for told in _differing(_helm(mine), _helm(source), name)
            ]
            commit = next(_revisions(items[name], folder), None)
            found[place] = Application(name, commit, tuple(differs))
    return found


def _applications(text: str) -> list[Mapping[str, Any]]:
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RunningError(f"this is not JSON ({error}); {_HOW}") from error
    items = parsed.get("items", [parsed]) if isinstance(parsed, dict) else parsed
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise RunningError(f"this is not a list of Applications; {_HOW}")
    return [item for item in items if item.get("kind") == "Application"]


def _is_same(item: Mapping[str, Any], ours: Manifest) -> bool:
    """Tell whether an Application deploys what ours does, from and to the same place."""
    there, here = _at(item, "spec", "destination"), _at(ours, "spec", "destination")
    repository = _address(_at(ours, "spec", "source", "repoURL"))
    return (
        _at(there, "namespace") == _at(here, "namespace")
        and (_at(there, "server") or _CLUSTERS.get(str(_at(there, "name")))) == _at(here, "server")
        and any(
            _address(source.get("repoURL")) == repository
            for source in _sources(item, str(_at(ours, "spec", "source", "path")))
        )
    )


def _address(repository: object) -> str:
    address = git_address(str(repository))
    return address.path.lower() if address else str(repository)


def _sources(item: Mapping[str, Any], folder: str) -> list[Mapping[str, Any]]:
    """Return the sources of an Application that take the folder."""
    several = _at(item, "spec", "sources")
    sources = (_at(item, "spec", "source"), *(several if isinstance(several, list) else ()))
    return [
        source
        for source in sources
        if isinstance(source, dict)
        and isinstance(source.get("path"), str)
        and PurePosixPath(source["path"]) == PurePosixPath(folder)
    ]


def _helm(source: Mapping[str, Any]) -> Mapping[str, Any]:
    said = source.get("helm")
    return said if isinstance(said, dict) else {}


def _differing(ours: Mapping[str, Any], theirs: Mapping[str, Any], name: str) -> Iterator[str]:
    # Helm reads the chart's own values.yaml anyway.
    here, there = (
        [file for file in helm.get("valueFiles") or () if file != "values.yaml"]
        for helm in (ours, theirs)
    )
    if here != there:
        yield f"value files {' '.join(there) or 'none'}"
    set_here, set_there = (
        {(each.get("name"), str(each.get("value", ""))) for each in helm.get("parameters") or ()}
        for helm in (ours, theirs)
    )
    yield from (
        f"parameter {name}" for name in sorted({str(name) for name, _ in set_here ^ set_there})
    )
    yield from (key for key in ("values", "valuesObject", "fileParameters") if theirs.get(key))
    # Argo CD calls a release after its Application where nothing else is said.
    release = theirs.get("releaseName") or name
    if release != ours["releaseName"]:
        yield f"releaseName {release}"


def _revisions(item: Mapping[str, Any], folder: str) -> Iterator[str]:
    history = _at(item, "status", "history")
    if isinstance(history, list):
        synced = [entry for entry in history if isinstance(entry, dict)]
        for entry in sorted(synced, key=_number, reverse=True)[:1]:
            yield from _of(entry, folder)
    operation = _at(item, "status", "operationState")
    if isinstance(operation, dict) and operation.get("phase") == "Succeeded":
        result = operation.get("syncResult")
        yield from _of(result if isinstance(result, dict) else {}, folder)


def _number(entry: Mapping[str, Any]) -> float:
    number = entry.get("id")
    return number if isinstance(number, int | float) else 0


def _of(entry: Mapping[str, Any], folder: str) -> Iterator[str]:
    """Yield the commit of an entry, of several sources that of the chart's folder."""
    sources, revisions = entry.get("sources"), entry.get("revisions")
    candidates = [entry.get("revision")]
    if isinstance(sources, list) and isinstance(revisions, list):
        candidates += [
            revision
            for source, revision in zip(sources, revisions, strict=False)
            if isinstance(source, dict) and source.get("path") == folder
        ]
    for candidate in candidates:
        if isinstance(candidate, str) and _COMMIT.fullmatch(candidate):
            yield candidate


def _at(item: object, *keys: str) -> object:
    for key in keys:
        item = item.get(key) if isinstance(item, dict) else None
    return item
