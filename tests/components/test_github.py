"""The repository's guard as resources: whole, in order, and left where others may use it."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pulumi
import pulumi_github as github
import pytest

from components.github import (
    Present,
    RepositoryGovernance,
    RepositoryGovernanceArgs,
    looked_up,
    present,
)
from release.estate import load_estate, read_stack_files
from release.github.generated import repository_files
from release.github.labels import labels
from release.github.permissions import allowed_actions
from release.github.wire import Numbers
from release.registry import REGISTRY
from release.settings.governance import RepositorySettings
from tests.components.recording import Calls, Deployment, Recorded, build, no_call, rest_answer

ESTATE = load_estate(REGISTRY, read_stack_files(Path(__file__).resolve().parents[2]))
REPOSITORY = ESTATE.environments["prod"].settings.repository or pytest.fail("prod governs")
FILES = repository_files(REGISTRY, ESTATE)


def governed(**changes: object) -> Deployment:
    """Register the guard of the committed stack files with some settings changed."""
    repository = REPOSITORY.model_copy(update=changes)
    args = RepositoryGovernanceArgs(
        registry=REGISTRY,
        estate=ESTATE,
        repository=repository,
        numbers=Numbers(dict.fromkeys(repository.teams, 7), {repository.release_app.slug: 4242}),
        present=Present(frozenset(), {}),
    )
    return build(lambda: RepositoryGovernance("HMCo-governance", args))


@pytest.fixture(scope="module")
def rendered() -> Deployment:
    return governed()


@pytest.fixture(scope="module")
def written() -> Deployment:
    return governed(files="pulumi")


def inputs(resource: Recorded) -> dict[str, Any]:
    return {name: value for name, value in resource.inputs.items() if name != "repository"}


def test_all_is_of_one_repository_below_one_component(written: Deployment) -> None:
    component, *children = written.resources
    assert {child.parent for child in children} == {component.urn}
    assert {child.inputs["repository"] for child in children} == {"HMCo"}
    assert component.urn in written.completed


def test_a_label_says_what_it_is_for(rendered: Deployment) -> None:
    assert {
        (label.inputs["name"], label.inputs["color"], label.inputs["description"])
        for label in rendered.of_type(":IssueLabel").values()
    } == {(label.name, label.color, label.description) for label in labels(ESTATE)}


def test_only_actions_that_the_workflows_use_may_run_and_only_by_their_commits(
    rendered: Deployment,
) -> None:
    (allowed,) = rendered.of_type(":ActionsRepositoryPermissions").values()
    assert inputs(allowed) == {
        "enabled": True,
        "allowedActions": "selected",
        "allowedActionsConfig": {
            "githubOwnedAllowed": True,
            "verifiedAllowed": False,
            "patternsAlloweds": list(allowed_actions(REPOSITORY, FILES.workflows)),
        },
        "shaPinningRequired": True,
    }
    (workflows,) = rendered.of_type(":WorkflowRepositoryPermissions").values()
    assert inputs(workflows) == {
        "defaultWorkflowPermissions": "read",
        "canApprovePullRequestReviews": False,
    }


def test_nobody_deploys_alone_or_past_the_reviewers(rendered: Deployment) -> None:
    for place in rendered.of_type(":RepositoryEnvironment").values():
        assert place.inputs["preventSelfReview"]
        assert not place.inputs["canAdminsBypass"]
        assert place.inputs["waitTimer"] == 0


def test_only_rulesets_go_with_the_stack(written: Deployment) -> None:
    gone = {each.type.rpartition(":")[2] for each in written.resources if not each.retained}
    assert gone == {"RepositoryGovernance", "RepositoryRuleset"}


def test_files_are_written_one_after_the_other_and_rulesets_guard_what_is_there(
    written: Deployment,
) -> None:
    files = list(written.of_type(":RepositoryFile").values())
    assert {file.inputs["file"]: inputs(file) for file in files} == {
        path: {
            "branch": "main",
            "file": path,
            "content": text,
            "commitMessage": f"Write {path} as the stack files say",
            "overwriteOnCreate": True,
        }
        for path, text in FILES.files.items()
    }
    urns = {file.urn: file for file in files}
    before = [file.depends_on & urns.keys() for file in files]
    assert before == [frozenset(), *({file.urn} for file in files[:-1])]
    for ruleset in written.of_type(":RepositoryRuleset").values():
        assert urns.keys() <= ruleset.depends_on


def test_files_that_a_person_commits_are_not_written(rendered: Deployment) -> None:
    assert rendered.of_type(":RepositoryFile") == {}


def asked(
    question: Callable[[RepositorySettings, github.Provider], object],
    calls: Calls = no_call,
    **changes: object,
) -> Any:
    """Return the answer to what the program asks GitHub before it registers anything."""
    answers: list[object] = []

    def program() -> None:
        provider = github.Provider("github", owner="254CARBON")
        answers.append(question(REPOSITORY.model_copy(update=changes), provider))

    build(program, calls=calls)
    return answers[0]


def test_a_number_that_the_settings_state_is_not_asked_for() -> None:
    numbers = asked(
        partial(looked_up, "prod"),
        teams={"sre": 5, "platform": 6},
        release_app=REPOSITORY.release_app.model_copy(update={"id": 4242}),
    )
    assert numbers == Numbers({"sre": 5, "platform": 6}, {"hmco-release": 4242})


def test_a_repository_that_cannot_be_seen_is_told_with_its_name() -> None:
    with pytest.raises(pulumi.RunError, match="the labels of 254CARBON/HMCo: 404; check"):
        asked(partial(present, ESTATE), lambda _: rest_answer({}, 404))


def test_what_is_there_is_found_among_many_labels_and_beside_policies_for_tags() -> None:
    labels = [f"label-{number}" for number in range(60)]

    def answer(call: pulumi.runtime.MockCallArgs) -> dict[str, Any]:
        place = urlsplit(call.args["endpoint"])
        if place.path.endswith("/labels"):
            most = int(parse_qs(place.query).get("per_page", ["30"])[0])
            return rest_answer([{"name": name} for name in labels[:most]])
        branch, tag = {"id": 1, "name": "main"}, {"id": 2, "name": "main", "type": "tag"}
        return rest_answer({"branch_policies": [branch, tag]})

    there = asked(partial(present, ESTATE), answer)
    assert there == Present(
        frozenset(labels), dict.fromkeys(("dev", "staging", "prod", "automation"), 1)
    )
