"""YAML and JSON of Argo CD as nodes that know their line, Helm's and ApplicationSets' forms too.

What a template computes is kept as a hole in the text: two characters of Unicode's private use
around the name that stands in it, so that a name with holes can still be compared with a name.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final, NamedTuple

import yaml

from release.text import yaml_loading

OPEN: Final = "\ue000"
CLOSE: Final = "\ue001"
_ACTION: Final = re.compile(r"\{\{-?\s*(.*?)\s*-?\}\}", re.DOTALL)
_ACTION_LINE: Final = re.compile(
    r"^[ \t]*(?:\{\{(?:(?!\}\}).)*\}\}[ \t]*)+$", re.MULTILINE | re.DOTALL
)
_ESCAPED: Final = re.compile(r"\{\{-?\s*[`\"](\{\{.*?\}\})[`\"]\s*-?\}\}")
"""How a Helm chart writes the braces of an ApplicationSet."""
_SLASH: Final = re.compile(r"(?<!\\)\\/")
_HOLE: Final = re.compile(f"{OPEN}([^{CLOSE}]*){CLOSE}")
_HOLE_LINE: Final = re.compile(rf"^[ \t]*(?:{_HOLE.pattern}[ \t]*)+$", re.MULTILINE)
_PARAMETER: Final = re.compile(r"(?:\.|\.Values\.)?([A-Za-z_][\w.-]*)")
_SEPARATOR: Final = re.compile(r"^---(?:[ \t].*)?$", re.MULTILINE)


class Unreadable(NamedTuple):
    """A document that is not YAML, not even without its template actions; `line` is its first."""

    line: int
    text: str


def documents(text: str) -> list[yaml.Node]:
    """Return the root of every document that can be read."""
    return [each for each in _documents(text) if isinstance(each, yaml.Node)]


def unreadable(text: str) -> list[Unreadable]:
    """Return every document that cannot be read."""
    return [each for each in _documents(text) if isinstance(each, Unreadable)]


@lru_cache(maxsize=512)
def _documents(text: str) -> tuple[yaml.Node | Unreadable, ...]:
    found: list[yaml.Node | Unreadable] = []
    begin = 0
    for end in (*(match.start() for match in _SEPARATOR.finditer(text)), len(text)):
        document = text[begin:end]
        before = text.count("\n", 0, begin)
        begin = end
        if not document.strip():
            continue
        try:
            # Empty lines keep the line numbers of the whole file.
            found += _composed("\n" * before + _with_holes(document))
        except yaml.YAMLError:
            found.append(Unreadable(before + 1, document))
    return tuple(found)


def _composed(text: str) -> list[yaml.Node]:
    if text.lstrip()[:1] in ("{", "["):
        # JSON may be indented by tabs and escape its slashes, which YAML takes for errors.
        text = _SLASH.sub("/", text.replace("\t", " "))
    return yaml_loading.compose_all(text)


def _with_holes(text: str) -> str:
    if OPEN in text:  # of a text inside one that has been read
        text = _HOLE_LINE.sub("", text)
    if "{{" not in text:
        return text
    text = _ESCAPED.sub(r"\1", text)
    text = _ACTION_LINE.sub(lambda match: "\n" * match[0].count("\n"), text)
    return _ACTION.sub(_hole, text)


def _hole(match: re.Match[str]) -> str:
    parameter = _PARAMETER.fullmatch(match[1])
    return hole(parameter[1] if parameter else "")


def objects(text: str) -> Iterator[yaml.Node]:
    """Yield every document and every object inside it, in lists, values and texts.

    Lists of `kubectl get`, `extraObjects` of a chart, patches of a kustomization all hold some.
    """
    for document in documents(text):
        yield document
        yield from _objects_inside(document)


def _objects_inside(document: yaml.Node) -> Iterator[yaml.Node]:
    pending, seen = [document], {id(document)}
    while pending:
        inner = _inside(pending.pop())
        for each in inner:
            if id(each) in seen:
                continue
            seen.add(id(each))
            pending.append(each)
            keys = fields(each)
            if "kind" in keys and "apiVersion" in keys:
                yield each


def _inside(node: yaml.Node) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        yield from (value for _, value in node.value)
    elif isinstance(node, yaml.SequenceNode):
        yield from node.value
    elif isinstance(node, yaml.ScalarNode) and "argoproj.io/" in node.value:
        # A block begins on the line after its mark.
        before = "\n" * (line_of(node) - (0 if node.style in ("|", ">") else 1))
        yield from documents(before + node.value)


def fields(node: yaml.Node | None) -> dict[str, yaml.Node]:
    """Return the entries of a mapping, none for anything else."""
    if not isinstance(node, yaml.MappingNode):
        return {}
    return {text_of(key): value for key, value in node.value}


def child(node: yaml.Node | None, *path: str) -> yaml.Node | None:
    """Return what stands at a path of keys, None for nothing."""
    for key in path:
        node = fields(node).get(key)
    return node


def items_of(node: yaml.Node | None) -> list[yaml.Node]:
    """Return the items of a sequence, none for anything else."""
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def text_of(node: yaml.Node | None) -> str:
    """Return the text of a scalar, "" for anything else."""
    return str(node.value) if isinstance(node, yaml.ScalarNode) else ""


def plain_data(node: yaml.Node | None) -> object:
    """Return what a node holds as data, None for nothing."""
    return None if node is None else yaml.constructor.SafeConstructor().construct_document(node)


def fits(pattern: str, text: str) -> bool:
    """Tell whether a selector's pattern matches the whole text; one that is left out does."""
    try:
        return not pattern or re.fullmatch(pattern, text) is not None
    except re.error:
        return False


def line_of(node: yaml.Node) -> int:
    """Return the line on which a node begins."""
    return int(node.start_mark.line) + 1


def hole(name: str = "") -> str:
    """Return the text that stands for what a template computes from this name."""
    return f"{OPEN}{name}{CLOSE}"


def shown(text: str, *, as_text: str | None = None) -> str:
    """Return a text with holes as people write it, or with this text for each hole."""
    return _HOLE.sub(lambda match: "{{" + match[1] + "}}" if as_text is None else as_text, text)


def filled(text: str, parameters: Mapping[str, str]) -> str:
    """Return the text with those holes filled whose parameter is known."""
    return _HOLE.sub(lambda match: parameters.get(match[1], match[0]), text)


def may_be(text: str, name: str) -> bool:
    """Tell whether the text, whatever stands in its holes, can be this name."""
    if OPEN not in text:
        return text == name
    parts = [re.escape(part) for part in _HOLE.sub(OPEN, text).split(OPEN)]
    return re.fullmatch(".*".join(parts), name, re.DOTALL) is not None


def is_open(text: str) -> bool:
    """Tell whether the text has a hole."""
    return OPEN in text
