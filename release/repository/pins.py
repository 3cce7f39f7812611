"""The pins and holds that one version of a stack file states, whatever its form."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from types import MappingProxyType
from typing import Final, NamedTuple

import yaml

from release.text import yaml_loading

_TAG: Final = "tag:yaml.org,2002:"
VERSIONS_KEY: Final = "hmco:versions"
HOLDS_KEY: Final = "hmco:holds"


class UnreadableStackFileError(ValueError):
    """A version of a stack file that nobody can take pins from; the message says why."""


class PastHold(NamedTuple):
    """A hold as a stack file stated it; what it left out is empty."""

    reason: str
    by: str
    until: str | None = None


class Pins(NamedTuple):
    """What a stack file gave each chart (a version, or the branch it followed), and the holds."""

    versions: Mapping[str, str] = MappingProxyType({})
    holds: Mapping[str, PastHold] = MappingProxyType({})


class PinDocument(NamedTuple):
    """A composed stack file: its pins, and the nodes they stand in (None if the key is absent)."""

    pins: Pins
    versions: tuple[yaml.Node, yaml.Node] | None
    holds: tuple[yaml.Node, yaml.Node] | None
    following: Mapping[int, int]
    """For the line of each setting, the line of the setting after it (-1 for the last)."""


def read_document(content: bytes) -> PinDocument:
    """Return pins and nodes of a stack file, by the YAML parser alone.

    Judges less than the settings do, since history holds files of older rules: a file without the
    tables pins nothing. UnreadableStackFileError where two answers would be possible.
    """
    try:
        root = yaml_loading.compose(content.decode("utf-8"))
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise UnreadableStackFileError(f"not valid YAML: {_one_line(error)}") from error
    top = dict(_entries(root, "the file"))
    config = top.get("config")
    settings = list(_pairs(config[1], "config")) if config else []
    by_key = {key: (key_node, value) for key, key_node, value in settings}
    if len(by_key) != len(settings):
        raise UnreadableStackFileError("a setting appears twice")
    lines = [int(key_node.start_mark.line) for _, key_node, _ in settings]
    versions, holds = by_key.get(VERSIONS_KEY), by_key.get(HOLDS_KEY)
    return PinDocument(
        pins=Pins(_versions(versions[1]) if versions else {}, holds_of(holds[1]) if holds else {}),
        versions=versions,
        holds=holds,
        following=dict(pairwise([*lines, -1])),
    )


def holds_of(node: yaml.Node) -> dict[str, PastHold]:
    """Return the holds that a node states; UnreadableStackFileError if it is not such a table."""
    holds: dict[str, PastHold] = {}
    for chart, (_, value) in _entries(node, HOLDS_KEY):
        said = {
            key: _text(item, f"hold of {chart}")
            for key, (_, item) in _entries(value, f"hold of {chart}")
        }
        holds[chart] = PastHold(
            reason=said.get("reason") or "", by=said.get("by") or "", until=said.get("until")
        )
    return holds


def _versions(node: yaml.Node) -> dict[str, str]:
    versions: dict[str, str] = {}
    for chart, (_, value) in _entries(node, VERSIONS_KEY):
        if not isinstance(value, yaml.ScalarNode):
            raise UnreadableStackFileError(f"the pin of {chart} is not a plain value")
        versions[chart] = value.value
    return versions


def _entries(
    node: yaml.Node | None, what: str
) -> Iterator[tuple[str, tuple[yaml.Node, yaml.Node]]]:
    seen: set[str] = set()
    for key, key_node, value in _pairs(node, what):
        if key in seen:
            raise UnreadableStackFileError(f"{what} holds {key} twice")
        seen.add(key)
        yield key, (key_node, value)


def _pairs(node: yaml.Node | None, what: str) -> Iterator[tuple[str, yaml.Node, yaml.Node]]:
    if node is None or (isinstance(node, yaml.ScalarNode) and node.tag == f"{_TAG}null"):
        return
    if not isinstance(node, yaml.MappingNode):
        raise UnreadableStackFileError(f"{what} is not a mapping")
    for key_node, value in node.value:
        if not isinstance(key_node, yaml.ScalarNode) or key_node.tag == f"{_TAG}merge":
            raise UnreadableStackFileError(f"{what} holds a key that is not plain text")
        yield key_node.value, key_node, value


def _text(node: yaml.Node, what: str) -> str | None:
    if not isinstance(node, yaml.ScalarNode):
        raise UnreadableStackFileError(f"{what} holds a value that is not plain text")
    return None if node.tag == f"{_TAG}null" else node.value


def _one_line(error: Exception) -> str:
    problem, mark = getattr(error, "problem", None), getattr(error, "problem_mark", None)
    place = f" in line {mark.line + 1}" if mark else ""
    return f"{problem or error}{place}".replace("\n", " ")
