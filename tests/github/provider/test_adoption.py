"""What was there before: it is taken over as it must be, and nothing of others is deleted."""

import copy

from tests.github.contents import blob
from tests.github.provider.governing import RELEASE_APP, STACK, Governing

OTHERS = {
    "name": "theirs",
    "target": "branch",
    "enforcement": "active",
    "bypass_actors": [],
    "conditions": {"ref_name": {"include": ["refs/heads/release"], "exclude": []}},
    "rules": [{"type": "deletion"}],
}


def test_environments_labels_and_permissions_are_taken_over_and_others_stay(
    governed: Governing,
) -> None:
    world = governed.world
    world.environments["prod"] = {
        "wait_timer": 30,
        "reviewers": None,
        "deployment_branch_policy": {"protected_branches": False, "custom_branch_policies": True},
    }
    ours, others = (
        {"id": number, "name": name, "type": "branch"}
        for number, name in ((61, "main"), (62, "release/*"))
    )
    world.policies["prod"] = {61: dict(ours), 62: dict(others)}
    world.environments["dev"] = {
        "deployment_branch_policy": {"protected_branches": True, "custom_branch_policies": False}
    }
    world.environments["theirs"] = {"wait_timer": 0}
    world.labels["theirs"] = world.example(
        "POST /repos/{owner}/{repo}/labels", 201, name="theirs", color="ffffff"
    )
    world.rulesets[7] = copy.deepcopy(OTHERS) | {
        "id": 7, "node_id": "RRS_7", "source": "254CARBON/HMCo", "source_type": "Repository",
    }  # fmt: skip
    answer = governed.up()
    assert answer.code == 0, answer.text
    assert world.environments["prod"]["can_admins_bypass"] is False
    assert world.environments["theirs"] == {"wait_timer": 0}
    assert world.policies["prod"] == {61: ours, 62: others}
    assert [each["name"] for each in world.policies["dev"].values()] == ["main"]
    assert world.labels["theirs"]["color"] == "ffffff"
    assert world.rulesets[7]["rules"] == OTHERS["rules"]
    assert len(world.rulesets) == 6
    assert not [call for call in governed.github.requests if call.operation.startswith("DELETE")]


def test_a_ruleset_that_was_imported_by_hand_is_taken_over(up: Governing) -> None:
    # As a team leaves it that has imported our JSON first: the state knows nothing of it.
    kept = copy.deepcopy(up.world.rulesets)
    labels = copy.deepcopy(up.world.labels)
    (up.program.folder / "build" / ".engine" / "state").rename(up.program.folder / "old-state")
    refused = up.up()
    assert refused.code != 0
    assert "Name must be unique" in refused.text
    assert up.world.rulesets == kept
    governance = "urn:pulumi:prod::hmco::platform:github:RepositoryGovernance::HMCo-governance"
    provider = "urn:pulumi:prod::hmco::pulumi:providers:github::prod-github"
    for number, ruleset in kept.items():
        taken = up.run(
            "import",
            "github:index/repositoryRuleset:RepositoryRuleset",
            f"HMCo-governance-{ruleset['name']}",
            f"HMCo:{number}",
            "--parent",
            f"governance={governance}",
            "--provider",
            f"github={provider}",
            "--generate-code=false",
            "--skip-preview",
        )
        assert taken.code == 0, taken.text
    up.github.forget()
    answer = up.up()
    assert answer.code == 0, answer.text
    assert up.world.rulesets.keys() == kept.keys()
    assert up.world.labels == labels
    assert not [call for call in up.github.writes() if call.operation.startswith("DELETE ")]


def test_a_label_that_was_there_is_taken_over_and_made_as_ours(governed: Governing) -> None:
    theirs = governed.world.example(
        "POST /repos/{owner}/{repo}/labels", 201, name="rollback", color="000000"
    )
    governed.world.labels["rollback"] = theirs
    answer = governed.up()
    assert answer.code == 0, answer.text
    assert governed.world.labels["rollback"]["color"] == "b60205"
    assert not [call for call in governed.github.writes() if call.operation.startswith("DELETE ")]


def test_taking_the_stack_down_leaves_what_others_may_use(up: Governing) -> None:
    up.program.edit(STACK, "protect: true", "protect: false")
    assert up.up().code == 0
    up.github.forget()
    answer = up.run("destroy")
    assert answer.code == 0, answer.text
    assert up.world.rulesets == {}
    assert {"dev", "staging", "prod"} <= set(up.world.environments)
    assert all(up.world.policies[place] for place in ("dev", "staging", "prod"))
    assert len(up.world.labels) == 9
    assert up.world.actions["allowed_actions"] == "selected"


def test_pulumi_writes_files_one_after_the_other_as_an_app_that_may(governed: Governing) -> None:
    governed.program.edit(STACK, "files: rendered", "files: pulumi")
    governed.world.files[".github/CODEOWNERS"] = b"* @someone-else\n"
    governed.world.files["README.md"] = b"theirs"
    answer = governed.up()
    assert answer.code == 0, answer.text
    written = governed.world.files
    assert b"@254CARBON/platform" in written[".github/CODEOWNERS"]
    assert written["README.md"] == b"theirs"
    bypass = governed.ruleset("hmco-trunk")["bypass_actors"]
    assert bypass == [
        {"actor_id": RELEASE_APP, "actor_type": "Integration", "bypass_mode": "always"}
    ]
    governed.github.forget()
    again = governed.up()
    assert again.code == 0, again.text
    assert governed.github.writes() == []
    written[".github/CODEOWNERS"] = b"* @someone-else\n"
    sha = blob(b"* @someone-else\n")
    drifted = governed.up("--refresh")
    assert drifted.code == 0, drifted.text
    (put,) = governed.github.writes()
    assert put.body["sha"] == sha
    assert b"@254CARBON/platform" in written[".github/CODEOWNERS"]
