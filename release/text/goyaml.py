"""What YAML readers written in Go take for something else than text.

The engine, kubectl and Argo CD read our files with Go; PyYAML follows YAML 1.1 and takes some plain
scalars for text that Go does not, and the other way round. Both kinds need quotes.
"""

import re
from functools import lru_cache
from typing import Final

_BOOLEAN: Final = re.compile(r"[yYnN]")
_NUMBER: Final = re.compile(
    r"[-+]?(?:0[oObBxX][0-9A-Fa-f_]+|(?:\.[0-9][0-9_]*|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?)"
)
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt ].*)?")

GUESSED: Final = re.compile(f"(?:{_BOOLEAN.pattern}|{_NUMBER.pattern}|{_DATE.pattern})$")
"""Matches plain scalars that some Go reader (yaml.v2 or yaml.v3) does not read as text."""
GUESSED_STARTS: Final = "yYnN-+.0123456789"
"""The characters that such a scalar begins with."""


# Pins of a thousand charts in several environments are the same few texts.
@lru_cache(maxsize=4096)
def go_reads_as(text: str) -> str | None:
    """Return what a Go reader makes of a plain scalar ("a number", ...), None for plain text."""
    if _BOOLEAN.fullmatch(text):
        return "true or false"
    if _DATE.fullmatch(text):
        return "a date"
    return "a number" if _NUMBER.fullmatch(text) else None
