"""A worker renders chart after chart, and none pays for those before it."""

import os
import shlex
import signal
import subprocess
import time
from functools import partial

import pytest

from release.rendering import confine, pool
from release.rendering.helm import Job
from release.rendering.pool import Outcome, run_jobs
from release.rendering.renderedobjects import Flaw, Rendering, Unknown
from tests.release.rendering.charts import helm
from tests.release.rendering.conftest import Write

LONG = "x" * 200_000
"""More than a pipe holds, so that its end is read long after its beginning was written."""


@pytest.fixture(autouse=True)
def one_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 1)


def job(chart: str) -> Job:
    return Job("", "", chart, (), "")


def test_charts_may_take_together_more_processor_time_than_one_may(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def busy(job: Job) -> Rendering:
        until = time.process_time() + 0.4
        while time.process_time() < until:
            pass
        return Rendering(flaws=(Flaw(job.chart, LONG),))

    monkeypatch.setattr(confine, "PROCESSOR_SECONDS", 2)
    monkeypatch.setattr(pool, "_WORN", 1)
    monkeypatch.setattr(pool, "render", busy)
    charts = [str(number) for number in range(8)]
    found: dict[int, Outcome] = {}
    run_jobs([partial(job, chart) for chart in charts], found.__setitem__, network=False)
    wanted = [Rendering(flaws=(Flaw(chart, LONG),)) for chart in charts]
    assert found == dict(enumerate(wanted))


def test_a_worker_that_ends_between_two_charts_is_the_fault_of_neither(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def told(job: Job) -> Rendering:
        return Rendering(flaws=(Flaw(job.chart, str(os.getpid())),))

    workers: list[int] = []

    def second() -> Job:
        os.kill(workers[0], signal.SIGKILL)
        os.waitid(os.P_PID, workers[0], os.WEXITED | os.WNOWAIT)
        return job("second")

    def tell(_: int, outcome: Outcome) -> None:
        assert isinstance(outcome, Rendering)
        assert outcome.failure == ""
        workers.append(int(outcome.flaws[0].what))

    monkeypatch.setattr(pool, "render", told)
    run_jobs([lambda: job("first"), second], tell, network=False)
    assert len({*workers}) == 2


def test_a_fault_of_the_program_is_told_as_one_and_is_not_the_charts(
    write_chart: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Job) -> Rendering:
        raise KeyError("Tr0ub4dor-and-3")

    charts = write_chart("alpha", {})
    monkeypatch.setattr(pool, "render", broken)
    outcome = charts.render("alpha")
    assert isinstance(outcome, Unknown)
    assert "Tr0ub4dor" not in outcome.reason
    assert outcome.reason.startswith("this program fails on it, with KeyError in test_workers.py, ")
    monkeypatch.undo()
    program, *arguments = shlex.split(outcome.command)
    assert program == "helm"
    subprocess.run([helm().program, *arguments], check=True, cwd=charts.folder)
