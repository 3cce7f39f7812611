"""`hmco promote`: what a source runs becomes the pin of the target, in one line."""

from functools import partial

import click

from release.cli.changes import changing
from release.cli.options import (
    absent_if_empty,
    chart_argument,
    complete_environments,
    complete_versions_or_charts,
    note_option,
    parsed_notes,
)
from release.cli.session import Session
from release.promotion.decision import Decision, Refusal
from release.promotion.gather import facts_of_promotion
from release.promotion.promote import decide_promote
from release.promotion.route import PromoteRequest, sources_named
from release.promotion.several import decide_together, requests_of
from release.promotion.trunk import decide_on_landed
from release.repository.picture import Picture


@click.command
@chart_argument()
@click.argument(
    "version",
    nargs=-1,
    metavar="[major|minor|patch|VERSION | CHART[@VERSION]...]",
    shell_complete=complete_versions_or_charts,
)
@click.option(
    "--to",
    "--env",
    "target",
    required=True,
    metavar="ENV",
    shell_complete=complete_environments,
    help="Where it goes.",
)
@click.option(
    "--from",
    "source",
    metavar="ENV",
    shell_complete=complete_environments,
    help="Where it comes from; by default the only environment that it may come from.",
)
@click.option(
    "--again",
    callback=absent_if_empty,
    metavar="REASON",
    help="Why a VERSION that ENV was rolled back from is good after all.",
)
@note_option
@changing(pull_request=True, plan=True, cuts=True)
def promote(
    session: Session,
    picture: Picture,
    *,
    chart: str,
    version: tuple[str, ...],
    target: str,
    source: str | None,
    again: str | None,
    note: tuple[str, ...],
) -> Decision:
    """Promote into ENV the version of CHART that its source environment runs.

    Where the source follows a branch and runs what no version holds yet, name the version that it
    becomes (major, minor, patch or an exact one): it is cut in the same change. Several charts,
    each as CHART or CHART@VERSION, move in one change, all or none.
    """
    base = PromoteRequest(chart, target, None, source, parsed_notes(note), again)
    requests = requests_of(picture.registry, (chart, *version), base)
    if isinstance(requests, Refusal):
        return requests

    def decide(seen: Picture) -> Decision:
        gather = partial(facts_of_promotion, seen)
        return decide_together(
            requests, lambda each: decide_promote(seen.estate, each, gather, session.now)
        )

    places = {target, *((source,) if source else sources_named(picture.estate, target))}
    return decide_on_landed(picture, decide, places)
