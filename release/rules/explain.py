"""The words of a rule for a terminal."""

from release.rules.rule import Rule


def explanation(rule: Rule) -> list[str]:
    """Return everything there is to know about one rule, for a terminal, line by line."""
    lines = [
        f"{rule.id} ({rule.severity.value})",
        rule.title + ".",
        f"Why:     {rule.why}",
        f"Fix:     {rule.fix}.",
        f"Source:  {rule.source}.",
    ]
    if rule.needs:
        lines.append(f"Needs:   {', '.join(sorted(rule.needs))}.")
    return lines
