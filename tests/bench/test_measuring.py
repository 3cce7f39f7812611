"""The arithmetic of the benchmarks; no test asserts a time."""

import json
import os
import sys
from pathlib import Path

import pytest

from bench.measuring import CannotRunError, Command, Contest, Peer, Result, Sample, compare, measure
from bench.table import print_table, to_json


def command(name: str, code: str = "pass") -> Command:
    return Command(
        name=name,
        argv=(sys.executable, "-S", "-c", code),
        folder=Path.cwd(),
        environment=os.environ,
    )


def scripted(**walls: list[float]) -> list[Result]:
    """Compare made-up samples, in the order in which the harness asks for them."""
    asked: list[str] = []

    def measured(of: Command) -> Sample:
        asked.append(of.name)
        wall = walls[of.name][asked.count(of.name) - 1]
        return Sample(wall, wall / 2, int(wall * 10))

    peers = tuple(Peer(command(name), 1.5) for name in walls if name != "ours")
    runs = len(walls["ours"]) - 1
    results = compare(Contest("case", command("ours"), peers), runs, measured=measured)
    assert asked == list(walls) * (runs + 1), "each round runs everyone once"
    return list(results)


def result(cpu: float, wall: float, goal: float | None = 2.0) -> Result:
    sample = Sample(1.0, 0.5, 2**20)
    return Result("case", "peer", sample, sample, wall, cpu, goal)


def test_ratios_are_medians_over_rounds_after_the_warm_up() -> None:
    (outcome,) = scripted(ours=[100, 2, 30, 4], peer=[1, 1, 10, 4])
    assert outcome.wall_ratio == 2
    assert outcome.cpu_ratio == 2
    assert outcome.subject_median.wall == 4
    assert outcome.peer_median.wall == 4


def test_each_peer_gets_its_own_ratio() -> None:
    slow, fast = scripted(ours=[1, 6], slow=[1, 12], fast=[1, 3])
    assert (slow.peer, slow.wall_ratio) == ("slow", 0.5)
    assert (fast.peer, fast.wall_ratio) == ("fast", 2)


def test_the_peak_is_the_largest_of_all_runs() -> None:
    (outcome,) = scripted(ours=[1, 9, 2, 3], peer=[1, 1, 1, 1])
    assert outcome.subject_median.peak == 90


@pytest.mark.parametrize(
    ("cpu", "wall", "goal", "verdict"),
    [
        (2.0, 2.0, 2.0, "met"),
        (2.1, 2.1, 2.0, "missed"),
        (1.9, 2.1, 2.0, "by cpu alone"),
        (2.1, 1.9, 2.0, "by wall alone"),
        (9.0, 9.0, None, "-"),
    ],
)
def test_a_goal_is_met_by_both_clocks_or_the_verdict_says_which(
    cpu: float, wall: float, goal: float | None, verdict: str
) -> None:
    assert result(cpu, wall, goal).verdict == verdict


def test_memory_is_the_childs_and_not_that_of_the_harness() -> None:
    ballast = bytearray(150 * 2**20)
    small = measure(command("small"))
    large = measure(command("large", "bytearray(80 * 2**20)"))
    assert small.peak < 80 * 2**20 < large.peak
    assert len(ballast) > large.peak


def test_processor_time_includes_what_the_program_waited_for() -> None:
    spin = "import time\nwhile time.process_time() < .2: pass"
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-S', '-c', {spin!r}])"
    assert measure(command("parent", child)).cpu >= 0.2


def test_a_program_that_fails_stops_the_case_with_its_words() -> None:
    with pytest.raises(CannotRunError, match=r"broken ended with 3: why\Z"):
        measure(command("broken", "import sys; print('why'); sys.exit(3)"))


def test_a_program_that_is_not_there_stops_the_case() -> None:
    absent = Command(name="absent", argv=("./absent",), folder=Path.cwd(), environment=os.environ)
    with pytest.raises(CannotRunError, match="No such file"):
        measure(absent)


def test_a_pipe_gets_aligned_columns(capsys: pytest.CaptureFixture[str]) -> None:
    print_table([result(1.234, 2.5), result(10, 10, None)])
    header, first, second = capsys.readouterr().out.splitlines()
    assert header.split()[:5] == ["CASE", "AGAINST", "CPU", "WALL", "GOAL"]
    assert first.split()[2:6] == ["1.23", "2.50", "2.00", "by"]
    assert header.index("CPU") == first.index("1.23") == second.index("10.00")


def test_json_holds_ratios_goals_and_medians() -> None:
    content = json.loads(to_json([result(1.5, 2.5)], "2 cores"))
    assert content["machine"] == "2 cores"
    (row,) = content["results"]
    assert (row["cpuRatio"], row["wallRatio"], row["goal"]) == (1.5, 2.5, 2.0)
    assert row["subject"] == {"cpuSeconds": 0.5, "wallSeconds": 1.0, "peakBytes": 2**20}
