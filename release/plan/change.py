"""The difference between two renderings: every object of both sides, accounted for exactly once."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import Any, NamedTuple

from release.plan.difference import Difference, differences
from release.rendering.renderedobjects import Identity, RenderedObject, Rendering, Unknown


class Fate(StrEnum):
    """What becomes of an object."""

    REMOVED = "removed"
    CHANGED = "changed"
    ADDED = "added"
    NOISE = "noise"
    """Only what moves with every version differs: checksums, chart labels, certificates."""


@dataclass(frozen=True)
class ObjectChange:
    """One object that the two sides do not share; one of them is None where it is on one side."""

    before: RenderedObject | None
    after: RenderedObject | None

    @property
    def one(self) -> RenderedObject:
        """The object as it is afterwards, or as it was where it goes."""
        found = self.after or self.before
        if found is None:
            raise ValueError("a change of no object")
        return found

    @property
    def identity(self) -> Identity:
        """Which object it is."""
        return self.one.identity

    @cached_property
    def differences(self) -> tuple[Difference, ...]:
        """Every place that differs; none for an object that comes or goes."""
        if self.before is None or self.after is None:
            return ()
        return differences(self.before.body, self.after.body)

    @cached_property
    def fate(self) -> Fate:
        """What becomes of it."""
        if self.before is None:
            return Fate.ADDED
        if self.after is None:
            return Fate.REMOVED
        return Fate.NOISE if all(found.noise for found in self.differences) else Fate.CHANGED


def object_changes(
    before: Sequence[RenderedObject], after: Sequence[RenderedObject]
) -> tuple[tuple[ObjectChange, ...], tuple[RenderedObject, ...]]:
    """Return what differs between two lists of objects, and those that are alike on both sides.

    Objects are matched by identity; of those that a release defines several times the first meets
    the first. The order of either list does not matter otherwise.
    """
    old, new = _by_identity(before), _by_identity(after)
    changes: list[ObjectChange] = []
    alike: list[RenderedObject] = []
    for identity in sorted({*old, *new}):
        left, right = old[identity], new[identity]
        for index in range(max(len(left), len(right))):
            one = left[index] if index < len(left) else None
            other = right[index] if index < len(right) else None
            if one and other and one.digest == other.digest:
                alike.append(other)
            else:
                changes.append(ObjectChange(one, other))
    return tuple(changes), tuple(alike)


def _by_identity(
    objects: Iterable[RenderedObject],
) -> defaultdict[Identity, list[RenderedObject]]:
    found: defaultdict[Identity, list[RenderedObject]] = defaultdict(list)
    for item in sorted(objects, key=lambda item: (item.source, item.digest)):
        found[item.identity].append(item)
    return found


class Revision(NamedTuple):
    """What one side runs: the version that a person reads, and the revision that Argo CD asks."""

    version: str
    revision: str
    note: str = ""


class Risk(StrEnum):
    """A danger loses data, fails the sync or opens a door; a caution should be deliberate."""

    DANGER = "danger"
    CAUTION = "caution"


class Flag(NamedTuple):
    """One risk: which kind it is, which object carries it, what is to be seen, how bad it is."""

    id: str
    subject: str
    what: str
    risk: Risk


class BumpVerdict(NamedTuple):
    """The smallest honest bump between two versions, the one that was made, and the reasons."""

    honest: str
    made: str
    reasons: tuple[str, ...]

    @property
    def too_small(self) -> bool:
        """Tell whether the number promises less than the change does; a way back promises none."""
        order = ("patch", "minor", "major")
        return self.made in order and order.index(self.made) < order.index(self.honest)


@dataclass(frozen=True)
class ApplicationChange:
    """What becomes of one Application: where it moves, its own fields, its objects, the risks.

    `unknown` and `failures` say why objects could not be compared; then `objects` says nothing.
    """

    environment: str
    chart: str
    application: str
    before: Revision | None
    after: Revision | None
    fields: tuple[Difference, ...] = ()
    objects: tuple[ObjectChange, ...] = ()
    alike: tuple[RenderedObject, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    failures: tuple[str, ...] = ()
    volatile: tuple[str, ...] = ()
    flags: tuple[Flag, ...] = ()
    bump: BumpVerdict | None = None
    spec_before: Mapping[str, Any] = field(default_factory=dict)
    spec_after: Mapping[str, Any] = field(default_factory=dict)

    def count(self, fate: Fate) -> int:
        """Return how many objects have that fate."""
        return sum(1 for change in self.objects if change.fate is fate)

    @property
    def dangerous(self) -> bool:
        """Tell whether one of its risks is a danger."""
        return any(item.risk is Risk.DANGER for item in self.flags)

    @property
    def moves(self) -> bool:
        """Tell whether another version or revision runs afterwards."""
        old, new = self.before, self.after
        return (old and (old.version, old.revision)) != (new and (new.version, new.revision))

    @property
    def empty(self) -> bool:
        """Tell whether nothing at all becomes of it; what is unknown is never empty."""
        return not (
            self.moves or self.fields or self.objects or self.unknown or self.failures or self.flags
        )


class ProjectChange(NamedTuple):
    """What becomes of an AppProject's fields."""

    environment: str
    fields: tuple[Difference, ...]


@dataclass(frozen=True)
class Plan:
    """Everything that differs between two states; `unchanged` counts Applications left alone.

    `remarks` say what the reader must know of either state, such as a tag that is not made yet.
    """

    base: str
    head: str
    applications: tuple[ApplicationChange, ...]
    projects: tuple[ProjectChange, ...] = ()
    unchanged: int = 0
    remarks: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Tell whether the two states are the same for every cluster."""
        return not self.applications and not self.projects

    @property
    def unknown(self) -> tuple[ApplicationChange, ...]:
        """The Applications whose change nobody can tell."""
        return tuple(item for item in self.applications if item.unknown)


def with_outcomes(
    change: ApplicationChange, old: Rendering | Unknown, new: Rendering | Unknown
) -> ApplicationChange:
    """Return the change with what differs between both renderings, or why nobody can tell."""
    made = {side: o for side, o in (("before", old), ("after", new)) if isinstance(o, Rendering)}
    change = replace(
        change,
        unknown=tuple(dict.fromkeys(o for o in (old, new) if isinstance(o, Unknown))),
        failures=tuple(f"{side}: {o.failure}" for side, o in made.items() if o.failure),
        volatile=tuple(sorted({place for o in made.values() for place in o.volatile})),
    )
    if change.unknown or change.failures:
        return change
    before, after = (made[s].objects if s in made else () for s in ("before", "after"))
    objects, alike = object_changes(before, after)
    return replace(change, objects=objects, alike=alike)
