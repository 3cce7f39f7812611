"""`hmco cut`: a chart's next version, in Chart.yaml, its changelog and its parent's references."""

from pathlib import Path

import click

from release.cli.changes import Output, carry_out
from release.cli.honesty import honest
from release.cli.options import (
    accept_bump_option,
    chart_argument,
    complete_versions,
    dry_run_option,
    json_option,
    note_option,
    parsed_notes,
    repo_option,
)
from release.cli.session import Session
from release.promotion.cut import CutRequest, decide_cut
from release.promotion.gather import facts_of_cut
from release.promotion.names import cuttable_reasons
from release.promotion.plan import refuse
from release.versions import typed_version


@click.command
@chart_argument(sub_charts=True)
@click.argument("version", metavar="(major|minor|patch|VERSION)", shell_complete=complete_versions)
@note_option
@accept_bump_option
@dry_run_option
@json_option
@repo_option
@click.pass_context
def cut(
    ctx: click.Context,
    *,
    chart: str,
    version: str,
    note: tuple[str, ...],
    accept_bump: str | None,
    dry_run: bool,
    as_json: bool,
    repo: Path | None,
) -> None:
    """Make CHART's next version: Chart.yaml, changelog section, link reference.

    The changelog's Unreleased section becomes the section of the version; without one the notes
    do, or else the commits that touched the chart since its last tag. Cutting a sub-chart changes
    its parent's dependency and lock as well. A number that promises less than what the chart then
    renders to is refused, unless --accept-bump says why.
    """
    session: Session = ctx.obj
    output = Output(dry_run=dry_run, as_json=as_json)
    picture = session.committed(repo, finish=not dry_run)
    decision = refuse(cuttable_reasons(session.registry, chart)) or decide_cut(
        session.registry,
        CutRequest(chart, typed_version(version), parsed_notes(note)),
        facts_of_cut(picture, chart),
        session.now,
    )
    decision = honest(picture, decision, accept_bump)
    ctx.exit(carry_out(picture, decision, output, "cut"))
