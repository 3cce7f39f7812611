"""The step that counts approvals."""

import click

from release.cli.hub import hub_of
from release.cli.output import say
from release.cli.session import Session
from release.estate import Estate
from release.github.approvalcount import Review, approvers, is_rollback, objection, requesters
from release.github.hub.client import field
from release.settings.stackfile import environment_of


@click.command
@click.option("--number", required=True, help="The pull request; empty in the merge queue.")
@click.pass_obj
def approvals(session: Session, *, number: str) -> int:
    """Fail unless a promotion is approved by enough people who did not start it.

    What is asked for is what the stack files say that it changes; any other pull request passes.
    """
    if not number:
        say("the merge queue takes what was approved before")
        return 0
    if not number.isascii() or not number.isdigit():
        raise click.UsageError("--number must be the number of a pull request")
    picture = session.committed()
    hub = hub_of(picture.estate)
    commits = list(hub.every(f"/pulls/{number}/commits"))
    messages = [field(each, "commit.message", str) for each in commits]
    started = requesters(messages)
    if not started or is_rollback(messages):
        what = "a rollback waits for nobody" if started else "no workflow started this"
        say(f"{what}, so GitHub's own rules suffice")
        return 0
    pull = hub.get(f"/pulls/{number}")
    reviews = [
        Review(field(each, "user.login", str), field(each, "state", str))
        for each in hub.every(f"/pulls/{number}/reviews")
        if each.get("user")
    ]
    files = [field(each, "filename", str) for each in hub.every(f"/pulls/{number}/files")]
    counts = _counts(picture.estate, files)
    who = approvers(reviews, field(pull, "user.login", str), started)
    why = objection(counts, who, started)
    say(why or (f"approved by {', '.join(who)}" if who else "no approval is needed"))
    return int(bool(why))


def _counts(estate: Estate, files: list[str]) -> dict[str, int]:
    """Return the approvals that each environment needs whose stack file is changed."""
    names = {environment_of(path.rpartition("/")[2]) for path in files}
    return {
        name: place.settings.approvals.count
        for name, place in estate.environments.items()
        if name in names
    }
