"""All rules, in the order in which their files are read; a new rule module is named here."""

from difflib import get_close_matches
from functools import cache
from typing import Final

from release.rules.rule import RegisteredRule, Rules, registered_rules

_ON_PINS: Final = frozenset(
    {
        "application-name-twice",
        "floating-revision",
        "freeze-past",
        "hold-expired",
        "idle-waiver",
        "legacy-application",
        "pin-untagged",
        "release-untagged",
        "settings",
        "shared-release",
        "skipped-source",
        "tag-off-branch",
        "value-file-missing-at-pin",
        "wrong-tag",
    }
)


@cache
def all_rules() -> dict[str, RegisteredRule]:
    """Return every rule by id, in alphabetical order."""
    # Importing a module registers its rules; a command that moves a pin does not wait for all.
    from release.rules import (  # noqa: F401, PLC0415
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

    return dict(sorted(registered_rules().items()))


def rules_on_charts() -> Rules:
    """Return the rules that look at charts or pins; the others are GitHub's and the history's."""
    known = all_rules()
    return {
        name: each
        for name, each in known.items()
        if not each.check.__module__.endswith(".github_rules")
    }


def rules_on_pins() -> Rules:
    """Return the rules that look at pins, holds or freezes; no other can find fault with a move."""
    from release.rules import (  # noqa: F401, PLC0415 -- as above
        argocd_rules,
        estate_rules,
        tag_rules,
        waivers,
    )

    registered = registered_rules()
    return {name: registered[name] for name in sorted(_ON_PINS)}


def near_rules(name: str) -> list[str]:
    """Return the ids that a misspelt one may have meant, the likeliest first."""
    name = name.lower()
    parts = [rule for rule in all_rules() if name and name in rule]
    return list(dict.fromkeys([*get_close_matches(name, all_rules(), n=3), *parts]))[:5]
