"""Version ranges as Helm reads them (github.com/Masterminds/semver/v3).

Helm's ranges are its own: a comma or a space joins conditions, `||` sets alternatives apart, a
part that is left out or `x` stands for any, and a pre-release counts only where its alternative
names one. A version may lack parts and begin with `v`.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final, NamedTuple

import semver

_SUFFIX: Final = (
    r"(?:-(?P<{0}pre>[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?"
    r"(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
)
_VERSION: Final = re.compile(
    r"v?(?P<major>[0-9]+)(?:\.(?P<minor>[0-9]+))?(?:\.(?P<patch>[0-9]+))?" + _SUFFIX.format("")
)
_PART: Final = r"[0-9xX*|]+"
_PARTIAL: Final = rf"v?{_PART}(?:\.{_PART})?(?:\.{_PART})?(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?"
_OPERATOR: Final = r"=>|=<|>=|<=|!=|~>|=|>|<|~|\^|"
_CONDITION: Final = re.compile(
    rf"(?P<operator>{_OPERATOR})\s*v?(?P<major>[0-9]+|[xX*])(?:\.(?P<minor>[0-9]+|[xX*]))?"
    r"(?:\.(?P<patch>[0-9]+|[xX*]))?" + _SUFFIX.format("")
)
_ONE: Final = rf"(?:{_OPERATOR})\s*{_PARTIAL}"
_ALTERNATIVE: Final = re.compile(rf"\s*{_ONE}\s*(?:(?:\s|,\s*){_ONE}\s*)*")
_EACH: Final = re.compile(_ONE)
_SPAN: Final = re.compile(rf"\s*({_PARTIAL})\s+-\s+({_PARTIAL})\s*")
_ANY: Final = frozenset({"x", "X", "*"})
_LONGEST: Final = 512
_MOST_ALTERNATIVES: Final = 32
_TOO_LARGE: Final = 2**64
_PARTS: Final = ("major", "minor", "patch")


class RangeError(ValueError):
    """Helm does not take a text for a version or for a range; the message names it."""


class _Condition(NamedTuple):
    """One comparison with a version; `known` counts the parts that it names (0 to 3)."""

    operator: str
    bound: semver.Version
    known: int

    def holds(self, version: semver.Version) -> bool:
        return _OPERATORS[self.operator](version, self)


def satisfies(wanted: str, version: str) -> bool:
    """Tell whether the version lies in the range; RangeError if Helm cannot read one."""
    found = loose_version(version)
    for alternative in _alternatives(wanted):
        if found.prerelease and not any(each.bound.prerelease for each in alternative):
            continue
        if all(each.holds(found) for each in alternative):
            return True
    return False


def loose_version(text: str) -> semver.Version:
    """Return the version that Helm reads: missing parts are zero, a `v` and build data go."""
    match = _VERSION.fullmatch(text)
    if match is None:
        raise RangeError(f"{text!r} is not a version")
    return _version(match, match["major"], match["minor"], match["patch"])


@lru_cache(maxsize=4096)
def _alternatives(wanted: str) -> tuple[tuple[_Condition, ...], ...]:
    if len(wanted) > _LONGEST:
        raise RangeError(f"{wanted[:40]!r}... is longer than the {_LONGEST} characters of a range")
    written = _SPAN.sub(r">= \1, <= \2 ", wanted).split("||")
    if len(written) > _MOST_ALTERNATIVES:
        raise RangeError(f"{wanted[:40]!r}... has more than {_MOST_ALTERNATIVES} alternatives")
    return tuple(_alternative(each, wanted) for each in written)


def _alternative(written: str, wanted: str) -> tuple[_Condition, ...]:
    if not _ALTERNATIVE.fullmatch(written):
        raise RangeError(f"{wanted!r} is not a range")
    return tuple(_condition(each, wanted) for each in _EACH.findall(written))


def _condition(written: str, wanted: str) -> _Condition:
    match = _CONDITION.fullmatch(written.strip())
    if match is None:
        raise RangeError(f"{wanted!r} is not a range")
    parts = (match["major"], match["minor"], match["patch"])
    known = next((at for at, part in enumerate(parts) if part is None or part in _ANY), 3)
    return _Condition(match["operator"], _version(match, *parts[:known]), known)


def _version(match: re.Match[str], *parts: str | None) -> semver.Version:
    numbers = [int(part or 0) for part in parts]
    identifiers = (match["pre"] or "").split(".")
    if any(each >= _TOO_LARGE for each in numbers) or any(
        each[:1] == "0" != each and each.isdigit() for each in identifiers
    ):
        raise RangeError(f"{match[0]!r} holds a number that no version may hold")
    major, minor, patch = (*numbers, 0, 0, 0)[: len(_PARTS)]
    return semver.Version(major, minor, patch, match["pre"])


def _same(version: semver.Version, condition: _Condition) -> bool:
    return (
        _near(version, condition) if condition.known < len(_PARTS) else version == condition.bound
    )


def _other(version: semver.Version, condition: _Condition) -> bool:
    bound, known = condition.bound, condition.known
    if known in (0, len(_PARTS)):
        return version != bound
    if _first(version, known) != _first(bound, known):
        return True
    return known > 1 and version.prerelease != bound.prerelease


def _above(version: semver.Version, condition: _Condition) -> bool:
    known = condition.known
    if known in (0, len(_PARTS)):
        return version > condition.bound
    return _first(version, known) > _first(condition.bound, known)


def _at_most(version: semver.Version, condition: _Condition) -> bool:
    known = condition.known
    if known == len(_PARTS):
        return version <= condition.bound
    # Without any part Helm compares with 0.0, as it does with two parts.
    return _first(version, known or 2) <= _first(condition.bound, known or 2)


def _near(version: semver.Version, condition: _Condition) -> bool:
    """`~`: the last part that is named may rise; ~0.0.0 and no part at all take whatever comes."""
    bound, known = condition.bound, condition.known
    if version < bound:
        return False
    if known in (0, len(_PARTS)) and _first(bound, 3) == (0, 0, 0):
        return True
    return _first(version, min(known, 2)) == _first(bound, min(known, 2))


def _compatible(version: semver.Version, condition: _Condition) -> bool:
    """`^`: what follows the first part that is not zero may rise; no part at all means 0.0.0."""
    bound, known = condition.bound, condition.known
    if version < bound:
        return False
    if bound.major or known == 1:
        fixed = 1
    elif bound.minor or known == 2:  # noqa: PLR2004  # major and minor
        fixed = 2
    else:
        fixed = 3
    return _first(version, fixed) == _first(bound, fixed)


def _first(version: semver.Version, parts: int) -> tuple[int, ...]:
    return (version.major, version.minor, version.patch)[:parts]


_OPERATORS: Final[Mapping[str, Callable[[semver.Version, _Condition], bool]]] = {
    "": _same,
    "=": _same,
    "!=": _other,
    ">": _above,
    "<": lambda version, condition: version < condition.bound,
    ">=": lambda version, condition: version >= condition.bound,
    "=>": lambda version, condition: version >= condition.bound,
    "<=": _at_most,
    "=<": _at_most,
    "~": _near,
    "~>": _near,
    "^": _compatible,
}
