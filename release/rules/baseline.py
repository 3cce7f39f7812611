"""The baseline: findings that were there when a repository was adopted, to be worked off.

What it records does not fail the check; what is new does, and an entry whose finding is gone is
told, so that the list only ever gets shorter. An entry names rule, file and words of its finding
and no line: neither an edit above it nor a version that moves on makes it a new one.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from release.rules.rule import Breach, Finding, Severity, warning

BASELINE: Final = "baseline"
BASELINE_FILE: Final = "hmco-baseline.yaml"
"""Beside the stack files."""

_VERSION: Final = re.compile(r"\b\d+\.\d+\.\d+[\w.+-]*")


@warning(
    fix='take it out, and record nothing new: hmco adopt --baseline ""',
    source="HMCo's adoption",
)
def baseline(facts: object) -> Iterable[Breach]:  # noqa: ARG001 -- `gone` needs all findings
    """Every entry of the baseline is a finding that is still there.

    What was mended could come back unseen behind the entry.
    """
    return ()


class Known(NamedTuple):
    """One finding of the baseline, with the reason why it may wait."""

    rule: str
    reason: str
    file: str
    what: str


def _key_of(found: Known | Finding) -> tuple[str, str, str]:
    """Return rule, file and words without versions, by which a finding is known again."""
    return found.rule, found.file, _VERSION.sub("", found.what)


def taken(
    findings: Iterable[Finding], before: Iterable[Known], reason: str, never: Collection[str]
) -> tuple[Known, ...]:
    """Return the baseline that records what fails now: known entries keep their reasons.

    Without a `reason` nothing new is recorded, and only what is gone goes. Notes fail
    nothing, and rules of `never` leave others out, which would hide what those find.
    """
    failing = [f for f in findings if f.severity is not Severity.NOTE]
    new, known, _ = recorded([f for f in failing if f.rule not in {*never, BASELINE}], before)
    entries = (*((finding, reason) for finding in new if reason), *known)
    return tuple(sorted(Known(f.rule, why, f.file, f.what) for f, why in entries))


def recorded(
    findings: Sequence[Finding], known: Iterable[Known]
) -> tuple[list[Finding], list[tuple[Finding, str]], list[Known]]:
    """Return the findings that count, those recorded with their reasons, and entries left over.

    An entry records one finding: a second one of the same words is new.
    """
    waiting: dict[tuple[str, str, str], list[Known]] = {}
    for entry in known:
        waiting.setdefault(_key_of(entry), []).append(entry)
    counting, found = [], []
    for finding in findings:
        entries = waiting.get(_key_of(finding))
        if entries:
            found.append((finding, entries.pop(0).reason))
        else:
            counting.append(finding)
    return counting, found, [entry for entries in waiting.values() for entry in entries]


def gone(file: str, left_over: Iterable[Known], asked: Collection[str]) -> Iterator[Breach]:
    """Yield a breach for the entries of each rule that was asked and no longer finds them."""
    by_rule = Counter(known.rule for known in left_over if known.rule in asked)
    for known in sorted(left_over):
        many = by_rule.pop(known.rule, 0)
        if many:
            more = f" and {many - 1} more of its findings" if many > 1 else ""
            what = f"records {known.rule} in {known.file}{more}, which "
            yield Breach(file=file, what=what + ("are gone" if many > 1 else "is gone"))
