"""Helm's output as objects: one stream of YAML documents, each behind its `# Source:` comment."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

import yaml

from release.rendering.renderedobjects import Flaw

_SOURCE: Final = re.compile(r"^# Source: (.+?)\r?$", re.MULTILINE)
_SEPARATOR: Final = re.compile(r"^---(?=[ \t\r]*(?:#.*)?$)[^\n]*\n?", re.MULTILINE)


class Found(NamedTuple):
    """One object as it stands in the stream, with the file of the template that made it."""

    body: dict[str, Any]
    source: str


class _Loader(yaml.CSafeLoader):
    """Reads YAML as Kubernetes' reader does: what looks like a date stays text."""


# Kubernetes reads YAML by way of JSON, which knows neither dates nor values for `=`.
_Loader.yaml_implicit_resolvers = {
    first: [pair for pair in pairs if not pair[0].endswith((":timestamp", ":value"))]
    for first, pairs in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


def read_stream(text: str) -> tuple[list[Found], list[Flaw]]:
    """Return the objects of Helm's output and the documents that are none (Argo CD SplitYAML).

    A document of nothing but comments is left out, a list is taken apart into its objects.
    """
    found: list[Found] = []
    flaws: list[Flaw] = []
    source = ""
    for document in _SEPARATOR.split(text):
        named = _SOURCE.search(document)
        source = named[1] if named else source
        try:
            body = yaml.load(document, Loader=_Loader)  # noqa: S506 -- a safe loader with fewer types
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            flaws.append(Flaw(source, f"is not YAML: {_first_line(error)}"))
            continue
        if body is None:
            continue
        for item in _items(body):
            what = _flaw(item)
            if what:
                flaws.append(Flaw(source, what))
            else:
                found.append(Found(item, source))
    return found, flaws


def _items(body: object) -> Iterator[Any]:
    listed = body.get("items") if isinstance(body, Mapping) else None
    if isinstance(body, Mapping) and isinstance(listed, list) and "kind" in body:
        yield from listed
    else:
        yield body


def _flaw(item: object) -> str:
    if not isinstance(item, dict):
        return f"is {_name_of(item)} and not an object"
    absent = [key for key in ("apiVersion", "kind") if not isinstance(item.get(key), str)]
    metadata = item.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    if not name and not (isinstance(metadata, dict) and metadata.get("generateName")):
        absent.append("metadata.name")
    if absent:
        kind = item.get("kind")
        told = f"a {kind}" if isinstance(kind, str) else "a document"
        return f"is {told} without {' and '.join(absent)}"
    try:
        json.dumps(item, allow_nan=False)
    except (ValueError, TypeError, RecursionError) as error:
        return f"cannot be written as JSON: {_first_line(error)}"
    return ""


def _name_of(item: object) -> str:
    names = {str: "a text", int: "a number", float: "a number", bool: "a truth value"}
    return names.get(type(item), "a list" if isinstance(item, list) else "something else")


def _first_line(error: Exception) -> str:
    # The words behind the place would quote the document, which may hold anything.
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or type(error).__name__
    return f"{problem} in line {mark.line + 1}" if mark else str(problem)
