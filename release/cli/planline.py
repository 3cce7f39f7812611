"""What a move does to the cluster, in one line, for a person who asks for it."""

from collections.abc import Iterator
from dataclasses import replace

from release.cli.rendering import open_renderer
from release.plan.step import Steps
from release.promotion.plan import Decision, Plan
from release.promotion.status import PlaceStatus
from release.repository.picture import Picture

_BY_TWO = 2
"""Approvals from which on an environment is one whose reviewers want to know: the same bits?"""


def with_line(picture: Picture, decision: Decision) -> Decision:
    """Return the decision with a remark on what its move does to the cluster.

    A promotion into an environment that two people approve also says whether it is what the source
    ran, bit by bit.
    """
    plan = decision
    if not isinstance(plan, Plan) or plan.done_already or not plan.environment:
        return decision
    steps = Steps(picture, open_renderer())
    said = [
        f"{each.chart}: {line}" if plan.parts else line
        for each in plan.each
        for line in _lines(picture, steps, each)
    ]
    return replace(plan, remarks=(*plan.remarks, *said))


def _lines(picture: Picture, steps: Steps, plan: Plan) -> Iterator[str]:
    if plan.before is None or plan.after is None or not plan.environment:
        return
    yield steps.line(plan.chart, plan.environment, plan.before, plan.after)
    target = picture.estate.environments[plan.environment].settings
    if plan.command == "promote" and plan.source and target.approvals.count >= _BY_TWO:
        yield steps.verdict(plan.chart, plan.source, plan.environment)


def lines_of(picture: Picture, places: list[PlaceStatus]) -> list[str]:
    """Return a line for each place that is behind a source: what promoting it would do."""
    steps = Steps(picture, open_renderer())
    settings = {place.name: place.settings for place in picture.environments}
    lines = []
    for place in places:
        behind = [r.source for r in place.relations if r.standing.value == "behind"]
        for source in behind[:1] if place.pinned else ():
            after = settings[source].versions[place.chart]
            told = steps.line(place.chart, place.environment, place.runs, after)
            lines.append(f"{place.chart} to {place.environment}: {told}")
    return lines
