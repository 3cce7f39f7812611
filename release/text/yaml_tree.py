"""A YAML text as a tree whose nodes know their place in the text, for edits that keep the rest.

The tree is built from the parser's events because they tell what a composed node no longer knows:
aliases, anchors, written tags. Places are the parser's own marks, counted in characters; libyaml
and PyYAML's own parser agree on them for Unicode and all line ends, a leading byte order mark
excepted, which libyaml does not count. It is therefore taken off before parsing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, cast

import yaml

from release.text.errors import EditRefusedError
from release.text.yaml_scalars import NULL_TAG, STRING_TAG, resolved_tag

Path = tuple[str | int, ...]

_BYTE_ORDER_MARK: Final = "\ufeff"
_DEEPEST: Final = 100  # libyaml takes quadratic time on deeper and deeper brackets
_MERGE: Final = "<<"


class Kind(StrEnum):
    """What a node is."""

    SCALAR = "scalar"
    MAPPING = "mapping"
    SEQUENCE = "sequence"
    ALIAS = "alias"


@dataclass(slots=True, eq=False)
class Node:
    """One node: `start` and `end` are its span; one that an edit is yet to write has none.

    The span of a scalar begins with its anchor or tag; that of a block collection ends with its
    last item. `children` of a mapping are keys and values in turn. `aliases` are the places of the
    aliases that repeat the node, so that an edit would show in two places.
    """

    kind: Kind
    start: int = 0
    end: int = 0
    line: int = 0
    column: int = 0
    value: str = ""
    style: str = ""
    anchor: str | None = None
    tag: str | None = None
    flow: bool = False
    target: "Node | None" = None
    children: "list[Node]" = field(default_factory=list)
    aliases: list[int] = field(default_factory=list)

    def entries(self) -> Iterator[tuple["Node", "Node"]]:
        """Yield the keys and values of a mapping in the order of the text."""
        return zip(self.children[::2], self.children[1::2], strict=True)

    def name_of(self, value: "Node") -> "Node":
        """Return the key of a mapping's value."""
        return self.children[self.children.index(value) - 1]

    def followed(self) -> "Node":
        """Return what an alias stands for, or the node itself."""
        return self.target if self.target is not None else self

    @property
    def is_null(self) -> bool:
        """Tell whether the node is an unquoted nothing: `key:`, `~` or `null`."""
        return self.kind is Kind.SCALAR and self.resolved == NULL_TAG

    @property
    def resolved(self) -> str:
        """Return the tag of a scalar as YAML 1.1 resolves it."""
        if self.tag is not None:
            return self.tag
        return STRING_TAG if self.style else resolved_tag(self.value)

    @property
    def meaning(self) -> tuple[object, ...]:
        """Return all that the node and those below it say, whatever their layout."""
        own = (self.kind, self.value, bool(self.style), self.anchor, self.tag)
        return (*own, *(child.meaning for child in self.children))


def parse_document(text: str) -> Node:
    """Return the text's tree; EditRefusedError for no YAML, none at all, too deep, or several."""
    builder = _Builder(offset=len(text) - len(text.removeprefix(_BYTE_ORDER_MARK)))
    try:
        for event in yaml.parse(text[builder.offset :], Loader=yaml.CSafeLoader):
            builder.add(event)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error).partition("\n")[0]
        raise _unreadable(f"not valid YAML ({problem})", mark.line + 1 if mark else 0) from error
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        raise _unreadable("holds half a Unicode character", line) from error
    if builder.root is None:
        raise _unreadable("holds no YAML document", 0)
    return builder.root


def shown(path: Path) -> str:
    """Return the path as people write it: `dependencies[0].version`."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return "".join(parts).removeprefix(".") or "the top level"


def locate(root: Node, path: Path) -> list[Node]:
    """Return the nodes from the root to the one at `path`.

    EditRefusedError if the path leads nowhere, to a key that stands twice, through an alias or a
    merge key, or through a node that an alias repeats elsewhere.
    """
    chain = [root]
    for depth, part in enumerate((*path, None)):
        node = chain[-1]
        _refuse_shared(node, path[:depth])
        if part is not None:
            chain.append(_child(node, path[: depth + 1]))
    return chain


def key_of(mapping: Node, key: str, path: Path) -> tuple[Node, Node] | None:
    """Return the one entry of a mapping with this key, None if it has none.

    EditRefusedError if the key stands twice, or only a merge key brings it in.
    """
    found = [entry for entry in mapping.entries() if entry[0].followed().value == key]
    if len(found) > 1:
        lines = " and ".join(str(name.line) for name, _ in found)
        raise EditRefusedError(
            shown(path), f"appears twice, on lines {lines}", "remove one of them"
        )
    if found:
        return found[0]
    refuse_merged(mapping, key, path)
    return None


def refuse_merged(mapping: Node, key: str, path: Path) -> None:
    """Raise EditRefusedError if a merge key brings this key into the mapping."""
    merged = next((name for name in _merged_keys(mapping) if name.value == key), None)
    if merged is not None:
        raise EditRefusedError(
            shown(path),
            f"comes through a merge key (<<) from line {merged.line}",
            "write the entry out where it is used, or edit it there by hand",
        )


def _child(node: Node, path: Path) -> Node:
    part = path[-1]
    if node.kind is Kind.SEQUENCE and isinstance(part, int) and 0 <= part < len(node.children):
        return node.children[part]
    if node.kind is Kind.MAPPING and isinstance(part, str):
        entry = key_of(node, part, path)
        if entry is not None:
            return entry[1]
    raise EditRefusedError(
        shown(path),
        f"is missing: {shown(path[:-1])} is the {node.kind} on line {node.line}",
        "add it by hand or correct the name",
    )


def _refuse_shared(node: Node, path: Path) -> None:
    if node.kind is Kind.ALIAS:
        raise EditRefusedError(
            f"{shown(path)} (line {node.line})",
            f"is an alias (*{node.value}) of what stands elsewhere",
            "write the value out here, or edit it at its anchor by hand",
        )
    if node.aliases:
        raise EditRefusedError(
            f"{shown(path)} (line {node.line})",
            f"is repeated elsewhere through its anchor &{node.anchor}",
            "write the value out where the alias stands, or edit the file by hand",
        )


def _merged_keys(mapping: Node) -> Iterator[Node]:
    """Yield the keys that merge keys bring in, however deep; every mapping is looked at once."""
    pending = [mapping]
    seen: set[int] = set()
    while pending:
        node = pending.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        for key, value in node.entries():
            if key.value == _MERGE and not key.style:
                source = value.followed()
                sources = source.children if source.kind is Kind.SEQUENCE else [source]
                found = [item.followed() for item in sources]
                pending += (item for item in found if item.kind is Kind.MAPPING)
            elif node is not mapping:
                yield key


class _Builder:
    """Builds the tree from events without recursion, so that no nesting can exhaust the stack."""

    def __init__(self, offset: int) -> None:
        self.offset = offset
        self.root: Node | None = None
        self._open: list[Node] = []
        self._anchors: dict[str, Node] = {}

    def add(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.ScalarEvent):
            node = self._node(Kind.SCALAR, event)
            node.value, node.style = event.value, event.style or ""
            self._anchor(node)
        elif isinstance(event, yaml.AliasEvent):
            node = self._node(Kind.ALIAS, event)
            node.value, node.anchor = str(node.anchor), None
            node.target = self._anchors.get(node.value)
            if node.target is None:
                raise _unreadable(f"no anchor for the alias *{node.value}", node.line)
            node.target.aliases.append(node.start)
        elif isinstance(event, yaml.CollectionStartEvent):
            kind = Kind.MAPPING if isinstance(event, yaml.MappingStartEvent) else Kind.SEQUENCE
            node = self._node(kind, event)
            node.flow = bool(event.flow_style)
            self._anchor(node)
            self._open.append(node)
            if len(self._open) > _DEEPEST:
                raise _unreadable("nested too deeply", node.line)
        elif isinstance(event, yaml.CollectionEndEvent):
            node = self._open.pop()
            if node.flow:
                node.end = _mark(event.end_mark).index + self.offset
            elif node.children:
                node.end = node.children[-1].end
        elif isinstance(event, yaml.DocumentStartEvent) and self.root is not None:
            raise _unreadable("begins a second document", _mark(event.start_mark).line + 1)

    def _node(self, kind: Kind, event: yaml.NodeEvent) -> Node:
        start = _mark(event.start_mark)
        node = Node(
            kind=kind,
            start=start.index + self.offset,
            end=_mark(event.end_mark).index + self.offset,
            line=start.line + 1,
            column=start.column,
            anchor=event.anchor,
            tag=getattr(event, "tag", None),
        )
        if self._open:
            self._open[-1].children.append(node)
        else:
            self.root = node
        return node

    def _anchor(self, node: Node) -> None:
        if node.anchor is not None:
            self._anchors[node.anchor] = node


def _unreadable(reason: str, line: int) -> EditRefusedError:
    place = f"line {line}" if line else "the text"
    return EditRefusedError(place, reason, "correct it by hand first", line=line)


def _mark(mark: object) -> yaml.Mark:
    # The stubs allow for events without marks; a parser makes none.
    return cast("yaml.Mark", mark)
