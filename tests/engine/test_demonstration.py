"""The engine's commands of the README, as they stand there, on the demonstration."""

import os
import subprocess
import sys
from pathlib import Path

from demo.demonstration import build_demonstration
from tests.engine.program import HOSTILE, SECONDS
from tests.estate.moment import NOW


def test_the_readme_s_make_commands_work_on_the_demonstration(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    build_demonstration(folder, NOW)

    def make(*arguments: str) -> str:
        done = subprocess.run(
            ["make", *arguments],
            cwd=folder,
            env={**os.environ, **HOSTILE, "PYTHON": sys.executable},
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    shown = make("preview", "STACK=prod")
    assert "refs/tags/data-platform-1.3.0" in shown
    assert "next: kubectl apply --server-side" in make("up", "STACK=dev")
    assert (folder / "build" / "dev" / "1-manifest").is_dir()
    assert "deleted" in make("destroy", "STACK=dev")
    make("clean")
    assert not (folder / "build").exists()
