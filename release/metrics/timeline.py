"""What the repository says of releases over all time: the material that every number is made of."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import NamedTuple

from release.metrics.deployments import Deployment, Place, deployments
from release.promotion.gates import day_of, freeze_of, is_expired, soak_left
from release.repository.pinhistory import PinChange, SkippedVersion
from release.repository.pins import PastHold
from release.settings.model import Freeze
from release.versions import is_version, lower


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """What an environment demands of what comes in, as its stack file states it now."""

    sources: tuple[str, ...] = ()
    soak: timedelta = timedelta()
    """How long a version must run here before it moves on."""
    freezes: tuple[Freeze, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """The history that numbers are made of; nothing in it depends on the time of asking.

    `moves` are newest first, `ways` are in promotion order and name every environment that counts.
    `cuts` say when the tagged commit of a chart's version landed.
    """

    moves: tuple[PinChange, ...]
    ways: Mapping[str, Way]
    owners: Mapping[str, str]
    cuts: Mapping[tuple[str, str], datetime]
    skipped: tuple[SkippedVersion, ...] = ()

    @cached_property
    def deployments(self) -> tuple[Deployment, ...]:
        """Its deployments, oldest first."""
        return deployments(self.moves)

    @cached_property
    def pins(self) -> Mapping[Place, str]:
        """What each place says since its last landing: a version or a branch."""
        found: dict[Place, str | None] = {}
        for change in self.moves:
            found.setdefault((change.environment, change.chart), change.after)
        return {place: value for place, value in found.items() if value is not None}


class Told(NamedTuple):
    """A deployment and what is known of its way there.

    `soak` is how long a source had run the version, None where no source did or none is pinned.
    `waited` is the time since the version was cut. `skipped_gates` names the gates that it did not
    wait for.
    """

    deployment: Deployment
    soak: timedelta | None
    waited: timedelta | None
    skipped_gates: tuple[str, ...]


@dataclass(slots=True)
class _Running:
    """What a place runs while the history is walked, and since when."""

    value: str
    since: datetime


@dataclass(frozen=True, slots=True)
class _State:
    """Where the walk through the history stands.

    `held` are the holds that stood before a landing and that it neither sets nor lifts.
    """

    running: dict[Place, _Running] = field(default_factory=dict)
    held: dict[Place, PastHold] = field(default_factory=dict)


def told(timeline: Timeline) -> tuple[Told, ...]:
    """Return every deployment with its way, in the order in which they landed.

    A chart's first landing in an environment sets it up: it waited for nothing and passed no gate.
    """
    by_commit = _grouped(timeline.moves)
    everything = {(d.commit, d.place): d for d in timeline.deployments}
    state = _State()
    result: list[Told] = []
    for group in by_commit:
        for change in group:
            place = (change.environment, change.chart)
            if change.after is None:
                state.running.pop(place, None)
            elif change.moved:
                state.running[place] = _Running(change.after, change.landed_at)
            if change.hold_after is None:
                state.held.pop(place, None)
        for change in group:
            deployment = everything.get((change.commit, (change.environment, change.chart)))
            if deployment is not None:
                result.append(_told(timeline, deployment, state))
        for change in group:
            if change.hold_after is not None:
                state.held[change.environment, change.chart] = change.hold_after
    return tuple(result)


def _grouped(newest_first: tuple[PinChange, ...]) -> Iterator[list[PinChange]]:
    """Yield the changes of each landing together, oldest first."""
    group: list[PinChange] = []
    for change in reversed(newest_first):
        if group and group[-1].commit != change.commit:
            yield group
            group = []
        group.append(change)
    if group:
        yield group


def _told(timeline: Timeline, deployment: Deployment, state: _State) -> Told:
    chart, version = deployment.chart, deployment.version
    if deployment.kind == "first":
        return Told(deployment=deployment, soak=None, waited=None, skipped_gates=())
    cut = timeline.cuts.get((chart, version))
    waited = deployment.at - cut if cut is not None and deployment.new else None
    if deployment.kind != "promotion":
        return Told(deployment=deployment, soak=None, waited=waited, skipped_gates=())
    way = timeline.ways[deployment.environment]
    there = {s: state.running[s, chart] for s in way.sources if (s, chart) in state.running}
    had = {source: run.since for source, run in there.items() if run.value == version}
    # A source that follows the branch runs whatever was cut from it.
    pinned = bool(there) and all(is_version(run.value) for run in there.values())
    gates = [*_skipped_gates(timeline, deployment, state, had)]
    if pinned and not had:
        gates.append("source")
    return Told(
        deployment=deployment,
        soak=max((deployment.at - since for since in had.values()), default=None),
        waited=waited,
        skipped_gates=tuple(gates),
    )


def _skipped_gates(
    timeline: Timeline, deployment: Deployment, state: _State, had: Mapping[str, datetime]
) -> Iterator[str]:
    """Yield the gates that a promotion did not wait for; `had` are the sources that ran it.

    Of several sources one that lets it go is enough.
    """
    day = day_of(deployment.at)

    def is_held(environment: str) -> bool:
        hold = state.held.get((environment, deployment.chart))
        return hold is not None and not is_expired(hold, day)

    if is_held(deployment.environment) or (had and all(map(is_held, had))):
        yield "hold"
    if freeze_of(timeline.ways[deployment.environment].freezes, day):
        yield "freeze"
    if had and all(
        soak_left(timeline.ways[source].soak, since, deployment.at) for source, since in had.items()
    ):
        yield "soak"


class Drift(NamedTuple):
    """How far a place is behind its sources; `since` is when a source first ran what it lacks."""

    versions: int
    since: datetime | None


def drifts(timeline: Timeline) -> Mapping[Place, Drift]:
    """Return the drift of every pinned place that has a source which runs the chart now."""
    cuts: dict[str, dict[str, datetime]] = {}
    for (chart, version), cut in timeline.cuts.items():
        cuts.setdefault(chart, {})[version] = cut
    landed: dict[Place, dict[str, datetime]] = {}
    for deployment in timeline.deployments:
        landed.setdefault(deployment.place, {}).setdefault(deployment.version, deployment.at)
    result: dict[Place, Drift] = {}
    for (environment, chart), pin in timeline.pins.items():
        sources = [s for s in timeline.ways[environment].sources if (s, chart) in timeline.pins]
        if sources and is_version(pin):
            known = cuts.get(chart, {})
            missing: dict[str, datetime | None] = {}
            for source in sources:
                top = timeline.pins[source, chart]
                if top == pin:
                    continue
                ran = landed.get((source, chart), {})
                for version in _between(pin, top, known):
                    at = ran.get(version) if is_version(top) else known[version]
                    missing[version] = min(filter(None, (missing.get(version), at)), default=None)
            since = min(filter(None, missing.values()), default=None)
            result[environment, chart] = Drift(len(missing), since)
    return result


def _between(pin: str, top: str, known: Mapping[str, datetime]) -> Iterator[str]:
    """Yield the released versions above the pin up to what the source runs, a branch runs all."""
    pinned = is_version(top)
    candidates = {*known, top} if pinned else known
    for version in candidates:
        if lower(pin, version) and not (pinned and lower(top, version)):
            yield version
