"""One field of a table, for terminals and for pipes."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cell:
    """One field of a table; `style` is Rich's and shows on a terminal only."""

    text: str
    style: str = ""
