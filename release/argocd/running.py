"""What runs, from Argo CD's own words: `kubectl -n argocd get applications -o json`."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any, Final

_COMMIT: Final = re.compile(r"[0-9a-f]{40}")


class RunningError(Exception):
    """The text is not a list of Applications; the message says why and how to get one."""


_HOW: Final = "write one with: kubectl -n argocd get applications -o json"


def running_commits(text: str, folders: Mapping[str, str]) -> dict[str, str]:
    """Return the commit that each named Application last synced; `folders` are their charts'.

    That is the newest entry of its history (Argo CD adds one for each sync that succeeds), else
    the revision of its last operation if that succeeded. `status.sync.revision` is only what it
    is compared with. An Application that has never been synced is left out. RunningError for what
    is not such a list.
    """
    found = {
        name: next(_revisions(item, folders[name]), None)
        for name, item in _applications(text, folders)
    }
    return {name: revision for name, revision in found.items() if revision is not None}


def running_helm(text: str, folders: Mapping[str, str]) -> dict[str, Mapping[str, Any]]:
    """Return what each named Application hands to Helm: `helm` of the source with its folder.

    One without such a source is left out; RunningError as for `running_commits`.
    """
    found: dict[str, Mapping[str, Any]] = {}
    for name, item in _applications(text, folders):
        several = _at(item, "spec", "sources")
        for source in (
            _at(item, "spec", "source"),
            *(several if isinstance(several, list) else ()),
        ):
            path, helm = _at(source, "path"), _at(source, "helm")
            if isinstance(path, str) and PurePosixPath(path) == PurePosixPath(folders[name]):
                found[name] = helm if isinstance(helm, dict) else {}
    return found


def _applications(text: str, folders: Mapping[str, str]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RunningError(f"this is not JSON ({error}); {_HOW}") from error
    items = parsed.get("items", [parsed]) if isinstance(parsed, dict) else parsed
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise RunningError(f"this is not a list of Applications; {_HOW}")
    for item in items:
        name = _at(item, "metadata", "name")
        if item.get("kind") == "Application" and isinstance(name, str) and name in folders:
            yield name, item


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
