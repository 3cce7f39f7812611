"""What the editors say when they refuse, and how they report what they find in a text."""

from typing import NamedTuple


class EditRefusedError(Exception):
    """An edit that cannot be made safely: who is in the way, why, and what to do by hand.

    `line` counts from 1 and is 0 where no line can be named.
    """

    def __init__(self, offender: str, reason: str, remedy: str, *, line: int = 0) -> None:
        super().__init__(f"{offender}: {reason}; {remedy}")
        self.line = line
        self.offender = offender
        self.reason = reason
        self.remedy = remedy


class TextProblem(NamedTuple):
    """One thing wrong in a text; `line` counts from 1, and `code` never changes."""

    line: int
    code: str
    message: str
    remedy: str
