"""Container images in YAML and templates whose name may mean another image tomorrow."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

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


@dataclass(frozen=True, slots=True)
class MutableImage:
    """One such name; not `certain` where a value may still name a version."""

    line: int
    what: str
    certain: bool = True


def mutable_images(text: str) -> Iterator[MutableImage]:
    """Yield every image of the text that carries a mutable tag or none."""
    if "mage" not in text and "tag" not in text:
        return
    for match in _KEYS.finditer(text):
        key, value = match[2], _scalar(match[3])
        found = _judge_tag(value) if key.lower().endswith("tag") else _judge_image(value)
        if found is None:
            continue
        if found.startswith("image ") and found.endswith("no tag") and _has_sibling(text, match):
            continue
        yield MutableImage(
            text.count("\n", 0, match.start(2)) + 1, found, certain="falls back" not in found
        )


def _scalar(value: str) -> str:
    value = value.strip()
    if value[:1] in ("'", '"'):
        end = value.rfind(value[0])
        return value[1:end] if end > 0 else value
    if "{{" in value:
        return value
    return re.split(r"[ \t]#", value, maxsplit=1)[0].strip()


def _judge_tag(value: str) -> str | None:
    if value.lower() in MUTABLE:
        return f"image tag {value} is mutable"
    return _judge_fallback(value)


def _judge_image(value: str) -> str | None:
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
        return f"image {value} has no tag"
    return f"image {value} has the mutable tag {tag}" if tag.lower() in MUTABLE else None


def _judge_fallback(value: str) -> str | None:
    fallback = _FALLBACK.search(value)
    if fallback and fallback[1].lower() in MUTABLE:
        return f"the image tag falls back to {fallback[1]}"
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
