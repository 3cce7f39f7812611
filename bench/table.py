"""The outcome as a table for people or JSON for programs."""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Final

from rich import box
from rich.console import Console
from rich.table import Table

from bench.measuring import Result, Sample

_HEADER: Final = ("CASE", "AGAINST", "CPU", "WALL", "GOAL", "MET", "CPU s", "WALL s", "PEAK MiB")
_LEFT: Final = 2
_COLOURS: Final = {"met": "green", "missed": "bold red", "-": "dim"}


def print_table(results: Iterable[Result]) -> None:
    """Write the table: ruled and coloured on a terminal, plain aligned text anywhere else."""
    rows = [_row(result) for result in results]
    if sys.stdout.isatty():
        _print_rich(rows)
        return
    widths = [max(map(len, column)) for column in zip(_HEADER, *rows, strict=True)]
    for row in (_HEADER, *rows):
        cells = (
            text.ljust(width) if index < _LEFT else text.rjust(width)
            for index, (text, width) in enumerate(zip(row, widths, strict=True))
        )
        print("  ".join(cells).rstrip())


def to_json(results: Iterable[Result], machine: str) -> str:
    """Return the outcome as JSON: ratios, goals and the medians they come from."""
    return json.dumps(
        {
            "machine": machine,
            "results": [
                {
                    "case": result.title,
                    "against": result.peer,
                    "cpuRatio": round(result.cpu_ratio, 3),
                    "wallRatio": round(result.wall_ratio, 3),
                    "goal": result.goal,
                    "verdict": result.verdict,
                    "subject": _numbers(result.subject_median),
                    "peer": _numbers(result.peer_median),
                }
                for result in results
            ],
        },
        indent=2,
    )


def _numbers(sample: Sample) -> dict[str, float]:
    return {
        "cpuSeconds": round(sample.cpu, 3),
        "wallSeconds": round(sample.wall, 3),
        "peakBytes": sample.peak,
    }


def _row(result: Result) -> tuple[str, ...]:
    ours, theirs = result.subject_median, result.peer_median
    return (
        result.title,
        result.peer,
        f"{result.cpu_ratio:.2f}",
        f"{result.wall_ratio:.2f}",
        "-" if result.goal is None else f"{result.goal:.2f}",
        result.verdict,
        f"{ours.cpu:.2f} / {theirs.cpu:.2f}",
        f"{ours.wall:.2f} / {theirs.wall:.2f}",
        f"{_mebibytes(ours)} / {_mebibytes(theirs)}",
    )


def _mebibytes(sample: Sample) -> int:
    return round(sample.peak / 2**20)


def _print_rich(rows: Sequence[tuple[str, ...]]) -> None:
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", padding=(0, 1, 0, 0))
    for index, title in enumerate(_HEADER):
        table.add_column(title, justify="left" if index < _LEFT else "right", no_wrap=index > 1)
    for row in rows:
        verdict = row[5]
        table.add_row(*row[:5], f"[{_COLOURS.get(verdict, 'yellow')}]{verdict}[/]", *row[6:])
    Console().print(table)
