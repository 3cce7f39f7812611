"""The promotion rules once more, as plainly as they can be said, for comparison.

Nothing here is shared with the product: versions are tuples, pins are a dict, time is hours.
"""

import itertools
from dataclasses import dataclass, field

Version = tuple[int, int, int]
TRUNK = "trunk"


@dataclass
class ChartModel:
    """One chart on the trunk: Chart.yaml's version, the tags, and what was not released yet."""

    version: Version = (1, 0, 0)
    tags: set[Version] = field(default_factory=lambda: {(1, 0, 0)})
    changed: bool = False
    changed_at: float = -1000.0

    def bump(self, kind: str) -> Version:
        """Return the next version of that kind."""
        major, minor, patch = self.version
        return {
            "major": (major + 1, 0, 0),
            "minor": (major, minor + 1, 0),
            "patch": (major, minor, patch + 1),
        }[kind]

    def cut(self, version: Version, now: float) -> None:
        """Make the version out of what was not released."""
        self.version, self.changed, self.changed_at = version, False, now
        self.tags.add(version)


@dataclass
class PlaceModel:
    """One chart in one environment: its pin or the trunk, its hold, and all it ever ran."""

    pin: Version | str
    since: float = -1000.0
    held: bool = False
    trail: list[Version] = field(default_factory=list)

    def move(self, version: Version, now: float) -> None:
        """Pin the version from now on."""
        self.pin, self.since = version, now
        self.trail.append(version)


@dataclass
class Model:
    """All environments; `sources` and `soak` (hours) never change."""

    sources: dict[str, tuple[str, ...]]
    soak: dict[str, float]
    charts: dict[str, ChartModel]
    places: dict[tuple[str, str], PlaceModel]
    now: float = 0.0

    def promotes(self, chart: str, source: str | None, target: str, kind: str | None) -> str:
        """Return accepted, unchanged or refused for a promotion; an accepted one is not made."""
        state, place = self.charts[chart], self.places[target, chart]
        version = self.promoted(chart, source, kind)
        if version is None:
            return "refused"
        if place.pin == version and version in state.tags:
            return "unchanged"
        allowed = (
            self.may_pin(chart, source, target, version)
            and not place.held
            and (source is None or not self.places[source, chart].held)
            and self.soaked(chart, source)
        )
        return "accepted" if allowed else "refused"

    def promoted(self, chart: str, source: str | None, kind: str | None) -> Version | None:
        """Return the version that a promotion from there means, None if it means none."""
        state = self.charts[chart]
        running = TRUNK if source is None else self.places[source, chart].pin
        if isinstance(running, tuple):
            return running if kind is None else None
        if kind is None:
            return None if state.changed else state.version
        return state.bump(kind) if state.changed else None

    def may_pin(self, chart: str, source: str | None, target: str, version: Version) -> bool:
        """Tell whether the target may have the version next, as far as versions go."""
        pin = self.places[target, chart].pin
        if pin == TRUNK and source is None:
            return False
        if isinstance(pin, tuple) and version <= pin:
            return False
        if self.was_left_for_a_lower_one(chart, target, version):
            return False
        return all(
            other == source or self.has_had(other, chart, version) for other in self.sources[target]
        )

    def was_left_for_a_lower_one(self, chart: str, environment: str, version: Version) -> bool:
        """Tell whether the environment went back from the version and never chose it again."""
        trail = self.places[environment, chart].trail
        left_for = [b for a, b in itertools.pairwise(trail) if a == version]
        return bool(left_for) and trail[-1] != version and left_for[-1] < version

    def has_had(self, environment: str, chart: str, version: Version) -> bool:
        """Tell whether the environment ran the version; the trunk holds all that is cut on it."""
        place = self.places[environment, chart]
        return place.pin == TRUNK or version in place.trail

    def soaked(self, chart: str, source: str | None) -> bool:
        """Tell whether what runs in the source ran there long enough."""
        if source is None:
            return True
        place = self.places[source, chart]
        since = self.charts[chart].changed_at if place.pin == TRUNK else place.since
        return self.now - since >= self.soak[source]

    def back_to(self, chart: str, environment: str) -> Version | None:
        """Return where a rollback goes by default: the newest lower pin that was not a mistake."""
        place = self.places[environment, chart]
        if place.pin == TRUNK:
            return None
        for index in range(len(place.trail) - 2, -1, -1):
            version = place.trail[index]
            last = max(i for i, item in enumerate(place.trail) if item == version)
            left_for = place.trail[last + 1] if last + 1 < len(place.trail) else version
            if index == last and version < place.trail[-1] and left_for >= version:
                return version
        return None
