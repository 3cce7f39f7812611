"""The present rules over promotions of the past: what would have been refused or flagged."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from release.plan.change import ApplicationChange, Plan
from release.repository.pinhistory import PinChange
from release.text.counted import counted
from release.versions import is_version, parse_version


@dataclass(frozen=True, slots=True)
class Replayed:
    """One promotion as it landed, and what the present rules say of it."""

    change: PinChange
    judged: ApplicationChange | None
    """None where the step changed nothing that a cluster would see."""
    failure: str = ""

    @property
    def verdicts(self) -> tuple[str, ...]:
        """Return the ids of all that would have been said, each once."""
        if self.judged is None:
            return ("unknown",) if self.failure else ()
        said = dict.fromkeys(item.id for item in self.judged.flags)
        if self.judged.bump and self.judged.bump.too_small:
            said["number-too-small"] = None
        if self.judged.unknown:
            said["unknown"] = None
        if self.judged.failures:
            said["rendering-fails"] = None
        return tuple(said)


def last_promotions(changes: Iterable[PinChange], count: int) -> list[PinChange]:
    """Return the newest steps up from one version to another, newest first."""
    found = [item for item in changes if _is_promotion(item)]
    return found[:count]


def _is_promotion(change: PinChange) -> bool:
    before, after = change.before, change.after
    if not (before and after and is_version(before) and is_version(after)):
        return False
    return bool(parse_version(before) < parse_version(after))


def replayed(changes: Sequence[PinChange], plan_of: Callable[[str], Plan | str]) -> list[Replayed]:
    """Return each promotion with its judgement; `plan_of` compares a commit with the one before.

    It returns a sentence instead of a plan where that cannot be done, and is asked once a commit.
    """
    plans: dict[str, Plan | str] = {}
    result = []
    for change in changes:
        if change.commit not in plans:
            plans[change.commit] = plan_of(change.commit)
        plan = plans[change.commit]
        if isinstance(plan, str):
            result.append(Replayed(change, None, plan))
            continue
        found = (
            item
            for item in plan.applications
            if (item.environment, item.chart) == (change.environment, change.chart)
        )
        result.append(Replayed(change, next(found, None)))
    return result


def to_lines(past: Sequence[Replayed]) -> list[str]:
    """Return one line a promotion and the sum of what would have been said, for people."""
    lines = [
        f"{item.change.landed_at:%Y-%m-%d} {item.change.environment} {item.change.chart} "
        f"{item.change.before} → {item.change.after}: {', '.join(item.verdicts) or 'nothing'}"
        for item in past
    ]
    said = Counter(name for item in past for name in item.verdicts)
    total = ", ".join(f"{name} {count}" for name, count in said.most_common()) or "nothing"
    stopped = sum(1 for item in past if item.verdicts)
    return [
        *lines,
        f"{stopped} of {counted(len(past), 'promotion')} would have been told of: {total}",
    ]


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
            "verdicts": list(item.verdicts),
            "failure": item.failure,
        }
        for item in past
    ]
