"""Everything that the environments of one state run, rendered."""

from dataclasses import replace

from release.plan.sides import Side
from release.rendering.helmreleases import Release, Releases
from release.rendering.renderer import Renderer


def releases_of(side: Side, renderer: Renderer) -> Releases:
    """Return every release of a side, each rendered or told why not."""
    running = tuple(side.applications({}))
    coming = [
        replace(item, root=side.root, wanted=None)
        for item in running
        if item.root != side.root and item.request and side.holds(item.request.path)
    ]
    ready = (*running, *coming)
    outcomes = renderer.render([side.prepared(item, renderer) for item in ready])
    releases = []
    for index, (item, outcome) in enumerate(zip(ready, outcomes, strict=True)):
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
