"""`hmco freeze` and `hmco unfreeze`: nothing is promoted into an environment for some days."""

from pathlib import Path

import click

from release.cli.changes import Output, carry_out
from release.cli.options import (
    complete_environments,
    dry_run_option,
    json_option,
    repo_option,
)
from release.cli.session import Session
from release.promotion.freeze import FreezeRequest, decide_freeze, decide_unfreeze
from release.promotion.trunk import decide_on_landed


@click.command
@click.option(
    "--env", "environment", required=True, metavar="ENV", shell_complete=complete_environments
)
@click.option("--reason", required=True, help="Why; it stands in the stack file.")
@click.option("--until", required=True, metavar="DAY", help="The last day (YYYY-MM-DD), by UTC.")
@click.option("--from", "first", metavar="DAY", help="The first day; today by default.")
@dry_run_option
@json_option
@repo_option
@click.pass_context
def freeze(
    ctx: click.Context,
    *,
    environment: str,
    reason: str,
    until: str,
    first: str | None,
    dry_run: bool,
    as_json: bool,
    repo: Path | None,
) -> None:
    """Let nothing be promoted into ENV until a day. Rollbacks still go through."""
    session: Session = ctx.obj
    picture = session.committed(repo, finish=not dry_run)
    request = FreezeRequest(environment=environment, until=until, reason=reason, first=first)
    decision = decide_on_landed(
        picture, lambda seen: decide_freeze(seen.estate, request, session.now), [environment]
    )
    output = Output(dry_run=dry_run, as_json=as_json, now=session.now)
    ctx.exit(carry_out(picture, decision, output, "freeze"))


@click.command
@click.option(
    "--env", "environment", required=True, metavar="ENV", shell_complete=complete_environments
)
@click.option("--reason", required=True, help="Why it may be promoted into again.")
@dry_run_option
@json_option
@repo_option
@click.pass_context
def unfreeze(
    ctx: click.Context,
    *,
    environment: str,
    reason: str,
    dry_run: bool,
    as_json: bool,
    repo: Path | None,
) -> None:
    """Lift the freezes of ENV; the reason goes into the commit."""
    session: Session = ctx.obj
    picture = session.committed(repo, finish=not dry_run)
    decision = decide_on_landed(
        picture, lambda seen: decide_unfreeze(seen.estate, environment, reason), [environment]
    )
    output = Output(dry_run=dry_run, as_json=as_json, now=session.now)
    ctx.exit(carry_out(picture, decision, output, "unfreeze"))
