"""One template a session, and a copy of it for each scenario."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.workflows.stage import Stage, opened
from tests.workflows.stagebuild import build_stage


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template") / "stage"
    build_stage(folder)
    return folder


@pytest.fixture
def stage(template: Path, tmp_path: Path) -> Iterator[Stage]:
    with opened(template, tmp_path / "stage") as scenario:
        yield scenario


@pytest.fixture(scope="module")
def shared(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Give one scenario to all tests of a module, whose runs leave it as it was."""
    with opened(template, tmp_path_factory.mktemp("shared") / "stage") as scenario:
        yield scenario
