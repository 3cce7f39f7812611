"""Histories of pins for tests: written by hand, or random and with every number known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from release.metrics.deployments import Place
from release.metrics.numbers import Metrics, Window, metrics
from release.metrics.timeline import Timeline, Way
from release.repository.pinhistory import PinChange
from release.repository.pins import PastHold

START = datetime(2026, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
EVER = Window(START - 1000 * DAY, START + 1000 * DAY)
HOLD = PastHold("broken", "Rita")
WAYS = {
    "dev": Way(soak=timedelta()),
    "staging": Way(sources=("dev",), soak=DAY),
    "prod": Way(sources=("staging",)),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One landing: after so many hours the place says this, and holds it or not."""

    hours: float
    place: Place
    pin: str | None
    hold: PastHold | None = None


def changes_of(steps: Sequence[Step]) -> tuple[PinChange, ...]:
    """Return the changes newest first; steps of the same hour are one landing."""
    pins: dict[Place, str | None] = {}
    holds: dict[Place, PastHold | None] = {}
    found: list[PinChange] = []
    for step in steps:
        before, hold = pins.get(step.place), holds.get(step.place)
        if (before, hold) != (step.pin, step.hold):
            found.append(
                PinChange(
                    environment=step.place[0],
                    chart=step.place[1],
                    before=before,
                    after=step.pin,
                    hold_before=hold,
                    hold_after=step.hold,
                    commit=f"{int(step.hours * 3600) % 16**12:012x}".ljust(40, "0"),
                    landed_at=START + step.hours * HOUR,
                )
            )
        pins[step.place], holds[step.place] = step.pin, step.hold
    return tuple(reversed(found))


def timeline_of(
    steps: Sequence[Step],
    *,
    cuts: Mapping[tuple[str, str], float] | None = None,
    ways: Mapping[str, Way] = WAYS,
) -> Timeline:
    """Return a timeline; cuts are given by the hour in which they landed."""
    return Timeline(
        moves=changes_of(steps),
        ways=ways,
        owners={"web": "platform", "db": "sre"},
        cuts={key: START + hours * HOUR for key, hours in (cuts or {}).items()},
    )


def numbers_of(timeline: Timeline, window: Window = EVER) -> Metrics:
    """Return the numbers of every place."""
    return metrics(timeline, window, lambda _: True)


PLACES: tuple[Place, ...] = tuple((e, c) for e in ("dev", "staging", "prod") for c in ("web", "db"))
VERSIONS = ("1.0.0", "1.1.0", "1.2.0-rc.1", "1.2.0", "2.0.0", "main", None)


def histories(most: int = 40) -> st.SearchStrategy[list[Step]]:
    """Return random histories, several places in one landing among them."""
    step = st.tuples(
        st.integers(0, 3),
        st.sampled_from(PLACES),
        st.sampled_from(VERSIONS),
        st.sampled_from((None, None, HOLD, PastHold("old", "Sam", "2026-03-02"))),
    )
    return st.lists(step, max_size=most).map(_in_order)


def _in_order(drawn: Sequence[tuple[int, Place, str | None, PastHold | None]]) -> list[Step]:
    steps: list[Step] = []
    hours, landed = 0, set[Place]()
    for pause, place, pin, hold in drawn:
        if pause or place in landed:
            hours += max(pause, 1)
            landed.clear()
        landed.add(place)
        steps.append(Step(hours, place, pin, hold))
    return steps
