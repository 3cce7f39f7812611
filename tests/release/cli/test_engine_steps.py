"""What a workflow's step does with the engine's launcher, for which a script stands in here."""

import os
import select
import signal
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[3]
_LAUNCHER: Final = """\
import os, signal, time

def end(*_):
    os.write(2, b"the lock is given back\\n")
    os._exit(3)

signal.signal(signal.SIGINT, lambda *_: os.write(2, b"asked twice\\n"))
signal.signal(signal.SIGTERM, end)
os.write(2, b"at work\\n")
time.sleep(60)
"""
_STEP: Final = """\
import os, sys
from pathlib import Path
from release.cli.ci.engine import _Run

sys.exit(_Run(Path.cwd(), {"PATH": os.environ["PATH"]})("up").returncode)
"""


def test_what_the_engine_says_is_shown_as_it_comes_and_it_is_told_that_the_run_is_cancelled(
    tmp_path: Path,
) -> None:
    launcher = tmp_path / "tools" / "engine" / "__main__.py"
    launcher.parent.mkdir(parents=True)
    launcher.write_text(_LAUNCHER, encoding="utf-8")

    with subprocess.Popen(
        [sys.executable, "-c", _STEP],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as step:
        assert step.stderr is not None
        try:
            assert select.select([step.stderr], [], [], 30)[0], "nothing is shown while it works"
            assert os.read(step.stderr.fileno(), 100) == b"at work\n"
            # A terminal tells the whole group; the engine must hear of it once all the same.
            os.killpg(step.pid, signal.SIGINT)
            assert step.stderr.read() == b"the lock is given back\n"
            assert step.wait() == 3
        finally:
            step.kill()
