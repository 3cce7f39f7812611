"""Helm's `.helmignore`: which files of a chart its loader leaves out (helm.sh/helm pkg/ignore).

It looks like Git's and is not: the first pattern that matches decides, `!` leaves out everything
that it does not match, `**` is refused, and only the file of the chart that is loaded counts, not
those of the charts inside it.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple

IGNORE_FILE: Final = ".helmignore"
_ALWAYS: Final = "templates/."
"""What Helm leaves out whatever the file says: its own pattern is `templates/.?*`."""
_RANGE: Final = re.compile(r"(\\.|[^\]\\-])(?:-(\\.|[^\]\\-]))?", re.DOTALL)
_PART: Final = re.compile(
    rf"\[(?P<negated>\^?+)(?P<ranges>(?:{_RANGE.pattern})+)\]|\\.|[^\[\\]", re.DOTALL
)
_GLOB: Final = re.compile(f"(?:{_PART.pattern})*", re.DOTALL)


class IgnoreError(ValueError):
    """A pattern that Helm refuses, and with it the chart; the message says which and why."""


class _Pattern(NamedTuple):
    """One line: does it ask for a folder, is it turned round, and how much of a path it reads."""

    regex: re.Pattern[str]
    negated: bool
    folder: bool
    whole: bool


class Ignored:
    """The patterns of one `.helmignore`; IgnoreError if Helm refuses one of them."""

    def __init__(self, text: str = "") -> None:
        lines = (line.strip() for line in text.removeprefix("\ufeff").split("\n"))
        rules = (line for line in lines if line and not line.startswith("#"))
        self._patterns = tuple(_pattern(rule) for rule in rules)

    def kept(self, files: Iterable[str]) -> frozenset[str]:
        """Return the files, by path inside the chart, that the loader does not leave out."""
        folders: dict[str, bool] = {}
        visible = (file for file in files if not file.startswith(_ALWAYS))
        if not self._patterns:
            return frozenset(visible)
        return frozenset(file for file in visible if not self._left_out(file, folders))

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
        name = path.rpartition("/")[2]
        for regex, negated, folder, whole in self._patterns:
            fits = (is_folder or not folder) and regex.fullmatch(path if whole else name)
            if bool(fits) is not negated:
                return True
        return False


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
    if not _GLOB.fullmatch(glob):
        raise IgnoreError(f"{rule!r} is not a valid pattern")
    return re.compile(re.sub(_PART, _translated, glob), re.DOTALL)


def _translated(part: re.Match[str]) -> str:
    if not part["ranges"]:
        return {"*": "[^/]*", "?": "[^/]"}.get(part[0]) or re.escape(part[0][-1])
    ends = ((low[-1], (high or low)[-1]) for low, high in re.findall(_RANGE, part["ranges"]))
    # A range from high to low holds nothing to Go.
    members = "".join(f"{re.escape(a)}-{re.escape(b)}" for a, b in ends if a <= b)
    if not members:
        return "[^/]" if part["negated"] else "(?!)"
    return f"(?!/)[{part['negated']}{members}]"
