"""Writing for people and for programs: sentences, JSON, and tables that fit where they go."""

import json
import os
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import click

from release.promotion.decision import Reason, Refusal
from release.repository.clone import Distance
from release.text.printable import printable

if TYPE_CHECKING:
    from release.repository.pinhistory import SkippedVersion


class Cell(NamedTuple):
    """One field of a table; `style` is Rich's and shows on a terminal only."""

    text: str
    style: str = ""


def say(text: str = "", *, err: bool = False, indent: int = 4) -> None:
    """Write one line for people, on stderr where stdout is for something else.

    On a terminal what is too long goes on below, so much further in.
    """
    line, stream = printable(text), sys.stderr if err else sys.stdout
    if stream.isatty():
        from release.text.wrapped import wrapped  # noqa: PLC0415 -- for terminals alone

        line = "\n".join(wrapped(line, shutil.get_terminal_size().columns, indent))
    click.echo(line, err=err)


def say_diff(diff: str) -> None:
    """Write a diff: in colour on a terminal, byte for byte anywhere else, so that it applies."""
    if not sys.stdout.isatty():
        click.echo(diff, nl=False)
        return
    colours = {"+": "green", "-": "red", "@": "cyan"} if not os.environ.get("NO_COLOR") else {}
    for line in diff.splitlines():
        is_name = line.startswith(("+++", "---"))
        click.secho(
            printable(line), fg=None if is_name else colours.get(line[:1]), bold=is_name or None
        )


def print_lines(
    lines: Iterable[tuple[Sequence[tuple[str, str]], int | None]], styles: Mapping[str, str]
) -> None:
    """Write lines, each of texts with names of `styles`: in colour on a terminal, plain elsewhere.

    On a terminal what is too long goes on below, so much further in; None leaves it as it is.
    """
    shown = (
        ([(printable(text), styles.get(style, "")) for text, style in spans], indent)
        for spans, indent in lines
    )
    if sys.stdout.isatty():
        from release.cli.tables import print_wrapped  # noqa: PLC0415 -- Rich is for terminals

        print_wrapped(shown)
        return
    for spans, _ in shown:
        click.echo("".join(text for text, _ in spans))


def print_json(value: object) -> None:
    """Write a value for programs, in ASCII so that no locale can spoil it."""
    click.echo(json.dumps(value, indent=2))


def checkout_json(apart: Distance | None) -> dict[str, object] | None:
    """Return how far the checkout and the trunk are apart, None where one of them is not known."""
    return apart._asdict() if apart else None


def say_skipped(skipped: "Iterable[SkippedVersion]") -> None:
    """Tell the landings from which no pin can be taken."""
    for each in skipped:
        say(f"{each.environment} cannot be read in {each.commit[:10]}: {each.reason}", err=True)


def reasons_json(reasons: Iterable[Reason]) -> list[dict[str, str]]:
    """Return what blocks a command, and what gets past it."""
    return [{"code": r.code, "fact": r.fact, "next": r.remedy} for r in reasons]


def refuse(refusal: Refusal, command: str, *, as_json: bool) -> int:
    """Tell why nothing was done, all reasons at once, and return the exit code."""
    if as_json:
        outcome = "misused" if refusal.misuse else "refused"
        reasons = reasons_json(refusal.reasons)
        print_json({"command": command, "outcome": outcome, "reasons": reasons})
    else:
        opening = "usage error" if refusal.misuse else "refused"
        say(f"hmco {command}: {opening}, nothing was changed", err=True)
        for reason in refusal.reasons:
            say(f"  - {reason}", err=True)
    return 2 if refusal.misuse else 1


def print_table(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """Write a table: ruled and coloured on a terminal, plain aligned text anywhere else."""
    shown = [[Cell(printable(cell.text), cell.style) for cell in row] for row in rows]
    if sys.stdout.isatty() and os.environ.get("TERM") != "dumb":
        from release.cli.tables import print_on_terminal  # noqa: PLC0415 -- Rich is for terminals

        print_on_terminal(header, shown)
        return
    lines = [tuple(header), *(tuple(cell.text for cell in row) for row in shown)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    form = "  ".join(f"{{:{width}}}" for width in widths)
    click.echo("\n".join(form.format(*line).rstrip() for line in lines))
