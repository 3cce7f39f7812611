"""The smallest version number that is honest about a change: a table of rules, and its reading.

Semantic Versioning says what a number promises; for a chart the promise is made to those who set
its values and to the cluster that applies its objects.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple

from release.plan.change import BumpVerdict, Fate, Flag, ObjectChange
from release.plan.valuekeys import outermost
from release.text.counted import first_few
from release.versions import parse_version

_SHOWN: Final = 3


class ChartChange(NamedTuple):
    """What differs between two versions of a chart, in every environment that runs it.

    `keys_removed` and `keys_added` are ways in values.yaml; `flags` are those of all environments.
    """

    objects: tuple[ObjectChange, ...] = ()
    flags: tuple[Flag, ...] = ()
    keys_removed: frozenset[str] = frozenset()
    keys_added: frozenset[str] = frozenset()

    @property
    def empty(self) -> bool:
        """Tell whether nothing is known to differ."""
        return not (self.objects or self.keys_removed or self.keys_added)


Signs = Callable[[ChartChange], Iterable[str]]


class BumpRule(NamedTuple):
    """What makes a bump necessary, and why it does."""

    id: str
    bump: str
    title: str
    why: str
    signs: Signs


def _objects(fate: Fate) -> Signs:
    def signs(change: ChartChange) -> Iterator[str]:
        lasting = (item for item in change.objects if not item.one.hook)
        yield from dict.fromkeys(str(item.identity) for item in lasting if item.fate is fate)

    return signs


def _flagged(*ids: str) -> Signs:
    def signs(change: ChartChange) -> Iterator[str]:
        found = (item for item in change.flags if item.id in ids)
        yield from dict.fromkeys(f"{item.subject}: {item.what}" for item in found)

    return signs


BUMP_RULES: Final = (
    BumpRule(
        "values-removed",
        "major",
        "a key of values.yaml is removed or renamed",
        "whoever sets that key is silently ignored after the upgrade",
        lambda change: outermost(change.keys_removed),
    ),
    BumpRule(
        "objects-removed",
        "major",
        "an object is removed or renamed",
        "others may call, mount or select it, and what it held goes with it",
        _objects(Fate.REMOVED),
    ),
    BumpRule(
        "crd-versions-dropped",
        "major",
        "a CRD no longer serves a version",
        "objects written in that version cannot be applied any more",
        _flagged("crd-version-dropped"),
    ),
    BumpRule(
        "immutable-fields",
        "major",
        "a field changes that the API server does not let change",
        "the upgrade fails until a person deletes the object",
        _flagged("immutable-field"),
    ),
    BumpRule(
        "values-added",
        "minor",
        "a key of values.yaml is new",
        "there is something new to set, and nothing that was set has changed",
        lambda change: outermost(change.keys_added),
    ),
    BumpRule(
        "objects-added",
        "minor",
        "an object is new",
        "the release does something that it did not do before",
        _objects(Fate.ADDED),
    ),
)
"""Every reason for more than a patch, with why it is one; what meets none of them is a patch."""


def honest_bump(change: ChartChange) -> tuple[str, tuple[str, ...]]:
    """Return the smallest honest bump and its reasons, those of that bump alone."""
    reasons: dict[str, list[str]] = {"minor": [], "major": []}
    for rule in BUMP_RULES:
        signs = list(rule.signs(change))
        if signs:
            reasons[rule.bump].append(f"{rule.title}: {first_few(signs, _SHOWN)}")
    for bump in ("major", "minor"):
        if reasons[bump]:
            return bump, tuple(reasons[bump])
    return "patch", ()


def made_bump(before: str, after: str) -> str:
    """Return which part of the number moved up: major, minor, patch, or none for a way back.

    Before 1.0.0 nothing is promised, and a minor step may break (Semantic Versioning §4); a
    pre-release counts as the release that it precedes.
    """
    old, new = parse_version(before), parse_version(after)
    if new <= old:
        return "none"
    if new.major != old.major:
        return "major"
    if new.minor != old.minor:
        return "major" if old.major == 0 else "minor"
    return "patch"


def bump_verdict(before: str, after: str, change: ChartChange) -> BumpVerdict:
    """Return what the number says and what would be honest."""
    honest, reasons = honest_bump(change)
    return BumpVerdict(honest, made_bump(before, after), reasons)
