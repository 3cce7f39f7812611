"""Long sentences on a terminal: whole words on each line, and on one line what is copied."""

import re
import textwrap
from typing import Final

_PROGRAM: Final = r"(?:argocd|cd|curl|gh|git|helm|hmco|kubectl|make(?= (?:packages|setup))|pulumi)"
_LINE: Final = re.compile(rf" *(?:# |{_PROGRAM} (?!\w+:))")
_WORD: Final = r"""(?:"[^"]*"|'[^']*'|[^\s"';,)`]|[;,)](?=\S))+"""
_WHOLE: Final = re.compile(rf"`[^`]*`|(?<![\w./:=-]){_PROGRAM} (?!\w+:){_WORD}(?: (?![(]){_WORD})*")
_JOINED: Final = "\ue000"
"""Stands for a blank within what stays whole while lines are broken; no printable text holds it."""


def wrapped(text: str, width: int, indent: int) -> list[str]:
    """Return the lines of a printable text, further in where it goes on.

    Whoever copies a command, or what stands in backticks, must get it whole: the terminal itself
    breaks one that is too long, and joins it again. A line that begins with a command, or with a
    comment among commands, is not broken at all: pasted, the rest would run as a command.
    """
    if len(text) <= width or _LINE.match(text):
        return [text]
    lines = textwrap.wrap(
        _WHOLE.sub(lambda found: found[0].replace(" ", _JOINED), text),
        width,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace(_JOINED, " ") for line in lines]
