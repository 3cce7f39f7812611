"""Rulesets in the words of GitHub's API and of the provider, with numbers in place of slugs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from release.github.rulesets import REVIEWS, Bypass, Ruleset
from release.settings.governance import RepositorySettings


@dataclass(frozen=True, slots=True)
class Numbers:
    """GitHub's numbers of teams and Apps, as far as they are known."""

    teams: Mapping[str, int]
    apps: Mapping[str, int]

    def of(self, bypass: Bypass) -> int:
        """Return the number of who may bypass; KeyError where it is not known."""
        return (self.teams if bypass.kind == "Team" else self.apps)[bypass.slug]


def known_numbers(repository: RepositorySettings) -> Numbers:
    """Return the numbers that the settings state."""
    app = repository.release_app
    return Numbers(
        {slug: number for slug, number in repository.teams.items() if number is not None},
        {} if app.id is None else {app.slug: app.id},
    )


def unknown(ruleset: Ruleset, numbers: Numbers) -> tuple[str, ...]:
    """Return the slugs that a ruleset needs the numbers of and that have none."""
    slugs = {each.team for each in ruleset.reviewers if each.team not in numbers.teams}
    for bypass in ruleset.bypass:
        known = numbers.teams if bypass.kind == "Team" else numbers.apps
        slugs |= {bypass.slug} - known.keys()
    return tuple(sorted(slugs))


def question(repository: RepositorySettings, slug: str) -> str:
    """Return the command that asks GitHub for a team or the release App; `id` is its number."""
    is_team = slug in repository.teams
    path = f"orgs/{repository.owner}/teams/{slug}" if is_team else f"apps/{slug}"
    address = f"{repository.api.rstrip('/')}/{path}"
    return f'curl --fail-with-body --header "Authorization: Bearer $GITHUB_TOKEN" {address}'


def wire(ruleset: Ruleset, numbers: Numbers) -> dict[str, object]:
    """Return the ruleset as GitHub's API and its "Import a ruleset" take it.

    KeyError where a number is missing. Every ruleset asks the same of a pull request: stale
    approvals dismissed, threads resolved, squash only. The one that counts approvals also asks
    that another person approved the last push.
    """
    rules: list[dict[str, object]] = [{"type": flag} for flag in ruleset.flags]
    if ruleset.target == "branch":
        rules.append({"type": "pull_request", "parameters": _pull_request(ruleset, numbers)})
    if ruleset.checks:
        checks = _checks(ruleset, "required_status_checks")
        rules.append({"type": "required_status_checks", "parameters": checks})
    return {
        "name": ruleset.name,
        "target": ruleset.target,
        "enforcement": ruleset.enforcement,
        "bypass_actors": [
            {"actor_id": numbers.of(each), "actor_type": each.kind, "bypass_mode": each.mode}
            for each in ruleset.bypass
        ],
        "conditions": {"ref_name": {"include": list(ruleset.includes), "exclude": []}},
        "rules": rules,
    }


def _checks(ruleset: Ruleset, key: str) -> dict[str, object]:
    app = ruleset.checks_app
    return {
        key: [{"context": name, "integration_id": app} for name in ruleset.checks],
        "strict_required_status_checks_policy": True,
        "do_not_enforce_on_create": False,
    }


def _pull_request(ruleset: Ruleset, numbers: Numbers) -> dict[str, object]:
    return {
        "required_approving_review_count": ruleset.approvals,
        "dismiss_stale_reviews_on_push": True,
        "require_code_owner_review": False,
        "require_last_push_approval": ruleset.name == REVIEWS,
        "required_review_thread_resolution": True,
        "allowed_merge_methods": ["squash"],
        "required_reviewers": [
            {
                "file_patterns": list(each.patterns),
                "minimum_approvals": each.approvals,
                "reviewer": {"id": numbers.teams[each.team], "type": "Team"},
            }
            for each in ruleset.reviewers
        ],
    }


def provider_inputs(ruleset: Ruleset, numbers: Numbers) -> dict[str, Any]:
    """Return the same ruleset as the provider takes it; KeyError where a number is missing.

    Its names differ from GitHub's, and every boolean that matters is written, also where false:
    what is left out the server fills in, and shows as drift (facts of terraform-provider-github).
    """
    rules: dict[str, Any] = {flag: flag in ruleset.flags for flag in _FLAGS[ruleset.target]}
    if ruleset.target == "branch":
        rules["pull_request"] = _pull_request(ruleset, numbers)
    if ruleset.checks:
        rules["required_status_checks"] = _checks(ruleset, "required_checks")
    return {
        **wire(ruleset, numbers),
        "conditions": {"ref_name": {"includes": list(ruleset.includes), "excludes": []}},
        "rules": rules,
    }


_FLAGS: Final = {
    "branch": ("creation", "deletion", "non_fast_forward", "required_linear_history", "update"),
    "tag": ("creation", "deletion", "non_fast_forward", "update"),
}
