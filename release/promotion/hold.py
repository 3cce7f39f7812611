"""Holds and freezes: what somebody stops, one chart in an environment or all, and lifts again.

Nothing moves a chart that is held until somebody lifts the hold, with a reason; nothing is promoted
into an environment on the days of a freeze. Rollbacks go through either.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final, NamedTuple

from pydantic import ValidationError

from release.estate import Environment, Estate
from release.promotion.commitlines import Saying, about_chart, saying, silent
from release.promotion.decision import Action, Decision, Reason, Refusal, SetFreeze, SetHold, refuse
from release.promotion.gates import day_of, ends_sooner, told_hold
from release.promotion.knownnames import chart_reasons, deployed_reasons, environment_reasons
from release.settings.model import Freeze, Hold


class HoldRequest(NamedTuple):
    """`hmco hold CHART --env ENV --reason TEXT [--until DAY] [--update]`, or by a rollback."""

    chart: str
    environment: str
    reason: str
    by: str
    until: str | None = None
    update: bool = False


def place_of(
    estate: Estate, chart: str, environment: str, wording: Iterable[Reason] = ()
) -> Environment | Refusal:
    """Return the environment of a command on one chart there, or why it cannot be meant.

    `wording` is what is wrong with the rest of the command, and is refused with that.
    """
    reasons = [*chart_reasons(estate.registry, chart), *environment_reasons(estate, environment)]
    if not reasons:
        reasons = deployed_reasons(estate.environments[environment], chart)
    return refuse((*reasons, *wording)) or estate.environments[environment]


def decide_hold(estate: Estate, request: HoldRequest, now: datetime) -> Decision:
    """Return the action that holds the chart, or every reason against it.

    A hold replaces another one only on request, so that no reason is lost unseen.
    """
    wording = wording_reasons(request, now)
    place = place_of(estate, request.chart, request.environment, wording)
    if isinstance(place, Refusal):
        return place
    hold = Hold(reason=request.reason, by=request.by, until=request.until)
    existing = place.settings.holds.get(request.chart)
    if existing == hold:
        return Action(
            command="hold",
            chart=request.chart,
            environment=place.name,
            summary=f"{place.name} already holds {request.chart}: {told_hold(hold)}",
        )
    if existing is not None and not request.update:
        held = Reason(
            "held",
            f"{place.name} already holds {request.chart}: {told_hold(existing)}",
            "use --update to replace that reason, or lift the hold: "
            f'hmco unhold {request.chart} --env {place.name} --reason "…"',
        )
        return Refusal((held,))
    why = saying(Saying.UNHOLD, about_chart(request.chart, place.name), hold.reason)
    return Action(
        command="hold",
        chart=request.chart,
        environment=place.name,
        summary=f"hold {request.chart} in {place.name}: {told_hold(hold)}",
        edits=(SetHold(place.name, request.chart, hold),),
        remarks=(f"this replaces the hold: {told_hold(existing)}",) if existing else (),
        reason=hold.reason,
        said=why if existing and ends_sooner(hold, existing) else "",
    )


def decide_unhold(estate: Estate, chart: str, environment: str, reason: str) -> Decision:
    """Return the action that lifts the hold; the reason goes into the commit that does it."""
    wording = silent("--reason", reason, _HOLDING["reason"][1])
    place = place_of(estate, chart, environment, wording)
    if isinstance(place, Refusal):
        return place
    hold = place.settings.holds.get(chart)
    lifts = f"lift the hold on {chart} in {place.name}: {told_hold(hold)}" if hold else ""
    return Action(
        command="unhold",
        chart=chart,
        environment=place.name,
        summary=lifts or f"nothing holds {chart} in {place.name}",
        edits=(SetHold(place.name, chart, None),) if hold else (),
        reason=reason if hold else None,
    )


def wording_reasons(request: HoldRequest, now: datetime) -> Iterator[Reason]:
    """Yield what is wrong with a hold's reason, author and last day."""
    by = request.by or "nobody"
    fields = {"reason": request.reason, "by": by, "until": request.until}
    try:
        hold = Hold.model_validate(fields)
    except ValidationError as error:
        yield from _misworded(error, _HOLDING)
    else:
        today = day_of(now).isoformat()
        if hold.until is not None and hold.until < today:
            yield _wording(_over(hold.until, today), *_HOLDING["until"])
    if not request.by:
        yield _NOBODY


def decide_freeze(
    estate: Estate, name: str, days: tuple[str | None, str], reason: str, now: datetime
) -> Decision:
    """Return the action that freezes the environment from the first day, or today, to the last."""
    reasons = environment_reasons(estate, name)
    first, last = days
    today = day_of(now).isoformat()
    fields = {"first": first or today, "last": last, "reason": reason}
    try:
        freeze = Freeze.model_validate(fields)
    except ValidationError as error:
        return Refusal((*reasons, *_misworded(error, _FREEZING)))
    if freeze.last < max(today, freeze.first):
        early = f"{freeze.last} is before {freeze.first}, the first day"
        fact = _over(freeze.last, today) if freeze.last < today else early
        reasons.append(_wording(fact, *_FREEZING["last"]))
    refusal = refuse(reasons)
    if refusal:
        return refusal
    told = f"{name} from {freeze.first} to {freeze.last}: {freeze.reason}"
    done = freeze in estate.environments[name].settings.freezes
    return Action(
        command="freeze",
        chart="",
        environment=name,
        summary=f"there already: the freeze of {told}" if done else f"freeze {told}",
        edits=() if done else (SetFreeze(name, freeze),),
    )


def decide_unfreeze(estate: Estate, environment: str, reason: str) -> Decision:
    """Return the action that lifts all freezes of the environment; the commit gets the reason.

    Those that are over go with them, for they say nothing any more.
    """
    wording = silent("--reason", reason, _FREEZING["reason"][1])
    refusal = refuse((*environment_reasons(estate, environment), *wording))
    if refusal:
        return refusal
    freezes = estate.environments[environment].settings.freezes
    told = "; ".join(f"{each.first} to {each.last}, {each.reason}" for each in freezes)
    return Action(
        command="unfreeze",
        chart="",
        environment=environment,
        summary=f"unfreeze {environment}: {told}" if freezes else f"{environment} is not frozen",
        edits=(SetFreeze(environment, None),) if freezes else (),
        reason=reason,
    )


_HOLDING: Final = {
    "reason": ("--reason", 'give a reason of one line, such as --reason "incident 4711"'),
    "by": ("--by", "give a name of one line with --by"),
    "until": ("--until", "give the last day of the hold, or leave --until out"),
}
_NOBODY: Final = Reason(
    "wording",
    "git does not know who you are",
    "run: git config user.name 'Your Name' && git config user.email you@example.com, or give --by",
    misuse=True,
)
_FREEZING: Final = {
    "first": ("--from", "give the first day of the freeze, or leave --from out"),
    "last": ("--until", "give the last day of the freeze"),
    "reason": ("--reason", 'give a reason of one line, such as --reason "quarter end"'),
}


def _misworded(error: ValidationError, wording: Mapping[str, tuple[str, str]]) -> Iterator[Reason]:
    """Yield what the settings refuse, by the options that gave it."""
    for details in error.errors():
        message = str(details["msg"]).removeprefix("Value error, ")
        yield _wording(message, *wording[str(details["loc"][0])])


def _over(day: str, today: str) -> str:
    return f"{day} is over (today is {today})"


def _wording(message: str, option: str, remedy: str) -> Reason:
    return Reason("wording", f"{option}: {message}", remedy, misuse=True)
