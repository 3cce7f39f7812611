"""`hmco freeze` and `hmco unfreeze`: nothing is promoted into an environment for some days."""

import click

from release.cli.changes import changing
from release.cli.options import environment_option
from release.cli.session import Session
from release.promotion.decision import Decision
from release.promotion.hold import decide_freeze, decide_unfreeze
from release.repository.picture import Picture


@click.command
@environment_option
@click.option("--reason", required=True, help="Why; recorded in the stack file.")
@click.option("--until", required=True, metavar="DAY", help="The last day (YYYY-MM-DD), by UTC.")
@click.option("--from", "first", metavar="DAY", help="The first day; today by default.")
@changing(charts=False)
def freeze(
    session: Session,
    picture: Picture,
    *,
    environment: str,
    reason: str,
    until: str,
    first: str | None,
) -> Decision:
    """Stop promotions into ENV until a day is over. Rollbacks still go through."""
    return decide_freeze(picture.estate, environment, (first, until), reason, session.now)


@click.command
@environment_option
@click.option("--reason", required=True, help="Why promotions may go on; it goes into the commit.")
@changing(charts=False)
def unfreeze(_session: Session, picture: Picture, *, environment: str, reason: str) -> Decision:
    """Lift every freeze of ENV."""
    return decide_unfreeze(picture.estate, environment, reason)
