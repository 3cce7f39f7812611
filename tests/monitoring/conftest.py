"""A kubectl that answers what a test says."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def kubectl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Put a kubectl first that answers by these branches of a shell's `case`, and fails else."""

    def answers(branches: str) -> None:
        program = tmp_path / "kubectl"
        program.write_text(f'#!/bin/sh\ncase "$*" in\n{branches}*) exit 1 ;;\nesac\n')
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    return answers
