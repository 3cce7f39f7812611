"""How a refusal of stack files is worded: every problem at once, each with file, line and key."""

from collections.abc import Iterable
from typing import NamedTuple

from release.text.counted import counted

Path = tuple[str | int, ...]
"""The keys and indexes that lead to a setting."""


class Violation(NamedTuple):
    """What is wrong with a setting, whichever file states it."""

    path: Path
    message: str


class Problem(NamedTuple):
    """One thing wrong in one file; `line` counts from 1, 0 where no line can be named."""

    file: str
    line: int
    key: str
    message: str

    def __str__(self) -> str:
        """Return `file:line: key: message`, leaving out what is not known."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.key}: {self.message}" if self.key else f"{place}: {self.message}"


class SettingsError(ValueError):
    """Stack files that cannot be used; `problems` and the message hold all that is wrong.

    `to_commit` is the command that commits what is corrected already, where HEAD was read.
    """

    def __init__(self, problems: Iterable[Problem], to_commit: str = "") -> None:
        self.problems = tuple(sorted(problems))
        self.remedy = (
            "as committed in HEAD; what is corrected in the work tree counts once it is "
            f"committed: {to_commit}"
            if to_commit
            else "correct it, then run: hmco check"
        )
        closing = self.remedy if to_commit else "Correct the lines above, then run: hmco check"
        listing = "\n".join(f"  - {problem}" for problem in self.problems)
        super().__init__(
            f"{counted(len(self.problems), 'problem')} in the stack settings, "
            f"nothing was done:\n{listing}\n{closing}"
        )
