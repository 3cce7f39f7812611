"""Whole runs as processes of their own: killed, stopped, and two at once."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tools.stand_ins import Bench, make_tool

ROOT = Path(__file__).parents[2]
SECONDS = 120

PACKAGES_ALONE = """
import sys
from tools.toolchain import cli
cli.ensure_venv = lambda *_: print("packages installed", file=sys.stderr)
cli.install_scripts = lambda *_: print("scripts installed", file=sys.stderr)
sys.exit(cli.main(["ensure", "--venv", "runtime"]))
"""

RUN = """
import sys
from pathlib import Path
from tests.tools.stand_ins import make_tool
from tools.toolchain import cli, locate
tool = make_tool()
cli.TOOLS = locate.TOOLS = {"thing": tool}
sys.exit(cli.main(["ensure", "--build", "thing"]))
"""

# As on a loaded machine, where the compiler may run before its job is handed over.
BUSY = """
import time
from concurrent import futures
class Pool(futures.ThreadPoolExecutor):
    def submit(self, *job):
        super().submit(*job)
        time.sleep(300)
futures.ThreadPoolExecutor = Pool
"""


def _start(bench: Bench, code: str = RUN, **environment: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={
            "PATH": "/usr/bin:/bin",
            "HMCO_CACHE": str(bench.cache.root),
            "PYTHONDONTWRITEBYTECODE": "1",
            **environment,
        },
        stderr=subprocess.PIPE,
        text=True,
    )


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, "what the test waits for never came"
        time.sleep(0.02)


def _building(bench: Bench) -> Callable[[], bool]:
    return lambda: any(call.startswith("build") for call in bench.go_calls())


def test_a_run_killed_while_building_leaves_no_tool_and_the_next_one_succeeds(
    bench: Bench,
) -> None:
    first = _start(bench, FAKE_GO_SLEEP="2")
    _until(_building(bench))
    first.kill()
    first.communicate()
    assert bench.cache.installed(make_tool()) is None
    second = _start(bench)
    _, shown = second.communicate(timeout=SECONDS)
    assert second.returncode == 0, shown
    assert bench.cache.installed(make_tool()) is not None
    assert list((bench.cache.root / "tmp").glob("thing-*")) == []


@pytest.mark.parametrize("code", [RUN, BUSY + RUN], ids=["idle", "busy"])
def test_a_terminated_run_takes_the_compiler_with_it(bench: Bench, code: str) -> None:
    # Its own length tells this compiler from one of another run of these tests.
    nap = f"301.{os.getpid()}"
    run = _start(bench, code, FAKE_GO_SLEEP=nap)
    _until(_building(bench))
    run.send_signal(signal.SIGTERM)
    _, shown = run.communicate(timeout=SECONDS)
    assert run.returncode == 130
    assert "the same command goes on from here" in shown
    # Its process is dead once the signal is through, which the kernel may take a moment for.
    _until(lambda: f"sleep {nap}" not in _processes())


def _processes() -> str:
    answer = subprocess.run(["ps", "-A", "-o", "args"], capture_output=True, text=True, check=True)
    return answer.stdout


def test_two_runs_at_once_build_once_and_the_second_says_what_it_waits_for(
    bench: Bench, tmp_path: Path
) -> None:
    may_end = tmp_path / "may-end"
    first = _start(bench, FAKE_GO_UNTIL=str(may_end))
    _until(_building(bench))
    second = _start(bench)
    assert second.stderr is not None
    told = second.stderr.readline()
    may_end.touch()
    second.communicate(timeout=SECONDS)
    first.communicate(timeout=SECONDS)
    assert f"another run is filling {bench.cache.root}" in told
    assert (first.returncode, second.returncode) == (0, 0)
    assert sum(call.startswith("build") for call in bench.go_calls()) == 1
    assert bench.cache.installed(make_tool()) is not None


def test_a_run_that_needs_packages_alone_does_not_wait_for_one_that_fills_the_cache(
    bench: Bench,
) -> None:
    with bench.cache.lock(bench.installer.watch):
        _, shown = _start(bench, PACKAGES_ALONE).communicate(timeout=SECONDS)
    assert shown == "packages installed\nscripts installed\n"
