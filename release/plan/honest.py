"""The honest number of a version that is about to be cut, from what it renders to."""

from release.plan.change import ApplicationChange
from release.plan.step import Steps
from release.promotion.honesty import Honesty
from release.rendering.renderer import Renderer
from release.rendering.request import RequestError
from release.repository.picture import Picture


def honesty_of(
    picture: Picture, renderer: Renderer, chart: str, before: str, after: str
) -> Honesty | None:
    """Return what the step from a released version to HEAD makes of the number `after`.

    None where `before` has no tag here to compare with. A sub-chart is judged by its values alone:
    its objects are its parent's.
    """
    steps = Steps(picture, renderer)
    if not steps.tagged(chart, before):
        return None
    changes: list[ApplicationChange] = []
    unjudged = ""
    running = [place.name for place in picture.environments if chart in place.settings.versions]
    try:
        changes = steps.changes(chart, running, before, after)
    except RequestError as error:
        unjudged = str(error)
    for change in changes:
        if change.unknown:
            unjudged = f"{change.unknown[0].reason} ({change.unknown[0].command})"
        elif change.failures:
            side, _, failure = change.failures[0].partition(": ")
            unjudged = f"in {change.environment} it does not render {side} the cut: {failure}"
    verdict = steps.number(chart, changes, before, after)
    if verdict is None:
        return None
    return Honesty(
        before, verdict.honest, verdict.made, verdict.too_small, verdict.reasons, unjudged
    )
