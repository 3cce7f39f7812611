"""`up` and `preview` of a pinned environment say when its stack file is not what was reviewed."""

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


def _told(program: Path, stack: str, operation: str = "up") -> list[str]:
    estate = load_estate(REGISTRY, read_stack_files(program))
    return list(unlanded(program, estate.environments[stack], operation))


def test_what_has_landed_is_brought_up_without_a_word(program: Path) -> None:
    assert _told(program, "prod") == []


def test_an_edit_that_is_not_committed_is_told(program: Path) -> None:
    _move_pin(program, "prod")
    (told,) = _told(program, "prod")
    assert told.startswith(
        "Pulumi.prod.yaml has changes that are not committed (storage 1.0.0 -> 1.1.0), so nobody "
    )
    assert told.endswith("; see: git status -- :/platform/Pulumi.prod.yaml")
    assert _told(program, "staging") == []


def test_a_commit_that_has_not_landed_is_told_with_a_command_that_shows_it(program: Path) -> None:
    _move_pin(program, "prod")
    _commit(program)
    (told,) = _told(program, "prod")
    assert told.startswith(
        "Pulumi.prod.yaml of this checkout is not what origin/main says (storage 1.0.0 -> 1.1.0); "
    )
    assert "storage: 1.1.0" in git(program, *told.partition("see: git ")[2].split())


def test_a_preview_tells_of_edits_and_tags_but_not_that_a_branch_has_yet_to_land(
    program: Path,
) -> None:
    git(program, "tag", "api-gateway-1.0.0")
    _move_pin(program, "prod")
    edited = _told(program, "prod", "preview")
    assert "are not committed (storage 1.0.0 -> 1.1.0), so nobody has reviewed them" in edited[0]
    assert any("pins storage 1.1.0, but there is no tag storage-1.1.0" in each for each in edited)
    _commit(program)
    assert _told(program, "prod", "preview") == edited[1:]
    assert len(_told(program, "prod")) == len(edited)


def test_a_checkout_behind_the_trunk_is_told(program: Path) -> None:
    origin = program.parents[1] / "origin"
    _move_pin(origin / "platform", "prod")
    _commit(origin)
    git(program, "fetch", "--quiet")
    (told,) = _told(program, "prod")
    assert "is not what origin/main says (storage 1.1.0 -> 1.0.0); " in told


def test_an_edit_of_the_registry_is_told_too(program: Path) -> None:
    registry = program / "release" / "registry.py"
    registry.parent.mkdir()
    registry.write_text("# charts\n")
    (told,) = _told(program, "prod")
    assert told.startswith("release/registry.py has changes that are not committed, so nobody ")
    assert told.endswith("; see: git status -- :/platform/release/registry.py")
    _commit(program)
    (told,) = _told(program, "prod")
    assert told.startswith("release/registry.py of this checkout is not what origin/main says; ")
    git(program, "remote", "remove", "origin")
    assert _told(program, "prod") == []


def test_a_change_of_another_setting_names_no_pin(program: Path) -> None:
    path = program / "Pulumi.prod.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "# a word\n")
    (told,) = _told(program, "prod")
    assert "are not committed, so nobody" in told


def test_a_stack_file_that_is_new_is_told_with_its_first_pins(program: Path) -> None:
    git(program, "rm", "--quiet", "--cached", "Pulumi.prod.yaml")
    git(program, "-c", "user.name=A", "-c", "user.email=a@b.example", "commit", "-qm", "forget")
    uncommitted, _ = _told(program, "prod")
    assert "(api-gateway not deployed -> 1.0.0, " in uncommitted
    assert " more), so nobody" in uncommitted


@pytest.mark.parametrize("stack", ["prod", "staging"])
def test_a_pin_without_tag_is_told_where_others_have_theirs(program: Path, stack: str) -> None:
    git(program, "tag", "v1.0.0")
    git(program, "tag", "others-1.0.0")
    assert _told(program, stack) == [], "tags of charts that lie elsewhere say nothing"
    estate = load_estate(REGISTRY, read_stack_files(program))
    pins = estate.environments[stack].settings.pins
    for chart, version in pins.items():
        git(program, "tag", f"{chart}-{version}")
    assert _told(program, stack) == []
    git(program, "tag", "--delete", f"storage-{pins['storage']}")
    (told,) = _told(program, stack)
    assert told.startswith(f"Pulumi.{stack}.yaml pins storage {pins['storage']}, but there is no ")
    assert told.endswith("git fetch --tags, and if nobody has it: hmco check --chart storage")


def test_an_environment_that_follows_a_branch_is_left_alone(program: Path) -> None:
    _move_pin(program, "dev")
    assert _told(program, "dev") == []


def test_a_trunk_that_cannot_be_told_is_said(program: Path) -> None:
    git(program, "remote", "remove", "origin")
    git(program, "branch", "--move", "mine")
    git(program, "branch", "other")
    (told,) = _told(program, "prod")
    assert told.startswith("cannot tell whether Pulumi.prod.yaml has landed: ")


def test_the_launcher_warns_before_the_engine_starts_and_names_files_for_any_folder(
    tmp_path: Path,
) -> None:
    below = tmp_path / "platform"
    below.mkdir()
    program = copy_program(below)
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    (tmp_path / ".gitignore").write_text("build/\n__pycache__/\n")
    _commit(tmp_path)
    program.edit("prod", "    storage: 1.0.0", "    storage: 1.1.0")
    preview = program.pulumi("preview", "--stack", "prod")
    answer = program.up("prod")
    assert answer.code == 0, answer.text
    warning, *_, again, _, carried = answer.err.splitlines()
    assert warning.startswith("warning: Pulumi.prod.yaml has changes that are not committed")
    assert again == warning, "told again where the next step is"
    assert preview.err.splitlines() == [warning, warning], preview.text
    assert f" --recursive -f {below.resolve()}/build/prod " in carried
