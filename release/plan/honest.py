"""The honest number of a version that is about to be cut, from what it renders to."""

from release.charts.record import Chart
from release.plan.bumps import ChartChange, bump_verdict
from release.plan.change import ApplicationChange, Revision, object_changes
from release.plan.compare import chart_value_keys, contexts_of
from release.plan.flags import judged
from release.plan.program import own_objects
from release.promotion.honesty import Honesty
from release.rendering.chartfiles import GitTree
from release.rendering.objects import Rendering, Unknown
from release.rendering.renderer import Renderer, Wanted
from release.rendering.request import Request, RequestError, request_of
from release.repository.picture import Picture

Roots = tuple[GitTree, GitTree]


def honesty_of(
    picture: Picture, renderer: Renderer, chart: str, before: str, after: str
) -> Honesty | None:
    """Return what the step from a released version to HEAD makes of the number `after`.

    None where `before` has no tag here to compare with.
    """
    clone = picture.charts.clone
    tag = clone.tags_of([chart])[chart].get(before)
    head = picture.charts.commit
    if tag is None or tag.commit is None or head is None:
        return None
    roots = tuple(GitTree.of(clone.repository, root) for root in (tag.commit, head))
    old, new = (chart_value_keys(tree, picture.folder_of(chart)) for tree in roots)
    record = picture.registry.by_name.get(chart)
    changes, unjudged = (
        _changes(picture, renderer, record, (roots[0], roots[1])) if record else ((), "")
    )
    total = ChartChange(
        objects=tuple(item for change in changes for item in change.objects),
        flags=tuple(item for change in changes for item in change.flags),
        keys_removed=old - new,
        keys_added=new - old,
    )
    verdict = bump_verdict(before, after, total)
    return Honesty(
        before, verdict.honest, verdict.made, verdict.too_small, verdict.reasons, unjudged
    )


def _changes(
    picture: Picture, renderer: Renderer, record: Chart, roots: Roots
) -> tuple[tuple[ApplicationChange, ...], str]:
    """Return what changes in each environment that runs the chart, or why nobody can tell."""
    objects = own_objects(picture.registry, picture.estate)
    requests: dict[str, Request] = {}
    for environment, applications in objects.applications.items():
        found = applications.get(f"{record.name}-{environment}")
        if found is not None:
            try:
                requests[environment] = request_of(found, objects.clusters[environment])
            except RequestError as error:
                return (), str(error)
    sources = {
        environment: tuple(renderer.prepare(tree, request) for tree in roots)
        for environment, request in requests.items()
    }
    wanted = [s for pair in sources.values() for s in pair if isinstance(s, Wanted)]
    outcomes = renderer.render(wanted)
    changes: dict[str, ApplicationChange] = {}
    for environment, pair in sources.items():
        made = [outcomes[s.name] if isinstance(s, Wanted) else s for s in pair]
        for outcome in made:
            if isinstance(outcome, Unknown):
                return (), f"{outcome.reason} ({outcome.command})"
            if outcome.failure:
                return (), f"in {environment} it does not render: {outcome.failure}"
        changes[environment] = _change(record.name, environment, made)
    return tuple(judged(changes, contexts_of(picture.registry)).values()), ""


def _change(chart: str, environment: str, made: "list[Rendering | Unknown]") -> ApplicationChange:
    before, after = (item.objects if isinstance(item, Rendering) else () for item in made)
    objects, alike = object_changes(before, after)
    revision = Revision("", "")
    return ApplicationChange(
        environment,
        chart,
        f"{chart}-{environment}",
        revision,
        revision,
        objects=objects,
        alike=alike,
    )
