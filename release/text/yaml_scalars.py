"""How a text is written as one YAML scalar so that every parser reads back that very text."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import yaml

# YAML 1.1 (PyYAML, Helm) turns these into something else, YAML 1.2 some of them.
_RESERVED: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_VERSION: Final = re.compile(r"\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?", re.ASCII)
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z0-9_./+@-]*")
_PHRASE: Final = re.compile(r"[A-Za-z]([A-Za-z0-9_./+@()-]|:(?=[A-Za-z0-9/])| (?=[A-Za-z0-9(]))*")
_ESCAPES: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\0": "\\0"}
_NOT_PRINTABLE: Final = (
    "[^\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_NEEDS_ESCAPE: Final = rf'[\\"]|{_NOT_PRINTABLE}'
# Compiled at first use, which `re` remembers: such sets cost more than a module does to import.
_BYTE: Final = 0xFF
_RESOLVER: Final[Any] = yaml.resolver.Resolver()  # its methods carry no types
STRING_TAG: Final = "tag:yaml.org,2002:str"
NULL_TAG: Final = "tag:yaml.org,2002:null"


def resolved_tag(plain: str) -> str:
    """Return the tag that YAML 1.1 gives an unquoted scalar of this text."""
    return str(_RESOLVER.resolve(yaml.ScalarNode, plain, (True, False)))


def is_plain_word(text: str) -> bool:
    """Tell whether the text may stand unquoted anywhere: a word or an exact version.

    It is then a string in YAML 1.1 and 1.2, in block and in flow context. The list is of what is
    known to be safe; a number, a date or `on` is not on it, and neither is a two-part version.
    """
    if _VERSION.fullmatch(text):
        return True
    return _WORD.fullmatch(text) is not None and text.lower() not in _RESERVED


def is_plain_phrase(text: str) -> bool:
    """Tell whether the text may replace an unquoted scalar: a plain word, words, or `sha256:…`."""
    if is_plain_word(text):
        return True
    return _PHRASE.fullmatch(text) is not None and text.lower() not in _RESERVED


def double_quoted(text: str) -> str:
    """Return the text in double quotes with YAML's escapes for what is not printable."""
    return '"' + re.sub(_NEEDS_ESCAPE, _escape, text) + '"'


def spellings(text: str, style: str) -> Iterator[str]:
    """Yield ways to write the text, first the one closest to the scalar style it replaces."""
    if style == "" and is_plain_phrase(text):
        yield text
    if style == "'" and not re.search(_NOT_PRINTABLE, text):
        yield "'" + text.replace("'", "''") + "'"
    yield double_quoted(text)


def spell(text: str) -> str:
    """Return the text as a new scalar: unquoted if it is a plain word, else in double quotes."""
    return text if is_plain_word(text) else double_quoted(text)


def spell_value(value: str | Mapping[str, str]) -> str:
    """Return a text, or a flat mapping on one line in flow form, as the value of a new entry."""
    if isinstance(value, str):
        return spell(value)
    pairs = (f"{spell(key)}: {spell(item)}" for key, item in value.items())
    return "{" + ", ".join(pairs) + "}"


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    code = ord(character)
    numeric = f"\\x{code:02x}" if code <= _BYTE else f"\\u{code:04x}"
    return _ESCAPES.get(character, numeric)
