"""The README as a newcomer follows it: from a clone, in one shell, with nothing else at hand."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from demo.demonstration import borrow_packages, build_demonstration, program_files
from demo.environments import ROOT
from demo.gitprogram import ISOLATED, git, make_repository
from demo.repository import EstateRepo
from release.cli.main import hmco
from tests.docs.outputs import agrees
from tests.docs.pages import Command, read_links, read_sections
from tests.estate.moment import NOW

README: Final = ROOT / "README.md"
USE: Final = re.findall(
    r"(?m)^\| `(hmco [^`]+)` \|", README.read_text(encoding="utf-8").partition("\n## Use\n")[2]
)
DAY: Final = re.findall(r"(?m)^  (hmco .+?)(?:  |$)", hmco.epilog or "")
_END: Final = "--- end of a command, exit code "


def variables(home: Path) -> dict[str, str]:
    """Return what the shell of somebody holds who has just come."""
    home.mkdir(exist_ok=True)
    return {
        **ISOLATED,
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "PYTHON": sys.executable,
        "COLUMNS": "200",
    }


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Return a fresh clone in which the packages are installed already."""
    folder = tmp_path / "clone"
    make_repository(folder)
    for path, content in program_files().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "-m", "The program")
    borrow_packages(folder)
    return folder


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> EstateRepo:
    return build_demonstration(tmp_path_factory.mktemp("demo") / "demo", NOW)


def test_five_minutes_lead_from_a_clone_to_a_promotion(clone: Path, tmp_path: Path) -> None:
    (section,) = (part for part in read_sections(README) if part.title == "Five minutes")
    steps = [step for step in section.steps if isinstance(step, Command)]
    assert any("hmco promote" in step.text for step in steps)
    script = "".join(f"{step.text}\necho '{_END}'$?\n" for step in steps)
    done = subprocess.run(
        ["bash"],
        input=script,
        cwd=clone,
        env=variables(tmp_path / "home"),
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    printed = re.split(rf"{_END}(\d+)\n", done.stdout)
    assert len(printed) == 2 * len(steps) + 1, done.stdout
    for step, output, code in zip(steps, printed[::2], printed[1::2], strict=False):
        assert int(code) == step.exit, f"{step.text}\n{output}"
        assert agrees(step.shown, output), f"{step.text}\n{output}"
    assert "data-platform: 1.4.0" in git(clone / "build/demo.git", "show", "main:Pulumi.prod.yaml")


@pytest.mark.parametrize("text", dict.fromkeys((*USE, *DAY)))
def test_each_command_for_use_works_on_the_demonstration(
    demonstration: EstateRepo, tmp_path: Path, text: str
) -> None:
    done = subprocess.run(
        ["bash", "-c", f". .venv/bin/activate && {text}"],
        cwd=demonstration.path,
        env=variables(tmp_path / "home"),
        check=False,
        capture_output=True,
        text=True,
    )
    demonstration.git("reset", "--quiet", "--hard")
    assert done.returncode == 0, done.stderr
    assert done.stdout or "nothing changes" in done.stderr


def test_the_help_of_hmco_fits_a_narrow_terminal() -> None:
    assert len(DAY) > 5
    assert all(len(line) < 79 for line in (hmco.epilog or "").splitlines())


def test_the_commands_for_use_go_from_cut_to_history() -> None:
    named = {text.split()[1] for text in USE}
    assert {"status", "check", "cut", "promote", "rollback", "hold", "history"} <= named


def test_the_links_of_the_readme_lead_somewhere() -> None:
    assert [link for link in read_links(README) if not (ROOT / link).is_file()] == []


def test_make_names_each_of_its_targets_in_its_help(clone: Path) -> None:
    # A make that another make started also tells the folders that it enters and leaves.
    command = ["make", "--no-print-directory", "help"]
    help_ = subprocess.run(command, cwd=clone, check=True, capture_output=True, text=True)
    told = {line.split()[0] for line in help_.stdout.splitlines()}
    phony = re.search(r"(?m)^\.PHONY: (.+)$", (clone / "Makefile").read_text(encoding="utf-8"))
    assert phony is not None
    assert told == set(phony[1].split()) - {"help"}
    shutil.rmtree(clone)
