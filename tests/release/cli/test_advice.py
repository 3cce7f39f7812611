"""Nothing is advised that no test has followed: every command that the product's texts name."""

import re
import shlex
from datetime import timedelta
from pathlib import Path
from typing import Final

import click
import pytest

from demo.environments import ROOT
from release.cli.main import hmco as cli
from tests.docs.forms import FORMS
from tests.release.cli.advice import Advice, advice
from tests.release.cli.driver import Hmco
from tests.release.cli.situations import PROMOTE, clone, follow, land
from tests.release.cli.test_fixes import FIXES
from tests.release.cli.test_remedies import CASES
from tools.toolchain.locate import locate

REMEDIES: Final = "tests/release/cli/test_remedies.py"
CHECK: Final = "tests/release/cli/test_fixes.py"
HERE: Final = "tests/release/cli/test_advice.py"
LANDED: Final = "tests/engine/test_landed.py"
RUNBOOKS: Final = "tests/docs/test_runbooks.py::test_the_commands_of_a_section_do_what_it_shows"
LIVE: Final = "tests/cluster/test_runbooks.py::test_a_followed_runbook_moves_the_live_application"
REFERENCE: Final = f"{HERE}::test_argo_cds_own_reference_knows_the_command"
HABITS: Final = "tests/engine/test_habits.py"
SERVES: Final = (
    "tests/cluster/test_delivery.py::test_a_cluster_tells_its_version_and_what_it_serves"
)
PROSE: Final = "PROSE"
"""A sentence that begins like a command."""

FOLLOWED: Final = {
    "argocd app delete --cascade": REFERENCE,
    "argocd app history": REFERENCE,
    "argocd app rollback": REFERENCE,
    "argocd app set --sync-policy": REFERENCE,
    "argocd app sync": REFERENCE,
    "argocd app sync --prune": REFERENCE,
    "argocd version --server": REFERENCE,
    "curl --fail-with-body --header": "tests/release/github/test_numbers.py"
    "::test_a_number_that_is_lacking_is_asked_for_as_the_command_says",
    "git add": "a chart that is not committed",
    "git bisect reset": "a bisection",
    "git branch": f"{HERE}::test_a_branch_that_charts_are_read_from_is_made",
    "git branch -m": "two branches may be the trunk",
    "git commit": "a stack file that is not committed",
    "git commit -m": "a chart that is not committed",
    "git config": f"{HERE}::test_who_has_no_name_gets_one",
    "git clean --force": f"{CHECK}"
    "::test_an_archive_that_helm_has_just_made_beside_its_folder_is_removed",
    "git config --add --global": f"{HERE}::test_a_checkout_of_somebody_else_is_trusted",
    "git diff": f"{LANDED}::test_a_commit_that_has_not_landed_is_told_with_a_command_that_shows_it",
    "git fetch": "a pin that has not landed",
    "git fetch --no-filter --refetch": "a partial clone",
    "git fetch --tags": "tags that the remote has",
    "git fetch --tags --unshallow": "a shallow clone",
    "git log --oneline": f"{HERE}::test_a_file_that_is_gone_is_found_in_the_history",
    "git merge --ff-only": "tests/release/cli/test_what_landed.py"
    "::test_a_checkout_that_lacks_what_landed_in_its_stack_file_decides_nothing",
    "git push": f"{HERE}::test_a_tag_that_nobody_has_is_set_and_published",
    "git push --delete": "tests/release/github/test_proposals.py"
    "::test_a_branch_that_holds_the_work_of_others_is_left_alone",
    "git push -u": RUNBOOKS,
    "git remote add": "tests/release/cli/test_begin_refusals.py"
    "::test_a_remote_that_names_no_repository_is_set_as_advised",
    "git remote set-url": "tests/release/cli/test_begin_refusals.py"
    "::test_a_remote_that_names_no_repository_is_set_as_advised",
    "git remote set-head --auto": "two branches of the remote may be the trunk",
    "git restore": f"{HERE}::test_a_broken_baseline_is_taken_back",
    "git restore --staged --worktree": "tests/release/cli/test_freeze.py"
    "::test_lifting_what_is_not_committed_yet_is_refused_with_what_takes_it_back",
    "git revert": RUNBOOKS,
    "git rm": "sub-chart-twice",
    "git sparse-checkout add": "a chart outside a sparse checkout",
    "git stash --include-untracked": "an untracked file in the chart",
    "git status": f"{LANDED}::test_an_edit_that_is_not_committed_is_told",
    "git switch": f"{HERE}::test_without_a_remote_the_trunk_is_a_branch_here",
    "git switch --detach": "the trunk's name is ahead",
    "git switch -c": RUNBOOKS,
    "git tag --list": f"{REMEDIES}::test_a_pin_that_was_never_cut_is_not_advised_to_be_tagged",
    "git tag -a -m": "a tag that nobody has",
    "helm dependency build": "tests/release/rendering/test_dependencies.py"
    "::test_a_locked_dependency_is_fetched_when_the_network_is_allowed",
    "helm dependency list": PROSE,
    "helm dependency update": "lock-stale",
    "helm lint": PROSE,
    "helm template": "tests/release/rendering/test_workers.py"
    "::test_a_fault_of_the_program_is_told_as_one_and_is_not_the_charts",
    "helm repo add": "tests/release/rendering/test_dependencies.py"
    "::test_a_locked_dependency_is_fetched_when_the_network_is_allowed",
    "kubectl api-versions": SERVES,
    "kubectl apply --field-manager --force-conflicts --recursive --server-side -f": LIVE,
    "kubectl get -o": "tests/cluster/test_delivery.py::test_what_runs_is_asked_as_adopt_says",
    "kubectl version": SERVES,
    "make setup-helm": PROSE,
    "make up": PROSE,
    "pip cannot": PROSE,
    "pip config": PROSE,
    "pulumi cancel --stack --yes": "tests/workflows/run_cancelled.py"
    "::test_an_up_that_is_killed_is_finished_once_a_person_has_removed_its_lock",
    "pulumi destroy --stack": f"{HABITS}::test_a_command_works_as_its_users_know_it_and_leaves_"
    "every_stack_file_alone",
    "pulumi runs": PROSE,
    "pulumi stack rm": f"{HABITS}::test_a_command_works_as_its_users_know_it_and_leaves_"
    "every_stack_file_alone",
    "pulumi up": LIVE,
    "pulumi up --refresh --stack": "tests/github/provider/test_up.py"
    "::test_drift_by_hand_is_shown_and_put_right",
    "pulumi up --stack": LIVE,
    "pulumi would": PROSE,
}
"""What the texts advise beside hmco itself, and the case or test that runs it."""

OF_ONE_PLACE: Final = {
    "release/cli/adopt.py": "the baseline, which lies with the stack files",
    "release/cli/begin.py": "what it wrote, which lies with the stack files",
    "release/cli/diff.py": "stack files",
    "release/cli/history.py": "the history of stack files",
    "release/cli/propose.py": "a pull request is of one repository",
    "release/github/": "a pull request is of one repository",
    "release/metrics/definitions.py": PROSE,
    "release/promotion/hold.py": "the stack files' author",
    "release/promotion/nextsteps.py": "follows a line with cd",
    "release/promotion/promote.py": "the pin of the source",
    "release/promotion/rollback.py": "whatever repository the branch is of",
    "release/repository/git/": "the machine's settings; the revision of stack files",
    "release/rules/step_rules.py": "steps of stack files",
    "release/text/": "knows no Git",
    "tools/engine/": "stack files",
}
"""Where git is advised for the checkout that one stands in, whatever other holds the charts."""

ALL: Final = tuple(advice())


def test_what_is_advised_for_the_charts_names_their_checkout() -> None:
    plain = {each.place for each in advice(git="{}") if each.form.startswith("git ")}
    assert {place for place in plain if not place.startswith(tuple(OF_ONE_PLACE))} == set()


def test_every_command_of_another_program_is_followed_somewhere() -> None:
    named = {each.form for each in ALL if not each.form.startswith("hmco ")}
    assert named == FOLLOWED.keys()


@pytest.mark.parametrize("form", FOLLOWED)
def test_what_is_said_to_follow_it_is_there(form: str) -> None:
    where = FOLLOWED[form]
    file, found, test = where.partition("::")
    if found:
        assert re.search(rf"^def {test}\b", (ROOT / file).read_text(), flags=re.MULTILINE)
    elif where in CASES:
        program, verb = form.split()[:2]
        assert f"{program} {verb}" in CASES[where].advice.replace(" .*", f" {verb}")
    else:
        assert where in {*FIXES, PROSE}


@pytest.mark.parametrize("said", ALL, ids=lambda said: f"{said.place} {said.text}")
def test_hmco_has_every_command_and_option_that_it_names(said: Advice) -> None:
    program, name, *options = said.form.split()
    if program != "hmco":
        return
    command = cli.get_command(click.Context(cli), name)
    assert command is not None, said
    known = {flag for parameter in command.params for flag in parameter.opts}
    assert set(options) <= known, said


def advised(said: str, pattern: str) -> str:
    """Return the advice in what was said."""
    found = re.search(pattern, said, flags=re.MULTILINE)
    assert found, said
    return found[1]


def test_a_checkout_of_somebody_else_is_trusted(
    hmco: Hmco, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    said = hmco.refused("status", code=2)
    follow(hmco, advised(said, r"run: (git config .*)$"))
    hmco.done("status")


def test_who_has_no_name_gets_one(hmco: Hmco, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "EMAIL"):
        monkeypatch.delenv(name, raising=False)
    hmco.repo.git("config", "--unset", "user.name")
    hmco.repo.git("config", "--unset", "user.email")
    hold = ("hold", "vault", "--env", "prod", "--reason", "audit")
    said = hmco.refused(*hold, code=2)
    follow(hmco, advised(said, r"run: (git config .*), or give --by$"))
    hmco.done(*hold)


def test_a_file_that_is_gone_is_found_in_the_history(hmco: Hmco) -> None:
    hmco.repo.git("rm", "--quiet", "helm/charts/data-platform/Chart.yaml")
    land(hmco, "Forget it")
    said = hmco.refused("cut", "trino", "minor", "--note", "Fixed: leak")
    assert "hmco cut: data-platform/Chart.yaml: is missing; " in said
    command = advised(said, r"had it: (git log .*)$")
    assert hmco.repo.git(*shlex.split(command)[1:]).split("\n")[0].endswith(" Forget it")


def test_a_broken_baseline_is_taken_back(hmco: Hmco) -> None:
    hmco.done("adopt", "--baseline", "known")
    hmco.repo.write("hmco-baseline.yaml", "findings: []\n")
    land(hmco)
    hmco.repo.write("hmco-baseline.yaml", "findings: [\n")
    report = hmco("check", "--json").json
    (fix,) = [each["fix"] for each in report["findings"] if "git restore" in each["fix"]]
    follow(hmco, fix.split("undo it: ")[1])
    assert hmco.repo.git("status", "--porcelain") == ""


def test_a_tag_that_nobody_has_is_set_and_published(hmco: Hmco, tmp_path: Path) -> None:
    origin = hmco.repo
    origin.git("tag", "--delete", "service-mesh-1.3.0")
    clone(hmco, tmp_path)
    follow(hmco, advised(hmco.refused(*PROMOTE), r"set it: (git tag -a .*)$"))
    hmco.done(*PROMOTE)
    assert origin.git("tag", "--list", "service-mesh-1.3.0")


def test_without_a_remote_the_trunk_is_a_branch_here(hmco: Hmco) -> None:
    hmco.repo.git("switch", "--quiet", "--create", "mine")
    hmco.repo.write("helm/charts/service-mesh/values.yaml", "mine: true\n")
    land(hmco)
    follow(hmco, advised(hmco.refused(*PROMOTE), r"start from the trunk: (git .*)$"))
    hmco.done(*PROMOTE)


def test_a_branch_that_charts_are_read_from_is_made(hmco: Hmco) -> None:
    for name in ("dev", "prod"):
        path = hmco.repo.stack_path(name)
        path.write_text(path.read_text().replace(": main\n", ": develop\n"))
    land(hmco)
    hmco.now = hmco.repo.until + timedelta(days=9)
    follow(hmco, advised(hmco.refused(*PROMOTE), r"run: (git branch .*)$"))
    hmco.done(*PROMOTE)


@pytest.fixture(scope="module")
def reference() -> Path:
    """Return where Argo CD's reference of its own commands lies."""
    found = locate(("argocd-commands",))
    assert not found.missing, "run: make setup-dev"
    return found.bins["argocd-commands"]


@pytest.mark.parametrize(
    "said", [each for each in ALL if each.form.startswith("argocd ")], ids=lambda said: said.text
)
def test_argo_cds_own_reference_knows_the_command(said: Advice, reference: Path) -> None:
    assert_known(reference, tuple(said.form.split()), said.text.split())


@pytest.mark.parametrize("words", [words for words in FORMS if words[0] == "argocd"])
def test_argo_cds_own_reference_knows_what_the_runbooks_may_say(
    words: tuple[str, ...], reference: Path
) -> None:
    form = FORMS[words]
    flags = [f"{flag}=x" if takes else flag for flag, takes in form.flags.items()]
    assert_known(reference, words, [*words, *("x" * form.operands.start), *flags])


def assert_known(reference: Path, words: tuple[str, ...], line: list[str]) -> None:
    """Compare a command line with the reference: its subcommand, flags, their values, operands."""
    names = [word for word in words if not word.startswith("-")]
    text = (reference / f"{'_'.join(names)}.md").read_text(encoding="utf-8")
    takes = {
        flag: bool(kind)
        for short, flag, kind in re.findall(
            r"(?m)^ +(?:(-\w), )?(--[\w-]+)(?: (\w+))?(?=  |$)", text
        )
    }
    usage = re.search(rf"(?m)^{' '.join(names)}(.*)$", text)
    assert usage, text[:200]
    operands, rest = 0, iter(line[len(names) :])
    for word in rest:
        flag, given, _ = word.partition("=")
        if word.startswith("-"):
            assert flag in takes, f"{flag} is no flag of {' '.join(names)}"
            if takes[flag] and not given:
                assert next(rest, None), f"{flag} takes a value"
        else:
            operands += 1
    most = [word for word in usage[1].split() if word.strip("[].").isupper()]
    wanted = [word for word in most if word.isalpha()]
    assert len(wanted) <= operands <= max(len(most), 99 if "..." in usage[1] else 0), usage[0]
