"""The runbooks' own test: what a page says and no test runs, or what it shows wrongly, is found."""

from pathlib import Path

import pytest

from demo.repository import EstateRepo
from tests.docs.forms import problems_of
from tests.docs.outputs import agrees
from tests.docs.pages import Command, PageError, read_mentions, read_sections
from tests.docs.reader import at_work

CHARTS = ("api-gateway", "vault")
ENVIRONMENTS = ("staging", "prod")


def page(folder: Path, text: str) -> Path:
    path = folder / "page.md"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("## A\n\n```bash\nhmco check\n```\n", "bash is run by no test"),
        ("## A\n\n```\nhmco check\n```\n", "no language is run by no test"),
        ("## A\n\n```text\n$ hmco check\n```\n", "a command stands in a block that no test"),
        ("## A\n\n```yaml\nhmco check\n```\n", "a command stands in a block that no test"),
        ("## A\n\n    hmco check\n", "an indented block"),
        ("- item\n\n      hmco check\n", "an indented block"),
        ("# A\n\n```console\n$ hmco check\n```\n", "below a second-level heading"),
        ("## A\n\n```console\nhmco check\n```\n", "begins with"),
        ("## A\n\n```console exit=one\n$ hmco check\n```\n", "no exit=N"),
        ("## A\n\n<!-- granted: rain -->\n", "neither given nor meanwhile"),
        ("## A\n\n## A\n", "two sections"),
    ],
)
def test_a_command_that_no_test_would_run_is_refused(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(PageError, match=message):
        read_sections(page(tmp_path, text))


def test_commands_outputs_and_exit_codes_are_read_in_order(tmp_path: Path) -> None:
    text = "## A\n\n```console exit=1\n$ hmco check\none\n\ntwo\n$ git fetch\n```\n"
    (section,) = read_sections(page(tmp_path, text))
    assert section.steps == (
        Command(4, "hmco check", ("one", "", "two"), 1),
        Command(8, "git fetch", (), 1),
    )


def test_a_command_in_prose_or_in_a_table_is_a_mention(tmp_path: Path) -> None:
    text = (
        "Run `hmco cut x` now, `Chart.yaml` and `hmco` not.\n\n| a |\n| - |\n| `git gc --auto` |\n"
    )
    assert list(read_mentions(page(tmp_path, text))) == [(1, "hmco cut x"), (5, "git gc --auto")]


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        (["one", "two"], "one\ntwo\n", True),
        (["one"], "one\ntwo\n", False),
        (["one", "…"], "one\ntwo\nthree\n", True),
        (["one", "…", "three"], "one\nthree\n", True),
        (["one", "…", "four"], "one\ntwo\nthree\n", False),
        (["  next"], "next\n", False),
        (["at 2026-01-02 03:04 UTC"], "at 2025-12-31 23:59 UTC\n", True),
        (["until 2026-01-02"], "until 2026-01-03\n", False),
        (["from 1234567 on"], "from 1234568 on\n", False),
        (["from 12345ab on"], "from fedc0123ba on\n", True),
        (["for 3 d 2 h or so"], "for 23 h or so\n", True),
        (["1.4.0  3 d    over"], "1.4.0  14 d   over\n", True),
        (["1.4.0  3 d"], "1.3.0  3 d\n", False),
        (["a note; … rules"], "a note; 57 rules\n", True),
        (["a note; 56 rules"], "a note; 57 rules\n", False),
    ],
)
def test_shown_lines_must_be_the_printed_ones(
    shown: list[str], printed: str, *, same: bool
) -> None:
    assert agrees(shown, printed) is same


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("hmco status\nnonsense", "CHART"),
        ("hmco promote nothing --to prod", "exit code 2"),
        ("git status --no-such-flag", "exit code 129"),
        ("rm -rf build", "no test can run rm"),
        ("argocd app sync nothing-prod", "no Application of the estate"),
        ("gh pr ready\nis ready", "nothing here knows what gh prints"),
    ],
)
def test_a_page_that_shows_what_does_not_happen_fails(
    estate_template: EstateRepo,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    text: str,
    message: str,
) -> None:
    reader = at_work(estate_template, tmp_path, monkeypatch)
    command, *shown = text.splitlines()
    with pytest.raises(AssertionError, match=message):
        reader.follow(Command(1, command, tuple(shown), 0))


@pytest.mark.parametrize(
    "text",
    [
        "argocd app rollback api-gateway-prod 41",
        "argocd app wait vault-prod --sync --timeout 60",
        "gh pr create --base main --fill --label rollback --label vault",
        "make up STACK=prod",
        "pulumi preview --stack staging --diff",
    ],
)
def test_a_form_that_the_program_takes_passes(text: str) -> None:
    assert problems_of(text.split(), CHARTS, ENVIRONMENTS) == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("argocd app rollback api-gateway-prod 1.2.0", "a rollback takes no revision"),
        ("argocd app rollback vault-prod 1 2", "takes 1 to 2 operands"),
        ("argocd app sync vault-prod --revision main", "--revision is no flag"),
        ("argocd app wait vault-prod --timeout", "--timeout lacks its value"),
        ("argocd app sink vault-prod", "no such subcommand"),
        ("gh pr create --label rolback", "rolback is no label"),
        ("gh workflow view", "no such subcommand"),
        ("make promote", "no target of the Makefile"),
        ("make up STACK=production", "no STACK of the estate"),
        ("pulumi upp --stack prod", "no such operation"),
        ("pulumi up", "None is no stack"),
        ("pulumi up --stack prod --force", "unknown arguments: --force"),
    ],
)
def test_a_form_that_the_program_would_refuse_is_told(text: str, problem: str) -> None:
    assert any(problem in told for told in problems_of(text.split(), CHARTS, ENVIRONMENTS))
