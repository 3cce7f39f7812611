"""All rules, in the order in which their files are read; a new rule module is named here."""

from difflib import get_close_matches
from functools import cache
from importlib import import_module
from typing import Final

from release.rules.rule import Rules, registered_rules

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


_ON_CHARTS: Final = (
    "argocd_rules",
    "baseline",
    "changelog_rules",
    "chart_rules",
    "dependency_rules",
    "estate_rules",
    "object_rules",
    "tag_rules",
    "value_rules",
    "waivers",
)
_OTHERS: Final = ("github_rules", "rendering_rules", "step_rules")


@cache
def all_rules() -> Rules:
    """Return every rule by id, in alphabetical order."""
    return _imported(*_ON_CHARTS, *_OTHERS)


def _imported(*modules: str) -> Rules:
    """Return all rules once these modules are imported, which registers theirs."""
    # A command does not wait for modules whose rules it asks nothing.
    for module in modules:
        import_module(f"release.rules.{module}")
    return dict(sorted(registered_rules().items()))


def rules_on_charts(*, rendered: bool = False) -> Rules:
    """Return the rules that look at charts or pins as read, or as rendered too."""
    modules = (*_ON_CHARTS, "rendering_rules") if rendered else _ON_CHARTS
    return {
        name: each
        for name, each in _imported(*modules).items()
        if each.check.__module__.rpartition(".")[2] in modules
    }


def rules_on_pins() -> Rules:
    """Return the rules that look at pins, holds or freezes; no other can find fault with a move."""
    found = _imported("argocd_rules", "estate_rules", "tag_rules", "waivers")
    return {name: found[name] for name in sorted(_ON_PINS)}


def near_rules(name: str) -> list[str]:
    """Return the ids that a misspelt one may have meant, the likeliest first."""
    name = name.lower()
    parts = [rule for rule in all_rules() if name and name in rule]
    return list(dict.fromkeys([*get_close_matches(name, all_rules(), n=3), *parts]))[:5]
