"""The present rules over promotions of the past: what would have been refused or flagged."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from release.plan.change import ApplicationChange, Plan
from release.promotion.judge import Fault
from release.repository.pinhistory import PinChange
from release.rules.rule import Finding
from release.text.counted import counted
from release.versions import lower

HEADER: Final = ("LANDED", "ENV", "CHART", "FROM", "TO", "VERDICT")
_VERDICTS: Final = {
    "passes": "pass",
    "flagged": "flagged",
    "refused": "would be refused",
    "unknown": "unknown",
}


class Landing(NamedTuple):
    """What the present rules say of one landing; `plan` is a sentence where it cannot be made.

    `findings` are those on the chart that is promoted, `faults` all that the landing did wrong.
    """

    plan: Plan | str
    faults: tuple[Fault, ...] = ()
    findings: tuple[Finding, ...] = ()

    def refusals(self, change: PinChange) -> Iterator[tuple[str, str]]:
        """Yield rule and words of what stands against the promotion."""
        for fault in self.faults:
            if fault.environment == change.environment and fault.chart in {"", change.chart}:
                yield fault.reason.code, fault.reason.fact
        for finding in self.findings:
            if finding.environment in {"", change.environment}:
                yield finding.rule, finding.what


class Replayed(NamedTuple):
    """One promotion as it landed, and what the present rules say of it."""

    change: PinChange
    refusals: tuple[tuple[str, str], ...]
    flags: tuple[str, ...]
    failure: str = ""
    """Why not everything could be asked."""

    @property
    def verdict(self) -> str:
        """Return the hardest word: refused, unknown, flagged or passes."""
        if self.refusals:
            return "refused"
        if self.failure:
            return "unknown"
        return "flagged" if self.flags else "passes"

    @property
    def told(self) -> tuple[str, ...]:
        """Return the ids of all that would have been said, each once."""
        unknown = ("unknown",) if self.failure else ()
        return tuple(dict.fromkeys([*(rule for rule, _ in self.refusals), *unknown, *self.flags]))

    @property
    def sentence(self) -> str:
        """Return the verdict for people, with the ids of what speaks."""
        refused = ", ".join(dict.fromkeys(rule for rule, _ in self.refusals))
        parts = (
            f"would be refused by {refused}" if refused else "",
            "unknown" if self.failure else "",
            f"flagged by {', '.join(self.flags)}" if self.flags else "",
        )
        return "; ".join(filter(None, parts)) or "passes"


def last_promotions(changes: Iterable[PinChange], count: int) -> list[PinChange]:
    """Return the newest steps up from one version to another, newest first."""
    found = [item for item in changes if lower(item.before or "", item.after or "")]
    return found[:count]


def replayed(change: PinChange, landing: Landing) -> Replayed:
    """Return a promotion with its judgement."""
    refusals = tuple(dict.fromkeys(landing.refusals(change)))
    if isinstance(landing.plan, str):
        return Replayed(change, refusals, (), landing.plan)
    found = (
        item
        for item in landing.plan.applications
        if (item.environment, item.chart) == (change.environment, change.chart)
    )
    # None where the step changed nothing that a cluster would see.
    item = next(found, None)
    if item is None:
        return Replayed(change, refusals, ())
    return Replayed(
        change, refusals, tuple(_flags(item)), "; ".join(u.reason for u in item.unknown)
    )


def _flags(item: ApplicationChange) -> Iterable[str]:
    said = dict.fromkeys(flag.id for flag in item.flags)
    if item.bump and item.bump.too_small:
        said["number-too-small"] = None
    if item.failures:
        said["rendering-fails"] = None
    return said


def table_rows(past: Sequence[Replayed]) -> list[tuple[str, ...]]:
    """Return one row per promotion, under HEADER."""
    return [
        (
            f"{item.change.landed_at:%Y-%m-%d}",
            item.change.environment,
            item.change.chart,
            item.change.before or "",
            item.change.after or "",
            item.sentence,
        )
        for item in past
    ]


def to_lines(past: Sequence[Replayed]) -> list[str]:
    """Return the words of all that refuses or keeps from telling, and the sum, for people."""
    lines = []
    for item in past:
        place = f"{item.change.environment} {item.change.chart} {item.change.after}"
        lines += [f"{place}: {fact} ({rule})" for rule, fact in item.refusals]
        lines += [f"{place}: not everything could be asked: {item.failure}"] * bool(item.failure)
    verdicts = Counter(item.verdict for item in past)
    said = Counter(name for item in past for name in item.told)
    total = ", ".join(f"{name} {count}" for name, count in said.most_common())
    tail = f"; reported: {total}" if said else ""
    sums = ", ".join(f"{verdicts[each]} {word}" for each, word in _VERDICTS.items())
    return [*lines, f"{counted(len(past), 'promotion')}: {sums}{tail}"]


def to_data(past: Sequence[Replayed]) -> list[dict[str, Any]]:
    """Return the same for programs."""
    return [
        {
            "environment": item.change.environment,
            "chart": item.change.chart,
            "before": item.change.before,
            "after": item.change.after,
            "landedAt": item.change.landed_at.isoformat(),
            "commit": item.change.commit,
            "verdict": item.verdict,
            "refusals": [{"rule": rule, "fact": fact} for rule, fact in item.refusals],
            "flags": list(item.flags),
            "failure": item.failure,
        }
        for item in past
    ]
