"""The stack that guards the repository, brought up and looked at by workflows.

Engine and GitHub provider are the real ones; each App's token is known by the key it was made with.
"""

import pytest

from demo.gitprogram import git
from release.estate import load_estate, read_stack_files
from release.github.workflows.listed import workflow_files
from release.github.workflows.parts import Sources
from release.registry import REGISTRY
from tests.workflows.acting import preview
from tests.workflows.run_preview import NUMBER, only_comment
from tests.workflows.stage import GUARD_TOKEN, RELEASE_TOKEN, Stage

PROD = "Pulumi.prod.yaml"


@pytest.fixture
def governed(stage: Stage) -> Stage:
    """Let production's stack guard the repository, which has no guard yet."""
    forge = stage.forge
    address = f"https://github.com/{forge.owner}/{forge.name}.git"
    files = {}
    for path in ("Pulumi.dev.yaml", "Pulumi.staging.yaml", PROD):
        text = stage.text(path)
        for old, new in (
            ("https://github.com/254CARBON/HMCo.git", address),
            ("repository:\n    credentials: none", "repository:\n    credentials: token"),
            ("api: https://api.github.com/", f"api: {stage.github.url}"),
            ("owner: 254CARBON", f"owner: {forge.owner}"),
            ("    name: HMCo\n", f"    name: {forge.name}\n"),
        ):
            text = text.replace(old, new)
        files[path] = text
        (stage.work / path).write_text(text, encoding="utf-8")
    assert "credentials: token" in files[PROD]
    estate = load_estate(REGISTRY, read_stack_files(stage.work))
    stage.push("main", {**files, **workflow_files(Sources(estate, "main"))}, "Guard it")
    forge.rulesets.clear()
    forge.environments.clear()
    forge.policies.clear()
    return stage


def test_the_deploy_of_production_guards_the_repository_and_no_other_job_can(
    governed: Stage,
) -> None:
    forge, github = governed.forge, governed.github
    for place in (forge.bare, governed.work):
        git(place, "tag", "--delete", "vault-1.3.0")

    governed.run("release.yml", "push").done()

    assert {each["name"] for each in forge.rulesets.values()} == {
        "hmco-trunk",
        "hmco-reviews",
        "hmco-owners",
        "hmco-tag-creation",
        "hmco-tag-immutability",
    }
    assert set(forge.environments) >= {"dev", "staging", "prod", "automation", "prod-preview"}
    by = {call.token: set[str]() for call in github.writes()}
    for call in github.writes():
        by[call.token].add(call.operation.partition("{repo}")[2].split("/")[1])
    assert by == {
        RELEASE_TOKEN: {"git", "releases"},
        GUARD_TOKEN: {"rulesets", "environments", "labels", "actions"},
    }
    written = (path for path in (governed.folder / "state").rglob("*") if path.is_file())
    assert not [path for path in written if b"guards-key" in path.read_bytes()]

    # What is there is looked at without the guard, and says so.
    github.forget()
    text = governed.text(PROD).replace("Limit: 10", "Limit: 11")
    head = governed.push("change", {PROD: text}, "Keep one more")
    ran = preview(governed, NUMBER, head)
    assert ran.jobs["preview-prod"] == "success", ran.told
    body = only_comment(governed)
    assert "revisionHistoryLimit: 11" in body
    assert "What guards the repository is left out of prod" in body
    assert "🔴" not in body
    governed.run("drift.yml", "schedule").done()
    assert forge.issues == {}
    assert GUARD_TOKEN not in {call.token for call in github.requests}


def test_a_guard_that_somebody_loosened_is_told_by_the_issue(governed: Stage) -> None:
    governed.run("release.yml", "push").done()
    (trunk,) = (each for each in governed.forge.rulesets.values() if each["name"] == "hmco-trunk")
    trunk["enforcement"] = "disabled"

    governed.run("drift.yml", "schedule").done()

    (issue,) = governed.forge.issues.values()
    assert "ruleset hmco\\-trunk: enforcement is" in issue["body"]
