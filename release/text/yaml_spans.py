"""Edits of a YAML text that replace one span and leave every other byte as it is.

Nothing is dumped anew: the parser's marks say where a value stands, the new text is spliced in, and
the result is parsed again to prove that it says what the tree says after the same change. Where
that proof fails the edit is refused, so a form of YAML nobody thought of cannot corrupt a file.
"""

import re
from collections.abc import Mapping
from typing import Final

from release.text.errors import EditRefusedError
from release.text.yaml_scalars import STRING_TAG, spell, spell_value, spellings
from release.text.yaml_tree import (
    Kind,
    Node,
    Path,
    key_of,
    locate,
    parse_document,
    refuse_merged,
    shown,
)

_BREAK: Final = re.compile("\r\n|[\n\r\x85\u2028\u2029]")  # what YAML 1.1 and libyaml end lines at
_COLON: Final = re.compile(r"[ \t]*:")
_BLANK: Final = re.compile(r"[ \t]*")
_REST_OF_LINE: Final = re.compile(
    r"[ \t]*(?:[ \t]#[^\n\r\x85\u2028\u2029]*)?(?:$|[\n\r\x85\u2028\u2029])"
)
_INDENT: Final = 2
_BY_HAND: Final = "edit the file by hand"

Value = str | Mapping[str, str]


def set_scalar(text: str, path: Path, value: str) -> str:
    """Return the text with the one scalar at `path` replaced by this text value.

    The scalar keeps its quotes; an unquoted one stays unquoted if the value is then still text in
    YAML 1.1 and 1.2. EditRefusedError if the path is missing or ambiguous, or if the scalar is an
    alias, carries an anchor or a tag, is repeated elsewhere, or spans several lines.
    """
    root = parse_document(text)
    node = locate(root, path)[-1]
    _refuse_unless_plain_scalar(node, path, text)
    if node.resolved == STRING_TAG and node.value == value:
        return text
    gap = " " if node.start == node.end and not text[: node.start].endswith(" ") else ""
    for spelling in spellings(value, node.style):
        after = text[: node.start] + gap + spelling + text[node.end :]
        node.value, node.style = value, _quote(spelling)
        if _says(after, root):
            return after
    raise _unprovable(path, node)


def insert_entry(text: str, path: Path, key: str, value: Value, *, in_order: bool = False) -> str:
    """Return the text with a new entry in the mapping at `path`; a mapping value is one flow line.

    The entry goes behind the last one or, `in_order`, before the first that sorts behind it;
    comments above a first entry count as the mapping's heading. `{}` or nothing as the value of a
    key becomes a block mapping. EditRefusedError if the key is there, or the place is not safe.
    """
    chain = locate(parse_document(text), path)
    mapping = chain[-1]
    _refuse_unless_open_mapping(mapping, path)
    inner = (*path, key)
    if key == "<<":
        raise EditRefusedError(shown(inner), "is YAML's merge key", _BY_HAND)
    existing = key_of(mapping, key, inner) if mapping.children else None
    if existing is not None:
        line = existing[0].line
        raise EditRefusedError(shown(inner), f"is already there (line {line})", "change it instead")
    entry = f"{spell(key)}: {spell_value(value)}"
    follower = _follower(mapping, key) if in_order else None
    if mapping.children and not mapping.flow:
        after = _into_block(text, mapping, entry, follower, inner)
    elif mapping.children:
        after = _into_flow(text, mapping, entry, follower, inner)
    else:
        after = _into_nothing(text, chain, path, entry)
    index = mapping.children.index(follower) if follower else len(mapping.children)
    mapping.children[index:index] = [_new(key), _new(value)]
    mapping.kind = Kind.MAPPING
    if not _says(after, chain[0]):
        raise _unprovable(inner, mapping)
    return after


def remove_entry(text: str, path: Path) -> str:
    """Return the text without the entry at `path`: its whole lines with their trailing comments.

    Comments above it stay, a mapping's last entry leaves `{}`. EditRefusedError if the path is
    missing or ambiguous, an alias elsewhere uses the entry, or its lines hold something else too.
    """
    chain = locate(parse_document(text), path)
    if len(chain) < 2 or chain[-2].kind is not Kind.MAPPING:  # noqa: PLR2004 # a node and its parent
        raise EditRefusedError(shown(path), "is not an entry of a mapping", _BY_HAND)
    mapping, value = chain[-2:]
    key = mapping.name_of(value)
    refuse_merged(mapping, key.followed().value, path)
    _refuse_used_anchors(key, value, path)
    if mapping.flow:
        candidates = [_out_of_flow(text, mapping, key, value, path)]
    elif len(mapping.children) > 2:  # noqa: PLR2004 # one key and its value
        start, end = _lines_of(text, key, value, path)
        candidates = [text[:start] + text[end:]]
        if end == len(text):
            # A block scalar above may need the line end that went with the text's last line.
            candidates.append(text[: key.start - key.column])
    else:
        candidates = [_last_out_of_block(text, chain, path)]
    mapping.children.remove(key)
    mapping.children.remove(value)
    for after in candidates:
        if _says(after, chain[0]):
            return after
    raise _unprovable(path, key)


def add_item(text: str, path: Path, item: Value) -> str:
    """Return the text in which the list has one more item, last on a line of its own.

    EditRefusedError for a list in brackets that holds something already, or as for set_scalar.
    """
    key, items, root = _list_at(text, path)
    if items.flow and items.children:
        raise EditRefusedError(
            shown(path), "is a list in brackets", "write each item on a line of its own"
        )
    if items.children:
        line = f"{' ' * items.column}- {spell_value(item)}"
        after = _behind_line(text, items.end, line)
    else:
        line = f"{' ' * (key.column + _INDENT)}- {spell_value(item)}"
        head = f"{text[: key.end]}:{_break_near(text, key.start)}"
        after = head + line + text[items.end :]
    items.children.append(_new(item))
    if not _says(after, root):
        raise _unprovable(path, items)
    return after


def empty_list(text: str, path: Path) -> str:
    """Return the text in which the list has no item any more; EditRefusedError as for add_item."""
    key, items, root = _list_at(text, path)
    if not items.children:
        return text
    end = key.start + len(text[key.start : items.end].rstrip())
    after = f"{text[: key.end]}: []{text[end:]}"
    items.children.clear()
    if not _says(after, root):
        raise _unprovable(path, items)
    return after


def _list_at(text: str, path: Path) -> tuple[Node, Node, Node]:
    """Return the key of the list at `path`, the list and the whole tree."""
    chain = locate(parse_document(text), path)
    if chain[-1].kind is not Kind.SEQUENCE:
        raise EditRefusedError(shown(path), "is not a list", _BY_HAND)
    return chain[-2].name_of(chain[-1]), chain[-1], chain[0]


def _refuse_unless_plain_scalar(node: Node, path: Path, text: str) -> None:
    place = f"{shown(path)} (line {node.line})"
    if node.kind is not Kind.SCALAR:
        raise EditRefusedError(place, f"is a {node.kind}, not one value", _BY_HAND)
    if node.anchor is not None or node.tag is not None:
        raise EditRefusedError(place, "carries an anchor or a tag", _BY_HAND)
    if node.style in ("|", ">") or _BREAK.search(text, node.start, node.end):
        raise EditRefusedError(place, "spans several lines", "write it on one line first")


def _refuse_unless_open_mapping(node: Node, path: Path) -> None:
    place = f"{shown(path)} (line {node.line})"
    empty = node.is_null and node.start == node.end
    if node.kind is not Kind.MAPPING and not empty:
        raise EditRefusedError(place, f"is a {node.kind}, not a mapping", _BY_HAND)
    if node.tag is not None or (node.anchor is not None and not node.children):
        raise EditRefusedError(place, "carries an anchor or a tag", _BY_HAND)


def _refuse_used_anchors(key: Node, value: Node, path: Path) -> None:
    pending = [key, value]
    while pending:
        node = pending.pop()
        if any(place >= value.end for place in node.aliases):
            raise EditRefusedError(
                f"{shown(path)} (line {node.line})",
                f"holds the anchor &{node.anchor}, which an alias elsewhere uses",
                "write the value out where the alias stands first",
            )
        pending += node.children


def _follower(mapping: Node, key: str) -> Node | None:
    return next((name for name, _ in mapping.entries() if name.followed().value > key), None)


def _into_block(text: str, mapping: Node, entry: str, follower: Node | None, path: Path) -> str:
    first = mapping.children[0]
    indent = " " * first.column
    if follower is first:
        start = first.start - first.column
        if text[start : first.start] != indent:
            raise EditRefusedError(shown(path), "has no line of its own to go to", _BY_HAND)
        return text[:start] + indent + entry + _break_near(text, start) + text[start:]
    before = mapping.children[mapping.children.index(follower) - 1] if follower else None
    previous = before or mapping.children[-1]
    return _behind_line(text, previous.end, indent + entry)


def _into_flow(text: str, mapping: Node, entry: str, follower: Node | None, path: Path) -> str:
    if follower is not None:
        return text[: follower.start] + entry + ", " + text[follower.start :]
    last = mapping.children[-1]
    if not _BLANK.fullmatch(text, last.end, mapping.end - 1):
        raise EditRefusedError(
            shown(path), "would go into braces that end in a comma, comment or line", _BY_HAND
        )
    return f"{text[: last.end]}, {entry}{text[last.end :]}"


def _into_nothing(text: str, chain: list[Node], path: Path, entry: str) -> str:
    """Put the first entry where `{}` or nothing stands."""
    mapping = chain[-1]
    parent = chain[-2] if len(chain) > 1 else None
    inside = text[mapping.start + 1 : mapping.end - 1]
    if not _BLANK.fullmatch(inside):
        raise EditRefusedError(shown(path), "holds a comment between its braces", _BY_HAND)
    if parent is None or parent.flow or parent.kind is not Kind.MAPPING:
        return f"{text[: mapping.start]}{{{entry}}}{text[mapping.end :]}"
    key = parent.name_of(mapping)
    colon = _COLON.match(text, key.end)
    if colon is None or not _BLANK.fullmatch(text, colon.end(), mapping.start):
        raise EditRefusedError(shown(path), "does not stand on the line of its key", _BY_HAND)
    if not _REST_OF_LINE.match(text, mapping.end):
        raise EditRefusedError(shown(path), "is followed by something else on its line", _BY_HAND)
    indent = " " * (key.column + _indent_of(chain[0], parent))
    shorter = text[: colon.end()] + text[mapping.end :]
    return _behind_line(shorter, colon.end(), indent + entry)


def _out_of_flow(text: str, mapping: Node, key: Node, value: Node, path: Path) -> str:
    index = mapping.children.index(key)
    if len(mapping.children) == 2:  # noqa: PLR2004 # one key and its value
        start, end = mapping.start + 1, mapping.end - 1
    elif index == 0:
        start, end = key.start, mapping.children[2].start
    else:
        start, end = mapping.children[index - 1].end, value.end
    if mapping.anchor or mapping.tag or _BREAK.search(text, start, end) or "#" in text[start:end]:
        raise EditRefusedError(
            shown(path), "stands in braces that hold more than one line of entries", _BY_HAND
        )
    return text[:start] + text[end:]


def _last_out_of_block(text: str, chain: list[Node], path: Path) -> str:
    mapping = chain[-2]
    key, value = mapping.children
    start, end = _lines_of(text, key, value, path)
    if mapping.anchor or mapping.tag:
        raise EditRefusedError(shown(path[:-1]), "carries an anchor or a tag", _BY_HAND)
    parent = chain[-3] if len(chain) > 2 else None  # noqa: PLR2004 # it has a parent of its own
    if parent is None:
        return text[: key.start] + "{}" + _break_before(text, end) + text[end:]
    in_mapping = parent.kind is Kind.MAPPING
    colon = _COLON.match(text, parent.name_of(mapping).end) if in_mapping else None
    if colon is None:
        raise EditRefusedError(shown(path), "is the last entry of a list item", _BY_HAND)
    return text[: colon.end()] + " {}" + text[colon.end() : start] + text[end:]


def _lines_of(text: str, key: Node, value: Node, path: Path) -> tuple[int, int]:
    """Return the span of the entry's whole lines, with the break that ends or begins them."""
    start = key.start - key.column
    if text[start : key.start].strip(" "):
        raise EditRefusedError(shown(path), "shares its first line with something else", _BY_HAND)
    last = max(value.end, key.end)
    content = key.start + len(text[key.start : last].rstrip())
    found = _BREAK.search(text, content)
    if found is not None:
        return start, found.end()
    before = _break_before(text, start)
    return start - len(before), len(text)


def _behind_line(text: str, position: int, line: str) -> str:
    """Put a line behind the one that holds `position`, keeping its kind of line end."""
    if position and _BREAK.fullmatch(text[position - 1]):
        return text[:position] + line + _break_near(text, position) + text[position:]
    found = _BREAK.search(text, position)
    if found is None:
        return text + _break_near(text, len(text)) + line
    return text[: found.end()] + line + found[0] + text[found.end() :]


def _break_near(text: str, position: int) -> str:
    """Return the line end that stands before `position`, else the text's first, else a newline."""
    before = _break_before(text, position)
    found = None if before else _BREAK.search(text)
    return before or (found[0] if found else "\n")


def _break_before(text: str, position: int) -> str:
    ends = "\r\n" if text.endswith("\r\n", 0, position) else text[max(position - 1, 0) : position]
    return ends if ends and _BREAK.fullmatch(ends) else ""


def _indent_of(root: Node, parent: Node) -> int:
    """Return how far the file indents a mapping below its key: as a sibling does, else as any."""
    pending = [root, parent]
    while pending:
        node = pending.pop()
        if node.kind is Kind.MAPPING and not node.flow:
            for key, value in node.entries():
                if value.kind is Kind.MAPPING and not value.flow and value.column > key.column:
                    return value.column - key.column
        pending += reversed(node.children)
    return _INDENT


def _new(value: Value) -> Node:
    """Return what a new key or value is to be in the tree."""
    if isinstance(value, str):
        return Node(Kind.SCALAR, value=value, style=_quote(spell(value)))
    return Node(Kind.MAPPING, children=[_new(text) for pair in value.items() for text in pair])


def _quote(spelling: str) -> str:
    return spelling[:1] if spelling[:1] in ("'", '"') else ""


def _says(text: str, root: Node) -> bool:
    """Tell whether the text says what the tree does."""
    try:
        return parse_document(text).meaning == root.meaning
    except EditRefusedError:
        return False


def _unprovable(path: Path, node: Node) -> EditRefusedError:
    return EditRefusedError(
        f"{shown(path)} (line {node.line})",
        "cannot be edited without changing what else the file says",
        _BY_HAND,
    )
