"""What a move does to the cluster, in one line, for whoever asks."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from release.cli.rendering import open_renderer
from release.promotion.decision import Action, Decision
from release.promotion.status import PlaceStatus
from release.repository.picture import Picture

if TYPE_CHECKING:
    from release.plan.step import Steps

_BY_TWO: Final = 2
"""Approvals from which on an environment is one whose reviewers want to know: the same bits?"""
_TO_KNOW: Final = "--plan tells what it changes, and whether it is what its source ran, bit by bit"


def with_plan_lines(picture: Picture, decision: Decision, *, ask: bool) -> Decision:
    """Return the decision with remarks on what its moves do to the cluster if somebody asks.

    A promotion into an environment that two people approve then also says whether it is what the
    source ran, bit by bit, and otherwise how to know.
    """
    action = decision
    if not isinstance(action, Action) or action.done_already or not action.environment:
        return decision
    if ask:
        steps = _steps(picture)
        said = [
            f"{each.chart}: {line}" if action.parts else line
            for each in action.each
            for line in _lines(picture, steps, each)
        ]
    else:
        said = [_TO_KNOW] if any(_by_two(picture, each) for each in action.each) else []
    return action._replace(remarks=(*action.remarks, *dict.fromkeys(said)))


def place_lines(picture: Picture, places: list[PlaceStatus]) -> Iterator[str]:
    """Yield a line for each place that is behind a source: what promoting it would do."""
    steps = _steps(picture)
    settings = {place.name: place.settings for place in picture.environments}
    for place in places:
        behind = [r.source for r in place.relations if r.standing.value == "behind"]
        for source in behind[:1] if place.pinned else ():
            after = settings[source].versions[place.chart]
            told = steps.line(place.chart, place.environment, place.runs, after)
            yield f"{place.chart} to {place.environment}: {told}"


def _lines(picture: Picture, steps: "Steps", action: Action) -> Iterator[str]:
    if action.before is None or action.after is None or not action.environment:
        return
    yield steps.line(action.chart, action.environment, action.before, action.after)
    if action.source and _by_two(picture, action):
        yield steps.verdict(action.chart, action.source, action.environment)


def _by_two(picture: Picture, action: Action) -> bool:
    """Tell whether it promotes a pin into an environment that two people approve."""
    if action.command != "promote" or not (action.environment and action.source and action.before):
        return False
    target = picture.estate.environments[action.environment].settings
    return target.approvals.count >= _BY_TWO


def _steps(picture: Picture) -> "Steps":
    from release.plan.step import Steps  # noqa: PLC0415 -- who renders waits for it anyway

    return Steps(picture, open_renderer())
