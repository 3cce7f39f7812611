import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from release.cli.main import COMMANDS, hmco, main
from tests.release.cli.driver import Hmco

ROOT = Path(__file__).resolve().parents[3]


def run(*args: str, cwd: Path = ROOT, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run hmco as people do, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "release", *args],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        check=False,
        capture_output=True,
        text=True,
    )


def test_help_tells_the_daily_flow_in_eleven_lines(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    said = capsys.readouterr().out
    flow = said[said.index("A day with hmco:") :].strip().splitlines()
    assert len(flow) == 11
    assert all(len(line) <= 100 for line in said.splitlines())
    for command in COMMANDS:
        assert f"\n  {command} " in said


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"Usage: hmco {command} ")


def test_the_table_of_commands_holds_what_the_modules_define() -> None:
    context = hmco.make_context("hmco", ["status"], resilient_parsing=True)
    for name in COMMANDS:
        command = hmco.get_command(context, name)
        assert command is not None
        assert command.name == name
    assert hmco.get_command(context, "nope") is None


@pytest.mark.parametrize(
    ("args", "absent"),
    [
        (("--help",), {"pydantic", "rich", "yaml", "pulumi", "release.registry"}),
        (("status",), {"rich", "pulumi"}),
        (("promote", "vault", "--to", "prod"), {"rich", "pulumi"}),
        (("check",), {"rich", "pulumi"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_command_imports_only_what_it_needs(
    reader: Hmco, args: tuple[str, ...], absent: set[str]
) -> None:
    code = (
        "import sys; from release.cli.main import main; main(sys.argv[1:]); "
        "print(*sys.modules, file=sys.stderr)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code, *args],
        cwd=reader.repo.path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
        capture_output=True,
        text=True,
    )
    assert not absent & set(result.stderr.split())


def test_python_m_release_is_hmco(reader: Hmco) -> None:
    assert run("status", "vault", cwd=reader.repo.path).stdout.startswith("CHART")
    assert run("promote", "nope", "--to", "prod", cwd=reader.repo.path).returncode == 2


@pytest.mark.parametrize("command", ["status", "check", "render"])
def test_a_full_disk_behind_stdout_is_no_traceback(reader: Hmco, command: str) -> None:
    arguments = [command, "--help"] if command == "render" else [command, "--json"]
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(
            [sys.executable, "-m", "release", *arguments],
            cwd=reader.repo.path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            check=False,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert done.returncode == 1
    told = "No space left on device: free some space, then run the command again\n"
    assert done.stderr == f"hmco {command}: {told}"


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("waivers=_WAIVERS)", "waivers=_WAIVERS", "was never closed"),
        ("name=", "nme=", "unexpected keyword argument 'nme'"),
        ("_NAMESPACE,", "_NAMESPCE,", "_NAMESPCE"),
    ],
)
def test_a_typo_in_the_registry_is_told_with_its_line(
    reader: Hmco, tmp_path: Path, before: str, after: str, said: str
) -> None:
    shutil.copytree(ROOT / "release", tmp_path / "release")
    registry = tmp_path / "release/registry.py"
    text = registry.read_text(encoding="utf-8")
    assert before in text
    registry.write_text(text.replace(before, after, 1), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "release", "status"],
        cwd=reader.repo.path,
        env={**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONSAFEPATH": "1"},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1, done.stderr
    named = re.match(r"hmco status: (\S*registry\.py), line [1-9]", done.stderr)
    assert named, done.stderr
    assert (reader.repo.path / named[1]).resolve() == registry.resolve()
    assert said in done.stderr


@pytest.mark.parametrize(
    ("word", "meant"), [("promte", "'promote'"), ("holds", "one of: 'hold', 'unhold'")]
)
def test_an_unknown_command_names_the_nearest(
    word: str, meant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([word]) == 2
    said = capsys.readouterr().err
    assert f"No such command '{word}'. " in said
    assert f"Did you mean {meant}?" in said


def test_a_closed_pipe_is_no_traceback(reader: Hmco) -> None:
    command = f"{sys.executable} -m release status --json | head -c 1"
    result = subprocess.run(
        ["sh", "-c", command],
        cwd=reader.repo.path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
        capture_output=True,
        text=True,
    )
    assert result.stderr == ""


@pytest.mark.parametrize(("no_color", "coloured"), [("", True), ("1", False)])
def test_a_terminal_gets_colour_unless_it_says_no(
    reader: Hmco, no_color: str, *, coloured: bool
) -> None:
    said = on_terminal(reader, NO_COLOR=no_color, COLUMNS="120", TERM="xterm-256color")
    assert ("\x1b[3" in said) is coloured
    assert "api-gateway" in said


def on_terminal(reader: Hmco, **environment: str) -> str:
    """Return what `hmco status` writes to a terminal."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "release", "status"],
        cwd=reader.repo.path,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        stdout=slave,
    )
    os.close(slave)
    chunks = []
    try:
        while chunk := os.read(master, 65536):
            chunks.append(chunk)
    except OSError:  # how a terminal without writer ends on Linux
        pass
    os.close(master)
    assert process.wait() == 0
    return b"".join(chunks).decode()


def complete(cwd: Path, words: str) -> list[str]:
    """Return what bash would offer behind these words."""
    return [
        line.partition(",")[2]
        for line in run(
            cwd=cwd,
            _HMCO_COMPLETE="bash_complete",
            COMP_WORDS=words,
            COMP_CWORD=str(len(words.split(" ")) - 1),
        ).stdout.splitlines()
    ]


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("hmco pro", ["promote"]),
        ("hmco promote api", ["api-gateway"]),
        ("hmco cut tri", ["trino"]),
        ("hmco promote vault --to ", ["dev", "prod", "staging"]),
        (
            "hmco rollback api-gateway --env prod --to 1",
            ["1.4.0", "1.3.0", "1.2.0", "1.1.0", "1.0.0"],
        ),
        ("hmco cut api-gateway m", ["major", "minor"]),
        ("hmco schema st", ["stack", "status"]),
        ("hmco completion ", ["bash", "zsh", "fish"]),
    ],
)
def test_completion_knows_charts_versions_and_environments(
    reader: Hmco, words: str, offered: list[str]
) -> None:
    assert complete(reader.repo.path, words) == offered


@pytest.mark.parametrize("words", ["hmco promote vault --to ", "hmco rollback vault --to 1"])
def test_completion_outside_of_a_checkout_offers_nothing_and_does_not_crash(
    tmp_path: Path, words: str
) -> None:
    result = run(cwd=tmp_path, _HMCO_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD="4")
    assert (result.returncode, result.stdout.strip(), result.stderr) == (0, "", "")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_its_completion_script(
    shell: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["completion", shell]) == 0
    said = capsys.readouterr().out
    assert f"_HMCO_COMPLETE={shell}_complete" in said


def test_errors_answer_in_json_too(tmp_path: Path) -> None:
    result = run("status", "--json", cwd=tmp_path)
    assert result.returncode == 2
    assert json.loads(result.stdout)["reasons"][0]["code"] == "workspace"
    assert result.stderr == ""


def test_hmco_alone_shows_its_help_as_lines() -> None:
    answer = run()
    assert answer.returncode == 2
    assert answer.stdout == ""
    assert answer.stderr.startswith("Usage: hmco")
    assert max(map(len, answer.stderr.splitlines())) <= 100


def test_ctrl_c_before_the_program_is_imported_ends_it_without_a_word(tmp_path: Path) -> None:
    # What Python looks for in the first place stands for an import that takes long.
    (tmp_path / "click.py").write_text("import time; print(flush=True); time.sleep(60)\n")
    with subprocess.Popen(
        ["/bin/sh", "-c", 'exec "$0" -P -m release status', sys.executable],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as run:
        assert run.stdout is not None
        run.stdout.readline()
        run.send_signal(signal.SIGINT)
        assert run.communicate()[1] == b""
    assert run.returncode == -signal.SIGINT


@pytest.mark.parametrize(
    ("closed", "code", "said"),
    [
        ("<&-", 0, ""),
        ("2>&-", 0, ""),
        (">&-", 1, "hmco status: Bad file descriptor: open the standard output, then run the "),
        ("<&- >&- 2>&-", 1, ""),
    ],
)
def test_a_stream_that_the_caller_closed_breaks_no_command_but_loses_no_answer(
    reader: Hmco, closed: str, code: int, said: str
) -> None:
    answer = subprocess.run(
        ["sh", "-c", f'exec "$0" -m release status {closed}', sys.executable],
        cwd=reader.repo.path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
        capture_output=True,
        text=True,
    )
    assert (answer.returncode, answer.stderr[: len(said)]) == (code, said), answer.stderr
    assert "Traceback" not in answer.stderr
