"""Every command that a refusal advises is run in the situation that prints it, and helps."""

import ast
import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from release.rules.catalogue import all_rules
from tests.release.cli.driver import Hmco
from tests.release.cli.situations import (
    HELD,
    PROD,
    PROMOTE,
    ROLLBACK,
    TO_PROD,
    ahead_on_main,
    breaking,
    changelog_not_committed,
    clone,
    edit,
    follow,
    forgotten,
    ignored,
    in_the_middle_of,
    land,
    lower_than_prod,
    no_tags,
    not_committed,
    not_pushed,
    partial,
    rolled_back,
    rolled_back_and_held,
    single_branch,
    sparse,
    two_remote_trunks,
    two_trunks,
    untagged,
    untracked,
    with_a_change,
)

RELEASE: Final = Path(__file__).parents[3] / "release"


pytestmark = pytest.mark.usefixtures("somebody")


@dataclass(frozen=True)
class Case:
    """A situation, the command that it stops, what is advised, and what else a person does."""

    code: str
    situation: Callable[[Hmco, Path], object]
    command: tuple[str, ...]
    advice: str
    then: Callable[[Hmco], object] = lambda _: None
    again: tuple[str, ...] | None = None
    """What must succeed afterwards; () for nothing, the command itself by default."""


CASES: Final = {
    "tags that the remote has": Case(
        "pin-untagged", no_tags, TO_PROD, r"fetch it: (git fetch --tags);"
    ),
    "a tag that nobody has": Case(
        "release-untagged", untagged, PROMOTE, r"set it: (git tag -a service-mesh-1\.3\.0 .*)$"
    ),
    "the trunk's name is ahead": Case(
        "not-the-trunk", ahead_on_main, PROMOTE, r"start from the trunk: (git .*)$"
    ),
    "a pin that has not landed": Case(
        "not-landed",
        not_pushed,
        ("promote", "service-mesh", "--to", "prod"),
        r"then fetch: (git .*)$",
        again=(),
    ),
    "a chart that is not committed": Case(
        "edit",
        not_committed,
        ("cut", "service-mesh", "minor"),
        r"commit it first: (git .*)$",
        again=(),
    ),
    "a changelog that is not committed": Case(
        "no-changelog",
        changelog_not_committed,
        ("cut", "service-mesh", "minor", "--note", "Fixed: a leak"),
        r"commit it first: (git .*)$",
    ),
    "a cut among several charts": Case(
        "cuts-alone",
        lambda hmco, _: with_a_change(hmco),
        ("promote", "monitoring@1.9.0", "service-mesh", "--to", "staging"),
        r"by itself: (hmco .*)$",
        again=(),
    ),
    "a chart outside a sparse checkout": Case(
        "edit", sparse, ("cut", "service-mesh", "1.3.0"), r"add its folder: (git .*)$"
    ),
    "a shallow clone": Case(
        "history",
        lambda hmco, path: clone(hmco, path, "--depth=3"),
        ROLLBACK,
        r"Run: (git fetch --unshallow --tags) ",
    ),
    "a partial clone": Case("history", partial, ROLLBACK, r"Fetch what it left out: (git .*)$"),
    "an untracked file in the chart": Case(
        "dirty",
        untracked,
        ("promote", "monitoring", "minor", "--to", "staging"),
        r"put them aside: (git .*)$",
    ),
    "a merge": Case(
        "unfinished", in_the_middle_of("merge", "side"), PROMOTE, r"abort it: (git .*)$"
    ),
    "a rebase": Case(
        "unfinished", in_the_middle_of("rebase", "side"), PROMOTE, r"abort it: (git .*)$"
    ),
    "a cherry-pick": Case(
        "unfinished", in_the_middle_of("cherry-pick", "side"), PROMOTE, r"abort it: (git .*)$"
    ),
    "a revert": Case(
        "unfinished", in_the_middle_of("revert", "side"), PROMOTE, r"abort it: (git .*)$"
    ),
    "a series of patches": Case(
        "unfinished", in_the_middle_of("am", "PATCH"), PROMOTE, r"abort it: (git .*)$"
    ),
    "a bisection": Case(
        "unfinished", in_the_middle_of("bisect", "start"), PROMOTE, r"finish it: (git .*)$"
    ),
    "a stack file that is not committed": Case(
        "settings",
        forgotten,
        TO_PROD,
        r"prod is left out: (git .*)$",
    ),
    "a stack file that Git ignores": Case(
        "settings",
        ignored,
        TO_PROD,
        r"prod is left out: (git .*)$",
    ),
    "two branches may be the trunk": Case(
        "branch", two_trunks, PROMOTE, r"keep one of these names: (git .*)$"
    ),
    "two branches of the remote may be the trunk": Case(
        "branch", two_remote_trunks, PROMOTE, r"say which: (git .*)$"
    ),
    "a clone of another branch alone": Case(
        "branch", single_branch, PROMOTE, r"run: (git fetch .*)$"
    ),
    "a hold": Case(
        "hold",
        lambda hmco, _: edit(hmco, PROD, "holds: {}", HELD),
        TO_PROD,
        r"lift it when that is settled: (hmco .*)$",
        then=land,
    ),
    "a hold on a hold": Case(
        "held",
        lambda hmco, _: edit(hmco, PROD, "holds: {}", HELD),
        ("hold", "monitoring", "--env", "prod", "--reason", "another", "--by", "Ann"),
        r"or lift the hold: (hmco .*)$",
        then=land,
    ),
    "a version below the target's": Case(
        "not-higher", lower_than_prod, TO_PROD, r"to go back there: (hmco .*)$", again=()
    ),
    "a version that was rolled back from": Case(
        "rolled-back", rolled_back, TO_PROD, r"is good after all: (hmco .*)$", again=()
    ),
    "a second rollback": Case(
        "rolled-back", rolled_back_and_held, ROLLBACK, r"name the version: (hmco .*)$", again=()
    ),
    "changes that no version holds": Case(
        "not-cut",
        lambda hmco, _: with_a_change(hmco),
        ("promote", "monitoring", "--to", "staging"),
        r"an exact one\): (hmco .*)$",
        again=(),
    ),
    "nothing to cut": Case(
        "nothing-new",
        lambda *_: None,
        ("promote", "service-mesh", "minor", "--to", "staging"),
        r"promote 1\.3\.0: (hmco .*)$",
        again=(),
    ),
    "another version than the source's": Case(
        "not-running",
        lambda *_: None,
        ("promote", "monitoring", "9.9.9", "--to", "prod"),
        r"promote what it runs: (hmco [^,]*),",
        again=(),
    ),
    "a keyword from a pin": Case(
        "pinned-source",
        lambda *_: None,
        ("promote", "monitoring", "minor", "--to", "prod"),
        r"promote what it runs: (hmco [^,]*),",
        again=(),
    ),
    "a keyword from a pin that the target has": Case(
        "pinned-source",
        lambda hmco, _: with_a_change(hmco, "storage"),
        ("promote", "storage", "minor", "--to", "prod"),
        r"to staging first: (hmco .*)$",
        again=(),
    ),
    "a chart that prod alone runs": Case(
        "not-deployed",
        lambda hmco, _: with_a_change(hmco, "vault"),
        ("promote", "vault", "minor", "--to", "prod"),
        r"cut a version \((hmco .*)\) and pin it",
        then=lambda hmco: hmco.repo.edit(PROD, "vault: 1.0.0", "vault: 1.1.0"),
        again=("check", "--base", "HEAD"),
    ),
    "the wrong way": Case(
        "no-way",
        lambda *_: None,
        ("promote", "monitoring", "--to", "prod", "--from", "dev"),
        r"take each environment in turn: (hmco .*)$",
        again=(),
    ),
    "a version that was cut": Case(
        "tagged",
        lambda hmco, _: with_a_change(hmco),
        ("cut", "monitoring", "1.3.0"),
        r"(hmco cut monitoring \S+)$",
        again=(),
    ),
    "a patch that breaks something": Case(
        "bump",
        breaking,
        ("cut", "monitoring", "patch"),
        r"say so: (hmco [^,]*),",
        again=(),
    ),
    "a version below the chart's": Case(
        "not-higher",
        lambda hmco, _: with_a_change(hmco),
        ("cut", "monitoring", "1.0.9"),
        r"cut the next one: (hmco .*)$",
        again=(),
    ),
    "a version that never ran there": Case(
        "never-ran",
        lambda *_: None,
        ("rollback", "monitoring", "--env", "prod", "--to", "0.1.0", "--by", "Ann"),
        r"choose one that it ran: (hmco .*)$",
        again=(),
    ),
    "nothing to go back to": Case(
        "no-earlier",
        lambda hmco, _: with_a_change(hmco, "vault"),
        ("rollback", "vault", "--env", "prod", "--by", "Ann"),
        r"cut a fix: (hmco .*)$",
        again=(),
    ),
    "a rollback upwards": Case(
        "not-lower",
        lambda *_: None,
        ("rollback", "monitoring", "--env", "prod", "--to", "1.3.0", "--by", "Ann"),
        r"going up is a promotion: (hmco .*)$",
        again=(),
    ),
    "a tag of another version": Case(
        "wrong-tag",
        lambda hmco, _: hmco.repo.git("tag", "--force", "monitoring-1.3.0", "monitoring-1.2.0"),
        TO_PROD,
        r"with the right tag: (hmco .*)$",
        again=("status",),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_advice_works_where_it_is_printed(name: str, hmco: Hmco, tmp_path: Path) -> None:
    case = CASES[name]
    case.situation(hmco, tmp_path)
    refused = hmco(*case.command)
    assert refused.code != 0, refused.out
    found = re.search(case.advice, refused.err, flags=re.MULTILINE)
    assert found, refused.err
    follow(hmco, found[1])
    case.then(hmco)
    again = case.command if case.again is None else case.again
    if again:
        hmco.done(*again)


def test_a_pin_that_was_never_cut_is_not_advised_to_be_tagged(hmco: Hmco) -> None:
    path = hmco.repo.stack_path("staging")
    path.write_text(re.sub(r"(?m)^(    monitoring: ).*$", r"\g<1>1.9.0", path.read_text()))
    land(hmco)
    hmco.now = hmco.repo.until + timedelta(days=9)
    said = hmco.refused(*TO_PROD)
    assert "no commit of main cut monitoring 1.9.0" in said
    assert "git tag -a" not in said
    found = re.search(r"name a version that was cut: (git .*)$", said, flags=re.MULTILINE)
    assert found
    assert hmco.repo.git(*shlex.split(found[1])[1:]).split()


def test_a_version_with_nothing_to_say_takes_a_note(hmco: Hmco) -> None:
    hmco.repo.write("helm/charts/monitoring/notes.txt", "x\n")
    hmco.repo.commit("docs: a note", at=hmco.repo.until)
    hmco.now = hmco.repo.until + timedelta(days=9)
    command = ("cut", "monitoring", "minor")
    found = re.search(r"with (--note .*)$", hmco.refused(*command), flags=re.MULTILINE)
    assert found
    hmco.done(*command, *shlex.split(found[1]))


# Nothing that is advised is left out above.


def _reasons() -> Iterator[tuple[str, str]]:
    """Yield code and remedy of every reason that the domain words itself."""
    for path in sorted((RELEASE / "promotion").rglob("*.py")):
        if path.stem == "adopt":
            continue  # what a cluster runs before anything was promoted breaks no rule on steps
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id == "Reason"
                and isinstance(node.args[0], ast.Constant)
                and not any(keyword.arg == "misuse" for keyword in node.keywords)
            ):
                yield str(node.args[0].value), ast.unparse(node.args[2])


ELSEWHERE: Final = {
    "behind": "test_what_landed follows it",
    "hold-dropped": "a line for the commit's message, which test_judge reads again",
    "freeze": "test_freeze follows it",
    "freeze-lifted": "a line for the commit's message, which test_judge reads again",
    "skipped-source": "the command is the one that test_promote_places plans",
    "two-checkouts": "tests/release/cli/test_beside.py",
    "follows-branch": "which commit to revert is for a person to say",
}


def test_every_reason_with_a_command_is_followed_in_a_case() -> None:
    advised = {code for code, remedy in _reasons() if re.search(r"\b(git|hmco) [a-z]", remedy)}
    covered = {case.code for case in CASES.values()} | set(ELSEWHERE) | {"silent"}
    assert advised - covered == set()


OF_THE_CHECKOUT: Final = {"two-checkouts", "dirty", "no-commit", "unmerged", "unfinished"}
"""What keeps a command from writing here and now; no rule on what is released."""

OF_THE_COMMAND: Final = {"cuts-alone"}
"""What one command does not do at once and several do."""


def test_every_reason_of_the_domain_can_be_explained() -> None:
    codes = {code for code, _ in _reasons()}
    assert codes - set(all_rules()) - OF_THE_CHECKOUT - OF_THE_COMMAND == set()
