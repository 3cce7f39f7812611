"""The completion scripts load in their shells; in bash a real one completes with them."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from demo.environments import ROOT
from demo.repository import EstateRepo
from release.cli.main import main

_PARSE_ONLY: Final = {"bash": "-n", "zsh": "-n", "fish": "--no-execute"}
_FORMS: Final = {
    "bash": r"_HMCO_COMPLETE=bash_complete \$1[\s\S]*complete .*-F _hmco_completion hmco",
    "zsh": r"\A#compdef hmco\n[\s\S]*_HMCO_COMPLETE=zsh_complete hmco[\s\S]*compdef .* hmco",
    "fish": r"_HMCO_COMPLETE=fish_complete [\s\S]*\bhmco[\s\S]*complete .*--command hmco",
}


@pytest.fixture(params=sorted(_FORMS))
def script(
    request: pytest.FixtureRequest, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Path:
    """Return a shell's script, in a file named for the shell."""
    shell: str = request.param
    assert main(["completion", shell]) == 0
    path = tmp_path / shell
    path.write_text(capsys.readouterr().out, encoding="utf-8")
    return path


def test_a_script_registers_hmco_in_the_words_of_its_shell(script: Path) -> None:
    assert re.search(_FORMS[script.name], script.read_text(encoding="utf-8"))


def test_no_installed_shell_finds_a_fault_in_its_script(script: Path) -> None:
    program = shutil.which(script.name)
    if program is None:
        # No shell to ask here: an unclosed quote or block is what an edit would leave behind.
        text = script.read_text(encoding="utf-8")
        assert text.count('"') % 2 == 0
        assert text.count("{") == text.count("}")
        return
    done = subprocess.run(
        [program, _PARSE_ONLY[script.name], str(script)],
        capture_output=True,
        check=False,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["hmco", "pro"], ["promote"]),
        (["hmco", "promote", "api"], ["api-gateway"]),
        (["hmco", "rollback", "vault", "--env", "p"], ["prod"]),
    ],
)
def test_bash_completes_what_a_person_has_begun(
    words: list[str],
    offered: list[str],
    estate_template: EstateRepo,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["completion", "bash"]) == 0
    script = tmp_path / "script"
    script.write_text(capsys.readouterr().out, encoding="utf-8")
    hmco = tmp_path / "hmco"
    hmco.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m release "$@"\n', encoding="utf-8")
    hmco.chmod(0o755)
    line = (
        'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
        '_hmco_completion hmco; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        ["bash", "--norc", "-c", line, "bash", str(script), *words],
        cwd=estate_template.path,
        env={
            "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(tmp_path),
            "PYTHONPATH": str(ROOT),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        capture_output=True,
        check=True,
        text=True,
    )
    assert (done.stdout.split(), done.stderr) == (offered, "")
