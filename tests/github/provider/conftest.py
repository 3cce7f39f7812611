"""A governed program beside a fake GitHub; what is up already is copied instead of made again."""

import copy
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.program import Program
from tests.github.provider.governing import Governing, governing


@pytest.fixture
def governed(tmp_path: Path) -> Iterator[Governing]:
    """Give a production stack that has not been brought up; afterwards nothing may be wrong."""
    with governing(tmp_path / "program") as running:
        yield running
        assert running.github.violations == []


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Governing]:
    """Bring one production stack up, of which tests get copies."""
    with governing(tmp_path_factory.mktemp("governed") / "program") as running:
        yield running.brought_up()


@pytest.fixture
def up(once: Governing, tmp_path: Path) -> Iterator[Governing]:
    """Give a production stack that is up: copies of the program, its state and the world."""
    folder = tmp_path / "program"
    shutil.copytree(once.program.folder, folder, symlinks=True)
    world = copy.deepcopy(once.world)
    github = once.github
    github.state = world
    github.forget()
    github.violations.clear()
    github.faults.clear()
    yield Governing(Program(folder, once.program.variables), github, world)
    assert github.violations == []
