"""One step of one chart in one environment, in one line for a person who decides."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from release.plan.between import same_bits
from release.plan.bumps import ChartChange, bump_verdict
from release.plan.change import ApplicationChange, Revision, object_changes, objects_of
from release.plan.compare import chart_value_keys, contexts_of
from release.plan.flags import judged
from release.plan.program import Objects, own_objects
from release.plan.sides import Side
from release.plan.told import number, summary
from release.rendering.chartfiles import GitTree
from release.rendering.objects import Rendering, Unknown
from release.rendering.renderer import Renderer, Wanted
from release.rendering.request import RequestError, request_of
from release.repository.git.errors import GitError
from release.repository.picture import Picture
from release.versions import is_version, parse_version


@dataclass
class Steps:
    """Tells steps of one picture's charts; trees and objects are made once for all of them."""

    picture: Picture
    renderer: Renderer
    _trees: dict[str, GitTree] = field(default_factory=dict)
    _objects: Objects | None = None

    def line(self, chart: str, environment: str, before: str, after: str) -> str:
        """Return what the step does, in one sentence; what is unknown is said to be."""
        try:
            change = self._change(chart, environment, before, after)
        except (GitError, RequestError) as error:
            return f"unknown: {error}"
        told = summary(change)
        if change.bump and change.bump.too_small:
            told += f", number {number(change)}"
        return f"{told}; details: hmco plan"

    def verdict(self, chart: str, source: str, target: str) -> str:
        """Return whether the target will get what the source ran, in one sentence."""
        head = self.picture.charts.commit or ""
        clone = self.picture.charts.clone
        side = Side("HEAD", self._made(), self._tree(head), head, clone, self._trees)
        return same_bits(side, self.renderer, chart, source, target, coming=True).sentence

    def _change(self, chart: str, environment: str, before: str, after: str) -> ApplicationChange:
        made = self._made()
        application: Mapping[str, Any] = made.applications[environment][f"{chart}-{environment}"]
        request = request_of(application, made.clusters[environment])
        trees = [self._tree(self._root(chart, version)) for version in (before, after)]
        sources = [self.renderer.prepare(tree, request) for tree in trees]
        outcomes = self.renderer.render([s for s in sources if isinstance(s, Wanted)])
        old, new = (outcomes[s.name] if isinstance(s, Wanted) else s for s in sources)
        pair = (old, new)
        unknown = tuple(item for item in pair if isinstance(item, Unknown))
        failures = tuple(i.failure for i in pair if isinstance(i, Rendering) and i.failure)
        objects, alike = object_changes(objects_of(old), objects_of(new))
        change = ApplicationChange(
            environment, chart, f"{chart}-{environment}",
            Revision(before, before), Revision(after, after),
            objects=() if unknown or failures else objects,
            alike=alike, unknown=unknown, failures=failures,
            spec_before=application["spec"], spec_after=application["spec"],
        )  # fmt: skip  # one line for each kind of fact
        (change,) = judged({"it": change}, contexts_of(self.picture.registry)).values()
        if unknown or failures or not _is_up(before, after):
            return change
        keys = [chart_value_keys(tree, request.path) for tree in trees]
        total = ChartChange(change.objects, change.flags, keys[0] - keys[1], keys[1] - keys[0])
        return replace(change, bump=bump_verdict(before, after, total))

    def _made(self) -> Objects:
        if self._objects is None:
            self._objects = own_objects(self.picture.registry, self.picture.estate)
        return self._objects

    def _root(self, chart: str, version: str) -> str:
        """Return the commit of a version; one that has no tag yet, or a branch, is HEAD."""
        tag = self.picture.charts.clone.tags_of([chart])[chart].get(version)
        return (tag.commit if tag else None) or self.picture.charts.commit or ""

    def _tree(self, root: str) -> GitTree:
        if root not in self._trees:
            self._trees[root] = GitTree.of(self.picture.charts.clone.repository, root)
        return self._trees[root]


def _is_up(before: str, after: str) -> bool:
    if not (is_version(before) and is_version(after)):
        return False
    return bool(parse_version(before) < parse_version(after))
