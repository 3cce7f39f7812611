"""`--pull-request`: one branch, one signed commit, one pull request, however often it is run."""

import re
import subprocess
from datetime import timedelta
from typing import Any

import pytest

from release.github.hub.propose import TRAILER
from tests.release.github.conftest import Hosted

PROMOTE = ("promote", "service-mesh", "--to", "staging", "--pull-request")
BRANCH = "promote/service-mesh-1.3.0-to-staging"


def the_pull(hosted: Hosted) -> dict[str, Any]:
    (pull,) = hosted.forge.open_pulls()
    shown: dict[str, Any] = hosted.forge.shown(pull)
    return shown


def test_a_promotion_becomes_one_signed_commit_in_one_pull_request(hosted: Hosted) -> None:
    trunk = hosted.forge.tip("refs/heads/main")

    answer = hosted.hmco.done(*PROMOTE)

    pull = the_pull(hosted)
    assert f"pull request opened: {pull['html_url']}" in answer.out
    name = BRANCH
    assert pull["head"]["ref"] == name
    assert pull["base"]["ref"] == "main"
    assert pull["draft"] is False
    assert [label["name"] for label in pull["labels"]] == ["promotion", "staging", "service-mesh"]
    changed = hosted.forge.git("diff", "--name-only", "main", name).split()
    assert "Pulumi.staging.yaml" in changed
    assert hosted.forge.git("rev-list", "--count", f"main..{name}") == "1"
    assert hosted.forge.git("rev-parse", f"{name}^") == trunk
    assert TRAILER in hosted.forge.git("show", "-s", "--format=%B", name)
    assert "did not sign" not in answer.err
    assert "1.3.0" in str(pull["body"])
    assert hosted.hmco.repo.git("status", "--porcelain") == ""
    assert hosted.hmco.repo.git("worktree", "list").count("\n") <= 1


def test_the_body_says_what_moves_where_and_how_to_go_back(hosted: Hosted) -> None:
    hosted.hmco.done(*PROMOTE)

    body = str(the_pull(hosted)["body"])
    wanted = (
        "| environment |",
        "**staging**",
        "needs 1 approval",
        "hmco rollback service-mesh --env staging",
        "Actions → Chart Rollback",
        "```diff",
        "Changelog of",
    )
    assert [each for each in wanted if each not in body] == []


def test_several_charts_share_one_commit_in_one_pull_request(hosted: Hosted) -> None:
    hosted.hmco.done("promote", "data-platform", "monitoring", "--to", "prod", "--pull-request")
    pull = the_pull(hosted)
    name = pull["head"]["ref"]
    assert re.fullmatch(r"promote/data-platform-[\d.]+-and-monitoring-[\d.]+-to-prod", name)
    labels = [label["name"] for label in pull["labels"]]
    assert labels == ["promotion", "prod", "data-platform", "monitoring"]
    assert hosted.forge.git("rev-list", "--count", f"main..{name}") == "1"
    assert hosted.forge.git("diff", "--name-only", "main", name) == "Pulumi.prod.yaml"
    for chart in ("data-platform", "monitoring"):
        assert f"hmco rollback {chart} --env prod" in pull["body"]
        assert f"Changelog of {chart}" in pull["body"]
    assert pull["body"].count("in prod is what staging ran, bit by bit") == len(pull["labels"][2:])
    assert "--plan" not in pull["body"]


def test_running_it_twice_leaves_one_pull_request_and_one_commit(hosted: Hosted) -> None:
    hosted.hmco.done(*PROMOTE)
    before = the_pull(hosted)
    hosted.github.forget()

    answer = hosted.hmco.done(*PROMOTE)

    assert "pull request unchanged" in answer.out
    assert the_pull(hosted) == before
    # The tree is computed by GitHub, which keeps nothing of it but the objects.
    assert [call.operation.split("/")[-1] for call in hosted.github.writes()] == ["trees"]


def test_a_run_after_the_trunk_moved_replaces_the_commit(hosted: Hosted) -> None:
    hosted.hmco.done(*PROMOTE)
    first = the_pull(hosted)
    hosted.hmco.repo.write("README.md", "# Other\n")
    hosted.hmco.repo.commit("Say more")
    hosted.hmco.repo.git("push", "--quiet", "origin", "HEAD:main")
    hosted.update()

    answer = hosted.hmco.done(*PROMOTE)

    assert "pull request updated" in answer.out
    second = the_pull(hosted)
    assert second["number"] == first["number"]
    assert second["head"] != first["head"]
    assert hosted.forge.git("rev-list", "--count", f"main..{BRANCH}") == "1"


def test_a_branch_that_holds_the_work_of_others_is_left_alone(hosted: Hosted) -> None:
    hosted.hmco.done(*PROMOTE)
    name = BRANCH
    tree = hosted.forge.git("rev-parse", f"{name}^{{tree}}")
    other = hosted.forge.git("commit-tree", tree, "-p", name, "-m", "Mine")
    hosted.forge.git("update-ref", f"refs/heads/{name}", other)

    answer = hosted.hmco(*PROMOTE)

    assert answer.code == 1
    assert "holds commits that hmco did not make" in answer.err
    assert f"git push origin --delete {name}" in answer.err
    assert hosted.forge.tip(f"refs/heads/{name}") == other


def test_a_checkout_with_commits_of_its_own_proposes_nothing(hosted: Hosted) -> None:
    hosted.hmco.repo.write("README.md", "# Mine\n")
    hosted.hmco.repo.commit("Mine")

    message = hosted.hmco.refused(*PROMOTE)

    assert "would carry those commits along" in message
    assert hosted.forge.pulls == {}


def test_without_a_token_the_files_change_and_the_commands_are_printed(
    hosted: Hosted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GITHUB_TOKEN")
    monkeypatch.delenv("GH_TOKEN", raising=False)

    answer = hosted.hmco.done(*PROMOTE)

    assert "without GITHUB_TOKEN" in answer.out
    assert "git switch -c promote/" in answer.out
    assert hosted.hmco.repo.git("status", "--porcelain") != ""
    assert hosted.github.requests == []


@pytest.mark.parametrize("charts", [("monitoring",), ("data-platform", "monitoring")])
def test_the_printed_commands_make_the_branch_and_commit_that_a_token_makes(
    hosted: Hosted, monkeypatch: pytest.MonkeyPatch, charts: tuple[str, ...]
) -> None:
    command, repo = ("promote", *charts, "--to", "prod", "--pull-request"), hosted.hmco.repo
    hosted.hmco.done(*command)
    pull = the_pull(hosted)
    branch = pull["head"]["ref"]
    for name in ("GITHUB_TOKEN", "GH_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"NAME": "Ann", "EMAIL": "ann@254carbon.example"}.items():
        monkeypatch.setenv(f"GIT_AUTHOR_{name}", value)
        monkeypatch.setenv(f"GIT_COMMITTER_{name}", value)

    said = hosted.hmco.done(*command).out
    switch, commit, push = (line for line in said.splitlines() if line.startswith("  git "))
    subprocess.run(f"{switch}\n{commit}\n:", shell=True, check=True, cwd=repo.path)  # noqa: S602 -- as a person pastes them

    assert repo.git("branch", "--show-current") == branch
    assert repo.git("rev-parse", "HEAD^{tree}") == hosted.forge.git(
        "rev-parse", f"{branch}^{{tree}}"
    )
    assert repo.git("rev-parse", "HEAD^") == hosted.forge.git("rev-parse", f"{branch}^")
    message = hosted.forge.git("show", "-s", "--format=%B", branch)
    assert repo.git("show", "-s", "--format=%B") == message.partition(TRAILER)[0].strip()
    assert repo.git("show", "-s", "--format=%s") == pull["title"]
    labels = ", ".join(label["name"] for label in pull["labels"])
    assert f"git push -u origin {branch}" in push
    assert f"with the labels {labels}" in push


def test_a_workflow_records_who_started_it(hosted: Hosted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_ACTOR", "ada")
    monkeypatch.setenv("GITHUB_TRIGGERING_ACTOR", "grace")

    hosted.hmco.done(*PROMOTE)

    message = hosted.forge.git("show", "-s", "--format=%B", BRANCH)
    assert "Requested-by: @ada" in message
    assert "Requested-by: @grace" in message
    assert "whose own approval does not count" in str(the_pull(hosted)["body"])


UNFIT = {
    "a deployment must contain matchlabels": "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n"
    "  name: late\nspec:\n  template: {}\n",
    "no host in staging": '{{ if hasSuffix "-staging" .Release.Namespace }}'
    '{{ fail "no host in staging" }}{{ end }}\n',
}


@pytest.mark.parametrize("more", [(), ("--dry-run",), ("without a token",)], ids=str)
@pytest.mark.parametrize("said", UNFIT)
def test_what_helm_does_not_lint_or_render_for_the_target_is_refused_before_anything_is_made(
    hosted: Hosted, monkeypatch: pytest.MonkeyPatch, said: str, more: tuple[str, ...]
) -> None:
    if more == ("without a token",):
        monkeypatch.delenv("GITHUB_TOKEN")
        monkeypatch.delenv("GH_TOKEN", raising=False)
        more = ()
    repo = hosted.hmco.repo
    repo.write("helm/charts/service-mesh/templates/late.yaml", UNFIT[said])
    repo.commit("Add what is late")
    repo.git("push", "--quiet", "origin", "HEAD:main")
    hosted.update()
    hosted.hmco.now = repo.until + timedelta(days=9)
    minor = ("promote", "service-mesh", "minor", "--to", "staging", "--note", "Added: late")

    answer = hosted.hmco(*minor, "--pull-request", *more)

    assert answer.code == 1
    assert said in answer.err.lower()
    assert "with the values of staging" in answer.err
    assert "hmco cut service-mesh patch" in answer.err
    assert hosted.github.requests == []
    assert repo.git("status", "--porcelain") == ""


def test_a_promotion_into_production_is_a_draft(hosted: Hosted) -> None:
    hosted.hmco.done("promote", "monitoring", "--to", "prod", "--pull-request")

    assert the_pull(hosted)["draft"] is True
