"""Values as Helm reads and joins them: value files, sub-charts' own values, globals.

A table is joined with what stands below it, the higher level wins, and a null takes away what a
lower level sets (helm.sh/helm pkg/chart/common/util, coalesce.go).
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

import yaml

from release.text import yaml_loading
from release.text.goscalars import Scalar, as_text, read_plain

Values = dict[str, Any]

GLOBAL: Final = "global"
_MOST_NODES: Final = 200_000
_DEEPEST: Final = 100
_UNTAGGED: Final = "untagged"
_MERGE: Final = "tag:yaml.org,2002:merge"


class ValuesError(ValueError):
    """A text that Helm does not take for values."""


@lru_cache(maxsize=8192)
def read_values(text: str) -> Mapping[str, Any]:
    """Return the values of a file, its documents joined; ValuesError if Helm reads none."""
    documents = [_Reader().value(node) for node in compose(text)]
    if any(not isinstance(document, dict | None) for document in documents):
        raise ValuesError("not a table of values")
    if len(documents) == 1:
        return documents[0] or {}
    return join(document or {} for document in documents)


@lru_cache(maxsize=8192)
def compose(text: str) -> tuple[yaml.Node, ...]:
    """Return the nodes of a text's documents, scalars as written; ValuesError if it is not YAML."""
    try:
        return tuple(yaml_loading.compose_all(text, _Loader))
    except yaml.YAMLError as error:
        raise ValuesError(f"not valid YAML ({getattr(error, 'problem', None) or error})") from error


def copied(value: Any) -> Any:  # noqa: ANN401 -- values hold whatever YAML holds
    """Return tables as new ones, to be changed; whatever else they hold nobody changes."""
    return {k: copied(item) for k, item in value.items()} if isinstance(value, dict) else value


def join(levels: Iterable[Mapping[str, Any]]) -> Values:
    """Return value files joined as `--values` does, the last one winning; nulls stay.

    The tables are the caller's to change: those of `read_values` are everybody's.
    """
    joined: Values = {}
    for level in reversed(tuple(levels)):
        fill(joined, level, keep_nulls=True)
    return joined


def below(given: Values, defaults: Mapping[str, Any], sub_charts: frozenset[str]) -> None:
    """Put a chart's own values below the given ones; those for a sub-chart keep their nulls.

    A null that is given takes the default away, and a null among the defaults says nothing.
    """
    for key, default in defaults.items():
        if key not in given:
            if default is not None:
                given[key] = _without_nulls(default)
        elif given[key] is None:
            del given[key]
        elif isinstance(given[key], dict) and isinstance(default, dict):
            keep = key in sub_charts
            fill(given[key], default if keep else _without_nulls(default), keep_nulls=keep)


def fill(given: Values, defaults: Mapping[str, Any], *, keep_nulls: bool) -> None:
    """Put into a table what it lacks; without `keep_nulls` its nulls take a default away."""
    for key, default in defaults.items():
        if key not in given:
            given[key] = copied(default)
        elif given[key] is None:
            if not keep_nulls and default is not None:
                del given[key]
        elif isinstance(given[key], dict) and isinstance(default, dict):
            fill(given[key], default, keep_nulls=keep_nulls)


def share_globals(given: Mapping[str, Any], sub: Values) -> None:
    """Hand the global values down to a sub-chart; those of the higher level win."""
    own, above = sub.get(GLOBAL, {}), given.get(GLOBAL, {})
    if not isinstance(own, dict) or not isinstance(above, dict):
        return
    for key, value in above.items():
        if isinstance(value, dict):
            if key not in own:
                own[key] = dict(value)
            elif isinstance(own[key], dict):
                merged = dict(value)
                fill(merged, own[key], keep_nulls=True)
                own[key] = merged
        elif not isinstance(own.get(key), dict):
            own[key] = value
    sub[GLOBAL] = own


def set_parameter(values: Values, name: str, value: str) -> None:
    """Write one parameter over the values as `--set` does; a name with an index is left alone.

    ValuesError where it goes into what is not a table.
    """
    *tables, last = (part.replace("\0", ".") for part in name.replace("\\.", "\0").split("."))
    if "[" in name or "{" in value:
        return
    for part in tables:
        table = values.setdefault(part, {})
        if not isinstance(table, dict):
            raise ValuesError(
                f"the parameter {name} goes into {part}, which is not a table in the values"
            )
        values = table
    values[last] = _typed(value)


def look_up(values: object, path: str) -> object:
    """Return what stands at a dotted path, None for nothing."""
    for part in path.split("."):
        values = values.get(part) if isinstance(values, Mapping) else None
    return values


def _typed(value: str) -> str | int | bool | None:
    if value in ("true", "false", "null"):
        return {"true": True, "false": False}.get(value)
    plain = value.removeprefix("-")
    return int(value) if plain.isdecimal() and (plain == "0" or plain[0] != "0") else value


def _without_nulls(value: object) -> Any:  # noqa: ANN401 -- values hold whatever YAML holds
    if not isinstance(value, dict):
        return value
    return {key: _without_nulls(item) for key, item in value.items() if item is not None}


class _Loader(yaml.CSafeLoader):
    """A loader whose plain scalars are left for us to read; only merge keys are known."""

    def resolve(self, _: object, value: str | None, implicit: tuple[bool, bool]) -> str:
        plain = value == "<<" and implicit[0]
        return _MERGE if plain else _UNTAGGED


class _Reader:
    """Turns nodes into values, and gives up where aliases would unfold without end."""

    def __init__(self) -> None:
        self.left = _MOST_NODES

    def value(self, node: yaml.Node, depth: int = 0) -> Any:  # noqa: ANN401 -- see above
        self.left -= 1
        if self.left < 0 or depth > _DEEPEST:
            raise ValuesError("more values than Helm would take")
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, depth + 1) for item in node.value]
        return self._table(node, depth)

    def _table(self, node: yaml.Node, depth: int) -> Values:
        table: Values = {}
        merged: Values = {}
        for key, item in node.value:
            if key.tag == _MERGE:
                sources = item.value if isinstance(item, yaml.SequenceNode) else [item]
                for source in reversed(sources):
                    value = self.value(source, depth + 1)
                    merged |= value if isinstance(value, dict) else {}
            else:
                table[as_text(_scalar(key))] = self.value(item, depth + 1)
        return merged | table


def _scalar(node: yaml.Node) -> Scalar:
    if not isinstance(node, yaml.ScalarNode):
        raise ValuesError("a key that is not text")
    return plain_value(node)


def plain_value(node: yaml.ScalarNode) -> Scalar:
    """Return what a scalar of `compose` is read as."""
    value = str(node.value)
    text = node.style or node.tag.endswith(":str") or node.tag[0] == "!"
    return value if text else read_plain(value)
