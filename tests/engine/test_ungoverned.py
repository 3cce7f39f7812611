"""Production without the GitHub provider: it comes up, and asks for it only where it is needed."""

import os
import shutil
from pathlib import Path

import pytest

from tests.engine.program import Program, copy_program
from tools.toolchain.cache import cache_root


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """Give a copy of the program and a cache of tools that holds all but the GitHub provider."""
    real, own = cache_root(os.environ), tmp_path / "cache"
    (own / "tools").mkdir(parents=True)
    for path in (real / "tools").iterdir():
        if not path.name.startswith("github-"):
            (own / "tools" / path.name).symlink_to(path)
    # The engine overlooks a plugin whose folder is a link; the links inside lead to the tools.
    without = shutil.ignore_patterns("*github*")
    shutil.copytree(real / "home", own / "home", symlinks=True, ignore=without)
    folder = tmp_path / "program"
    folder.mkdir()
    return copy_program(folder, {"HMCO_CACHE": str(own)})


def test_production_comes_up_without_a_token_and_without_the_provider(program: Program) -> None:
    answer = program.up("prod")
    assert answer.code == 0, answer.text
    assert "github" not in answer.text.lower()
    assert program.manifests("prod")


def test_a_governed_stack_names_the_command_that_builds_the_provider(program: Program) -> None:
    program.edit("prod", "  credentials: none\n", "  credentials: token\n")
    answer = program.up("prod")
    assert answer.code != 0
    assert "the GitHub provider is not installed; run: make -C" in answer.text
    assert "setup-github" in answer.text
    assert not program.manifests("prod")
