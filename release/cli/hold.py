"""`hmco hold` and `hmco unhold`: nothing moves a chart until somebody says why it may."""

from pathlib import Path

import click

from release.cli.changes import Output, carry_out
from release.cli.hub import asker
from release.cli.options import (
    absent_if_empty,
    chart_argument,
    complete_environments,
    dry_run_option,
    json_option,
    pull_request_option,
    repo_option,
)
from release.cli.session import Session
from release.promotion.gather import author_of
from release.promotion.hold import HoldRequest, UnholdRequest, decide_hold, decide_unhold
from release.promotion.trunk import decide_on_landed


@click.command
@chart_argument()
@click.option(
    "--env", "environment", required=True, metavar="ENV", shell_complete=complete_environments
)
@click.option("--reason", required=True, help="Why; it stands in the stack file.")
@click.option("--by", help="Who holds the chart; Git's user by default.")
@click.option(
    "--until",
    metavar="DAY",
    callback=absent_if_empty,
    help="The last day (YYYY-MM-DD); none by default.",
)
@click.option("--update", is_flag=True, help="Replace the hold that is there.")
@pull_request_option
@dry_run_option
@json_option
@repo_option
@click.pass_context
def hold(
    ctx: click.Context,
    *,
    chart: str,
    environment: str,
    reason: str,
    by: str | None,
    until: str | None,
    update: bool,
    pull_request: bool,
    dry_run: bool,
    as_json: bool,
    repo: Path | None,
) -> None:
    """Let nothing but a rollback move CHART in ENV."""
    session: Session = ctx.obj
    output = Output(dry_run=dry_run, as_json=as_json, pull_request=pull_request, now=session.now)
    picture = session.committed(repo, finish=not dry_run)
    request = HoldRequest(
        chart=chart,
        environment=environment,
        reason=reason,
        by=asker() or author_of(picture) if by is None else by,
        until=until,
        update=update,
    )
    decision = decide_on_landed(
        picture, lambda seen: decide_hold(seen.estate, request, session.now), [environment]
    )
    ctx.exit(carry_out(picture, decision, output, "hold"))


@click.command
@chart_argument()
@click.option(
    "--env", "environment", required=True, metavar="ENV", shell_complete=complete_environments
)
@click.option("--reason", required=True, help="Why it may move again; it goes into the commit.")
@pull_request_option
@dry_run_option
@json_option
@repo_option
@click.pass_context
def unhold(
    ctx: click.Context,
    *,
    chart: str,
    environment: str,
    reason: str,
    pull_request: bool,
    dry_run: bool,
    as_json: bool,
    repo: Path | None,
) -> None:
    """Lift the hold on CHART in ENV."""
    session: Session = ctx.obj
    output = Output(dry_run=dry_run, as_json=as_json, pull_request=pull_request, now=session.now)
    picture = session.committed(repo, finish=not dry_run)
    request = UnholdRequest(chart=chart, environment=environment, reason=reason)
    decision = decide_on_landed(
        picture, lambda seen: decide_unhold(seen.estate, request), [environment]
    )
    ctx.exit(carry_out(picture, decision, output, "unhold"))
