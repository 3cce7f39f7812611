"""The rules as a page: docs/rules.md is what `python -m tests.docs.rulespage` prints."""

import sys
from collections.abc import Iterator

from release.rules.catalogue import all_rules
from release.rules.rule import Severity

_HEAD = """\
# Rules

Written by `python -m tests.docs.rulespage > docs/rules.md`; edit the rules, not this page.

An **error** fails the check, a **warning** only with `--strict`, a **note** never. A rule that one
chart breaks knowingly is waived in `release/registry.py` with its reason; a waiver that waives
nothing is an error itself. `hmco check --explain RULE` prints one of these.

Rules on a **step** are what `hmco cut`, `promote`, `rollback` and `hold` refuse with, and what
`hmco check --base REV` finds in every change since REV, whether a command, a hand, a merge or a
revert made it: each step is judged on what was there before it, at the time when it landed. Where
no file keeps the reason of a step, a line of the commit's message gives it:

    Unhold: CHART in ENVIRONMENT: REASON
    Again: CHART VERSION in ENVIRONMENT: REASON
    Unfreeze: ENVIRONMENT: REASON
    Loosen: SETTING in ENVIRONMENT: REASON

Of the sources, `guide R4` is a requirement of HMCo's release guide, `fault F7` a fault of the
pipeline that this program replaces, and `design` a decision of its own.
"""


def rules_document() -> str:
    """Return the page of all rules, by severity and name."""
    return "\n".join(_document())


def _document() -> Iterator[str]:
    rules = all_rules().values()
    yield _HEAD
    yield "| rule | severity | on | asks |"
    yield "| --- | --- | --- | --- |"
    for rule in sorted(rules, key=lambda rule: (list(Severity).index(rule.severity), rule.id)):
        link = f"[`{rule.id}`](#{rule.id})"
        yield f"| {link} | {rule.severity.value} | {rule.judges} | {rule.title} |"
    for rule in rules:
        yield f"\n## {rule.id}\n"
        yield f"**{rule.title}** ({rule.severity.value})\n"
        yield f"{rule.why}\n"
        yield f"- Fix: {rule.fix}."
        yield f"- Source: {rule.source}."
    yield ""


if __name__ == "__main__":
    sys.stdout.write(rules_document())
