"""Bringing the guard up, changing it and taking it down, with the real engine and provider."""

from collections import Counter
from typing import Any

import pytest

from release.estate import load_estate, read_stack_files
from release.github.rulesets import rulesets
from release.github.wire import Numbers, wire
from release.registry import REGISTRY
from tests.github.provider.governing import RELEASE_APP, STACK, TEAMS, Governing
from tests.github.world import WRITER

R = "/repos/{owner}/{repo}"
BRANCHES = f"{R}/environments/{{environment_name}}/deployment-branch-policies"


def branches(up: Governing, place: str) -> list[str]:
    return [each["name"] for each in up.world.policies[place].values()]


def test_the_guard_comes_up_once_and_the_second_time_asks_for_numbers_alone(
    governed: Governing,
) -> None:
    first = governed.up()
    assert first.code == 0, first.text
    made = governed.github.counted()
    assert made[f"POST {R}/rulesets"] == 5
    assert made[f"PUT {R}/environments/{{environment_name}}"] == 4
    assert made[f"POST {BRANCHES}"] == 4
    assert made[f"POST {R}/labels"] == 9
    assert {each["name"] for each in governed.world.rulesets.values()} == {
        "hmco-trunk",
        "hmco-reviews",
        "hmco-owners",
        "hmco-tag-creation",
        "hmco-tag-immutability",
    }
    for place in ("dev", "staging", "prod", "automation"):
        said = governed.world.environments[place]
        named = {"protected_branches": False, "custom_branch_policies": True}
        assert said["deployment_branch_policy"] == named
        assert branches(governed, place) == ["main"]
        assert (said["prevent_self_review"], said["can_admins_bypass"]) == (True, False)
    approving = governed.world.environments["prod"]["reviewers"]
    assert {each["id"] for each in approving} == {TEAMS["team-leads"], TEAMS["sre"]}
    assert governed.world.actions == {
        "enabled": True,
        "allowed_actions": "selected",
        "sha_pinning_required": True,
    }
    assert governed.world.selected_actions["verified_allowed"] is False
    assert governed.world.workflow_permissions == {
        "default_workflow_permissions": "read",
        "can_approve_pull_request_reviews": False,
    }
    governed.github.forget()
    second = governed.up()
    assert second.code == 0, second.text
    assert governed.github.counted() == {
        "GET /orgs/{org}": 1,
        "GET /orgs/{org}/teams/{team_slug}": 6,
        "GET /apps/{app_slug}": 1,
        f"GET {R}/labels": 1,
        f"GET {BRANCHES}": 4,
    }
    for told in (first.text, second.text, governed.state()):
        assert WRITER not in told, "the token may stand nowhere"


def test_a_refresh_without_changes_reads_each_resource_once(up: Governing) -> None:
    answer = up.run("refresh", "--skip-preview")
    assert answer.code == 0, answer.text
    assert up.github.writes() == []
    assert up.github.counted() == {
        "GET /orgs/{org}": 1,
        f"GET {R}/labels/{{name}}": 9,
        f"GET {R}/rulesets/{{ruleset_id}}": 5,
        f"GET {R}/environments/{{environment_name}}": 4,
        f"GET {BRANCHES}/{{branch_policy_id}}": 4,
        f"GET {R}/actions/permissions": 1,
        f"GET {R}/actions/permissions/selected-actions": 1,
        f"GET {R}/actions/permissions/workflow": 1,
    }
    assert "unchanged" in answer.text


def test_what_the_provider_sends_is_what_import_takes(up: Governing) -> None:
    numbers = Numbers(TEAMS, {"hmco-release": RELEASE_APP})
    estate = load_estate(REGISTRY, read_stack_files(up.program.folder))
    repository = estate.environments[STACK].settings.repository
    assert repository is not None
    for each in rulesets(REGISTRY, estate, repository):
        rendered, sent = wire(each, numbers), up.ruleset(each.name)
        for part in ("target", "enforcement", "bypass_actors", "conditions"):
            assert sent[part] == rendered[part]
        assert by_type(sent["rules"]) == by_type(rendered["rules"])


def by_type(rules: Any) -> dict[str, Any]:
    """Return each rule's parameters; checks have no order, and an empty field may be left out."""
    return {
        rule["type"]: {
            name: sorted(value, key=repr) if isinstance(value, list) else value
            for name, value in rule.get("parameters", {}).items()
            if value not in (False, [])
        }
        for rule in rules
    }


CHANGES = {
    "a count": ("approvals: 1\n      checks", "approvals: 2\n      checks", {"hmco-reviews"}),
    "an approval": ("  count: 2", "  count: 4", {"hmco-reviews"}),
    "an owner": ("sre: sre", "sre: platform", {"hmco-owners"}),
    "a path": (
        "paths: []",
        "paths: [{patterns: [terraform/*], team: sre, approvals: 1}]",
        {"hmco-owners"},
    ),
    "the bypass": ("environments: [dev, staging, prod]", "environments: [prod]", {
        "hmco-reviews", "hmco-owners",
    }),
    "the switch": ("enforcement: active", "enforcement: disabled", {
        "hmco-trunk", "hmco-reviews", "hmco-owners", "hmco-tag-creation", "hmco-tag-immutability",
    }),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_a_setting_changes_what_it_is_about_and_nothing_else(
    up: Governing, change: str
) -> None:
    before, after, touched = CHANGES[change]
    up.program.edit(STACK, before, after)
    answer = up.up()
    assert answer.code == 0, answer.text
    assert Counter(call.operation for call in up.github.writes()) == {
        f"PUT {R}/rulesets/{{ruleset_id}}": len(touched)
    }
    assert {call.body["name"] for call in up.github.writes()} == touched


def test_drift_by_hand_is_shown_and_put_right(up: Governing) -> None:
    up.ruleset("hmco-trunk")["enforcement"] = "disabled"
    up.ruleset("hmco-reviews")["bypass_actors"].append(
        {"actor_id": 99, "actor_type": "Team", "bypass_mode": "always"}
    )
    up.world.labels["rollback"]["color"] = "000000"
    up.world.environments["prod"]["can_admins_bypass"] = True
    up.world.policies["prod"].clear()
    next(iter(up.world.policies["dev"].values()))["name"] = "*"
    up.world.workflow_permissions["default_workflow_permissions"] = "write"
    del up.world.labels["urgent"]
    answer = up.up("--refresh")
    assert answer.code == 0, answer.text
    assert up.ruleset("hmco-trunk")["enforcement"] == "active"
    assert [each["actor_id"] for each in up.ruleset("hmco-reviews")["bypass_actors"]] == [13]
    assert up.world.labels["rollback"]["color"] == "b60205"
    assert up.world.environments["prod"]["can_admins_bypass"] is False
    assert up.world.workflow_permissions["default_workflow_permissions"] == "read"
    assert "urgent" in up.world.labels
    assert branches(up, "prod") == branches(up, "dev") == ["main"]


def test_production_s_guard_is_protected_from_destroy(up: Governing) -> None:
    answer = up.run("destroy")
    assert answer.code != 0
    assert "protect" in answer.text
    assert len(up.world.rulesets) == 5
    assert up.github.writes() == []
