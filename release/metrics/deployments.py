"""Landings of pins as deployments: what each one was, and what became of it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from release.repository.pinhistory import PinChange
from release.versions import is_version, lower

Place = tuple[str, str]
"""An environment and a chart in it."""


class Kind(StrEnum):
    """What a landing of a pin did, by SemVer's precedence.

    RETURN is a pin that comes after a removal or a time on a branch: it has no version to compare
    with, so it is neither a promotion nor a rollback.
    """

    FIRST = "first"
    PROMOTION = "promotion"
    ROLLBACK = "rollback"
    RETURN = "return"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """One landing after which an environment's stack file pins another version of a chart.

    `recovery` is how long a promotion stood until the rollback that was its next landing, None
    where none was: then it did not fail. `new` tells whether the environment never had this version
    before.
    """

    environment: str
    chart: str
    version: str
    before: str | None
    kind: Kind
    at: datetime
    commit: str
    new: bool = True
    recovery: timedelta | None = None

    @property
    def place(self) -> Place:
        """The environment and the chart."""
        return self.environment, self.chart

    @property
    def failed(self) -> bool:
        """Tell whether a rollback was the next that landed there."""
        return self.recovery is not None


@dataclass(slots=True)
class _State:
    """What one place looks like while its changes are read in order."""

    last: int | None = None
    versions: set[str] | None = None


def deployments(newest_first: Iterable[PinChange]) -> tuple[Deployment, ...]:
    """Return the deployments among the changes, oldest first, in the order in which they landed.

    The trunk's order decides, never its clocks: where those disagree a duration is negative.
    Removals, branches and holds are not deployments; what comes after the first two is a return.
    """
    found: list[Deployment] = []
    states: dict[Place, _State] = {}
    for change in reversed(tuple(newest_first)):
        if not change.moved or change.after is None or not is_version(change.after):
            continue
        state = states.setdefault((change.environment, change.chart), _State())
        deployment = _deployment(change, change.after, state)
        if deployment.kind is Kind.ROLLBACK and state.last is not None:
            previous = found[state.last]
            if previous.kind is Kind.PROMOTION:
                found[state.last] = replace(previous, recovery=deployment.at - previous.at)
        state.last = len(found)
        found.append(deployment)
    return tuple(found)


def _deployment(change: PinChange, version: str, state: _State) -> Deployment:
    known = state.versions
    if known is None:
        kind, known = Kind.FIRST, set[str]()
        state.versions = known
    elif change.before is None or not is_version(change.before):
        kind = Kind.RETURN
    else:
        kind = Kind.ROLLBACK if lower(version, change.before) else Kind.PROMOTION
    new = version not in known
    known.add(version)
    return Deployment(
        environment=change.environment,
        chart=change.chart,
        version=version,
        before=change.before,
        kind=kind,
        at=change.landed_at,
        commit=change.commit,
        new=new,
    )
