"""One step of one chart from version to version, in the environments that run it."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property

from release.plan.applications import Objects, own_objects
from release.plan.between import same_bits
from release.plan.change import ApplicationChange, BumpVerdict, Revision, with_outcomes
from release.plan.compare import chart_value_keys, data_kinds
from release.plan.flagcatalogue import judged
from release.plan.leastbump import ChartChange, bump_verdict
from release.plan.sides import Side
from release.plan.told import number, summary
from release.rendering.chartfiles import GitTree
from release.rendering.renderer import Renderer
from release.rendering.request import RequestError, request_of
from release.repository.git.errors import GitError
from release.repository.picture import Picture
from release.versions import lower


@dataclass
class Steps:
    """Judges steps of one picture's charts; trees and objects are made once for all of them.

    A version that has no tag yet, and a branch, is what HEAD holds.
    """

    picture: Picture
    renderer: Renderer
    _trees: dict[str, GitTree] = field(default_factory=dict)

    def line(self, chart: str, environment: str, before: str, after: str) -> str:
        """Return what the step does there, in one sentence; what is unknown is said to be."""
        try:
            (change,) = self.changes(chart, [environment], before, after)
            verdict = self.number(chart, [change], before, after)
        except (GitError, RequestError) as error:
            return f"unknown: {error}"
        small = verdict is not None and verdict.too_small
        told = f", number {number(replace(change, bump=verdict))}" if small else ""
        return f"{summary(change)}{told}; details: hmco plan"

    def verdict(self, chart: str, source: str, target: str) -> str:
        """Return whether the target will get what the source ran, in one sentence."""
        head = self.picture.charts.commit or ""
        clone = self.picture.charts.clone
        side = Side("HEAD", self._made, self._tree(head), head, clone, self._trees)
        return same_bits(side, self.renderer, chart, source, target, coming=True).sentence

    def changes(
        self, chart: str, environments: Iterable[str], before: str, after: str
    ) -> list[ApplicationChange]:
        """Return what the step changes in each environment, with its risk flags."""
        made = self._made
        trees = [self._tree(self._root(chart, version)) for version in (before, after)]
        specs, sources = {}, {}
        for environment in environments:
            application = made.applications[environment][f"{chart}-{environment}"]
            request = request_of(application, made.clusters[environment])
            specs[environment] = application["spec"]
            sources[environment] = [self.renderer.prepare(tree, request) for tree in trees]
        outcomes = iter(self.renderer.render([item for pair in sources.values() for item in pair]))
        found = {
            environment: with_outcomes(
                ApplicationChange(
                    environment=environment,
                    chart=chart,
                    application=f"{chart}-{environment}",
                    before=Revision(before, before),
                    after=Revision(after, after),
                    spec_before=spec,
                    spec_after=spec,
                ),
                next(outcomes),
                next(outcomes),
            )
            for environment, spec in specs.items()
        }
        return list(judged(found, data_kinds(self.picture.registry)).values())

    def number(
        self, chart: str, changes: Iterable[ApplicationChange], before: str, after: str
    ) -> BumpVerdict | None:
        """Return what the changes make of the number; None where the step does not go up.

        Of changes that are unknown nothing but the keys of values.yaml counts.
        """
        if not lower(before, after):
            return None
        changes = [change for change in changes if not (change.unknown or change.failures)]
        path = self.picture.folder_of(chart)
        old, new = (
            chart_value_keys(self._tree(self._root(chart, version)), path)
            for version in (before, after)
        )
        total = ChartChange(
            objects=tuple(item for change in changes for item in change.objects),
            flags=tuple(item for change in changes for item in change.flags),
            keys_removed=old - new,
            keys_added=new - old,
        )
        return bump_verdict(before, after, total)

    def tagged(self, chart: str, version: str) -> bool:
        """Tell whether the version's tag is here."""
        tag = self.picture.charts.clone.tags_of(chart).get(version)
        return tag is not None and tag.commit is not None

    @cached_property
    def _made(self) -> Objects:
        return own_objects(self.picture.registry, self.picture.estate)

    def _root(self, chart: str, version: str) -> str:
        tag = self.picture.charts.clone.tags_of(chart).get(version)
        return (tag.commit if tag else None) or self.picture.charts.commit or ""

    def _tree(self, root: str) -> GitTree:
        if root not in self._trees:
            self._trees[root] = GitTree.of(self.picture.charts.clone.repository, root)
        return self._trees[root]
