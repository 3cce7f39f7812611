"""`hmco plan --between` and `--replay`: one chart in two environments, and promotions gone by."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from release.cli.output import print_json, say
from release.cli.rendering import open_renderer
from release.cli.session import Session
from release.plan import between as bits
from release.plan import replay as past
from release.plan.applications import ProgramError
from release.plan.change import Plan
from release.plan.compare import compare, contexts_of
from release.plan.states import States
from release.repository.git.errors import GitError
from release.repository.picture import Picture, work_tree
from release.settings.problems import SettingsError


@contextmanager
def _states(session: Session, repo: Path | None) -> Iterator[tuple[Picture, States]]:
    here = work_tree(session.registry, session.workspace(repo))
    with tempfile.TemporaryDirectory(prefix="hmco-plan-") as folder:
        yield here, States(here, Path(folder))


def tell_between(
    session: Session,
    repo: Path | None,
    asked: tuple[str, str, str],
    *,
    as_json: bool,
    network: bool,
) -> int:
    """Tell whether the second environment gets what the first one runs; 1 if it does not."""
    source, target, chart = asked
    with _states(session, repo) as (here, states):
        estate = here.estate
        for name in (source, target):
            running = name in estate.environments and (
                chart in estate.environments[name].settings.versions
            )
            if not running:
                known = ", ".join(estate.environments)
                raise click.UsageError(f"{chart} does not run in {name} (environments: {known})")
        side = states.side(None)
        verdict = bits.same_bits(side, open_renderer(network=network), chart, source, target)
    if as_json:
        print_json(bits.to_data(verdict))
    else:
        for line in bits.to_lines(verdict):
            say(line)
    return 0 if verdict.same else 1


def tell_replay(
    session: Session, repo: Path | None, count: int, *, as_json: bool, network: bool
) -> int:
    """Tell what the present flags say of the last promotions."""
    renderer = open_renderer(network=network)
    with _states(session, repo) as (here, states):

        def plan_of(commit: str) -> Plan | str:
            try:
                before, after = states.side(f"{commit}^1"), states.side(commit)
                return compare(before, after, renderer, contexts_of(session.registry))
            except (GitError, ProgramError, SettingsError) as error:
                return str(error).splitlines()[0]

        found = past.replayed(past.last_promotions(here.pins.changes, count), plan_of)
    if as_json:
        print_json(past.to_data(found))
    else:
        for line in past.to_lines(found):
            say(line)
    return 0
