"""Helm's `.helmignore`: which files of a chart its loader leaves out (helm.sh/helm pkg/ignore).

It looks like Git's and is not: the first pattern that matches decides, `!` leaves out everything
that it does not match, `**` is refused, and only the file of the chart that is loaded counts, not
those of the charts inside it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

IGNORE_FILE: Final = ".helmignore"
_ALWAYS: Final = "templates/.?*"


class IgnoreError(ValueError):
    """A pattern that Helm refuses, and with it the chart; the message says which and why."""


@dataclass(frozen=True, slots=True)
class _Pattern:
    """One line: does it ask for a folder, is it turned round, and how much of a path it reads."""

    regex: re.Pattern[str]
    negated: bool
    folder: bool
    whole: bool

    def matches(self, path: str) -> bool:
        name = path if self.whole else path.rpartition("/")[2]
        return self.regex.fullmatch(name) is not None

    def leaves_out(self, path: str, *, is_folder: bool) -> bool:
        fits = is_folder or not self.folder
        if self.negated:
            return not fits or not self.matches(path)
        return fits and self.matches(path)


class Ignored:
    """The patterns of one `.helmignore`; IgnoreError if Helm refuses one of them."""

    def __init__(self, text: str = "") -> None:
        lines = (line.strip() for line in text.removeprefix("\ufeff").split("\n"))
        rules = (line for line in lines if line and not line.startswith("#"))
        self._patterns = tuple(_pattern(rule) for rule in (*rules, _ALWAYS))

    def kept(self, files: Iterable[str]) -> frozenset[str]:
        """Return the files, by path inside the chart, that the loader does not leave out."""
        folders: dict[str, bool] = {}
        return frozenset(file for file in files if not self._left_out(file, folders))

    def _left_out(self, file: str, folders: dict[str, bool]) -> bool:
        parts = file.split("/")
        for depth in range(1, len(parts)):
            above = "/".join(parts[:depth])
            if above not in folders:
                folders[above] = self._judge(above, is_folder=True)
            if folders[above]:
                return True
        return self._judge(file, is_folder=False)

    def _judge(self, path: str, *, is_folder: bool) -> bool:
        return any(each.leaves_out(path, is_folder=is_folder) for each in self._patterns)


@lru_cache(maxsize=256)
def _pattern(rule: str) -> _Pattern:
    if "**" in rule:
        raise IgnoreError(f"{rule!r}: double stars are not supported")
    body = rule.removeprefix("!")
    folder = body.endswith("/")
    body = body.removesuffix("/")
    whole = "/" in body
    return _Pattern(_regex(body.removeprefix("/"), rule), rule.startswith("!"), folder, whole)


def _regex(glob: str, rule: str) -> re.Pattern[str]:
    """Translate a pattern of Go's filepath.Match: `*` and `?` stop at a slash."""
    reader = _Glob(glob, rule)
    return re.compile(reader.translated, re.DOTALL)


class _Glob:
    """Reads one pattern from left to right."""

    def __init__(self, glob: str, rule: str) -> None:
        self.glob, self.rule, self.at = glob, rule, 0

    @cached_property
    def translated(self) -> str:
        """The pattern as a regular expression."""
        parts: list[str] = []
        while self.at < len(self.glob):
            character = self._next()
            if character == "*":
                parts.append("[^/]*")
            elif character == "?":
                parts.append("[^/]")
            elif character == "[":
                parts.append(self._class())
            else:
                parts.append(re.escape(self._next() if character == "\\" else character))
        return "".join(parts)

    def _next(self) -> str:
        if self.at >= len(self.glob):
            raise IgnoreError(f"{self.rule!r} is not a valid pattern")
        self.at += 1
        return self.glob[self.at - 1]

    def _class(self) -> str:
        negated = self.glob[self.at : self.at + 1] == "^"
        self.at += negated
        ranges: list[str] = []
        while not ranges or self.glob[self.at : self.at + 1] != "]":
            low = high = self._member()
            if self.glob[self.at : self.at + 1] == "-":
                self.at += 1
                high = self._member()
            # A range from high to low holds nothing to Go.
            ranges.append(f"{re.escape(low)}-{re.escape(high)}" if low <= high else "")
        self.at += 1
        members = "".join(ranges)
        if not members:
            return "[^/]" if negated else "(?!)"
        return f"(?!/)[{'^' if negated else ''}{members}]"

    def _member(self) -> str:
        character = self._next()
        if character in "-]":
            raise IgnoreError(f"{self.rule!r} is not a valid pattern")
        return self._next() if character == "\\" else character
