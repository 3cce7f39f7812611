"""The baseline: findings that were there when a repository was adopted, to be worked off.

What it records does not fail the check; what is new does, and an entry whose finding is gone is
told, so that the list only ever gets shorter. An entry names rule, file and words of its finding
and no line: an edit above it does not make it a new one.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from release.rules.rule import Breach, Finding, Severity, rule

BASELINE: Final = "baseline"
BASELINE_FILE: Final = "hmco-baseline.yaml"
"""Beside the stack files."""

Key = tuple[str, str, str]
"""Rule, file and words, by which a finding is known again."""


@rule(
    severity=Severity.WARNING,
    fix='take it out: hmco adopt --baseline "…"',
    source="HMCo's adoption",
    example="hmco-baseline.yaml: records image-latest in helm/charts/vault/values.yaml, which is "
    "gone",
)
def baseline(facts: object) -> Iterable[Breach]:  # noqa: ARG001 -- `gone` needs all findings
    """Every entry of the baseline is a finding that is still there.

    What was mended could come back unseen behind the entry.
    """
    return ()


@dataclass(frozen=True, slots=True, order=True)
class Known:
    """One finding of the baseline, with the reason why it may wait."""

    rule: str
    reason: str
    file: str
    what: str

    @property
    def key(self) -> Key:
        """What the finding is known by."""
        return self.rule, self.file, self.what


def taken(
    findings: Iterable[Finding], before: Iterable[Known], reason: str, never: Collection[str]
) -> tuple[Known, ...]:
    """Return the baseline that records what fails now: known entries keep their reasons.

    Notes fail nothing, and rules of `never` leave others out, which would hide what those find.
    """
    reasons: dict[Key, list[str]] = {}
    for known in before:
        reasons.setdefault(known.key, []).append(known.reason)
    entries = []
    for finding in findings:
        if finding.severity is Severity.NOTE or finding.rule in {*never, BASELINE}:
            continue
        key = (finding.rule, finding.file, finding.what)
        kept = reasons.get(key, [])
        entries.append(Known(finding.rule, kept.pop(0) if kept else reason, *key[1:]))
    return tuple(sorted(entries))


def recorded(
    findings: Sequence[Finding], known: Iterable[Known]
) -> tuple[list[Finding], list[tuple[Finding, str]], list[Known]]:
    """Return the findings that count, those recorded with their reasons, and entries left over.

    An entry records one finding: a second one of the same words is new.
    """
    waiting: dict[Key, list[Known]] = {}
    for entry in known:
        waiting.setdefault(entry.key, []).append(entry)
    counting, found = [], []
    for finding in findings:
        entries = waiting.get((finding.rule, finding.file, finding.what))
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
