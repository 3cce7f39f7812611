"""Everything that the environments of one state run, rendered."""

from dataclasses import replace
from pathlib import Path

from release.plan.sides import Side
from release.plan.states import States
from release.rendering.helmreleases import Release, Releases
from release.rendering.renderedobjects import Rendering, Unknown
from release.rendering.renderer import Renderer, Wanted
from release.repository.picture import Picture


def deployed(picture: Picture, renderer: Renderer, folder: Path) -> Releases:
    """Return every release of the work tree; `folder` is a place for what is made on the way."""
    return releases_of(States(picture, folder).side(None), renderer)


def releases_of(side: Side, renderer: Renderer) -> Releases:
    """Return every release of a side, each rendered or told why not."""
    running = tuple(side.applications({}))
    coming = [
        replace(item, root=side.root, wanted=None)
        for item in running
        if item.root != side.root and item.request and side.holds(item.request.path)
    ]
    ready = (*running, *coming)
    sources = [side.prepared(item, renderer) for item in ready]
    outcomes = renderer.render([source for source in sources if isinstance(source, Wanted)])
    releases = []
    for index, (item, source) in enumerate(zip(ready, sources, strict=True)):
        outcome: Rendering | Unknown = (
            outcomes[source.name] if isinstance(source, Wanted) else source
        )
        version = item.request.cluster.version if item.request else "1.0.0"
        releases.append(
            Release(
                environment=item.environment,
                chart=item.chart,
                application=item.application,
                outcome=outcome,
                cluster_version=version,
                runs=index < len(running),
                own_tree=item.root == side.root,
            )
        )
    return Releases(tuple(releases), renderer.helm is not None)
