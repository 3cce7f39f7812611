"""`hmco promote`, `status` and `check` against the floor: Python, the same YAML, the same git.

Two cases ask what a command costs before it does anything: their floor is Python with nothing but
its YAML parser.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from bench.hmco import OWN_CHARTS
from bench.measuring import CannotRunError, Command, Contest, Peer
from bench.recording import record
from bench.scratch import ROOT, Scratch, hmco_arguments

_GOAL: Final = 2.0
_CHECK_GOAL: Final = 3.0
_MOST_TRIES: Final = 40


def start_help(scratch: Scratch, charts: int) -> Contest:
    """Compare `hmco --help`."""
    return _start(scratch, charts, "--help")


def start_status(scratch: Scratch, charts: int) -> Contest:
    """Compare `hmco status` of one chart."""
    return _start(scratch, charts, "status", scratch.estate(charts).registry.charts[0].name)


def _start(scratch: Scratch, charts: int, *arguments: str) -> Contest:
    subject = scratch.hmco(f"hmco {arguments[0]}", charts, *arguments)
    floor = replace(subject, name="import yaml", argv=(sys.executable, "-P", "-c", "import yaml"))
    return Contest(f"hmco {arguments[0]}, {charts} charts", subject, (Peer(floor),))


def status(scratch: Scratch, charts: int) -> Contest:
    """Compare `hmco status` of all charts with its floor."""
    return _against_floor(scratch, charts, _GOAL, "status")


def check(scratch: Scratch, charts: int) -> Contest:
    """Compare `hmco check` with its floor; the goal is for large repositories."""
    goal = None if charts == OWN_CHARTS else _CHECK_GOAL
    return _against_floor(scratch, charts, goal, "check")


def metrics(scratch: Scratch, charts: int) -> Contest:
    """Compare `hmco metrics` over all of the history with its floor."""
    return _against_floor(scratch, charts, _GOAL, "metrics", "--since", "9999d")


def report(scratch: Scratch, charts: int) -> Contest:
    """Compare the HTML report of a year with the numbers that it shows; one second is the goal."""
    year = ("metrics", "--since", "365d")
    page = scratch.new(f"report-{charts}") / "report.html"
    numbers = scratch.hmco("hmco metrics", charts, *year)
    whole = scratch.hmco("hmco metrics --html", charts, *year, "--html", str(page))
    return Contest(f"report of a year, {charts} charts", whole, (Peer(numbers),))


def promote(scratch: Scratch, charts: int) -> Contest:
    """Compare a promotion that is accepted, and not written, with its floor."""
    return _against_floor(scratch, charts, _GOAL, *_promotion(scratch, charts))


def _against_floor(scratch: Scratch, charts: int, goal: float | None, *arguments: str) -> Contest:
    name = arguments[0]
    command = scratch.hmco(f"hmco {name}", charts, *arguments)
    notes = scratch.new(f"{name}-{charts}")
    of_git = record(
        hmco_arguments(charts, scratch.estate(charts), *arguments),
        command.folder,
        command.environment,
        notes,
    )
    argv = (sys.executable, "-P", str(ROOT / "bench" / "floor.py"), str(notes))
    floor = replace(command, name="floor", argv=argv, environment=of_git)
    return Contest(f"{name}, {charts} charts", command, (Peer(floor, goal),))


def _promotion(scratch: Scratch, charts: int) -> tuple[str, ...]:
    """Return the arguments of the first promotion that the estate's state permits."""
    for chart, source, target in _candidates(scratch, charts):
        arguments = ("promote", chart, "--from", source, "--to", target, "--dry-run")
        if _run(scratch.hmco("promote", charts, *arguments)).returncode == 0:
            return arguments
    raise CannotRunError("the generated history leaves nothing to promote")


def _candidates(scratch: Scratch, charts: int) -> Iterator[tuple[str, str, str]]:
    answer = _run(scratch.hmco("status", charts, "status", "--json"))
    if answer.returncode:
        raise CannotRunError(f"hmco status ended with {answer.returncode}: {answer.stderr}")
    behind = [
        (place["chart"], source["environment"], place["environment"])
        for place in json.loads(answer.stdout)["places"]
        for source in place["sources"]
        if place["pinned"] and source["standing"] == "behind"
    ]
    yield from behind[:_MOST_TRIES]


def _run(command: Command) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command.argv,
        cwd=command.folder,
        env=command.environment,
        capture_output=True,
        check=False,
        text=True,
    )
