"""What one job found, as it travels to the job that tells it.

A job's output is text that GitHub copies between machines and that becomes an environment variable,
at most 128 KiB on Linux. Base64 of compressed JSON can hold no line end and no command of GitHub's
runner, whatever the program or the pull request put into it.
"""

import base64
import binascii
import json
import zlib
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Literal

LIMIT: Final = 100_000
"""Characters of an encoded result."""
_MOST: Final = 8_000_000
"""Bytes that a result may unpack to: a hostile one could fill the runner's memory."""

Outcome = Literal["unchanged", "changed", "failed"]


@dataclass(frozen=True, slots=True)
class Change:
    """One resource that a run of the engine would change, with the lines that differ."""

    op: str
    kind: str
    name: str
    diff: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StackResult:
    """What the engine says of one stack.

    `cut` counts the diffs that were too long to travel; without `guard` what guards the repository
    was left out.
    """

    stack: str
    outcome: Outcome
    changes: tuple[Change, ...] = ()
    error: str = ""
    cut: int = 0
    guard: bool = True

    def count(self, op: str) -> int:
        """Return how many resources meet this fate."""
        return sum(1 for change in self.changes if change.op == op)


def encoded(result: StackResult) -> str:
    """Return the result as text; the longest diffs are left out until it is short enough."""
    while len(text := pack(asdict(result))) > LIMIT:
        longest = max(result.changes, key=lambda each: len(each.diff), default=None)
        if longest is None or not longest.diff:
            return pack(asdict(replace(result, changes=(), cut=len(result.changes))))
        changes = tuple(
            replace(each, diff="") if each is longest else each for each in result.changes
        )
        result = replace(result, changes=changes, cut=result.cut + 1)
    return text


def decoded(stack: str, text: str) -> StackResult | None:
    """Return a result as it was encoded, None for any other text."""
    value = unpack(text)
    try:
        changes = tuple(Change(**each) for each in value["changes"])
        found = StackResult(**{**value, "changes": changes, "stack": stack})
    except (TypeError, KeyError):
        return None
    return found if str(value["outcome"]) in {"unchanged", "changed", "failed"} else None


def pack(value: Any) -> str:  # noqa: ANN401 -- any JSON
    """Return JSON as text that is safe wherever it is put."""
    return base64.b64encode(zlib.compress(json.dumps(value).encode(), 9)).decode()


def unpack(text: str) -> Any:  # noqa: ANN401 -- as above
    """Return what `pack` was given, None for text that it did not make."""
    try:
        inflater = zlib.decompressobj()
        content = inflater.decompress(base64.b64decode(text, validate=True), _MOST)
        return None if inflater.unconsumed_tail else json.loads(content)
    except (ValueError, binascii.Error, zlib.error):
        return None
