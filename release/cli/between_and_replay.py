"""`hmco plan --between` and `--replay`: one chart in two environments, and promotions gone by."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Final

import click

from release.cli.output import Cell, print_json, print_table, say
from release.cli.rendering import open_renderer, states_of
from release.cli.session import Session
from release.plan import between as bits
from release.plan import replay as past
from release.plan.applications import ProgramError
from release.plan.change import Plan
from release.plan.compare import compare
from release.plan.deployed import releases_of
from release.plan.sides import Side
from release.plan.states import States
from release.promotion.gates import day_of
from release.promotion.judge import Fault
from release.rendering.renderer import Renderer
from release.repository.git.errors import GitError
from release.repository.picture import Picture
from release.repository.pinhistory import PinChange
from release.rules.facts import Facts
from release.rules.outcome import judged_landing
from release.rules.walk import judged_landings
from release.settings.problems import SettingsError

_UNREADABLE: Final = "no promotion can be read from its stack files, or from those before"


def tell_between(session: Session, asked: tuple[str, str, str], *, network: bool) -> int:
    """Tell whether the second environment gets what the first one runs; 1 if it does not."""
    source, target, chart = asked
    with states_of(session.work_tree) as states:
        estate = session.work_tree.estate
        for name in (source, target):
            running = name in estate.environments and (
                chart in estate.environments[name].settings.versions
            )
            if not running:
                known = ", ".join(estate.environments)
                raise click.UsageError(f"{chart} does not run in {name} (environments: {known})")
        side = states.side(None)
        verdict = bits.same_bits(side, open_renderer(network=network), chart, source, target)
    if session.as_json:
        print_json(bits.to_data(verdict))
    else:
        for line in bits.to_lines(verdict):
            say(line)
    return 0 if verdict.same else 1


def tell_replay(session: Session, count: int, *, network: bool) -> int:
    """Tell what the present rules, flags and settings say of the last promotions."""
    here = session.work_tree
    with states_of(here) as states:
        changes = past.last_promotions(here.pins.changes, count)
        steps: Mapping[str, tuple[Fault, ...]] = {}
        if changes:
            start = f"{changes[-1].commit}^1"
            steps = judged_landings(here, start, session.now, here.estate)
        renderer = open_renderer(network=network)

        @cache
        def plan_of(commit: str) -> Plan:
            return compare(*_sides(states, commit), renderer, session.registry)

        def judged(change: PinChange) -> past.Landing:
            faults = steps.get(change.commit)
            if faults is None:
                return past.Landing(_UNREADABLE)
            try:
                plan = plan_of(change.commit)
                sides = _sides(states, change.commit)
                before, after = (_facts(here, side, renderer, change) for side in sides)
                found = judged_landing(before, after).brought
            except (GitError, ProgramError, SettingsError) as error:
                return past.Landing(str(error).splitlines()[0], faults)
            return past.Landing(plan, faults, found)

        found = [past.replayed(change, judged(change)) for change in changes]
    if session.as_json:
        print_json(past.to_data(found))
        return 0
    if found:
        print_table(past.HEADER, ([Cell(text) for text in row] for row in past.table_rows(found)))
    for line in past.to_lines(found):
        say(line)
    return 0


def _sides(states: States, commit: str) -> tuple[Side, Side]:
    return states.side(f"{commit}^1"), states.side(commit)


def _facts(here: Picture, side: Side, renderer: Renderer, change: PinChange) -> Facts:
    """Return what the rules look at: the chart, and what runs in the environment alone.

    What another environment runs, or the next version would make, was there before the landing.
    """
    applications = side.objects.applications.get(change.environment, {})
    objects = replace(side.objects, applications={change.environment: applications})
    rendered = releases_of(replace(side, objects=objects), renderer)
    running = tuple(each for each in rendered.releases if each.runs)
    picture = here.at(side.label).of([change.chart])
    return Facts(picture, day_of(change.landed_at), rendered=replace(rendered, releases=running))
