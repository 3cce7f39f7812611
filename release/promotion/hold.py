"""Holds: nothing moves a chart in an environment until somebody lifts the hold, with a reason."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from pydantic import ValidationError

from release.estate import Environment, Estate
from release.promotion.commitlines import silent
from release.promotion.decision import (
    Decision,
    LiftHold,
    Plan,
    Reason,
    Refusal,
    SetHold,
    refuse,
)
from release.promotion.gates import day_of, told_hold
from release.promotion.knownnames import chart_reasons, deployed_reasons, environment_reasons
from release.settings.model import Hold


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldRequest:
    """`hmco hold CHART --env ENV --reason TEXT [--until DAY] [--update]`, or by a rollback."""

    chart: str
    environment: str
    reason: str
    by: str
    until: str | None = None
    update: bool = False


def place_of(estate: Estate, chart: str, environment: str) -> Environment | Refusal:
    """Return the environment of a command on one chart there, or why it cannot be meant."""
    refusal = refuse(
        [*chart_reasons(estate.registry, chart), *environment_reasons(estate, environment)]
    )
    if refusal:
        return refusal
    place = estate.environments[environment]
    return refuse(deployed_reasons(place, chart)) or place


def decide_hold(estate: Estate, request: HoldRequest, now: datetime) -> Decision:
    """Return the plan that holds the chart, or every reason against it.

    A hold replaces another one only on request, so that no reason is lost unseen.
    """
    place = place_of(estate, request.chart, request.environment)
    if isinstance(place, Refusal):
        return place
    refusal = refuse(wording_reasons(request, now))
    if refusal:
        return refusal
    hold = Hold(reason=request.reason, by=request.by, until=request.until)
    existing = place.settings.holds.get(request.chart)
    if existing == hold:
        return Plan(
            command="hold",
            chart=request.chart,
            environment=place.name,
            summary=f"{place.name} already holds {request.chart}: {told_hold(hold)}",
        )
    if existing is not None and not request.update:
        held = Reason(
            "held",
            f"{place.name} already holds {request.chart}: {told_hold(existing)}",
            "say --update to replace that reason, or lift the hold: "
            f'hmco unhold {request.chart} --env {place.name} --reason "…"',
        )
        return Refusal((held,))
    return Plan(
        command="hold",
        chart=request.chart,
        environment=place.name,
        summary=f"hold {request.chart} in {place.name}: {told_hold(hold)}",
        edits=(SetHold(place.name, request.chart, hold, replaces=existing is not None),),
        remarks=(f"this replaces the hold: {told_hold(existing)}",) if existing else (),
        reason=hold.reason,
    )


def decide_unhold(estate: Estate, chart: str, environment: str, reason: str) -> Decision:
    """Return the plan that lifts the hold; the reason goes into the commit that does it."""
    place = place_of(estate, chart, environment)
    if isinstance(place, Refusal):
        return place
    refusal = refuse(silent("--reason", reason, _WORDING["reason"]))
    if refusal:
        return refusal
    hold = place.settings.holds.get(chart)
    lifts = f"lift the hold on {chart} in {place.name}: {told_hold(hold)}" if hold else ""
    return Plan(
        command="unhold",
        chart=chart,
        environment=place.name,
        summary=lifts or f"nothing holds {chart} in {place.name}",
        edits=(LiftHold(place.name, chart),) if hold else (),
        reason=reason if hold else None,
    )


def wording_reasons(request: HoldRequest, now: datetime) -> Iterator[Reason]:
    """Yield what is wrong with a hold's reason, author and last day."""
    fields = {"reason": request.reason, "by": request.by, "until": request.until}
    try:
        hold = Hold.model_validate(fields)
    except ValidationError as error:
        for details in error.errors():
            field, message = str(details["loc"][0]), str(details["msg"])
            unknown = field == "by" and not request.by
            yield _NOBODY if unknown else _wording(field, message.removeprefix("Value error, "))
        return
    today = day_of(now)
    if hold.until is not None and date.fromisoformat(hold.until) < today:
        yield _wording("until", f"{hold.until} is over; today is {today}")


def _wording(field: str, message: str) -> Reason:
    return Reason("wording", f"--{field}: {message}", _WORDING[field], misuse=True)


_WORDING: Final = {
    "reason": 'give a reason of one line, such as --reason "incident 4711"',
    "by": "give a name of one line with --by",
    "until": "give the last day of the hold as --until YYYY-MM-DD, or leave it out",
}
_NOBODY: Final = Reason(
    "wording",
    "git does not know who you are",
    "run: git config user.name 'Your Name' && git config user.email you@example.com, or give --by",
    misuse=True,
)
