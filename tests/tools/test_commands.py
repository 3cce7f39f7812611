"""What a person types and reads."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools.toolchain import __file__ as package
from tools.toolchain.cache import Cache
from tools.toolchain.cli import main
from tools.toolchain.failure import ToolchainError
from tools.toolchain.locate import locate
from tools.toolchain.progress import Progress, clock
from tools.toolchain.tools import MODULES, TOOLS


def test_unknown_tools_are_refused_together(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ensure", "terraform", "helm", "kubectl"]) == 1
    assert "unknown tool kubectl, terraform: the tools are pulumi" in capsys.readouterr().err


def test_locate_refuses_what_it_does_not_know() -> None:
    with pytest.raises(ToolchainError, match="unknown tool x"):
        locate(["x"], {"HMCO_CACHE": "/nowhere"})


def test_a_python_that_is_too_old_is_told_which_one_is_needed() -> None:
    """Run the entry as an older Python would: it must say so before importing anything newer."""
    entry = Path(package).parent / "__main__.py"
    code = (
        "import sys, runpy; sys.version_info = (3, 8, 10, 'final', 0);"
        f"runpy.run_path({str(entry)!r}, run_name='__main__')"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert "is Python 3.8, 3.11 or newer is needed" in run.stderr
    assert "make PYTHON=" in run.stderr


def test_the_commands_need_nothing_but_the_standard_library() -> None:
    code = (
        "import sys; sys.path.insert(0, '.');"
        "from tools.toolchain.cli import main; sys.exit(main(['ensure']))"
    )
    run = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code],
        cwd=MODULES.parents[2],
        env={"HMCO_CACHE": os.devnull, "PATH": os.defpath},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 s"), (59.4, "59 s"), (59.6, "1 min 00 s"), (125, "2 min 05 s")]
)
def test_durations_are_written_as_people_say_them(seconds: float, words: str) -> None:
    assert clock(seconds) == words


def test_a_pipe_gets_whole_lines_now_and_then_and_no_control_characters() -> None:
    now, screen = [0.0], io.StringIO()
    progress = Progress(screen, live=False, now=lambda: now[0])
    with progress.task("pulumi"):
        for second in range(70):
            now[0] = float(second)
            progress.update("pulumi", f"{second} packages compiled")
    assert screen.getvalue().splitlines() == [
        "toolchain: ... pulumi: 30 packages compiled, 30 s",
        "toolchain: ... pulumi: 60 packages compiled, 1 min 00 s",
        "toolchain: pulumi: done in 1 min 09 s",
    ]


def test_a_terminal_gets_one_line_that_is_drawn_again() -> None:
    now, screen = [0.0], io.StringIO()
    progress = Progress(screen, live=True, now=lambda: now[0])
    with progress.task("pulumi"):
        now[0] = 1.0
        progress.update("pulumi", "compiling")
    assert "\rpulumi: compiling, 1 s\r\x1b[K" in screen.getvalue()
    assert screen.getvalue().endswith("toolchain: pulumi: done in 1 s\n")


def test_a_task_that_fails_is_not_called_done() -> None:
    screen = io.StringIO()
    progress = Progress(screen, live=False)
    with pytest.raises(ValueError, match="x"), progress.task("pulumi"):
        raise ValueError("x")
    assert "done" not in screen.getvalue()


def test_every_module_folder_of_the_catalogue_is_complete() -> None:
    for tool in TOOLS.values():
        for build in tool.builds:
            folder = MODULES / build.module
            assert (folder / "go.mod").is_file(), folder
            assert (folder / "go.sum").is_file(), folder
            if build.package == ".":
                assert (folder / "main.go").is_file(), folder
            if build.graft is not None:
                assert (folder / "graft" / build.graft.file).is_file(), folder


def test_no_module_is_replaced_by_a_folder_of_the_machine_it_was_made_on() -> None:
    for path in MODULES.glob("*/go.mod"):
        assert "=> /" not in path.read_text(encoding="utf-8"), path


def test_the_engines_of_the_catalogue_are_those_of_the_lock_file() -> None:
    locked = (MODULES.parents[2] / "requirements.txt").read_text(encoding="utf-8")
    assert f"pulumi=={TOOLS['pulumi'].version} " in locked
    assert f"pulumi-kubernetes=={TOOLS['kubernetes'].version} " in locked
    assert f"pulumi-github=={TOOLS['github'].version} " in locked


def test_what_is_there_already_is_said_where_nothing_else_is_to_be_seen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HMCO_CACHE", str(tmp_path))
    helm = TOOLS["helm"]
    for program in helm.programs:
        file = Cache(tmp_path).directory(helm) / program
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    assert main(["ensure", "helm"]) == 0
    assert capsys.readouterr().err == "toolchain: there already: helm\n"
