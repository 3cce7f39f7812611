"""When each chart's pin and hold changed in each environment, from the stack files' own history."""

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final, NamedTuple

from release.repository.git.checkout import Repository
from release.repository.git.errors import HistoryIncompleteError
from release.repository.git.log import FileChange, Landing, landings, moved_from
from release.repository.pins import PastHold, Pins, UnreadableStackFileError
from release.repository.pinscan import PinScanner, Reading

_NOTHING: Final = Pins()


class PinChange(NamedTuple):
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


class SkippedVersion(NamedTuple):
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
        """Yield what made the state after these landings, pin by pin.

        Of each pin that stood then it is the last move, and the last change of its hold since.
        """
        for changes in self._by_place.values():
            found = [change for change in changes if change.commit in landed]
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
    """Return the history from landings already read, which may hold other files as well.

    What one landing changed is told in the order of the stack files.
    """
    steps = _steps(repository, log, {path: name for name, path in stack_files.items()})
    versions: dict[str, list[tuple[str | None, Landing]]] = {name: [] for name in stack_files}
    for name, change, landing in steps:
        versions[name].append((change.after, landing))
    incomplete = frozenset(
        name
        for name, own in versions.items()
        if own and own[-1][1].commit in repository.shallow_boundary
    )
    for name, own in versions.items():
        if name not in incomplete:
            # Before its oldest landing the file was absent.
            own += [(None, landing) for _, landing in own[-1:]]
    blobs = (blob for own in versions.values() for blob, _ in own if blob is not None)
    changes: list[PinChange] = []
    skipped: list[SkippedVersion] = []
    contents = repository.objects.contents(blobs)
    for name, own in versions.items():
        texts = (None if blob is None else next(contents) for blob, _ in own)
        read = zip(texts, (landing for _, landing in own), strict=True)
        changes += _changes(name, read, skipped)
    order = {landing.commit: position for position, (_, _, landing) in enumerate(steps)}
    places = [*stack_files]
    changes.sort(
        key=lambda change: (
            order[change.commit],
            places.index(change.environment),
            change.chart,
        )
    )
    return PinHistory(tuple(changes), tuple(skipped), incomplete)


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


def _changes(
    environment: str,
    versions: Iterable[tuple[bytes | None, Landing]],
    skipped: list[SkippedVersion],
) -> Iterator[PinChange]:
    """Yield what each version of a stack file changed, newest first; None is an absent file."""
    scanner = PinScanner()
    newer: tuple[Pins, Landing] | None = None
    for content, landing in versions:
        try:
            # The scanner compares with what it read last, so an absent file resets nothing there.
            reading = Reading(_NOTHING, None) if content is None else scanner.read(content)
        except UnreadableStackFileError as error:
            skipped.append(
                SkippedVersion(environment, landing.commit, landing.landed_at, str(error))
            )
            continue
        if newer is not None:
            yield from _differences(environment, reading, *newer)
        newer = reading.pins, landing


def _differences(
    environment: str, older: Reading, new: Pins, landing: Landing
) -> Iterator[PinChange]:
    """Yield what a landing made of the version before it."""
    old, charts = older.pins, older.touched
    if charts is None or new is _NOTHING:
        charts = frozenset({*old.versions, *new.versions, *old.holds, *new.holds})
    for chart in charts:
        before, after = old.versions.get(chart), new.versions.get(chart)
        hold_before, hold_after = old.holds.get(chart), new.holds.get(chart)
        if before != after or hold_before != hold_after:
            yield PinChange(
                environment=environment,
                chart=chart,
                before=before,
                after=after,
                hold_before=hold_before,
                hold_after=hold_after,
                commit=landing.commit,
                landed_at=landing.landed_at,
            )
