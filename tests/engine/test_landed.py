"""`up` of a pinned environment says when its stack file is not what has landed."""

import shutil
from pathlib import Path

import pytest

from demo.gitprogram import git
from release.estate import load_estate, read_stack_files
from release.registry import REGISTRY
from tests.engine.program import copy_program
from tools.engine.reviewed import unlanded

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """Return the program's folder in a clone of a repository whose trunk is main."""
    origin = tmp_path / "origin"
    (origin / "platform").mkdir(parents=True)
    for path in ROOT.glob("Pulumi.*.yaml"):
        shutil.copy(path, origin / "platform")
    git(origin, "init", "--quiet", "--initial-branch=main")
    _commit(origin)
    git(tmp_path, "clone", "--quiet", str(origin), "work")
    return tmp_path / "work" / "platform"


def _commit(folder: Path) -> None:
    git(folder, "add", "--all")
    git(
        folder, "-c", "user.name=A", "-c", "user.email=a@b.example",
        "commit", "--quiet", "--message", "change",
    )  # fmt: skip


def _move_pin(program: Path, stack: str) -> None:
    path = program / f"Pulumi.{stack}.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("    storage: 1.0.0", "    storage: 1.1.0") + "\n")


def _told(program: Path, stack: str) -> list[str]:
    estate = load_estate(REGISTRY, read_stack_files(program))
    return list(unlanded(program, estate.environments[stack]))


def test_what_has_landed_is_brought_up_without_a_word(program: Path) -> None:
    assert _told(program, "prod") == []


def test_an_edit_that_is_not_committed_is_told(program: Path) -> None:
    _move_pin(program, "prod")
    (told,) = _told(program, "prod")
    assert told.startswith("Pulumi.prod.yaml has changes that are not committed, so nobody ")
    assert told.endswith("; see: git status -- :/platform/Pulumi.prod.yaml")
    assert _told(program, "staging") == []


def test_a_commit_that_has_not_landed_is_told_with_a_command_that_shows_it(program: Path) -> None:
    _move_pin(program, "prod")
    _commit(program)
    (told,) = _told(program, "prod")
    assert told.startswith("Pulumi.prod.yaml of this checkout is not what origin/main says; see: ")
    assert "storage: 1.1.0" in git(program, *told.partition("see: git ")[2].split())


def test_a_checkout_behind_the_trunk_is_told(program: Path) -> None:
    origin = program.parents[1] / "origin"
    _move_pin(origin / "platform", "prod")
    _commit(origin)
    git(program, "fetch", "--quiet")
    (told,) = _told(program, "prod")
    assert "is not what origin/main says" in told


def test_an_environment_that_follows_a_branch_is_left_alone(program: Path) -> None:
    _move_pin(program, "dev")
    assert _told(program, "dev") == []


def test_a_trunk_that_cannot_be_told_is_said(program: Path) -> None:
    git(program, "remote", "remove", "origin")
    git(program, "branch", "--move", "mine")
    git(program, "branch", "other")
    (told,) = _told(program, "prod")
    assert told.startswith("cannot tell whether Pulumi.prod.yaml has landed: ")


def test_the_launcher_warns_before_the_engine_starts(tmp_path: Path) -> None:
    program = copy_program(tmp_path)
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    (tmp_path / ".gitignore").write_text("build/\n__pycache__/\n")
    _commit(tmp_path)
    program.edit("prod", "    storage: 1.0.0", "    storage: 1.1.0")
    answer = program.up("prod")
    assert answer.code == 0, answer.text
    assert answer.err.startswith("warning: Pulumi.prod.yaml has changes that are not committed")
