"""Tables on terminals of any width: all of every cell is there, and no line is too long."""

import io
import os
import pty
import re
import subprocess
import sys
import termios
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from demo.environments import ROOT
from demo.repository import EstateRepo
from release.cli.main import main
from release.cli.output import Cell
from release.cli.tables import print_on_terminal

HEADER = ("CHART", "ENV", "RUNS", "SOURCE", "WHY")
WIDTHS = (60, 80, 120, 200)


def printed(header: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> str:
    stream = io.StringIO()
    console = Console(file=stream, width=width, force_terminal=False, highlight=False)
    print_on_terminal(header, [[Cell(text) for text in row] for row in rows], console)
    return stream.getvalue()


def letters(text: str) -> str:
    return "".join(text.split())


@given(
    st.lists(
        st.tuples(*[st.text(st.characters(categories=("L", "N", "P", "Zs")), max_size=60)] * 5),
        max_size=3,
    ),
    st.integers(24, 220),
)
def test_nothing_is_cut_or_left_out_and_no_line_is_wider_than_the_terminal(
    rows: list[tuple[str, ...]], width: int
) -> None:
    told = printed(HEADER, rows, width)
    assert all(cell_len(line) <= width for line in told.splitlines())
    cells = "".join(cell for row in rows for cell in row)
    assert not Counter(letters(cells)) - Counter(letters(told))


def test_a_table_that_fits_is_a_table() -> None:
    told = printed(HEADER, [("vault", "prod", "1.0.0", "level", "Raise every chart")], 80)
    assert [line.split() for line in told.splitlines() if "vault" in line] == [
        ["vault", "prod", "1.0.0", "level", "Raise", "every", "chart"]
    ]
    assert "RUNS" in told.splitlines()[0]


def test_words_wrap_before_a_table_is_given_up() -> None:
    why = "the reason is longer than the terminal is wide, though every word of it is short"
    told = printed(HEADER, [("vault", "prod", "1.0.0", "level", why)], 80)
    assert "CHART" in told.splitlines()[0]
    assert letters(why) in letters(told.replace("vault", "").partition("1.0.0")[2]).replace(
        "level", ""
    )


def test_a_narrow_terminal_gets_a_block_of_lines_for_each_row() -> None:
    row = ("data-platform", "prod", "1.3.0", "behind staging by 1", "Promote it")
    told = printed(HEADER, [row], 40)
    assert told.splitlines() == [
        "data-platform  prod",
        "  RUNS 1.3.0  SOURCE behind staging by 1",
        "  WHY Promote it",
    ]


def test_a_number_in_the_second_column_keeps_its_title_in_a_block() -> None:
    told = printed(("ENV", "DEPLOYED", "WHY"), [("prod", "4", "a" * 30)], 24)
    assert told.splitlines()[0] == "prod"
    assert "DEPLOYED 4" in told


def on_terminal(width: int, folder: Path, *arguments: str, plain: bool = True) -> str:
    """Return what hmco writes on a terminal of that width."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (50, width))
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "release", *arguments],
        cwd=folder,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "PYTHONPATH": str(ROOT),
            "TERM": "xterm",
            "NO_COLOR": os.environ.get("NO_COLOR", ""),
        },
    ):
        os.close(theirs)
        said = b""
        while chunk := _read(ours):
            said += chunk
    os.close(ours)
    told = said.decode().replace("\r\n", "\n")
    return re.sub(r"\x1b\[[0-9;]*m", "", told) if plain else told


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux says so that nobody writes there any more
        return b""


@pytest.mark.parametrize("width", [60, 120])
@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("doctor", "GitHub: set GITHUB_TOKEN to let it be asked"),
        ("promote nothing --to prod", "platform-policies, portal-services, security, service-mesh"),
        ("promote monitoring --to prod --dry-run", "whether it is what its source ran, bit by"),
        ("release", "there is no token for GitHub; set GITHUB_TOKEN to one with the rights that"),
        ("history", "its reviews are on GitHub alone"),
        ("check --explain pin-untagged", "without it the environment can neither sync nor roll"),
        ("plan --explain data-removed", "deletes what is stored below it, and a rollback brings"),
        ("check", "deployed by dev too (because: Storage classes exist once per cluster"),
    ],
)
def test_a_sentence_is_broken_between_words(
    estate_template: EstateRepo, command: str, said: str, width: int
) -> None:
    told = on_terminal(width, estate_template.path, *command.split())
    assert said in " ".join(told.split())
    long = [line for line in told.splitlines() if cell_len(line) > width]
    assert [line for line in long if len(line.split()) > 1] == []


def test_a_command_that_gets_past_a_refusal_is_on_one_line_to_be_copied(
    estate_template: EstateRepo,
) -> None:
    for width in (40, 44, 48):
        told = on_terminal(width, estate_template.path, "cut", "api-gateway", "0.0.1")
        assert any("hmco cut api-gateway patch" in line for line in told.splitlines()), told


def test_steps_that_are_pasted_at_once_are_not_broken(estate: EstateRepo) -> None:
    told = on_terminal(40, estate.path, "promote", "data-platform", "--to", "prod")
    (push,) = [line for line in told.splitlines() if line.startswith("  git push")]
    assert push.endswith("(prod needs 2 approvals from team-leads, sre)")


def test_a_dry_run_shows_its_diff_in_colour_on_a_terminal_alone(
    estate_template: EstateRepo, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ("promote", "data-platform", "--to", "prod", "--dry-run")
    shown = on_terminal(120, estate_template.path, *command, plain=False)
    for colour, text in ((31, "-    data-platform: 1.3.0"), (32, "+    data-platform: 1.4.0")):
        assert f"\x1b[{colour}m{text}\x1b[0m" in shown
    assert "\x1b[36m@@" in shown
    monkeypatch.chdir(estate_template.path)
    assert main(command) == 0
    assert "\x1b" not in capsys.readouterr().out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[3" not in on_terminal(120, estate_template.path, *command, plain=False)


def test_a_title_breaks_before_a_cell_and_words_break_in_their_order() -> None:
    header = ("ENV", "RUNS", "SOURCE", "ROLLBACK TO")
    row = ("prod", "main (1.4.0 + changes)", "behind staging by 1", "1.3.0")
    whole = [*row[1:3]]
    assert printed(header, [row], 62).splitlines()[0].split() == " ".join(header).split()
    broken = printed(header, [row], 60)
    assert broken.splitlines()[1].split() == ["ENV", "RUNS", "SOURCE", "TO"]
    assert all(text in broken for text in whole)
    narrow = printed(header, [row], 56)
    assert [text in narrow for text in whole] == [True, False]


@pytest.mark.parametrize("width", [100, 120, 160])
def test_the_status_of_every_chart_is_a_table(estate_template: EstateRepo, width: int) -> None:
    status = on_terminal(width, estate_template.path, "status")
    assert any(line.split()[:4] == ["CHART", "ENV", "RUNS", "FOR"] for line in status.splitlines())


@pytest.mark.parametrize("width", WIDTHS)
def test_status_and_history_lose_no_column_on_a_real_terminal(
    estate_template: EstateRepo, width: int
) -> None:
    status = on_terminal(width, estate_template.path, "status", "data-platform")
    for text in ("data-platform", "STOPPED BY", "ROLLBACK TO", "main (1.4.0)", "1.1.0"):
        assert text in status
    history = on_terminal(width, estate_template.path, "history", "data-platform")
    for text in (
        "WHY",
        "COMMIT",
        "Tess Lead",
        "1.0.0 -> 1.1.0",
        estate_template.git("rev-parse", "--short=10", "HEAD"),
    ):
        assert text in history
    assert "…" not in status + history
    assert all(cell_len(line) <= width for line in (status + history).splitlines())
