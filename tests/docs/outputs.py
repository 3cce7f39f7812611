"""Comparing what a page shows with what a command printed."""

import re
from collections.abc import Sequence
from typing import Final

GAP: Final = "…"
"""A shown line that stands for any number of printed ones."""

# These depend on when and from what the test estate was built, and on how many rules there are.
_VARYING: Final = (
    (re.compile(r"\b(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{7,40}\b"), "<commit>"),
    (re.compile(r"\b\d{4}-\d\d-\d\d \d\d:\d\d UTC"), "<moment>"),
    (re.compile(r"\b\d+ (?:d|h|min|s)\b(?: \d+ (?:h|min)\b)?"), "<time>"),
    (re.compile(r"\b\d+ notes?\b"), "<notes>"),
    (re.compile(r"\b\d+ rules\b"), "<rules>"),
    (re.compile(r"(?<=\S) {2,}"), "  "),
)


def agrees(shown: Sequence[str], printed: str) -> bool:
    """Tell whether the printed lines are the shown ones; a page that shows none says nothing."""
    if not shown:
        return True
    pattern = "".join(
        r"(?:.*\n)*" if line.strip() == GAP else re.escape(_plain(line)) + r"\n" for line in shown
    )
    lines = "".join(f"{_plain(line)}\n" for line in printed.splitlines())
    return re.fullmatch(pattern, lines) is not None


def _plain(line: str) -> str:
    for varying, word in _VARYING:
        line = varying.sub(word, line)
    return line.rstrip()
