"""When each chart's pin and hold changed in each environment, from the stack files' own history."""

from collections.abc import Container, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final

from release.repository.git.errors import HistoryIncompleteError
from release.repository.git.log import FileChange, Landing, landings, moved_from
from release.repository.git.objects import stream_objects
from release.repository.git.program import Repository
from release.repository.pins import PastHold, Pins, UnreadableStackFileError
from release.repository.pinscan import PinScanner, Reading

_NOTHING: Final = Pins()


@dataclass(frozen=True, slots=True)
class PinChange:
    """A pin or hold that one landing changed; None means not deployed there, or not held."""

    environment: str
    chart: str
    before: str | None
    after: str | None
    hold_before: PastHold | None
    hold_after: PastHold | None
    commit: str
    landed_at: datetime

    @property
    def moved(self) -> bool:
        """Tell whether the pin itself changed, and not the hold alone."""
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class SkippedVersion:
    """A landing that left a stack file in a state from which no pin can be taken."""

    environment: str
    commit: str
    landed_at: datetime
    reason: str


@dataclass(frozen=True)
class PinHistory:
    """Every change of a pin or hold on the branch, newest first.

    A change that came with unreadable versions counts from the landing that made the file readable
    again. `incomplete` names the environments whose first pins a shallow clone cannot date.
    """

    changes: tuple[PinChange, ...]
    skipped: tuple[SkippedVersion, ...]
    incomplete: frozenset[str]

    @cached_property
    def _by_place(self) -> Mapping[tuple[str, str], tuple[PinChange, ...]]:
        places: dict[tuple[str, str], list[PinChange]] = {}
        for change in self.changes:
            places.setdefault((change.environment, change.chart), []).append(change)
        return {place: tuple(changes) for place, changes in places.items()}

    def of(self, environment: str, chart: str) -> tuple[PinChange, ...]:
        """Return what happened to the chart in the environment, newest first."""
        return self._by_place.get((environment, chart), ())

    def in_force(self, landed: Container[str]) -> Iterator[PinChange]:
        """Yield what made the state after these landings, by chart and environment.

        Of each pin that stood then it is the last move, and the last change of its hold since.
        """
        for place in sorted(self._by_place, key=lambda place: (place[1], place[0])):
            found = [change for change in self._by_place[place] if change.commit in landed]
            moved = next((change for change in found if change.moved), None)
            if moved is not None and moved.after is not None:
                yield from dict.fromkeys((moved, found[0]))

    def require_complete(self) -> None:
        """Raise HistoryIncompleteError unless every change is known."""
        if self.incomplete:
            names = ", ".join(sorted(self.incomplete))
            raise HistoryIncompleteError(f"the earlier pins of {names} are unknown")


def read_pin_history(
    repository: Repository, revision: str, stack_files: Mapping[str, str]
) -> PinHistory:
    """Return the history of the stack files (environment to path) on the branch of `revision`.

    Three calls of git. First parents only: a merge commit is one landing, at the time of the merge.
    A file that was moved to another folder goes on; under another name it is another environment.
    """
    return pin_history(
        repository, landings(repository, revision, *stack_files.values()), stack_files
    )


def pin_history(
    repository: Repository, log: Iterable[Landing], stack_files: Mapping[str, str]
) -> PinHistory:
    """Return the history from landings already read, which may hold other files as well."""
    steps = _steps(repository, log, {path: name for name, path in stack_files.items()})
    blobs = (change.after for _, change, _ in steps if change.after is not None)
    trails = {environment: _Trail(environment) for environment in stack_files}
    changes: list[PinChange] = []
    with closing(stream_objects(repository, blobs)) as contents:
        for environment, change, landing in steps:
            content = next(contents) if change.after is not None else None
            changes += trails[environment].older(content, landing)
    for trail in trails.values():
        changes += trail.end(repository.shallow_boundary)
    order = {landing.commit: position for position, (_, _, landing) in enumerate(steps)}
    changes.sort(key=lambda change: (order[change.commit], change.environment, change.chart))
    return PinHistory(
        changes=tuple(changes),
        skipped=tuple(skipped for trail in trails.values() for skipped in trail.skipped),
        incomplete=frozenset(trail.environment for trail in trails.values() if trail.incomplete),
    )


def _steps(
    repository: Repository, log: Iterable[Landing], environments: Mapping[str, str]
) -> list[tuple[str, FileChange, Landing]]:
    """Return each landing of the files (path to environment), also of where they lay before."""
    steps = [
        (environments[change.path], change, landing)
        for landing in log
        for change in landing.changes
        if change.path in environments
    ]
    oldest = {name: (change, landing) for name, change, landing in steps}
    moved: dict[str, dict[str, str]] = {}
    for name, (change, landing) in oldest.items():
        if change.before is None and (
            source := moved_from(repository, landing.commit, change.path)
        ):
            moved.setdefault(landing.commit, {})[source] = name
    for commit, sources in moved.items():
        steps += _steps(repository, landings(repository, f"{commit}^", *sources), sources)
    return steps


class _Trail:
    """Walks one stack file back in time and yields what each readable version had changed."""

    def __init__(self, environment: str) -> None:
        self.environment = environment
        self.skipped: list[SkippedVersion] = []
        self.incomplete = False
        self._scanner = PinScanner()
        self._newer: tuple[Pins, Landing] | None = None
        self._last: Landing | None = None

    def older(self, content: bytes | None, landing: Landing) -> Iterator[PinChange]:
        """Take the file as `landing` left it (None: absent); yield what the landing after did."""
        self._last = landing
        try:
            # The scanner compares with what it read last, so an absent file resets nothing there.
            reading = Reading(_NOTHING, None) if content is None else self._scanner.read(content)
        except UnreadableStackFileError as error:
            self.skipped.append(
                SkippedVersion(self.environment, landing.commit, landing.landed_at, str(error))
            )
            return
        if self._newer is not None:
            newer, when = self._newer
            touched = None if newer is _NOTHING else reading.touched
            yield from self._changes(reading.pins, newer, touched, when)
        self._newer = (reading.pins, landing)

    def end(self, shallow_boundary: frozenset[str]) -> Iterator[PinChange]:
        """Yield what the oldest landing brought, unless it is where a shallow clone ends."""
        if self._last is not None and self._last.commit in shallow_boundary:
            self.incomplete = True
        elif self._newer is not None:
            newer, when = self._newer
            yield from self._changes(_NOTHING, newer, None, when)

    def _changes(
        self, old: Pins, new: Pins, touched: frozenset[str] | None, landing: Landing
    ) -> Iterator[PinChange]:
        charts = touched
        if charts is None:
            charts = frozenset({*old.versions, *new.versions, *old.holds, *new.holds})
        for chart in charts:
            before, after = old.versions.get(chart), new.versions.get(chart)
            hold_before, hold_after = old.holds.get(chart), new.holds.get(chart)
            if before != after or hold_before != hold_after:
                yield PinChange(
                    environment=self.environment,
                    chart=chart,
                    before=before,
                    after=after,
                    hold_before=hold_before,
                    hold_after=hold_after,
                    commit=landing.commit,
                    landed_at=landing.landed_at,
                )
