"""Comparing what a page shows with what a command printed."""

import re
from collections.abc import Sequence
from typing import Final

GAP: Final = "…"
"""A shown line that stands for any number of printed ones; within a line, for any text."""

_HEADER: Final = re.compile(r"[A-Z]+(?: +[A-Z]+)+")
_CELL: Final = re.compile(r"\S+(?: \S+)*")
# These depend on when and from what the test estate was built.
_VARYING: Final = (
    (re.compile(r"\b(?:(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{7,9}|[0-9a-f]{10,40})\b"), "<commit>"),
    (re.compile(r"\b\d{4}-\d\d-\d\d \d\d:\d\d UTC"), "<moment>"),
    (re.compile(r"\b\d+ (?:d|h|min|s)\b(?: \d+ (?:h|min)\b)?"), "<time>"),
    (re.compile(r"(?<=\S) {2,}"), "  "),
)


def agrees(shown: Sequence[str], printed: str) -> bool:
    """Tell whether the printed lines are the shown ones; a page that shows none says nothing."""
    if not shown:
        return True
    pattern = "".join(
        r"(?:.*\n)*" if line.strip() == GAP else re.escape(_plain(line)).replace(GAP, ".*") + r"\n"
        for line in shown
    )
    lines = "".join(f"{_plain(line)}\n" for line in printed.splitlines())
    return re.fullmatch(pattern, lines) is not None


def misaligned(shown: Sequence[str]) -> list[str]:
    """Return the rows of tables whose cells do not all begin below a title."""
    found, titles = [], list[int]()
    for line in shown:
        starts = [cell.start() for cell in _CELL.finditer(line)]
        if _HEADER.fullmatch(line):
            titles = starts
        elif len(starts) == len(titles) and starts != titles:
            found.append(line)
    return found


def _plain(line: str) -> str:
    for varying, word in _VARYING:
        line = varying.sub(word, line)
    return line.rstrip()
