"""The outcome as a table for people or JSON for programs."""

import json
from collections.abc import Iterable
from typing import Final

from bench.measuring import Result, Sample
from release.cli import output
from release.cli.output import Cell

_HEADER: Final = ("CASE", "AGAINST", "CPU", "WALL", "GOAL", "MET", "CPU s", "WALL s", "PEAK MiB")
_COLOURS: Final = {"met": "green", "missed": "bold red", "-": "dim"}


def print_table(results: Iterable[Result]) -> None:
    """Write the table as `hmco` writes its own."""
    output.print_table(_HEADER, map(_row, results))


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


def _row(result: Result) -> tuple[Cell, ...]:
    ours, theirs = result.subject_median, result.peer_median
    before = (
        result.title,
        result.peer,
        f"{result.cpu_ratio:.2f}",
        f"{result.wall_ratio:.2f}",
        "-" if result.goal is None else f"{result.goal:.2f}",
    )
    after = (
        f"{ours.cpu:.2f} / {theirs.cpu:.2f}",
        f"{ours.wall:.2f} / {theirs.wall:.2f}",
        f"{_mebibytes(ours)} / {_mebibytes(theirs)}",
    )
    verdict = Cell(result.verdict, _COLOURS.get(result.verdict, "yellow"))
    return (*map(Cell, before), verdict, *map(Cell, after))


def _mebibytes(sample: Sample) -> int:
    return round(sample.peak / 2**20)
