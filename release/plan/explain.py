"""The words of every flag and of every rule on numbers, for a terminal and for the page."""

from release.plan.flagcatalogue import flag_rules
from release.plan.leastbump import BUMP_RULES


def explained_names() -> list[str]:
    """Return what can be explained: the flags, then the rules on numbers."""
    return [*flag_rules(), *(rule.id for rule in BUMP_RULES)]


def explanation(name: str) -> list[str]:
    """Return the lines that explain a flag or a rule on numbers; none for any other name."""
    found = flag_rules().get(name)
    if found is not None:
        return [
            f"{found.id} ({found.risk.value})",
            f"{found.title}.",
            f"Why:     {found.why}.",
            f"Do:      {found.fix}.",
            f"Source:  {found.source}.",
        ]
    for rule in BUMP_RULES:
        if rule.id == name:
            return [
                f"{rule.id} (at least {rule.bump})",
                f"The number must move by {rule.bump} when {rule.title}.",
                f"Why:     {rule.why}.",
                "Source:  Semantic Versioning 2.0.0, paragraphs 6 to 8.",
            ]
    return []
