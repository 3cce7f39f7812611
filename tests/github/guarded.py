"""A repository that is guarded exactly as its stack files say."""

from pathlib import Path
from typing import Final

from release.charts.record import Registry
from release.estate import Estate, load_estate, read_stack_files
from release.github.environments import branch_policy, environments
from release.github.rulesets import rulesets
from release.github.wire import wire
from release.registry import REGISTRY
from tests.github.world import World
from tests.release.github.test_rulesets import NUMBERS, said

ESTATE: Final = load_estate(REGISTRY, read_stack_files(Path(__file__).parents[2]))


def guard(world: World, estate: Estate = ESTATE, registry: Registry = REGISTRY) -> None:
    """Give the fake GitHub every guard that the stack files ask for."""
    world.teams, world.apps = dict(NUMBERS.teams), dict(NUMBERS.apps)
    for number, ruleset in enumerate(rulesets(registry, estate, said(estate)), 1):
        world.rulesets[number] = wire(ruleset, NUMBERS) | {
            "id": number,
            "node_id": f"RRS_{number}",
            "source": f"{world.owner}/{world.name}",
            "source_type": "Repository",
        }
    for number, each in enumerate(environments(estate, said(estate)), 50):
        world.policies[each.name] = {number: {"id": number, "name": "main", "type": "branch"}}
        world.environments[each.name] = {
            "reviewers": [{"type": "Team", "id": NUMBERS.teams[slug]} for slug in each.reviewers],
            "prevent_self_review": True,
            "can_admins_bypass": False,
            "deployment_branch_policy": branch_policy(each),
        }
    world.workflow_permissions = {
        "default_workflow_permissions": "read",
        "can_approve_pull_request_reviews": False,
    }
    world.actions = {"enabled": True, "allowed_actions": "selected", "sha_pinning_required": True}
