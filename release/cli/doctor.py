"""`hmco doctor`: what is still missing before the workflows can work. It only reads."""

import os
from collections.abc import Iterator
from typing import Final

import click

from release.charts.record import Registry
from release.cli.hub import hub_of, token
from release.cli.live import governance_lines, live_lines, served_lines
from release.cli.options import json_option, repo_option
from release.cli.output import print_json, say
from release.cli.session import Session
from release.cli.workflows import sources_of, stale_workflows
from release.estate import Estate
from release.github.appcheck import app_probes
from release.github.checklist import Answer, Line, State, local_lines, probes
from release.github.hub.client import Hub, HubError

_NONE: Final = Line(
    "workflows", State.UNKNOWN, "none here, they work where one repository holds charts and program"
)
_MARKS = {State.DONE: "✓", State.MISSING: "✗", State.UNKNOWN: "?"}


@click.command
@json_option
@repo_option
@click.pass_obj
def doctor(session: Session) -> int:
    """Go through the checklist of a new repository with calls that only read.

    Each line is done, missing with its remedy, or unknown from here. Needs GITHUB_TOKEN for
    what GitHub knows. Fails while something is missing.
    """
    estate = session.work_tree.estate
    lines = [
        *(_of_workflows(session) if session.work_tree.one_clone else (_NONE,)),
        *live_lines(estate, tuple(estate.environments), os.environ),
        *served_lines(estate, os.environ),
    ]
    if session.as_json:
        print_json([{"what": n.what, "state": n.state.value, "remedy": n.remedy} for n in lines])
    else:
        for line in lines:
            remedy = f": {line.remedy}" if line.remedy else ""
            say(f"{_MARKS[line.state]} {line.what}{remedy}")
    return int(any(line.state is State.MISSING for line in lines))


def _of_workflows(session: Session) -> Iterator[Line]:
    sources = sources_of(session)
    yield from local_lines(sources.estate, tuple(stale_workflows(session)))
    yield from _github(session.registry, sources.estate, sources.branch)


def _github(registry: Registry, estate: Estate, branch: str) -> Iterator[Line]:
    if token() is None:
        yield Line("GitHub", State.UNKNOWN, "set GITHUB_TOKEN to let it be asked")
        return
    try:
        hub = hub_of(estate)
        for probe in (*probes(estate, hub.owner, branch), *app_probes(estate, hub.owner)):
            line = probe.line(_asked(hub, probe.path))
            yield line
            # To a token that may not see a repository, nothing in it is there.
            if not probe.path and line.state is not State.DONE:
                return
        yield from governance_lines(registry, estate, hub)
    except HubError as error:
        yield Line("GitHub", State.UNKNOWN, str(error))


def _asked(hub: Hub, path: str) -> Answer:
    try:
        return Answer(200, hub.get(path))
    except HubError as error:
        if not error.status:
            raise
        return Answer(error.status)
