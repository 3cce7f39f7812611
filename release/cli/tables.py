"""Tables and lines on a terminal: a table is as wide as it must be, else one block per row.

Nothing is cut or left out at any width. Rich takes longer to import than all the rest, so that
only a terminal pays for it.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from release.text.wrapped import wrapped

_WORDS: Final = {
    "WHY": 24,
    "APPROVED BY": 24,
    "SOURCE": 14,
    "STOPPED BY": 7,
    "RUNS": 14,
    "SOAK LEFT": 6,
}
"""Columns of words, which may wrap, down to this width: nobody reads one word per line.

A title of several words gets a line for each before a cell wraps, and these columns wrap in this
order. Names, versions and other numbers stay whole.
"""
_HEADLINE: Final = 2
"""So many cells name what a row is about, and head its block."""
_INDENT: Final = "  "


def print_on_terminal(
    header: Sequence[str],
    rows: Iterable[Sequence[tuple[str, str]]],
    console: Console | None = None,
) -> None:
    """Write rows of texts and styles in the form that the width of the terminal allows."""
    console = console or Console(highlight=False)
    cells = [[Text(text, style=style) for text, style in row] for row in rows]
    widths = _widths(header, cells, console.width)
    if widths is None:
        for line in _stacked(header, cells, console):
            console.print(line)
        return
    table = Table(
        box=box.SIMPLE_HEAD,
        header_style="bold",
        padding=(0, 1, 0, 0),
        pad_edge=False,
        show_edge=False,
    )
    for title, width in zip(header, widths, strict=True):
        lines = title if cell_len(title) <= width else title.replace(" ", "\n")
        table.add_column(lines, width=width, no_wrap=title not in _WORDS, overflow="fold")
    for row in cells:
        table.add_row(*row)
    console.print(table)


def print_wrapped(lines: Iterable[tuple[Sequence[tuple[str, str]], int | None]]) -> None:
    """Write lines of texts and styles; one that is too long goes on below, so much further in."""
    console = Console(highlight=False)
    for spans, indent in lines:
        text = Text.assemble(*spans)
        end = 0
        for part in [text.plain] if indent is None else wrapped(text.plain, console.width, indent):
            words = part.lstrip()
            start = text.plain.index(words, end)
            end = start + len(words)
            shown = text[start:end]
            shown.pad_left(len(part) - len(words))
            console.print(shown, soft_wrap=True)


def _widths(
    header: Sequence[str], rows: Sequence[Sequence[Text]], available: int
) -> list[int] | None:
    """Return the width of each column, None where the table fits in no readable way."""
    columns = [[row[index] for row in rows] for index in range(len(header))]
    titles = [max(map(cell_len, title.split())) for title in header]
    cells = [max([0, *(cell_len(cell.plain) for cell in column)]) for column in columns]
    words = [max([0, *map(_longest_word, column)]) for column in columns]
    widths = [max(cell_len(title), cell) for title, cell in zip(header, cells, strict=True)]
    # Two blanks stand between columns.
    lacking = sum(widths) + 2 * (len(header) - 1) - available
    by_titles = [(index, cells[index]) for index in range(len(header))]
    by_words = [
        (header.index(title), max(least, words[header.index(title)]))
        for title, least in _WORDS.items()
        if title in header
    ]
    for index, least in (*by_titles, *by_words):
        given = max(0, min(lacking, widths[index] - max(titles[index], least)))
        widths[index] -= given
        lacking -= given
    return None if lacking > 0 else widths


def _longest_word(cell: Text) -> int:
    return max((cell_len(word) for word in cell.plain.split()), default=0)


def _stacked(
    header: Sequence[str], rows: Iterable[Sequence[Text]], console: Console
) -> Iterator[Text]:
    """Yield a headline for each row, and below it each other field behind its title."""
    every = list(rows)
    # A number says nothing without its title.
    names = 1 if all(row[1].plain.isdigit() for row in every) else _HEADLINE
    for row in every:
        yield Text("  ").join([Text(cell.plain, style="bold") for cell in row[:names]])
        fields = [
            Text.assemble((title, "dim"), " ", cell)
            for title, cell in zip(header[names:], row[names:], strict=True)
        ]
        yield from _flowed(fields, console)


def _flowed(fields: Iterable[Text], console: Console) -> Iterator[Text]:
    """Yield lines that hold as many fields as fit; a longer field gets lines of its own."""
    available = max(console.width - len(_INDENT), 1)
    line: list[Text] = []
    for field in fields:
        taken = sum(cell_len(part.plain) + 2 for part in line)
        if line and taken + cell_len(field.plain) > available:
            yield from _indented(line, console, available)
            line = []
        line.append(field)
    if line:
        yield from _indented(line, console, available)


def _indented(line: Sequence[Text], console: Console, available: int) -> Iterator[Text]:
    for part in Text("  ").join(line).wrap(console, available, overflow="fold"):
        yield Text.assemble(_INDENT, part)
