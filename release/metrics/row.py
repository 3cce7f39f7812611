"""A row of numbers as text, under the columns that the definitions name."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from release.metrics.definitions import DEFINITIONS
from release.metrics.deployments import Place
from release.metrics.numbers import Metrics, Numbers, middle
from release.text.times import told_duration

COLUMNS: Final = tuple(title for each in DEFINITIONS for title in each.columns)
NONE: Final = "-"


def texts(metrics: Metrics, numbers: Numbers, places: Iterable[Place]) -> tuple[str, ...]:
    """Return the text under each column for the numbers of these places."""
    drift = metrics.standing.drift
    behind = [drift[place].versions for place in places if place in drift]
    gates = ", ".join(f"{gate} {count}" for gate, count in sorted(numbers.skipped_gates.items()))
    return (
        str(numbers.deployments),
        f"{numbers.per_week(metrics.window):.1f}",
        _share(numbers.failed, numbers.promotions),
        _share(numbers.rollbacks, numbers.deployments),
        *(
            _duration(middle(seconds))
            for seconds in (numbers.recovery, numbers.waited, numbers.soak)
        ),
        str(sum(behind)) if behind else NONE,
        str(numbers.holds),
        gates or "0",
    )


def _share(part: int, whole: int) -> str:
    return f"{part}/{whole} = {part / whole:.0%}" if whole else NONE


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return NONE
    sign = "-" if seconds < 0 else ""
    return sign + told_duration(timedelta(seconds=abs(seconds)))
