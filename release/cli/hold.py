"""`hmco hold` and `hmco unhold`: nothing moves a chart until somebody says why it may."""

import click

from release.cli.changes import changing
from release.cli.hub import asker
from release.cli.options import by_option, chart_argument, environment_option, until_option
from release.cli.session import Session
from release.promotion.decision import Decision
from release.promotion.gather import author_of
from release.promotion.hold import HoldRequest, decide_hold, decide_unhold
from release.repository.picture import Picture


@click.command
@chart_argument()
@environment_option
@click.option("--reason", required=True, help="Why; recorded in the stack file.")
@by_option
@until_option
@click.option("--update", is_flag=True, help="Replace the hold that is there.")
@changing(pull_request=True, charts=False)
def hold(
    session: Session,
    picture: Picture,
    *,
    chart: str,
    environment: str,
    reason: str,
    by: str | None,
    until: str | None,
    update: bool,
) -> Decision:
    """Let nothing but a rollback move CHART in ENV."""
    request = HoldRequest(
        chart=chart,
        environment=environment,
        reason=reason,
        by=by or asker() or author_of(picture),
        until=until,
        update=update,
    )
    return decide_hold(picture.estate, request, session.now)


@click.command
@chart_argument()
@environment_option
@click.option("--reason", required=True, help="Why it may move again; it goes into the commit.")
@changing(pull_request=True, charts=False)
def unhold(
    _session: Session, picture: Picture, *, chart: str, environment: str, reason: str
) -> Decision:
    """Lift the hold on CHART in ENV."""
    return decide_unhold(picture.estate, chart, environment, reason)
