"""One field of a table, for terminals and for pipes."""

from typing import NamedTuple


class Cell(NamedTuple):
    """One field of a table; `style` is Rich's and shows on a terminal only."""

    text: str
    style: str = ""
