"""Where every chart stands: what runs, for how long, what holds it, and the way back."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from release.estate import Environment, Estate
from release.promotion.chartfacts import ChartFacts, bad_pins
from release.promotion.gates import day_of, freeze_of, is_expired, soak_left
from release.promotion.rollback import rollback_target
from release.promotion.route import sources_of
from release.settings.model import Freeze, Hold
from release.versions import lower


class TagState(StrEnum):
    """Whether a pin's tag can be trusted: there, absent, or on a commit of another version."""

    RIGHT = "right"
    MISSING = "missing"
    WRONG = "wrong"


class Standing(StrEnum):
    """How a place compares with one of its sources."""

    LEVEL = "level"
    BEHIND = "behind"
    AHEAD = "ahead"


class Relation(NamedTuple):
    """One source of a place; `versions` counts the releases between the two.

    `rolled_back` tells that the place was rolled back from what the source runs.
    """

    source: str
    standing: Standing
    versions: int
    rolled_back: bool = False


class PlaceStatus(NamedTuple):
    """One chart in one environment.

    `runs` is the pin, or the branch where `pinned` is false; `version` is what the branch holds
    then, `tagged` tells whether that version has its tag, and `released` whether nothing changed
    there since. `since` is None where nothing on the trunk says so. `soak_left` is None where the
    environment has nothing after it.
    """

    chart: str
    environment: str
    runs: str
    pinned: bool
    version: str
    tagged: bool
    released: bool
    since: datetime | None
    soak_left: timedelta | None
    hold: Hold | None
    hold_expired: bool
    freeze: Freeze | None
    tag: TagState | None
    relations: tuple[Relation, ...]
    rollback_to: str | None


def status_of(
    estate: Estate, facts: Mapping[str, ChartFacts], now: datetime, charts: Iterable[str]
) -> Iterator[PlaceStatus]:
    """Yield each of these charts in each environment that runs it, in promotion order."""
    for chart in charts:
        about = facts[chart]
        for environment in estate.environments.values():
            if chart in environment.settings.versions:
                yield _place(estate, environment, chart, about, now)


def _place(
    estate: Estate, environment: Environment, chart: str, facts: ChartFacts, now: datetime
) -> PlaceStatus:
    settings = environment.settings
    runs = settings.versions[chart]
    pinned = not settings.follows_branch(chart)
    since = facts.landed(environment.name, runs)
    back = rollback_target(environment, chart, facts)
    onwards = any(
        chart in estate.environments[name].settings.versions
        for name in estate.targets[environment.name]
    )
    today = day_of(now)
    hold = settings.holds.get(chart)
    return PlaceStatus(
        chart=chart,
        environment=environment.name,
        runs=runs,
        pinned=pinned,
        version=runs if pinned else facts.version,
        tagged=(runs if pinned else facts.version) in facts.tags,
        released=pinned or (facts.version in facts.tags and not facts.changed_since_release),
        since=since,
        soak_left=soak_left(environment.settings.soak_time, since, now)
        if since and onwards
        else None,
        hold=hold,
        hold_expired=hold is not None and is_expired(hold, today),
        freeze=freeze_of(environment.settings.freezes, today),
        tag=_tag_state(runs, facts) if pinned else None,
        relations=tuple(
            _relation(source, environment, chart, facts)
            for source in (sources_of(estate, chart, environment) if pinned else ())
        ),
        rollback_to=back if back in facts.tags else None,
    )


def _tag_state(version: str, facts: ChartFacts) -> TagState:
    tag = facts.tags.get(version)
    if tag is None:
        return TagState.MISSING
    return TagState.RIGHT if tag.carries == version else TagState.WRONG


def _relation(source: Environment, place: Environment, chart: str, facts: ChartFacts) -> Relation:
    pin = place.settings.versions[chart]
    follows = source.settings.follows_branch(chart)
    there = facts.version if follows else source.settings.versions[chart]
    unreleased = follows and facts.changed_since_release
    if lower(there, pin):
        return Relation(source.name, Standing.AHEAD, _between(there, pin, facts))
    if there == pin and not unreleased:
        return Relation(source.name, Standing.LEVEL, 0)
    back = not unreleased and there in bad_pins(facts.landings.get(place.name, ()))
    versions = _between(pin, there, facts) + unreleased
    return Relation(source.name, Standing.BEHIND, versions, rolled_back=back)


def _between(low: str, high: str, facts: ChartFacts) -> int:
    """Count the releases above `low` up to `high`; a version without tag counts as one."""
    if low == high:
        return 0
    return sum(lower(low, v) and not lower(high, v) for v in {*facts.tags, high})
