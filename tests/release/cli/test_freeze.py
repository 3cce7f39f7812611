"""`hmco freeze` and `hmco unfreeze`."""

import re
import subprocess

import pytest

from tests.release.cli.driver import Hmco, changed_lines
from tests.release.cli.situations import follow

FREEZE = ("freeze", "--env", "prod", "--until", "2026-06-20", "--reason", 'end: "Q2" #1')


def pasted(hmco: Hmco) -> int:
    """Paste all that is to be done next at once; return the exit code."""
    block = "\n".join(hmco.answered("change", *FREEZE)["next"])
    return subprocess.run(block, shell=True, check=False, cwd=hmco.repo.path).returncode  # noqa: S602 -- as a person pastes it


def test_steps_that_are_pasted_at_once_commit_the_change_alone_on_its_branch(hmco: Hmco) -> None:
    git = hmco.repo.git
    git("remote", "add", "origin", str(hmco.repo.path))
    hmco.repo.write("README.md", "# Somebody's work\n")
    git("add", "README.md")
    assert pasted(hmco) == 0
    assert git("branch", "--show-current") == "freeze/prod"
    assert git("diff", "--name-only", "main", "freeze/prod") == "Pulumi.prod.yaml"


def test_steps_that_are_pasted_at_once_commit_nothing_where_the_branch_is_there_already(
    hmco: Hmco,
) -> None:
    git = hmco.repo.git
    git("branch", "freeze/prod")
    before = git("rev-parse", "HEAD")
    assert pasted(hmco) != 0
    assert git("branch", "--show-current") == "main"
    assert git("rev-parse", "HEAD") == before


def test_a_freeze_stops_promotions_until_it_is_lifted_with_a_reason(hmco: Hmco) -> None:
    told = hmco.done(*FREEZE).out
    assert changed_lines(hmco.repo) == [
        "-  hmco:freezes: []",
        "+  hmco:freezes:",
        r'+    - {first: "2026-06-15", last: "2026-06-20", reason: "end: \"Q2\" #1"}',
    ]
    assert "git switch -c freeze/prod" in told
    hmco.repo.commit("freeze prod")
    assert "there already: the freeze of prod from " in hmco.done(*FREEZE).out
    refused = hmco.refused("promote", "monitoring", "--to", "prod")
    assert "prod is frozen from 2026-06-15" in refused
    assert 'lift it: hmco unfreeze --env prod --reason "…"' in refused
    hmco.done("rollback", "storage", "--env", "prod", "--dry-run")
    lifted = hmco.done("unfreeze", "--env", "prod", "--reason", "all is well").out
    assert "Unfreeze: prod: all is well" in lifted
    assert "+  hmco:freezes: []" in changed_lines(hmco.repo)
    hmco.repo.commit("unfreeze prod")
    hmco.done("promote", "monitoring", "--to", "prod")


def test_a_second_freeze_stands_beside_the_first(hmco: Hmco) -> None:
    hmco.done(*FREEZE)
    hmco.repo.commit("freeze prod")
    later = ("--from", "2026-12-20", "--until", "2027-01-06", "--reason", "holidays")
    answer = hmco.answered("change", "freeze", "--env", "prod", *later)
    assert answer["outcome"] == "done"
    assert changed_lines(hmco.repo) == [
        '+    - {first: "2026-12-20", last: "2027-01-06", reason: holidays}'
    ]
    hmco.repo.commit("freeze prod again")
    hmco.done("unfreeze", "--env", "prod", "--reason", "never mind")
    assert "passed: 0 errors" in hmco.done("check", "--summary").out


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("--until", "2026-06-14"), "--until: 2026-06-14 is over (today is 2026-06-15)"),
        (
            ("--until", "31.12.2099"),
            "--until: '31.12.2099' is not a valid day (YYYY-MM-DD, such as \"2026-12-31\"); give",
        ),
        (("--from", "2026-06-21"), "--until: 2026-06-20 is before 2026-06-21, the first"),
        (("--until", "2026-13-01"), "--until: '2026-13-01' is not a valid day (YYYY-MM-DD"),
        (("--from", "soon"), "give the first day of the freeze, or leave --from out"),
        (("--reason", " "), "--reason: "),
        (("--env", "pord"), "did you mean prod?"),
    ],
)
def test_a_freeze_that_cannot_be_meant_is_misuse(
    hmco: Hmco, change: tuple[str, str], said: str
) -> None:
    assert said in hmco.refused(*FREEZE, *change, code=2)


def test_lifting_what_is_not_frozen_is_done_already(hmco: Hmco) -> None:
    assert "prod is not frozen" in hmco.done("unfreeze", "--env", "prod", "--reason", "x").out


@pytest.mark.parametrize(
    ("did", "undo", "told"),
    [
        (FREEZE, ("unfreeze", "--env", "prod"), "prod is not frozen"),
        (
            ("hold", "vault", "--env", "prod", "--reason", "audit", "--by", "Ann"),
            ("unhold", "vault", "--env", "prod"),
            "nothing holds vault in prod",
        ),
    ],
    ids=["freeze", "hold"],
)
def test_lifting_what_is_not_committed_yet_is_refused_with_what_takes_it_back(
    hmco: Hmco, did: tuple[str, ...], undo: tuple[str, ...], told: str
) -> None:
    assert hmco.done(*undo, "--reason", "over").out == f"{told}\n"
    hmco.done(*did)
    for stage in (False, True):
        if stage:
            hmco.repo.git("add", "Pulumi.prod.yaml")
        said = hmco.refused(*undo, "--reason", "over")
        assert f"{told} yet: what Pulumi.prod.yaml says of it is not committed; " in said
    found = re.search(r"not committed in it: (git .*)$", said, flags=re.MULTILINE)
    assert found
    follow(hmco, found[1])
    hmco.repo.edit("Pulumi.prod.yaml", "data-platform: 1.3.0", "data-platform: 1.4.0")
    assert hmco.done(*undo, "--reason", "over").out == (
        f"{told} (a change of Pulumi.prod.yaml is not committed)\n"
    )
