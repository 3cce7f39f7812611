"""Helm's output as objects: one stream of YAML documents, each behind its `# Source:` comment."""

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

import yaml

from release.rendering.renderedobjects import Flaw
from release.text import yaml_loading
from release.text.goscalars import as_json, read_plain

_SOURCE: Final = re.compile(r"^# Source: (.+?)\r?$", re.MULTILINE)
_SEPARATOR: Final = re.compile(r"^---(?=[ \t\r]*(?:#.*)?$)[^\n]*\n?", re.MULTILINE)


class Found(NamedTuple):
    """One object as it stands in the stream, with the file of the template that made it."""

    body: dict[str, Any]
    source: str


_PLAIN: Final = "!plain"
_MERGE: Final = "<<"
_INTEGERS: Final = range(-(2**63), 2**63)


class _Loader(yaml.CSafeLoader):
    """Reads plain scalars as Kubernetes' reader does, which knows neither dates nor `80:80`."""

    def resolve(self, kind: type[yaml.Node], value: Any, implicit: Any) -> str:  # noqa: ANN401
        """Return the tag of a node that has none of its own."""
        if kind is yaml.ScalarNode and implicit[0] and value != _MERGE:
            return _PLAIN
        tag: str = super().resolve(kind, value, implicit)  # type: ignore[no-untyped-call]
        return tag


def _plain(_loader: yaml.CSafeLoader, node: yaml.ScalarNode) -> Any:  # noqa: ANN401 -- what it says
    value = read_plain(node.value)
    # Kubernetes gets it by way of JSON, where 1.0 is 1 and what 64 bits cannot hold a float.
    if isinstance(value, int) and value not in _INTEGERS:
        value = float(value)
    if isinstance(value, float) and math.isfinite(value):
        return json.loads(as_json(value))
    return value


def _text(_loader: yaml.CSafeLoader, node: yaml.ScalarNode) -> str:
    return str(node.value)


_Loader.add_constructor(_PLAIN, _plain)
_Loader.add_constructor("tag:yaml.org,2002:merge", _text)


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
            body = yaml_loading.load(document, _Loader)
        except yaml.YAMLError as error:
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
