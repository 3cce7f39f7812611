"""Which stacks a change can touch: all of them unless its files say otherwise."""

import re
from collections.abc import Iterable
from typing import Final

_STACK: Final = re.compile(r"Pulumi\.([a-z0-9-]+)\.yaml")
_APART: Final = (
    ".github/",
    ".ci/",
    "bench/",
    "demo/",
    "docs/",
    "schemas/",
    "tests/",
)
"""Folders of the program that no run of the engine reads."""


def touched(
    files: Iterable[str], stacks: Iterable[str], folder: str, charts: str
) -> tuple[str, ...]:
    """Return the stacks that these files of the repository can touch, in the order given.

    `folder` is the program's, "" at the repository's root. The engine reads no chart, and no
    Markdown; of everything else in the program's folder it may read all.
    """
    stacks, prefix = tuple(stacks), f"{folder}/" if folder else ""
    found: set[str] = set()
    for path in files:
        below = path.removeprefix(prefix)
        if not path.startswith(prefix) or path.startswith(f"{charts}/"):
            continue
        own = _STACK.fullmatch(below)
        if own:
            found.add(own[1])
        elif not below.startswith(_APART) and not below.endswith(".md"):
            return stacks
    return tuple(stack for stack in stacks if stack in found)
