"""`hmco cut`: a chart's next version, in Chart.yaml, its changelog and its parent's references."""

from functools import partial

import click

from release.cli.changes import changing
from release.cli.options import chart_argument, complete_versions, note_option, parsed_notes
from release.cli.session import Session
from release.promotion.cut import CutRequest, decide_cut
from release.promotion.decision import Decision
from release.promotion.gather import facts_of_cut
from release.promotion.trunk import decide_on_landed_chart
from release.repository.picture import Picture
from release.versions import typed_version


@click.command
@chart_argument(sub_charts=True)
@click.argument("version", metavar="(major|minor|patch|VERSION)", shell_complete=complete_versions)
@note_option
@changing(cuts=True)
def cut(
    session: Session, picture: Picture, *, chart: str, version: str, note: tuple[str, ...]
) -> Decision:
    """Make CHART's next version: Chart.yaml, changelog section, link reference.

    The changelog's Unreleased section becomes the section of the version; where it says nothing,
    the notes do (--note), or else the commits that touched the chart since its last tag. Cutting a
    sub-chart changes its parent's dependency and lock as well. A number that promises less than
    the change does is refused unless --accept-bump says why.
    """
    request = CutRequest(chart, typed_version(version), parsed_notes(note))

    def decide(picture: Picture) -> Decision:
        gather = partial(facts_of_cut, picture, chart)
        return decide_cut(session.registry, request, gather, session.now)

    return decide_on_landed_chart(picture, decide, chart)
