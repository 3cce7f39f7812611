"""`make bench`: the ratios of docs/performance.md, measured in one run.

Exits with 0 whatever the ratios are, and with 1 when a case cannot run.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click

from bench.cases import CASES
from bench.measuring import CannotRunError, Result, compare, machine
from bench.scratch import Scratch
from bench.table import print_table, to_json


@click.command
@click.option("--only", multiple=True, type=click.Choice(list(CASES)), help="Run this case alone.")
@click.option("--runs", type=click.IntRange(min=1), help="How often, after one warm-up.")
@click.option("--quick", is_flag=True, help="Small sizes, one run: does it work at all?")
@click.option("--json", "as_json", is_flag=True, help="Write JSON instead of a table.")
def bench(*, only: tuple[str, ...], runs: int | None, quick: bool, as_json: bool) -> None:
    """Measure our programs against a peer or a floor; a ratio of 1 means as fast as that."""
    # With it every start would compile our modules again, and never those of the floor.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    results: list[Result] = []
    failed = False
    with tempfile.TemporaryDirectory(prefix="hmco-bench-") as folder:
        for outcome in _run(Scratch(Path(folder)), only or tuple(CASES), runs, quick=quick):
            if isinstance(outcome, CannotRunError):
                failed = True
                click.echo(f"cannot run: {outcome}", err=True)
            else:
                results += outcome
    if as_json:
        print(to_json(results, machine()))
    else:
        print(machine())
        print_table(results)
    sys.exit(int(failed))


def _run(
    scratch: Scratch, names: tuple[str, ...], runs: int | None, *, quick: bool
) -> Iterator[tuple[Result, ...] | CannotRunError]:
    for name in names:
        case = CASES[name]
        for size in (case.quick,) if quick else case.sizes:
            click.echo(f"{name} {size} ...", err=True)
            try:
                contest = case.prepare(scratch, size)
                times = runs or (1 if quick else case.runs)
                yield compare(contest, times, warm_ups=0 if quick else 1)
            except CannotRunError as error:
                yield error


if __name__ == "__main__":
    bench()
