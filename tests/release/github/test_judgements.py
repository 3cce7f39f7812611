"""What decides: the required check, approvals, touched stacks, drift, and what is released."""

import json
from pathlib import Path

import pytest

from release.github.approvalcount import Review, approvers, is_rollback, objection, requesters
from release.github.checklist import Line, State
from release.github.driftissue import MARKER, is_clean, issue_body, with_live
from release.github.enginepreview import stack_result
from release.github.livesettings import Difference
from release.github.results import Change, StackResult
from release.github.touched import touched
from release.github.workflows.required import objections, outcomes_of

FINE = {"changes": "success", "check": "success", "preview-dev": "skipped"}


@pytest.mark.parametrize("result", ["failure", "cancelled", "", "skipped"])
def test_the_required_check_passes_only_where_changes_and_check_succeeded(result: str) -> None:
    assert list(objections(FINE)) == []
    assert list(objections({**FINE, "changes": result})) != []
    assert list(objections({**FINE, "check": result})) != []


@pytest.mark.parametrize(
    ("result", "passes"),
    [("success", True), ("skipped", True), ("failure", False), ("cancelled", False), ("", False)],
)
def test_a_preview_may_be_skipped_but_not_fail(result: str, passes: bool) -> None:  # noqa: FBT001
    assert (list(objections({**FINE, "preview-dev": result})) == []) is passes


def test_no_job_at_all_is_refused() -> None:
    assert list(objections(outcomes_of(""))) != []


def test_the_required_check_needs_no_package() -> None:
    file = Path(__file__).parents[3] / "release/github/workflows/required.py"
    lines = file.read_text(encoding="utf-8").splitlines()
    imports = {
        line.split()[1].split(".")[0] for line in lines if line.startswith(("import", "from"))
    }
    assert imports == {"os", "sys", "collections"}


STARTED = requesters(["Promote\n\nProposed-by: hmco\nRequested-by: @Ada\n"])


def test_who_started_it_does_not_count() -> None:
    reviews = [Review(name, "APPROVED") for name in ("ada", "Ada", "grace", "Hmco-release[bot]")]

    assert approvers(reviews, "hmco-release[bot]", STARTED) == ("grace",)
    assert objection({"prod": 2}, ("grace",), STARTED).startswith(
        "prod: 1 of 2 approvals (by grace)"
    )
    both = objection({"dev": 1, "staging": 3, "prod": 3}, ("ann", "bob"), STARTED)
    assert both.startswith("staging and prod: 2 of 3 approvals (by ann, bob); those who started")
    assert objection({"prod": 1}, ("grace",), STARTED) == ""
    assert objection({}, (), STARTED) == ""


def test_a_rollback_waits_for_nobody() -> None:
    asked = "Roll back\n\nCommand: rollback\nRequested-by: @ada\n"
    promotion = "Promote\n\nCommand: promote\nRequested-by: @ada\n"

    assert is_rollback([asked])
    assert not is_rollback([asked, promotion])
    assert not is_rollback(["Command: rollback\n"])


def test_the_last_decision_counts_and_a_comment_is_none() -> None:
    reviews = [
        Review("grace", "APPROVED"),
        Review("grace", "COMMENTED"),
        Review("linus", "APPROVED"),
        Review("linus", "CHANGES_REQUESTED"),
        Review("rita", "APPROVED"),
        Review("rita", "DISMISSED"),
    ]

    assert approvers(reviews, "bot", STARTED) == ("grace",)


@pytest.mark.parametrize("text", ["Requested-by: @", "x Requested-by: @ada", "requested-by: @ada"])
def test_a_line_that_is_no_trailer_names_nobody(text: str) -> None:
    assert requesters([text]) == frozenset()


@pytest.mark.parametrize(
    ("files", "stacks"),
    [
        (["Pulumi.prod.yaml"], ("prod",)),
        (["Pulumi.prod.yaml", "Pulumi.dev.yaml"], ("dev", "prod")),
        (["helm/charts/vault/values.yaml", "README.md", "docs/x.md"], ()),
        (["tests/x.py", ".github/workflows/drift.yml"], ()),
        ([".ci/run", "bench/x.py", "demo/x.py", "docs/x.svg", "schemas/x.json"], ()),
        (["release/registry.py"], ("dev", "staging", "prod")),
        (["requirements.txt"], ("dev", "staging", "prod")),
        (["something-new"], ("dev", "staging", "prod")),
        (["Pulumi.unknown.yaml"], ()),
        ([], ()),
    ],
)
def test_a_change_touches_what_its_files_can_reach(
    files: list[str], stacks: tuple[str, ...]
) -> None:
    assert touched(files, ("dev", "staging", "prod"), "", "helm/charts") == stacks


def test_below_a_folder_only_its_own_files_count() -> None:
    stacks = ("dev", "prod")
    assert touched(["Pulumi.dev.yaml", "x.py"], stacks, "deploy", "helm/charts") == ()
    assert touched(["deploy/Pulumi.dev.yaml"], stacks, "deploy", "helm/charts") == ("dev",)


CLEAN = StackResult(stack="dev", outcome="unchanged")
DRIFTED = StackResult(stack="prod", outcome="changed", changes=(Change("update", "k:A", "vault"),))
GONE = [Difference("ruleset trunk", "is not there")]
LOOKED = {"drift-dev": "success", "drift-prod": "success"}


def test_drift_is_over_only_when_every_look_was_made_and_found_nothing() -> None:
    looked = {"drift-dev": "success"}
    assert is_clean(looked, [CLEAN], [])
    assert is_clean(looked, [CLEAN], [Difference("Actions", "is not told", is_known=False)])
    assert not is_clean(looked, [CLEAN], [Difference("ruleset trunk", "is not there")])
    assert not is_clean(LOOKED, [CLEAN], [])
    assert not is_clean(LOOKED, [CLEAN, DRIFTED], [])
    assert not is_clean({"drift-dev": "failure"}, [CLEAN], [])
    assert not is_clean({}, [], [])


def test_what_argo_cd_or_the_cluster_lacks_is_drift_and_what_they_do_not_tell_is_none() -> None:
    lacking = Line("Argo CD of dev is 3.5.1", State.MISSING, "it answers v3.4.0")
    untold = Line("alerts in the cluster", State.UNKNOWN, "set HMCO_KUBECONFIG")

    assert with_live(CLEAN, [untold]) == CLEAN
    found = with_live(CLEAN, [untold, lacking])
    assert found.outcome == "changed"
    text = issue_body({"drift-dev": "success"}, [found], [], None)
    assert "- missing `Argo CD of dev is 3.5.1` it answers v3" in text


def test_the_issue_says_what_drifted_and_what_could_not_be_looked_at() -> None:
    text = issue_body({**LOOKED, "drift-qa": "failure"}, [CLEAN, DRIFTED], GONE, "https://run")

    assert text.startswith(MARKER)
    assert "drift\\-qa: failure, so nothing is known" in text
    assert "pulumi up --stack prod" in text
    assert "ruleset trunk: is not there" in text
    assert "hmco check --live" in text


def test_a_preview_is_told_in_one_order_whatever_order_the_engine_worked_in() -> None:
    steps = [{"op": "create", "urn": f"urn:pulumi:dev::p::k:A::{name}"} for name in "bca"]
    told = [
        stack_result("dev", 0, json.dumps({"steps": each}), "") for each in (steps, steps[::-1])
    ]

    assert [change.name for change in told[0].changes] == ["a", "b", "c"]
    assert told[0] == told[1]
