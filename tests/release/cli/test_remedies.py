"""Every command that a refusal advises is run in the situation that prints it, and helps."""

import ast
import os
import re
import shlex
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from release.rules.catalogue import all_rules
from tests.release.cli.driver import Hmco
from tools.toolchain.locate import locate

RELEASE: Final = Path(__file__).parents[3] / "release"
PROMOTE = ("promote", "service-mesh", "--to", "staging")
TO_PROD = ("promote", "monitoring", "--to", "prod")
ROLLBACK = ("rollback", "monitoring", "--env", "staging", "--by", "Ann")
HELD = "holds:\n    monitoring: {reason: incident, by: rita}"
PROD = "Pulumi.prod.yaml"


@pytest.fixture(autouse=True)
def _somebody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give Git an author and an editor, as a person has."""
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "Ann")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "ann@254carbon.example")
    monkeypatch.setenv("GIT_EDITOR", "sh -c 'echo A change > \"$1\"' editor")


def follow(hmco: Hmco, advice: str) -> None:
    """Run an advised line as a person pastes it; each of its commands must succeed."""
    for part in advice.split(" && "):
        words = shlex.split(part)
        if words[0] == "hmco":
            hmco.done(*words[1:])
            continue
        assert words[0] in {"git", "helm"}, f"no command: {part}"
        if words[0] == "helm":
            words[0] = str(locate(("helm",)).bins["helm"] / "helm")
        result = subprocess.run(
            words, cwd=hmco.repo.path, env=os.environ, check=False, capture_output=True, text=True
        )
        assert result.returncode == 0, f"{part}: {result.stderr}"


def land(hmco: Hmco, message: str = "A change") -> None:
    """Commit the work tree, which lands where there is no remote."""
    hmco.repo.commit(message, at=hmco.repo.until)


def clone(hmco: Hmco, tmp_path: Path, *options: str) -> None:
    """Stand in a clone of the estate from now on."""
    hmco.repo = hmco.repo.clone_to(tmp_path / "clone", *options)
    hmco.repo.git("config", "user.name", "Ann")
    hmco.repo.git("config", "user.email", "ann@254carbon.example")


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


def _edit(hmco: Hmco, file: str, old: str, new: str) -> None:
    hmco.repo.edit(file, old, new)
    land(hmco)


def _changed(hmco: Hmco) -> None:
    with hmco.repo.story() as story:
        story.change("monitoring")
    hmco.now = hmco.repo.until + timedelta(days=9)


def _no_tags(hmco: Hmco, tmp_path: Path) -> None:
    clone(hmco, tmp_path, "--no-tags")


def _untagged(hmco: Hmco, _: Path) -> None:
    hmco.repo.git("tag", "--delete", "service-mesh-1.3.0")


def _ahead_on_main(hmco: Hmco, tmp_path: Path) -> None:
    clone(hmco, tmp_path)
    hmco.repo.write("helm/charts/service-mesh/values.yaml", "mine: true\n")
    land(hmco)


def _not_pushed(hmco: Hmco, tmp_path: Path) -> None:
    clone(hmco, tmp_path)
    hmco.done(*PROMOTE)
    land(hmco)


def _push(hmco: Hmco) -> None:
    hmco.repo.git("push", "--quiet", "origin", "HEAD:landed")
    hmco.repo.git("update-ref", "refs/remotes/origin/main", "HEAD")


def _not_committed(hmco: Hmco, _: Path) -> None:
    hmco.repo.git("rm", "--quiet", "--cached", "-r", "helm/charts/service-mesh")
    hmco.repo.git("commit", "--quiet", "--message", "forget it")


def _forgotten(hmco: Hmco, _: Path) -> None:
    hmco.repo.git("rm", "--quiet", "--cached", PROD)
    hmco.repo.git("commit", "--quiet", "--message", "forget prod")


def _ignored(hmco: Hmco, _: Path) -> None:
    hmco.repo.write(".gitignore", "Pulumi.p*.yaml\n")
    _forgotten(hmco, _)


def _breaking(hmco: Hmco, _: Path) -> None:
    hmco.repo.write("helm/charts/monitoring/notes.txt", "x\n")
    land(hmco, "feat!: ask for another key")


def _sparse(hmco: Hmco, tmp_path: Path) -> None:
    clone(hmco, tmp_path)
    hmco.repo.git("sparse-checkout", "set", "--cone", "helm/charts/vault")


def _partial(hmco: Hmco, tmp_path: Path) -> None:
    hmco.repo.git("config", "uploadpack.allowFilter", "true")
    clone(hmco, tmp_path, "--filter=blob:none")


def _untracked(hmco: Hmco, _: Path) -> None:
    _changed(hmco)
    hmco.repo.write("helm/charts/monitoring/notes.txt", "mine\n")


def _in_the_middle_of(*command: str) -> Callable[[Hmco, Path], None]:
    def situation(hmco: Hmco, _: Path) -> None:
        repo = hmco.repo
        repo.git("switch", "--quiet", "--create", "side")
        repo.write("README.md", "theirs\n")
        land(hmco)
        patch = repo.git("format-patch", "-1", "--stdout")
        (repo.path.parent / "side.patch").write_text(f"{patch}\n")
        repo.git("switch", "--quiet", "main")
        repo.write("README.md", "ours\n")
        land(hmco)
        words = [str(repo.path.parent / "side.patch") if w == "PATCH" else w for w in command]
        subprocess.run(["git", *words], cwd=repo.path, check=False, capture_output=True)
        if command[0] != "bisect":
            repo.git("checkout", "--quiet", "--force", "HEAD", "--", "README.md")

    return situation


def _rolled_back(hmco: Hmco, _: Path) -> None:
    hmco.done(*TO_PROD)
    land(hmco)
    hmco.done("rollback", "monitoring", "--env", "prod", "--by", "Ann")
    land(hmco)
    hmco.done("unhold", "monitoring", "--env", "prod", "--reason", "fixed")
    land(hmco)


def _rolled_back_and_held(hmco: Hmco, _: Path) -> None:
    hmco.done(*ROLLBACK)
    land(hmco)


def _two_trunks(hmco: Hmco, _: Path) -> None:
    hmco.repo.git("branch", "master")


def _two_remote_trunks(hmco: Hmco, tmp_path: Path) -> None:
    hmco.repo.git("branch", "master")
    clone(hmco, tmp_path)
    hmco.repo.git("remote", "set-head", "origin", "--delete")


def _single_branch(hmco: Hmco, tmp_path: Path) -> None:
    hmco.repo.git("branch", "other")
    clone(hmco, tmp_path, "--single-branch", "--branch=other")
    hmco.repo.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")


def _lower_than_prod(hmco: Hmco, _: Path) -> None:
    hmco.done(*TO_PROD)
    land(hmco)
    hmco.done(*ROLLBACK)
    land(hmco)
    hmco.done("unhold", "monitoring", "--env", "staging", "--reason", "settled")
    land(hmco)


CASES: Final = {
    "tags that the remote has": Case(
        "pin-untagged", _no_tags, TO_PROD, r"fetch it: (git fetch --tags);"
    ),
    "a tag that nobody has": Case(
        "release-untagged", _untagged, PROMOTE, r"set it: (git tag -a service-mesh-1\.3\.0 .*)$"
    ),
    "the trunk's name is ahead": Case(
        "not-the-trunk", _ahead_on_main, PROMOTE, r"start from the trunk: (git .*)$"
    ),
    "a pin that has not landed": Case(
        "not-landed",
        _not_pushed,
        ("promote", "service-mesh", "--to", "prod"),
        r"then fetch: (git .*)$",
        again=(),
    ),
    "a chart that is not committed": Case(
        "edit",
        _not_committed,
        ("cut", "service-mesh", "minor"),
        r"commit it first: (git .*)$",
        again=(),
    ),
    "a cut among several charts": Case(
        "cuts-alone",
        lambda hmco, _: _changed(hmco),
        ("promote", "monitoring@1.9.0", "service-mesh", "--to", "staging"),
        r"by itself: (hmco .*)$",
        again=(),
    ),
    "a chart outside a sparse checkout": Case(
        "edit", _sparse, ("cut", "service-mesh", "1.3.0"), r"add its folder: (git .*)$"
    ),
    "a shallow clone": Case(
        "history",
        lambda hmco, path: clone(hmco, path, "--depth=3"),
        ROLLBACK,
        r"Run: (git fetch --unshallow --tags) ",
    ),
    "a partial clone": Case("history", _partial, ROLLBACK, r"Fetch what it left out: (git .*)$"),
    "an untracked file in the chart": Case(
        "dirty",
        _untracked,
        ("promote", "monitoring", "minor", "--to", "staging"),
        r"put them aside: (git .*)$",
    ),
    "a merge": Case(
        "unfinished", _in_the_middle_of("merge", "side"), PROMOTE, r"give it up: (git .*)$"
    ),
    "a rebase": Case(
        "unfinished", _in_the_middle_of("rebase", "side"), PROMOTE, r"give it up: (git .*)$"
    ),
    "a cherry-pick": Case(
        "unfinished", _in_the_middle_of("cherry-pick", "side"), PROMOTE, r"give it up: (git .*)$"
    ),
    "a revert": Case(
        "unfinished", _in_the_middle_of("revert", "side"), PROMOTE, r"give it up: (git .*)$"
    ),
    "a series of patches": Case(
        "unfinished", _in_the_middle_of("am", "PATCH"), PROMOTE, r"give it up: (git .*)$"
    ),
    "a bisection": Case(
        "unfinished", _in_the_middle_of("bisect", "start"), PROMOTE, r"finish it: (git .*)$"
    ),
    "a stack file that is not committed": Case(
        "settings",
        _forgotten,
        TO_PROD,
        r"prod is left out: (git .*)$",
    ),
    "a stack file that Git ignores": Case(
        "settings",
        _ignored,
        TO_PROD,
        r"prod is left out: (git .*)$",
    ),
    "two branches may be the trunk": Case(
        "branch", _two_trunks, PROMOTE, r"keep one of these names: (git .*)$"
    ),
    "two branches of the remote may be the trunk": Case(
        "branch", _two_remote_trunks, PROMOTE, r"say which: (git .*)$"
    ),
    "a clone of another branch alone": Case(
        "branch", _single_branch, PROMOTE, r"run: (git fetch .*)$"
    ),
    "a hold": Case(
        "hold",
        lambda hmco, _: _edit(hmco, PROD, "holds: {}", HELD),
        TO_PROD,
        r"lift it when that is settled: (hmco .*)$",
        then=land,
    ),
    "a hold on a hold": Case(
        "held",
        lambda hmco, _: _edit(hmco, PROD, "holds: {}", HELD),
        ("hold", "monitoring", "--env", "prod", "--reason", "another", "--by", "Ann"),
        r"or lift the hold: (hmco .*)$",
        then=land,
    ),
    "a version below the target's": Case(
        "not-higher", _lower_than_prod, TO_PROD, r"to go back there: (hmco .*)$", again=()
    ),
    "a version that was rolled back from": Case(
        "rolled-back", _rolled_back, TO_PROD, r"is good after all: (hmco .*)$", again=()
    ),
    "a second rollback": Case(
        "rolled-back", _rolled_back_and_held, ROLLBACK, r"name the version: (hmco .*)$", again=()
    ),
    "changes that no version holds": Case(
        "not-cut",
        lambda hmco, _: _changed(hmco),
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
        r"promote what it runs: (hmco .*)$",
        again=(),
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
        lambda hmco, _: _changed(hmco),
        ("cut", "monitoring", "1.3.0"),
        r"(hmco cut monitoring \S+)$",
        again=(),
    ),
    "a patch that breaks something": Case(
        "bump",
        _breaking,
        ("cut", "monitoring", "patch"),
        r"say so: (hmco [^,]*),",
        again=(),
    ),
    "a version below the chart's": Case(
        "not-higher",
        lambda hmco, _: _changed(hmco),
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
        lambda hmco, _: hmco.repo.git("tag", "--delete", "storage-1.0.0"),
        ("rollback", "storage", "--env", "prod", "--by", "Ann"),
        r"look at what it ran \((hmco [^)]*)\)",
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


# The fixes of the check.


def fixes(hmco: Hmco, rule: str) -> list[str]:
    """Return the commands in the fixes of one rule."""
    report = hmco.answered("check", "check", "--rule", rule)
    return [
        finding["fix"].split("run: ", 1)[1].split(" (", 1)[0]
        for finding in report["findings"]
        if "run: " in finding["fix"]
    ]


def _unpin(hmco: Hmco, _: Path) -> None:
    hmco.repo.git("tag", "--delete", "service-mesh-1.2.0")


def _expired(hmco: Hmco, _: Path) -> None:
    until = HELD.replace("rita}", 'rita, until: "2026-01-01"}')
    _edit(hmco, PROD, "holds: {}", until)


def _beside(hmco: Hmco, _: Path) -> None:
    hmco.repo.write("helm/charts/ml-platform/charts/mlflow-1.0.0.tgz", "archive")
    land(hmco)


def _lock(hmco: Hmco, change: Callable[[Path], object]) -> None:
    change(hmco.repo.path / "helm/charts/data-platform/Chart.lock")
    land(hmco)


def _of_another_list(lock: Path) -> None:
    lock.write_text(re.sub(r"sha256:\w{5}", "sha256:00000", lock.read_text()))


FIXES: Final = {
    "lock-stale": lambda hmco, _: _lock(hmco, _of_another_list),
    "lock-missing": lambda hmco, _: _lock(hmco, Path.unlink),
    "pin-untagged": _unpin,
    "hold-expired": _expired,
    "sub-chart-twice": _beside,
    "history-incomplete": lambda hmco, path: clone(hmco, path, "--depth=1"),
    "unreleased-changes": lambda hmco, _: _changed(hmco),
}


@pytest.mark.parametrize("rule", FIXES)
def test_the_fix_of_a_rule_mends_what_it_found(rule: str, hmco: Hmco, tmp_path: Path) -> None:
    FIXES[rule](hmco, tmp_path)
    found = fixes(hmco, rule)
    assert found, "the situation breaks the rule"
    for fix in dict.fromkeys(found):
        follow(hmco, fix)
        if hmco.repo.git("status", "--porcelain"):
            land(hmco)
            break
    if rule != "unreleased-changes":
        assert fixes(hmco, rule) == []
    assert fixes(hmco, "sub-chart-twice") == [], "what Helm packs beside the folders"


def test_an_archive_that_helm_has_just_made_beside_its_folder_is_removed(hmco: Hmco) -> None:
    hmco.repo.write("helm/charts/data-platform/charts/trino-1.0.0.tgz", "archive")
    (fix,) = fixes(hmco, "sub-chart-twice")
    follow(hmco, fix)
    assert hmco.repo.git("status", "--porcelain") == ""


def test_the_command_for_the_rest_of_a_rule_shows_it(hmco: Hmco) -> None:
    hmco.repo.git("tag", "--delete", *hmco.repo.git("tag").split())
    for options in ((), ("--base", "HEAD"), ("--repo", str(hmco.repo.path))):
        said = hmco("check", *options).out
        found = re.search(r"… and 15 more: hmco (.*)$", said, flags=re.MULTILINE)
        assert found
        assert hmco(*shlex.split(found[1])).out.count(": pins ") == 20


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
    "freeze-lifted": "as above",
    "soak-shortened": "as above",
    "skipped-source": "the command is the one that test_promote_places plans",
    "two-checkouts": "names a command and no line to run",
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
