"""Which lines of a template Helm renders with given values, as far as its conditions tell.

Only what can be decided without rendering is: conditions on values, literals and the logical
functions. Whatever else a condition asks leaves its lines possible, and never decides them.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from functools import lru_cache
from typing import Final, NamedTuple

from release.charts.helm.values import look_up

_ACTION: Final = re.compile(r"\{\{-?\s*(/\*.*?\*/|.*?)\s*-?\}\}", re.DOTALL)
_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|`[^`]*`|[()|]|[^\s()|]+')
_OPENING: Final = frozenset({"if", "with", "range", "define", "block"})
_MOVES_DOT: Final = frozenset({"with", "range"})


class Rendered(IntEnum):
    """Whether Helm renders a line, the less certain the lower."""

    NO = 0
    MAYBE = 1
    YES = 2


class _Branch(NamedTuple):
    """One branch of a block: rendered if its condition holds and none of `before` does.

    `rooted` tells whether `.` is still the top of all values where the condition stands.
    """

    keyword: str
    condition: str
    before: tuple[str, ...]
    rooted: bool


_Stack = tuple[_Branch, ...]


def rendered_lines(text: str, values: Mapping[str, object] | None) -> tuple[Rendered, ...]:
    """Return for each line of the template whether it is rendered; None for values unknown."""
    stacks = _stacks(text)
    known = {
        stack: min((_state(branch, values) for branch in stack), default=Rendered.YES)
        for stack in set(stacks)
    }
    return tuple(known[stack] for stack in stacks)


@lru_cache(maxsize=2048)
def _stacks(text: str) -> tuple[_Stack, ...]:
    """Return for each line the branches in which its first word stands."""
    stack: _Stack = ()
    lines: list[_Stack] = [stack]
    leading = True
    end = 0
    for action in _ACTION.finditer(text):
        passed = text[end : action.start()]
        breaks = passed.count("\n")
        lines += [stack] * breaks
        leading = not passed.rpartition("\n")[2].strip() and (leading or breaks > 0)
        stack = _after(stack, action[1])
        lines += [stack] * action[0].count("\n")
        if leading:
            lines[-1] = stack
        end = action.end()
    return (*lines, *[stack] * text.count("\n", end))


def _after(stack: _Stack, action: str) -> _Stack:
    keyword, _, rest = action.partition(" ")
    if keyword in _OPENING:
        moved = any(each.keyword in _MOVES_DOT and not each.before for each in stack)
        return (*stack, _Branch(keyword, rest.strip(), (), not moved))
    if keyword == "else" and stack:
        *outer, last = stack
        condition = rest.strip().removeprefix("if ").removeprefix("with ").strip()
        before = (*last.before, last.condition)
        return (*outer, _Branch(last.keyword, condition, before, last.rooted))
    return stack[:-1] if keyword == "end" else stack


def _state(branch: _Branch, values: Mapping[str, object] | None) -> Rendered:
    if branch.keyword in ("define", "block"):
        return Rendered.NO if branch.keyword == "define" else Rendered.MAYBE
    scope = _Scope(values, rooted=branch.rooted)
    earlier = [scope.comes_to(each) for each in branch.before]
    own = scope.comes_to(branch.condition) if branch.condition else True
    if any(each is not _UNKNOWN and each for each in earlier) or not own:
        return Rendered.NO
    return Rendered.MAYBE if _UNKNOWN in (*earlier, own) else Rendered.YES


_UNKNOWN: Final = object()
"""What a condition asks that values do not tell."""


class _Scope:
    """What the words of a condition mean where it stands."""

    def __init__(self, values: Mapping[str, object] | None, *, rooted: bool) -> None:
        self.values, self.rooted = values, rooted
        self.tokens: list[str] = []

    def comes_to(self, condition: str) -> object:
        """Return the value of a condition."""
        self.tokens = _TOKEN.findall(condition.partition(":=")[2] or condition)
        found = self._pipeline()
        return _UNKNOWN if self.tokens else found

    def _pipeline(self) -> object:
        found = self._call(())
        while self.tokens[:1] == ["|"]:
            self.tokens.pop(0)
            found = self._call((found,))
        return found

    def _call(self, piped: tuple[object, ...]) -> object:
        word = self.tokens[0] if self.tokens else ")"
        if not word[0].isalpha() or word in ("true", "false"):
            return self._operand() if not piped else _UNKNOWN
        self.tokens.pop(0)
        arguments = list[object]()
        while self.tokens and self.tokens[0] not in ("|", ")"):
            arguments.append(self._operand())
        function = _FUNCTIONS.get(word)
        return function((*arguments, *piped)) if function else _UNKNOWN

    def _operand(self) -> object:
        word = self.tokens.pop(0) if self.tokens else ")"
        if word == "(":
            found = self._pipeline()
            return found if self.tokens and self.tokens.pop(0) == ")" else _UNKNOWN
        if word[0] in '"`':
            return word[1:-1]
        if word in ("true", "false"):
            return word == "true"
        top, found_values, path = word.partition(".Values.")
        known = self.values is not None and (top == "$" or (top == "" and self.rooted))
        return look_up(self.values, path) if found_values and known else _UNKNOWN


def _first_that(arguments: Sequence[object], *, holds: bool) -> object:
    """Return the first argument that is something (or nothing), else the last."""
    known = [each for each in arguments if each is not _UNKNOWN]
    sure = [each for each in known if bool(each) is holds]
    if sure:
        # One that is not known may come before it; how the condition goes is plain all the same.
        return sure[0] if len(known) == len(arguments) else holds
    return known[-1] if known and len(known) == len(arguments) else _UNKNOWN


def _same(arguments: Sequence[object]) -> object:
    first, *others = arguments or (_UNKNOWN,)
    alike = all(isinstance(each, str | bool) and type(each) is type(first) for each in others)
    return first in others if others and alike else _UNKNOWN


def _not(found: object) -> object:
    return _UNKNOWN if found is _UNKNOWN else not found


_FUNCTIONS: Final[Mapping[str, Callable[[Sequence[object]], object]]] = {
    "not": lambda arguments: _not(_first_that(arguments, holds=True)),
    "empty": lambda arguments: _not(_first_that(arguments, holds=True)),
    "and": lambda arguments: _first_that(arguments, holds=False),
    "or": lambda arguments: _first_that(arguments, holds=True),
    "eq": _same,
    "ne": lambda arguments: _not(_same(arguments)),
    "default": lambda arguments: _first_that(arguments[::-1], holds=True),
}
