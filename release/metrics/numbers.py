"""The numbers of a period: one record for each environment and for each chart in it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from typing import NamedTuple

from release.metrics.deployments import Kind, Place
from release.metrics.timeline import Drift, Timeline, Told, drifts, told
from release.repository.pins import PastHold


@dataclass(frozen=True, slots=True)
class Window:
    """A period: after `since` and up to `until`, so that periods side by side add up."""

    since: datetime
    until: datetime

    def __contains__(self, moment: datetime) -> bool:
        return self.since < moment <= self.until


@dataclass(kw_only=True)
class Numbers:
    """Counts, and the durations in seconds from which medians are taken; counts add up."""

    deployments: int = 0
    first: int = 0
    promotions: int = 0
    rollbacks: int = 0
    returns: int = 0
    failed: int = 0
    holds: int = 0
    skipped_gates: dict[str, int] = field(default_factory=dict)
    recovery: list[float] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)
    soak: list[float] = field(default_factory=list)

    @property
    def change_fail_rate(self) -> float | None:
        """Failed promotions of all promotions; None without promotions."""
        return _share(self.failed, self.promotions)

    @property
    def rollback_rate(self) -> float | None:
        """Rollbacks of all landings."""
        return _share(self.rollbacks, self.deployments)

    def per_week(self, window: Window) -> float:
        """Deployments in a week of the period."""
        weeks = (window.until - window.since) / timedelta(weeks=1)
        return self.deployments / weeks if weeks else 0.0


def middle(seconds: Sequence[float]) -> float | None:
    """Return the median, half-way between the two middle ones of an even number; None of none."""
    return median(seconds) if seconds else None


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


class Standing(NamedTuple):
    """What the trunk says now, whatever the period."""

    pins: Mapping[Place, str]
    held: Mapping[Place, PastHold]
    drift: Mapping[Place, Drift]


class Metrics(NamedTuple):
    """All numbers of one period."""

    window: Window
    places: Mapping[Place, Numbers]
    environments: Mapping[str, Numbers]
    standing: Standing
    told: tuple[Told, ...]


def metrics(timeline: Timeline, window: Window, keep: Callable[[Place], bool]) -> Metrics:
    """Return the numbers of the places that `keep` accepts; the same input, the same numbers.

    Whether a promotion failed counts at its own time, wherever its rollback lies, so that the rate
    of a period can only rise afterwards.
    """
    inside = tuple(
        item
        for item in told(timeline)
        if item.deployment.at in window and keep(item.deployment.place)
    )
    places = {place: Numbers() for place in timeline.pins if keep(place)}
    sums = {name: Numbers() for name in timeline.ways}
    for item in inside:
        place = item.deployment.place
        _add(places.setdefault(place, Numbers()), item)
        _add(sums[place[0]], item)
    for change in timeline.moves:
        place = (change.environment, change.chart)
        begun = change.hold_before is None and change.hold_after is not None
        if begun and change.landed_at in window and keep(place):
            places.setdefault(place, Numbers()).holds += 1
            sums[place[0]].holds += 1
    seen = {place[0] for place in places}
    order = [*timeline.ways]
    in_order = sorted(places, key=lambda place: (order.index(place[0]), place[1]))
    return Metrics(
        window=window,
        places={place: places[place] for place in in_order},
        environments={name: n for name, n in sums.items() if name in seen},
        standing=standing_of(timeline, keep),
        told=inside,
    )


def standing_of(timeline: Timeline, keep: Callable[[Place], bool]) -> Standing:
    """Return how the places stand that `keep` accepts."""
    held: dict[Place, PastHold | None] = {}
    for change in timeline.moves:
        held.setdefault((change.environment, change.chart), change.hold_after)
    return Standing(
        pins={place: value for place, value in timeline.pins.items() if keep(place)},
        held={place: hold for place, hold in held.items() if hold is not None and keep(place)},
        drift={place: drift for place, drift in drifts(timeline).items() if keep(place)},
    )


def _add(numbers: Numbers, item: Told) -> None:
    deployment = item.deployment
    kind = deployment.kind
    numbers.deployments += 1
    numbers.first += kind is Kind.FIRST
    numbers.promotions += kind is Kind.PROMOTION
    numbers.rollbacks += kind is Kind.ROLLBACK
    numbers.returns += kind is Kind.RETURN
    numbers.failed += deployment.failed
    for gate in item.skipped_gates:
        numbers.skipped_gates[gate] = numbers.skipped_gates.get(gate, 0) + 1
    if deployment.recovery is not None:
        numbers.recovery.append(deployment.recovery.total_seconds())
    if item.waited is not None:
        numbers.waited.append(item.waited.total_seconds())
    if item.soak is not None:
        numbers.soak.append(item.soak.total_seconds())
