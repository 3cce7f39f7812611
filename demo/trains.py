"""When what happens: the release trains of an estate, planned before anything is written."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from demo.environments import EnvironmentSpec
from demo.story import Story
from release.charts.record import Registry
from release.settings.types import seconds

_HOUR: Final = timedelta(hours=1)
_SPAN: Final = timedelta(days=150)
"""How long a small estate's history is; a large one takes as long as its trains need."""
_ROLLBACK_EVERY: Final = 6
_STEPS_OF_TRAIN: Final = 4


@dataclass(frozen=True, slots=True)
class Step:
    """One landing: how long after the start of the plan, and what to tell the story."""

    after: timedelta
    land: Callable[[Story], object]


@dataclass(frozen=True, slots=True)
class Route:
    """A chart, what changes on its trains, and the environments it passes in promotion order."""

    chart: str
    parts: tuple[str, ...]
    environments: tuple[EnvironmentSpec, ...]


def routes(registry: Registry, specs: Sequence[EnvironmentSpec]) -> tuple[Route, ...]:
    """Return the charts that can be promoted, each with its way through the environments."""
    found: list[Route] = []
    deployed = {spec.name: set(spec.charts_of(registry)) for spec in specs}
    for chart in registry.charts:
        way = tuple(spec for spec in specs if chart.name in deployed[spec.name])
        names = {spec.name for spec in way}
        # Without its sources here, a chart has no way in that the rules would allow.
        if all(set(spec.promotes_from) <= names for spec in way) and way:
            parts = tuple(part.name for part in registry.sub_charts_of(chart.name))
            found.append(Route(chart.name, parts, way))
    return tuple(found)


def plan(
    registry: Registry, specs: Sequence[EnvironmentSpec], landings: int
) -> tuple[list[Step], timedelta]:
    """Return at most `landings` steps in order of time, whole trains only, and their duration.

    Trains of different charts overlap; those of one chart follow each other. Every promotion waits
    for the soak of each source. Each chart's last trains differ in how far they got, so that the
    estate ends with versions that may be promoted, rolled back or neither.
    """
    ways = routes(registry, specs)
    steps: list[Step] = []
    free = dict.fromkeys((way.chart for way in ways), timedelta(0))
    gap = max(5 * _HOUR, _SPAN * _STEPS_OF_TRAIN / max(landings, 1))
    number = 0
    while ways:
        way = ways[number % len(ways)]
        train = number // len(ways)
        start = max(free[way.chart], gap * number)
        planned = list(_train(way, train, number, start))
        if len(steps) + len(planned) > landings:
            break
        steps += planned
        free[way.chart] = max(step.after for step in planned) + 6 * _HOUR
        number += 1
    steps.sort(key=lambda step: step.after)
    return steps, steps[-1].after if steps else timedelta(0)


def _train(way: Route, train: int, number: int, start: timedelta) -> Iterator[Step]:
    version = f"1.{train + 1}.0"  # every train cuts one minor version of the chart
    changed = way.parts[train % len(way.parts)] if way.parts and train % 2 == 0 else way.chart
    yield Step(start, lambda story: story.change(changed))
    cut = start + 4 * _HOUR
    yield Step(cut, lambda story: story.cut(changed))
    ready: dict[str, timedelta] = {}
    pinned = [spec for spec in way.environments if not spec.follows_branch]
    for spec in way.environments:
        if spec.follows_branch:
            ready[spec.name] = cut + timedelta(seconds=seconds(spec.soak))
    reach = {3: len(pinned) - 1, 4: 0}.get(number % 5, len(pinned))
    for spec in pinned[:reach]:
        at = max([cut, *(ready[source] for source in spec.promotes_from)]) + _HOUR
        ready[spec.name] = at + timedelta(seconds=seconds(spec.soak))
        yield Step(at, _promotion(way.chart, spec.name, version))
    if reach == len(pinned) and pinned and number % _ROLLBACK_EVERY == 0:
        last = pinned[-1].name
        back = max(ready.values()) + 9 * _HOUR
        yield Step(back, _rollback(way.chart, last))
        yield Step(back + 30 * _HOUR, lambda story: story.unhold(way.chart, last))


def _promotion(chart: str, environment: str, version: str) -> Callable[[Story], object]:
    return lambda story: story.promote(chart, environment, version)


def _rollback(chart: str, environment: str) -> Callable[[Story], object]:
    return lambda story: story.roll_back(chart, environment, story.previous_pin(environment, chart))
