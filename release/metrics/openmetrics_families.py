"""The timeline as families of metrics, for OpenMetrics text and for recording rules alike."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from math import inf
from typing import NamedTuple

from release.metrics.deployments import Place
from release.metrics.numbers import Standing
from release.metrics.timeline import Timeline, Told
from release.repository.pins import PastHold

Labels = Mapping[str, str]


class Sample(NamedTuple):
    """One value with its labels."""

    labels: Labels
    value: float


class Family(NamedTuple):
    """A gauge: name, what it says, and its samples."""

    name: str
    help: str
    samples: tuple[Sample, ...]


def families(timeline: Timeline, told: Iterable[Told], standing: Standing) -> tuple[Family, ...]:
    """Return the families of these deployments and of how things stand.

    `landing` is the commit, so that durations can be chosen by the time of their landing.
    """
    items = tuple(told)
    return (
        Family(
            "hmco_landing_timestamp_seconds",
            "When a pin landed on the trunk; a landing is not yet a sync.",
            tuple(_landing(timeline, item) for item in items),
        ),
        Family(
            "hmco_landing_recovery_seconds",
            "How long a promotion stood that was rolled back next.",
            _seconds((item, item.deployment.recovery) for item in items),
        ),
        Family(
            "hmco_landing_waited_seconds",
            "From the cut of a version to its first landing in the environment.",
            _seconds((item, item.waited) for item in items),
        ),
        Family(
            "hmco_landing_soak_seconds",
            "How long a source had pinned the version when it was promoted.",
            _seconds((item, item.soak) for item in items),
        ),
        Family(
            "hmco_landing_skipped_gate",
            "1 for each gate that a promotion did not wait for.",
            tuple(
                Sample({**_place(item), "gate": gate}, 1)
                for item in items
                for gate in item.skipped_gates
            ),
        ),
        *_standing(timeline, standing),
    )


def _place(item: Told) -> dict[str, str]:
    deployment = item.deployment
    return {
        "chart": deployment.chart,
        "environment": deployment.environment,
        "landing": deployment.commit[:12],
    }


def _seconds(durations: Iterable[tuple[Told, timedelta | None]]) -> tuple[Sample, ...]:
    return tuple(
        Sample(_place(item), lasted.total_seconds())
        for item, lasted in durations
        if lasted is not None
    )


def _landing(timeline: Timeline, item: Told) -> Sample:
    deployment = item.deployment
    labels = {
        **_place(item),
        "team": timeline.owners.get(deployment.chart, ""),
        "version": deployment.version,
        "before": deployment.before or "",
        "kind": deployment.kind.value,
        "failed": str(deployment.failed).lower(),
    }
    return Sample(labels, deployment.at.timestamp())


def _standing(timeline: Timeline, standing: Standing) -> Iterator[Family]:
    """Yield how the places stand that `standing` speaks of."""

    def at(place: Place) -> dict[str, str]:
        return {"chart": place[1], "environment": place[0]}

    yield Family(
        "hmco_pin_info",
        "1 for what the trunk pins: a version, or the branch that is followed.",
        tuple(
            Sample({**at(place), "team": timeline.owners.get(place[1], ""), "version": value}, 1)
            for place, value in sorted(standing.pins.items())
        ),
    )
    yield Family(
        "hmco_pin_drift_versions",
        "Released versions that the sources have and the environment lacks.",
        tuple(Sample(at(place), d.versions) for place, d in sorted(standing.drift.items())),
    )
    yield Family(
        "hmco_pin_drift_since_timestamp_seconds",
        "When a source first ran a version that the environment lacks.",
        tuple(
            Sample(at(place), d.since.timestamp())
            for place, d in sorted(standing.drift.items())
            if d.since is not None
        ),
    )
    yield Family(
        "hmco_hold_end_timestamp_seconds",
        "When a hold's last day is over; +Inf for a hold without one.",
        tuple(Sample(at(place), _end(hold)) for place, hold in sorted(standing.held.items())),
    )


def _end(hold: PastHold) -> float:
    try:
        last = date.fromisoformat(hold.until or "")
    except ValueError:
        return inf
    return (datetime.combine(last, time(), UTC) + timedelta(days=1)).timestamp()
