"""Measuring programs against each other: the same round runs each once, medians speak."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

_PROBE: Final = Path(__file__).with_name("probe.py")
_RSS_UNIT: Final = 1 if sys.platform == "darwin" else 1024
_LONGEST_QUOTE: Final = 2000


class CannotRunError(Exception):
    """A case cannot run here; the message says which program failed and what it printed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A program to measure; `fresh` is called before each run and is not measured."""

    name: str
    argv: Sequence[str]
    folder: Path
    environment: Mapping[str, str]
    fresh: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """One run: seconds by the clock, user and system seconds, largest resident set in bytes."""

    wall: float
    cpu: float
    peak: int


@dataclass(frozen=True, slots=True)
class Peer:
    """What the subject is compared with, and the ratio to stay at or below, if there is a goal."""

    command: Command
    goal: float | None = None


@dataclass(frozen=True, slots=True)
class Contest:
    """One subject and its peers, over the same input."""

    title: str
    subject: Command
    peers: tuple[Peer, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome against one peer: medians of both, and medians of the ratios of each round."""

    title: str
    peer: str
    subject_median: Sample
    peer_median: Sample
    wall_ratio: float
    cpu_ratio: float
    goal: float | None

    @property
    def verdict(self) -> str:
        """Whether the goal is met by both clocks; on a loaded machine they may disagree."""
        if self.goal is None:
            return "-"
        by_clock = {"cpu": self.cpu_ratio <= self.goal, "wall": self.wall_ratio <= self.goal}
        if len(set(by_clock.values())) == 1:
            return "met" if by_clock["cpu"] else "missed"
        return f"by {next(name for name, met in by_clock.items() if met)} alone"


def measure(command: Command) -> Sample:
    """Run the command once; CannotRunError unless it exits with 0."""
    if command.fresh:
        command.fresh()
    with tempfile.TemporaryDirectory(prefix="hmco-bench-") as folder:
        report, output = Path(folder, "report"), Path(folder, "output")
        with output.open("wb") as stdout:
            done = subprocess.run(
                [sys.executable, "-I", "-S", str(_PROBE), str(report), *command.argv],
                cwd=command.folder,
                env=command.environment,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=subprocess.PIPE,
                check=False,
            )
        if done.returncode:
            said = (output.read_bytes() + done.stderr).decode(errors="replace").strip()
            raise CannotRunError(
                f"{command.name} ended with {done.returncode}: {said[-_LONGEST_QUOTE:]}"
            )
        wall, user, system, peak = map(float, report.read_text(encoding="ascii").split())
    return Sample(wall, user + system, int(peak) * _RSS_UNIT)


def compare(
    contest: Contest,
    runs: int,
    warm_ups: int = 1,
    measured: Callable[[Command], Sample] = measure,
) -> tuple[Result, ...]:
    """Run subject and peers in turn, `runs` times after the warm-ups, and judge each peer."""
    commands = (contest.subject, *(peer.command for peer in contest.peers))
    rounds = [[measured(command) for command in commands] for _ in range(warm_ups + runs)]
    columns = list(zip(*rounds[warm_ups:], strict=True))
    subject = columns[0]
    return tuple(
        Result(
            title=contest.title,
            peer=peer.command.name,
            subject_median=_median(subject),
            peer_median=_median(column),
            wall_ratio=median(a.wall / b.wall for a, b in zip(subject, column, strict=True)),
            cpu_ratio=median(a.cpu / b.cpu for a, b in zip(subject, column, strict=True)),
            goal=peer.goal,
        )
        for peer, column in zip(contest.peers, columns[1:], strict=True)
    )


def _median(samples: Sequence[Sample]) -> Sample:
    return Sample(
        median(sample.wall for sample in samples),
        median(sample.cpu for sample in samples),
        max(sample.peak for sample in samples),
    )


def machine() -> str:
    """Return what the numbers depend on besides the programs."""
    return f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {sys.version.split()[0]}"
