"""All rules, in the order in which their files are read; a new rule module is named here."""

from difflib import get_close_matches
from functools import cache

from release.rules import (  # noqa: F401 -- importing a module registers its rules
    argocd_opening_rules,
    argocd_rules,
    baseline,
    changelog_rules,
    chart_rules,
    dependency_rules,
    estate_rules,
    github_rules,
    loading_rules,
    lock_rules,
    object_rules,
    rendering_rules,
    step_rules,
    tag_rules,
    unread_rules,
    value_rules,
    waivers,
)
from release.rules.model import RegisteredRule, registered_rules


@cache
def all_rules() -> dict[str, RegisteredRule]:
    """Return every rule by id, in alphabetical order."""
    return dict(sorted(registered_rules().items()))


def near_rules(name: str) -> list[str]:
    """Return the ids that a misspelt one may have meant, the likeliest first."""
    parts = [rule for rule in all_rules() if name and name in rule]
    return list(dict.fromkeys([*get_close_matches(name, all_rules(), n=3), *parts]))[:5]
