"""Rollback: back to a version the environment ran before, held there until somebody lifts it."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import pairwise

from release.estate import Environment, Estate
from release.promotion.bumps import checked_version
from release.promotion.chartfacts import ChartFacts, Landing, bad_pins, good_pins, never_ran
from release.promotion.cut import tag_reasons
from release.promotion.decision import Action, Decision, Reason, Refusal, SetHold, SetPin
from release.promotion.gates import day_of, is_expired, told_hold
from release.promotion.hold import HoldRequest, place_of, wording_reasons
from release.settings.model import Hold
from release.versions import lower


def decide_rollback(
    estate: Estate,
    request: HoldRequest,
    asked: str | None,
    gather: Callable[[], ChartFacts],
    now: datetime,
) -> Decision:
    """Return the action that pins the earlier version and holds it, or every reason against it.

    It goes to the version asked for, else to the last good one; a hold without a reason says what
    was rolled back from. No freeze, soak time or hold blocks a rollback (guide R28). An existing
    hold is kept in the new one's words, and never made shorter.
    """
    wording = [*wording_reasons(request._replace(reason=request.reason or "rolled back"), now)]
    place = place_of(estate, request.chart, request.environment)
    if isinstance(place, Refusal):
        return Refusal((*place.reasons, *wording))
    chart, pin = request.chart, place.settings.versions[request.chart]
    request = request._replace(reason=request.reason or f"rolled back from {pin}")
    if place.settings.follows_branch(chart):
        return Refusal((_no_pin(place, chart), *wording))
    facts = gather()
    version = rollback_target(place, chart, facts) if asked is None else asked
    if version == pin and not wording:
        return _there_already(place, chart, pin)
    if asked is None:
        wording += _second_rollback(place, chart, version, facts, now)
    reasons = [*wording, *target_reasons(place, chart, version, facts)]
    if version is None or reasons:
        return Refusal(tuple(dict.fromkeys(reasons)))
    held = place.settings.holds.get(chart)
    hold = _hold(held, request)
    keeps = f"{chart} was held before, and the new hold keeps its reason:"
    kept = (f"{keeps} {told_hold(held)}",) if held else ()
    return Action(
        command="rollback",
        chart=chart,
        environment=place.name,
        before=pin,
        after=version,
        summary=f"roll {chart} in {place.name} back from {pin} to {version} and hold it there",
        edits=(
            SetPin(place.name, chart, version),
            SetHold(place.name, chart, hold),
        ),
        remarks=(*_doubts(place, chart, version, facts), *kept),
        reason=hold.reason,
    )


def rollback_target(place: Environment, chart: str, facts: ChartFacts) -> str | None:
    """Return where a rollback goes by default: the last good lower pin.

    Its tag may not be here yet: then nothing goes further back in its stead.
    """
    if place.settings.follows_branch(chart):
        return None
    pin = place.settings.versions[chart]
    candidates = good_pins(facts.landings.get(place.name, ()))
    return next((v for v in candidates if lower(v, pin)), None)


def rolled_back_from(pin: str, landings: Sequence[Landing]) -> str | None:
    """Return the version that the pin replaced, if that one was higher; None otherwise.

    `landings` are the environment's, oldest first; the pin itself need not have landed.
    """
    before = next((landing.value for landing in reversed(landings) if landing.value != pin), None)
    return before if before is not None and lower(pin, before) else None


def _second_rollback(
    place: Environment, chart: str, version: str | None, facts: ChartFacts, now: datetime
) -> Iterator[Reason]:
    """Yield why a rollback that is done and held goes no further on its own.

    Two people answer one page: the second would otherwise undo a version that nobody doubts.
    """
    pin = place.settings.versions[chart]
    hold = place.settings.holds.get(chart)
    before = rolled_back_from(pin, facts.landings.get(place.name, ()))
    if before is None or hold is None or is_expired(hold, day_of(now)):
        return
    further = f"hmco rollback {chart} --env {place.name} --to {version}"
    yield Reason(
        "rolled-back",
        f"{place.name} was already rolled back from {chart} {before} to {pin}: {told_hold(hold)}",
        f"to go back further, name the version: {further}"
        if version
        else f"there is nothing further back; what runs is shown by: hmco status {chart}",
    )


def _doubts(place: Environment, chart: str, version: str, facts: ChartFacts) -> Iterator[str]:
    """Yield that the version was itself rolled back from, and when."""
    landings = facts.landings.get(place.name, ())
    if version in bad_pins(landings):
        left = [after.at for before, after in pairwise(landings) if before.value == version]
        yield (
            f"{place.name} was rolled back from {chart} {version} itself on {day_of(left[-1])}; "
            f"see why: hmco history {chart} --env {place.name}"
        )


def _hold(existing: Hold | None, new: HoldRequest) -> Hold:
    if existing is None:
        return Hold(reason=new.reason, by=new.by, until=new.until)
    open_ended = existing.until is None or new.until is None
    until = None if open_ended else max(existing.until or "", new.until or "")
    reason = f"{new.reason}; held before: {told_hold(existing)}"
    return Hold(reason=reason, by=new.by, until=until)


def _no_pin(place: Environment, chart: str) -> Reason:
    branch = place.settings.versions[chart]
    return Reason(
        "follows-branch",
        f"{place.name} follows {branch} and has no pin of {chart} to go back to",
        f"revert the change on {branch}: git revert COMMIT",
    )


def _there_already(place: Environment, chart: str, pin: str) -> Action:
    held = chart in place.settings.holds
    advice = f'nothing holds it there: hmco hold {chart} --env {place.name} --reason "…"'
    return Action(
        command="rollback",
        chart=chart,
        environment=place.name,
        before=pin,
        after=pin,
        summary=f"{chart} {pin} is already in {place.name}",
        remarks=() if held else (advice,),
    )


def target_reasons(
    place: Environment, chart: str, version: str | None, facts: ChartFacts
) -> Iterator[Reason]:
    """Yield everything against going back to the version there; None is not a version to go to."""
    pin = place.settings.versions[chart]
    ran = good_pins(facts.landings.get(place.name, ()))
    if version is None:
        yield Reason(
            "no-earlier",
            f"{place.name} never ran a version of {chart} below {pin}",
            "there is nothing to go back to: revert what broke it where the chart is, and cut a "
            f"fix: hmco cut {chart} patch",
        )
        return
    checked = checked_version(version)
    if isinstance(checked, Reason):
        yield checked
        return
    another = f"choose another version: hmco history {chart} --env {place.name}"
    if version != pin and not lower(version, pin):
        promotion = f"going up is a promotion: hmco promote {chart} {version} --to {place.name}"
        yield Reason(
            "not-lower",
            f"{version} is higher than {pin}, which {place.name} runs",
            # A version that nobody cut may be a slip of the finger, which promote would cut.
            promotion if version in facts.tags else another,
        )
    if not facts.ran(place.name, version):
        known = ", ".join(ran[:5]) or "none"
        yield Reason(
            "never-ran",
            f"{never_ran(place.name, chart, version)} (it ran: {known})",
            f"choose one that it ran: hmco history {chart} --env {place.name}",
        )
    for reason in tag_reasons(chart, version, facts, another):
        remedy = reason.remedy if reason.remedy == another else f"{reason.remedy}; or {another}"
        yield Reason(reason.code, reason.fact, remedy)
