"""Freezes: days on which nothing is promoted into an environment; rollbacks still go through."""

from datetime import date, datetime
from typing import Final

from pydantic import ValidationError

from release.estate import Estate
from release.promotion.commitlines import silent
from release.promotion.decision import (
    AddFreeze,
    Decision,
    LiftFreezes,
    Plan,
    Reason,
    Refusal,
    refuse,
)
from release.promotion.gates import day_of
from release.promotion.knownnames import environment_reasons
from release.settings.model import Freeze


def decide_freeze(
    estate: Estate, name: str, days: tuple[str | None, str], reason: str, now: datetime
) -> Decision:
    """Return the plan that freezes the environment from the first day, or today, to the last."""
    today = day_of(now)
    unknown = refuse(environment_reasons(estate, name))
    if unknown:
        return unknown
    first, last = days
    fields = {"first": first or today.isoformat(), "last": last, "reason": reason}
    try:
        freeze = Freeze.model_validate(fields)
    except ValidationError as error:
        return Refusal(tuple(_wording(str(e["loc"][0]), str(e["msg"])) for e in error.errors()))
    if date.fromisoformat(freeze.last) < max(today, date.fromisoformat(freeze.first)):
        return Refusal((_wording("last", f"{freeze.last} is before the freeze or over"),))
    told = f"{name} from {freeze.first} to {freeze.last}: {freeze.reason}"
    done = freeze in estate.environments[name].settings.freezes
    return Plan(
        command="freeze",
        chart="",
        environment=name,
        summary=f"{name} is already frozen: {freeze.reason}" if done else f"freeze {told}",
        edits=() if done else (AddFreeze(name, freeze),),
    )


def decide_unfreeze(estate: Estate, environment: str, reason: str) -> Decision:
    """Return the plan that lifts every freeze of the environment; the reason goes into the commit.

    Those that are over go with them, for they say nothing any more.
    """
    unknown = refuse(environment_reasons(estate, environment))
    if unknown:
        return unknown
    refusal = refuse(silent("--reason", reason, _WORDING["reason"][1]))
    if refusal:
        return refusal
    freezes = estate.environments[environment].settings.freezes
    told = "; ".join(f"{each.first} to {each.last}, {each.reason}" for each in freezes)
    return Plan(
        command="unfreeze",
        chart="",
        environment=environment,
        summary=f"unfreeze {environment}: {told}" if freezes else f"{environment} is not frozen",
        edits=(LiftFreezes(environment),) if freezes else (),
        reason=reason,
    )


_DAYS: Final = "give days as YYYY-MM-DD, the last one today or later"
_WORDING: Final = {
    "first": ("--from", _DAYS),
    "last": ("--until", _DAYS),
    "reason": ("--reason", 'give a reason of one line, such as --reason "quarter end"'),
}


def _wording(field: str, message: str) -> Reason:
    option, remedy = _WORDING[field]
    fact = f"{option}: {message.removeprefix('Value error, ')}"
    return Reason("wording", fact, remedy, misuse=True)
