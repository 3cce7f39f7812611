"""The commands that set-up puts into the virtual environment."""

import os
import subprocess
import sys
from pathlib import Path

from tools.engine.scripts import COMMANDS, install

ROOT = Path(__file__).resolve().parents[2]


def _clone(folder: Path) -> Path:
    """Make a clone's skeleton whose modules print who they are."""
    (folder / ".venv" / "bin").mkdir(parents=True)
    (folder / ".venv" / "bin" / "python").symlink_to(sys.executable)
    for module in COMMANDS.values():
        package = folder.joinpath(*module.split("."))
        package.mkdir(parents=True)
        (package / "__main__.py").write_text("import sys; print(__file__, *sys.argv[1:])\n")
    return folder


def _run(script: Path, cwd: Path, *arguments: str) -> str:
    done = subprocess.run(
        [script, *arguments], cwd=cwd, check=True, capture_output=True, text=True, env=os.environ
    )
    return done.stdout.strip()


def test_a_command_runs_its_own_clone_even_beside_a_folder_of_the_same_name(tmp_path: Path) -> None:
    clone = _clone(tmp_path / "a clone with 'odd' name")
    other = _clone(tmp_path / "other")
    install(clone)
    answer = _run(clone / ".venv/bin/hmco", other, "status", "a b")
    assert answer == f"{clone}/release/__main__.py status a b"


def test_a_clone_that_was_moved_is_repaired_by_the_next_set_up(tmp_path: Path) -> None:
    install(_clone(tmp_path / "before"))
    moved = (tmp_path / "before").rename(tmp_path / "after")
    install(moved)
    assert _run(moved / ".venv/bin/pulumi", tmp_path) == f"{moved}/tools/engine/__main__.py"


def test_a_second_set_up_writes_nothing(tmp_path: Path) -> None:
    clone = _clone(tmp_path / "clone")
    install(clone)
    before = (clone / ".venv/bin/hmco").stat().st_ino
    install(clone)
    assert (clone / ".venv/bin/hmco").stat().st_ino == before


def test_helm_is_a_command_once_it_was_got(tmp_path: Path) -> None:
    clone = _clone(tmp_path / "clone")
    got = tmp_path / "the tool's folder"
    got.mkdir()
    (got / "helm").symlink_to("/bin/echo")
    install(clone)
    assert not (clone / ".venv/bin/helm").exists()
    install(clone, got)
    assert _run(clone / ".venv/bin/helm", tmp_path, "dependency", "a b") == "dependency a b"
