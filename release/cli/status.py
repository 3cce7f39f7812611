"""`hmco status`: one table of charts and environments."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

import click

from release.cli.movesummary import place_lines
from release.cli.options import (
    complete_charts,
    environments_option,
    json_option,
    plan_option,
    repo_option,
)
from release.cli.output import Cell, checkout_json, print_json, print_table, say
from release.cli.session import Session
from release.promotion.gates import told_hold
from release.promotion.gather import facts_of_all
from release.promotion.knownnames import require_known
from release.promotion.status import PlaceStatus, Standing, TagState, status_of
from release.repository.picture import Picture
from release.settings.stackfile import environment_of
from release.text.times import told_duration

_HEADER = ("CHART", "ENV", "RUNS", "FOR", "SOAK LEFT", "SOURCE", "TAG", "ROLLBACK TO", "STOPPED BY")
_NOTHING = "-"


@click.command
@click.argument("charts", nargs=-1, metavar="[CHART]...", shell_complete=complete_charts)
@environments_option
@json_option
@plan_option
@repo_option
@click.pass_obj
def status(
    session: Session,
    *,
    charts: tuple[str, ...],
    environments: tuple[str, ...],
    show_plan: bool,
) -> None:
    """Show what runs where, for how long, what stops it, and what a rollback would go to."""
    # Argo CD follows the trunk: a checkout that is behind it shows what has landed there.
    picture = session.with_charts().landed
    estate = picture.estate
    require_known(estate, charts, environments)
    running = {chart for place in picture.environments for chart in place.settings.versions}
    chosen = charts or tuple(sorted(running))
    facts = facts_of_all(picture, chosen)
    places = [
        place
        for place in status_of(estate, facts, session.now, chosen)
        if not environments or place.environment in environments
    ]
    if session.as_json:
        print_json(
            {
                "now": session.now.isoformat(),
                "checkout": checkout_json(picture.stacks.clone.distance),
                "notCommitted": _edited(picture),
                "places": [_json(place, session) for place in places],
            }
        )
        return
    print_table(_HEADER, (_row(place, session) for place in places))
    for remark in _remarks(picture, places, session.now):
        say(remark)
    for line in place_lines(picture, places) if show_plan else ():
        say(line)


def _remarks(picture: Picture, places: list[PlaceStatus], now: datetime) -> Iterator[str]:
    """Yield what there is to know of the checkout, of freezes and of holds."""
    apart = picture.stacks.clone.distance
    if apart is not None and apart.told:
        yield f"this checkout is {apart.told}"
    told = {picture.charts.clone: "the charts were last", picture.stacks.clone: "last"}
    for clone, last in reversed(told.items()):
        if clone.fetched is not None and now - clone.fetched >= timedelta(days=1):
            since = f"{last} fetched {_age(now - clone.fetched)} ago"
            git = clone.repository.git
            yield f"{since}, and what landed since is not counted: {git} fetch"
    edited = ", ".join(_edited(picture))
    if edited:
        yield f"not committed, so not counted here: changes of {edited}; hmco diff shows them"
    for name in picture.estate.environments:
        freeze = next((p.freeze for p in places if p.environment == name and p.freeze), None)
        if freeze:
            yield f"{name} is frozen from {freeze.first} to {freeze.last}: {freeze.reason}"
    for place in places:
        if place.hold:
            held = "has an expired hold, which stops nothing" if place.hold_expired else "is held"
            yield f"{place.chart} in {place.environment} {held}: {told_hold(place.hold)}"


def _edited(picture: Picture) -> list[str]:
    """Return the stack files whose changes are not committed."""
    dirty = picture.stacks.clone.state.dirty
    folder = picture.program
    return sorted(
        path
        for path in dirty
        if path.rpartition("/")[0] == folder and environment_of(path.rpartition("/")[2])
    )


_STANDINGS: Final = {
    Standing.LEVEL: "same as",
    Standing.BEHIND: "behind",
    Standing.AHEAD: "ahead of",
}


def _row(place: PlaceStatus, session: Session) -> tuple[Cell, ...]:
    age = max(session.now - place.since, timedelta()) if place.since else None
    return (
        Cell(place.chart, "bold"),
        Cell(place.environment),
        _runs(place),
        Cell(_age(age) if age is not None else "not landed", "" if age else "yellow"),
        _soak(place),
        _sources(place),
        Cell(
            place.tag.value if place.tag else _NOTHING,
            "" if place.tag in (None, TagState.RIGHT) else "bold red",
        ),
        Cell(place.rollback_to or "nothing", "" if place.rollback_to else "dim"),
        Cell(" ".join(_stops(place)) or _NOTHING, "bold yellow" if any(_stops(place)) else ""),
    )


def _age(age: timedelta) -> str:
    return f"{age.days} d" if age.days else " ".join(told_duration(age).split()[:2])


def _runs(place: PlaceStatus) -> Cell:
    if place.pinned:
        return Cell(place.runs)
    changes = "" if place.released else " + changes" if place.tagged else ", not tagged"
    return Cell(f"{place.runs} ({place.version}{changes})", "cyan")


def _soak(place: PlaceStatus) -> Cell:
    if place.soak_left is None:
        return Cell(_NOTHING)
    return Cell(told_duration(place.soak_left), "yellow") if place.soak_left else Cell("over")


def _sources(place: PlaceStatus) -> Cell:
    told = [
        f"{_STANDINGS[relation.standing]} {relation.source}"
        + (f" by {relation.versions}" if relation.versions else "")
        for relation in place.relations
    ]
    level = all(relation.standing is Standing.LEVEL for relation in place.relations)
    return Cell(", ".join(told) or _NOTHING, "" if level else "yellow")


def _stops(place: PlaceStatus) -> Iterator[str]:
    if place.hold and not place.hold_expired:
        yield "hold"
    if place.freeze:
        yield "freeze"
    if any(relation.rolled_back for relation in place.relations):
        yield "rolled-back"


def _json(place: PlaceStatus, session: Session) -> dict[str, object]:
    hold, freeze, left = place.hold, place.freeze, place.soak_left
    return {
        "chart": place.chart,
        "environment": place.environment,
        "runs": place.runs,
        "pinned": place.pinned,
        "version": place.version,
        "released": place.released,
        "since": place.since.isoformat() if place.since else None,
        "ageSeconds": max(int((session.now - place.since).total_seconds()), 0)
        if place.since
        else None,
        "soakLeftSeconds": None if left is None else int(left.total_seconds()),
        "hold": hold.model_dump() | {"expired": place.hold_expired} if hold else None,
        "freeze": freeze.model_dump() if freeze else None,
        "tag": place.tag.value if place.tag else None,
        "sources": [
            {
                "environment": r.source,
                "standing": r.standing.value,
                "versions": r.versions,
                "rolledBack": r.rolled_back,
            }
            for r in place.relations
        ],
        "rollbackTo": place.rollback_to,
    }
