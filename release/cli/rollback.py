"""`hmco rollback`: back to a version the environment ran before, held there."""

from functools import partial

import click

from release.cli.changes import changing
from release.cli.hub import asker
from release.cli.options import (
    absent_if_empty,
    by_option,
    chart_argument,
    complete_versions,
    environment_option,
    until_option,
)
from release.cli.session import Session
from release.promotion.decision import Decision
from release.promotion.gather import author_of, facts_of_rollback
from release.promotion.hold import HoldRequest
from release.promotion.rollback import decide_rollback
from release.repository.picture import Picture
from release.versions import typed_version


@click.command
@chart_argument()
@environment_option
@click.option(
    "--to",
    "version",
    callback=absent_if_empty,
    metavar="VERSION",
    shell_complete=complete_versions,
    help="The version to go back to; the last good one by default.",
)
@click.option("--reason", callback=absent_if_empty, help="Why; recorded in the hold.")
@by_option
@until_option
@changing(pull_request=True, plan=True)
def rollback(
    session: Session,
    picture: Picture,
    *,
    chart: str,
    environment: str,
    version: str | None,
    reason: str | None,
    by: str | None,
    until: str | None,
) -> Decision:
    """Pin CHART in ENV to an earlier version and hold it there. No freeze or soak blocks this.

    By default it goes to the last version that ENV ran and that was not rolled back itself.
    """
    request = HoldRequest(
        chart=chart,
        environment=environment,
        reason=reason or "",
        by=by or asker() or author_of(picture),
        until=until,
    )
    asked = version and typed_version(version)
    gather = partial(facts_of_rollback, picture, chart, environment)
    return decide_rollback(picture.estate, request, asked, gather, session.now)
