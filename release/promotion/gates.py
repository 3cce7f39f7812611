"""What stops a promotion for a while: holds, freezes and soak times.

Commands, the judge of steps and the metrics ask these functions, and none compares days itself.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Final

from release.estate import Environment
from release.promotion.decision import Reason
from release.repository.pins import PastHold
from release.settings.model import Freeze, Hold

GATES: Final = frozenset({"hold", "freeze"})
"""What the trunk refuses with, even where a checkout has lifted it already."""


def day_of(now: datetime) -> date:
    """Return the calendar day by which holds and freezes count: the one of UTC, for everybody."""
    return now.astimezone(UTC).date()


def is_expired(hold: Hold | PastHold, today: date) -> bool:
    """Tell whether the hold's last day is over; without one it never is."""
    return hold.until is not None and hold.until < today.isoformat()


def ends_sooner(hold: Hold | None, before: Hold) -> bool:
    """Tell whether a hold is gone or its last day earlier; without one it lasts until lifted."""
    return hold is None or (hold.until or "9999") < (before.until or "9999")


def freeze_of(freezes: Iterable[Freeze], today: date) -> Freeze | None:
    """Return the first freeze that covers that day, None if none does."""
    day = today.isoformat()
    return next((freeze for freeze in freezes if freeze.first <= day <= freeze.last), None)


def told_hold(hold: Hold) -> str:
    """Return a hold as a person reads it: reason, by whom, until when."""
    until = f", until {hold.until}" if hold.until else ""
    # A reason that somebody copied from a message names the author already.
    reason = hold.reason.removesuffix(f"(by {hold.by}{until})").rstrip() or hold.reason
    return f"{reason} (by {hold.by}{until})"


def gate_reasons(environment: Environment, chart: str, today: date) -> Iterator[Reason]:
    """Yield what stands against any change of what runs there but a rollback, coded in GATES."""
    gates = (hold_reason(environment, chart, today), _freeze_reason(environment, today))
    yield from filter(None, gates)


def hold_reason(environment: Environment, chart: str, today: date) -> Reason | None:
    """Return what a hold in force says against moving the chart, None if there is none.

    A hold ends on its own only after the last day that whoever set it wrote down.
    """
    hold = environment.settings.holds.get(chart)
    if hold is None or is_expired(hold, today):
        return None
    return Reason(
        "hold",
        f"{environment.name} holds {chart}: {told_hold(hold)}",
        f'lift it when that is settled: hmco unhold {chart} --env {environment.name} --reason "…"',
    )


def _freeze_reason(environment: Environment, today: date) -> Reason | None:
    """Return what a freeze says against promoting into the environment today."""
    freeze = freeze_of(environment.settings.freezes, today)
    if freeze is None:
        return None
    after = date.fromisoformat(freeze.last) + timedelta(days=1)
    return Reason(
        "freeze",
        f"{environment.name} is frozen from {freeze.first} to {freeze.last}: {freeze.reason}",
        f"promote on {after} or later, or lift it: hmco unfreeze --env {environment.name} "
        '--reason "…"',
    )


def soak_left(soak: timedelta, since: datetime, now: datetime) -> timedelta:
    """Return how much of a soak time is left of what has run since then, 0 if it is over.

    A `since` in the future is a clock's error and counts as now.
    """
    return max(min(since, now) + soak - now, timedelta())
