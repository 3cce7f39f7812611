"""Container images in values and templates whose name may mean another image tomorrow."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from itertools import chain
from typing import Final, NamedTuple

import yaml

from release.charts.helm.values import compose, plain_value
from release.rules.templates import scalar
from release.text.goscalars import as_printed

MUTABLE: Final = frozenset(
    {
        "latest",
        "main",
        "master",
        "trunk",
        "head",
        "develop",
        "dev",
        "nightly",
        "edge",
        "stable",
        "unstable",
        "canary",
        "rolling",
    }
)
"""Tags that registries and build systems move by habit."""

_KEYS: Final = re.compile(
    r"^([ \t]*)(?:-[ \t]+)?[\"']?(tag|image|[A-Za-z_]*[iI]mage(?:_?[tT]ag)?)[\"']?:[ \t]+(\S.*)$",
    re.MULTILINE,
)
_KEY: Final = re.compile(r"tag|image|[A-Za-z_]*[iI]mage(?:_?[tT]ag)?")
_TAG: Final = re.compile(r"(?:.*[_.-])?(?:tag|version)|.*[a-z0-9](?:Tag|Version)|.*imagetag")
_NAMED: Final = re.compile(r"(?:[iI]mages?|[tT]ag|[vV]ersion)\b")
"""How a key ends that one of these rules looks at."""
_DIGEST: Final = re.compile(r"digest|sha(?:256)?$", re.IGNORECASE)
_IMAGES: Final = re.compile(r"[A-Za-z_]*[iI]mages")
_FLOW: Final = re.compile(
    r"([{,][ \t]*)[\"']?(tag|image|[A-Za-z_]*[iI]mage(?:_?[tT]ag)?)[\"']?:[ \t]+"
    r"((?:[&!]\S*[ \t]+)*(?:\"[^\"{]*\"|'[^'{]*'|[^\s,{}'\"]+))(?=[ \t]*[,}])"
)
_FALLBACK: Final = re.compile(r"default[ \t]+\"(\w+)\"")
_REFERENCE: Final = re.compile(
    r"(?P<name>(?:[a-z0-9.-]+(?::[0-9]+)?/)?[a-z0-9._-]+(?:/[a-z0-9._-]+)*)"
    r"(?::(?P<tag>[A-Za-z0-9_.-]+))?(?P<digest>@sha256:[0-9a-f]+)?"
)
_NO_IMAGE: Final = re.compile(
    r"true|false|null|yes|no|\d+(\.\d+)*|.*\.(?:png|svg|jpe?g|gif|ico|webp)"
)
_SIBLING: Final = re.compile(
    r"(?:-[ \t]+)?[\"']?\w*(?:tag|version|digest)\w*[\"']?:", re.IGNORECASE
)

_UNTAGGED: Final = "has no tag"
_FALLS_BACK: Final = "falls back to"


class MutableImage(NamedTuple):
    """One such name and what is wrong with it."""

    line: int
    what: str

    @property
    def certain(self) -> bool:
        """Tell whether no value may still name a version."""
        return _FALLS_BACK not in self.what


class MisreadTag(NamedTuple):
    """A tag that is not text to Helm: what is written, and what templates print."""

    line: int
    key: str
    written: str
    printed: str


def mutable_values(text: str) -> Iterator[MutableImage]:
    """Yield every image of a value file that carries a mutable tag or none, in whatever style."""
    try:
        for table in _tables(text):
            yield from _in_table(table)
    except ValueError:  # no YAML; Helm says so
        yield from mutable_images(text)


def misread_tags(text: str) -> Iterator[MisreadTag]:
    """Yield every tag and version of a value file that Helm prints otherwise than it is written."""
    with suppress(ValueError):
        for table in _tables(text):
            for key, (line, node) in table.items():
                if _TAG.fullmatch(key) and isinstance(node, yaml.ScalarNode):
                    printed = as_printed(plain_value(node))
                    if printed and printed != node.value:
                        yield MisreadTag(line, key, node.value, printed)


_Table = dict[str, tuple[int, yaml.Node]]


# Two rules go through the value files of all charts.
@lru_cache(maxsize=8192)
def _tables(text: str) -> tuple[_Table, ...]:
    """Return every table of a YAML text once, as line and node of each key."""
    return tuple(_tables_of(text)) if _NAMED.search(text) else ()


def _tables_of(text: str) -> Iterator[_Table]:
    pending = list(compose(text))
    seen = set[int]()
    while pending:
        node = pending.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            entries = [
                (key, value) for key, value in node.value if isinstance(key, yaml.ScalarNode)
            ]
            pending += [value for _, value in reversed(entries)]
            yield {key.value: (key.start_mark.line + 1, value) for key, value in entries}
        elif isinstance(node, yaml.SequenceNode):
            pending += reversed(node.value)


def _in_table(table: _Table) -> Iterator[MutableImage]:
    if not any(_KEY.fullmatch(key) or _IMAGES.fullmatch(key) for key in table):
        return
    texts = {
        key: str(node.value).strip()
        for key, (_, node) in table.items()
        if isinstance(node, yaml.ScalarNode) and plain_value(node) is not None
    }
    fixed = any(text and _DIGEST.search(key) for key, text in texts.items())
    named = any(text and _SIBLING.match(f"{key}:") for key, text in texts.items())
    for key, (line, node) in table.items():
        several = isinstance(node, yaml.SequenceNode) and _IMAGES.fullmatch(key)
        for item in node.value if several else [node]:
            if not isinstance(item, yaml.ScalarNode) or not (several or _KEY.fullmatch(key)):
                continue
            found = None if fixed else _judged(key, str(item.value).strip())
            if found and not (named and found.endswith(_UNTAGGED)):
                yield MutableImage(item.start_mark.line + 1 if several else line, found)


def mutable_images(text: str) -> Iterator[MutableImage]:
    """Yield every image of a template that carries a mutable tag or none."""
    if "mage" not in text and "tag" not in text:
        return
    for match in chain(_KEYS.finditer(text), _FLOW.finditer(text)):
        found = _judged(match[2], scalar(match[3]))
        if found and not (found.endswith(_UNTAGGED) and _has_sibling(text, match)):
            yield MutableImage(text.count("\n", 0, match.start(2)) + 1, found)


def _judged(key: str, value: str) -> str | None:
    if not key.lower().endswith("tag"):
        return judged_image(value)
    if value.partition("@sha256:")[2]:
        return None
    if value.lower() in MUTABLE:
        return f"image tag {value} is mutable"
    return _judge_fallback(value)


def images_of(body: object) -> Iterator[str]:
    """Yield the image of each container of an object, wherever its pods are described."""
    if isinstance(body, Mapping):
        for key, value in body.items():
            if key == "image" and isinstance(value, str) and "name" in body:
                yield value
            yield from images_of(value)
    elif isinstance(body, list):
        for value in body:
            yield from images_of(value)


def judged_image(value: str) -> str | None:
    """Return what is wrong with an image, None where its name means the same one tomorrow."""
    if "{{" in value:
        literal = re.search(r"\}\}:([A-Za-z]+)$", value)
        if literal and literal[1].lower() in MUTABLE:
            return f"image {value} has the mutable tag {literal[1]}"
        return _judge_fallback(value)
    if _NO_IMAGE.fullmatch(value) or not value:
        return None
    reference = _REFERENCE.fullmatch(value)
    if reference is None or reference["digest"]:
        return None
    tag = reference["tag"]
    if tag is None:
        return f"image {value} {_UNTAGGED}"
    return f"image {value} has the mutable tag {tag}" if tag.lower() in MUTABLE else None


def _judge_fallback(value: str) -> str | None:
    fallback = _FALLBACK.search(value)
    if fallback and fallback[1].lower() in MUTABLE:
        return f"the image tag {_FALLS_BACK} {fallback[1]}"
    return None


def _has_sibling(text: str, match: re.Match[str]) -> bool:
    """Tell whether a key beside this one names the version, as `image: x` and `tag: 1.2` do."""
    lines = text.splitlines()
    at = text.count("\n", 0, match.start(2))
    column = match.start(2) - (text.rfind("\n", 0, match.start(2)) + 1)
    above, below = reversed(lines[:at]), lines[at + 1 :]
    return any(_names_version(part, column) for part in (above, below))


def _names_version(lines: Iterable[str], column: int) -> bool:
    for line in lines:
        stripped = line.lstrip(" -")
        if not stripped or stripped.startswith("#"):
            continue
        indent = len(line) - len(stripped)
        if indent < column:
            return False
        if indent == column and _SIBLING.match(stripped):
            return True
    return False
