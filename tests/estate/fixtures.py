"""The estate as pytest fixtures: built once a session, copied for every test that wants one."""

import os
from pathlib import Path

import pytest

from demo.builder import build_estate
from demo.repository import EstateRepo
from tests.estate.scratch import Scratch
from tools.toolchain.cache import cache_root


@pytest.fixture(scope="session")
def estate_template(tmp_path_factory: pytest.TempPathFactory) -> EstateRepo:
    """Return the default estate for tests that only read it."""
    return build_estate(tmp_path_factory.mktemp("estate") / "repository")


@pytest.fixture
def estate(estate_template: EstateRepo, tmp_path: Path) -> EstateRepo:
    """Return a copy of the default estate that the test may change."""
    return estate_template.copy_to(tmp_path / "repository")


@pytest.fixture
def scratch(tmp_path: Path) -> Scratch:
    """Return an empty repository for the test to fill."""
    return Scratch(tmp_path / "scratch")


@pytest.fixture
def own_renderings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep renderings apart from those of the machine, whose tools stay in use; return where."""
    cache = tmp_path / "cache-of-the-test"
    cache.mkdir()
    (cache / "tools").symlink_to(cache_root(os.environ) / "tools")
    monkeypatch.setenv("HMCO_CACHE", str(cache))
    return cache / "renderings"
