"""The keys that a chart lets its users set: the tree of values.yaml, without any value."""

from collections.abc import Iterator, Mapping
from typing import Final

import yaml

from release.text import yaml_loading

_DEEPEST: Final = 40


def value_keys(text: str) -> frozenset[str] | None:
    """Return every key of a values.yaml by its dotted way; None for what is not YAML.

    A list counts as one key, since its members have no names. A key whose value is null or an empty
    map is one that users fill.
    """
    try:
        values = yaml_loading.load(text)
    except yaml.YAMLError:
        return None
    return frozenset(_keys(values, "", 0))


def _keys(values: object, above: str, depth: int) -> Iterator[str]:
    if not isinstance(values, Mapping) or depth > _DEEPEST:
        return
    for key, value in values.items():
        path = f"{above}.{key}" if above else str(key)
        yield path
        yield from _keys(value, path, depth + 1)


def outermost(keys: frozenset[str]) -> list[str]:
    """Return those keys that lie below none of the others, sorted."""
    return sorted(key for key in keys if not any(above in keys for above in _above(key)))


def _above(key: str) -> Iterator[str]:
    while "." in key:
        key = key.rpartition(".")[0]
        yield key
