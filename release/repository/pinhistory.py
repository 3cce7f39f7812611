"""When each chart's pin and hold changed in each environment, from the stack files' own history."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final

from release.repository.git.errors import HistoryIncompleteError
from release.repository.git.log import Landing, landings
from release.repository.git.objects import object_reader, stream_objects
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

    def since(self, environment: str, chart: str) -> PinChange | None:
        """Return the landing of the present pin, or None if the branch never pinned the chart.

        Raises HistoryIncompleteError if that landing is not in this clone.
        """
        for change in self.of(environment, chart):
            if change.moved:
                return change
        if environment in self.incomplete:
            raise HistoryIncompleteError(f"when {chart} was pinned in {environment} is unknown")
        return None

    def require_complete(self, environment: str) -> None:
        """Raise HistoryIncompleteError unless every change in the environment is known."""
        if environment in self.incomplete:
            raise HistoryIncompleteError(f"the earlier pins of {environment} are unknown")


def read_pin_history(
    repository: Repository, revision: str, stack_files: Mapping[str, str]
) -> PinHistory:
    """Return the history of the stack files (environment to path) on the branch of `revision`.

    Two calls of git. First parents only: a merge commit is one landing, at the time of the merge.
    """
    return pin_history(
        repository, landings(repository, revision, *stack_files.values()), stack_files
    )


def pin_history(
    repository: Repository, log: Iterable[Landing], stack_files: Mapping[str, str]
) -> PinHistory:
    """Return the history from landings already read, which may hold other files as well."""
    environments = {path: environment for environment, path in stack_files.items()}
    steps = [
        (environments[change.path], change.after, landing)
        for landing in log
        for change in landing.changes
        if change.path in environments
    ]
    blobs = (blob for _, blob, _ in steps if blob is not None)
    trails = {environment: _Trail(environment) for environment in stack_files}
    changes: list[PinChange] = []
    with closing(stream_objects(repository, blobs)) as contents:
        for environment, blob, landing in steps:
            content = next(contents) if blob is not None else None
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


def pinned_since(
    repository: Repository, revision: str, environment: str, stack_file: str, chart: str
) -> PinChange | None:
    """Return the landing of the chart's present pin, or None if the branch does not pin it.

    Reads backwards and stops there; edits of comments and other charts are passed over. Raises
    HistoryIncompleteError if the landing is not in this clone.
    """
    trail = _Trail(environment)
    log = closing(landings(repository, revision, stack_file))
    with log as newest_first, object_reader(repository) as reader:
        for landing in newest_first:
            blob = next(c.after for c in landing.changes if c.path == stack_file)
            content = reader.read(blob) if blob is not None else None
            for change in trail.older(content, landing):
                if change.chart == chart and change.moved:
                    return change if change.after is not None else None
    for change in trail.end(repository.shallow_boundary):
        if change.chart == chart and change.moved:
            return change
    if trail.incomplete:
        raise HistoryIncompleteError(f"when {chart} was pinned in {environment} is unknown")
    return None


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
