"""Adopting a repository: the first tags, proposed from what the environments run."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from release.argocd.running import Application
from release.estate import Environment, Estate
from release.promotion.decision import Reason
from release.versions import is_version, tag_of


class Running(NamedTuple):
    """What one environment runs of one chart.

    `known` tells whether this clone has the commit. `version` and `folder` are what Chart.yaml
    states there and the id of the chart's folder, None where the commit holds no such chart.
    """

    chart: str
    environment: str
    commit: str
    known: bool
    version: str | None
    folder: str | None


@dataclass(slots=True)
class FirstTag:
    """A tag to make: the version is on this commit, and these environments run what it holds."""

    chart: str
    version: str
    commit: str
    environments: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The tag's name."""
        return tag_of(self.chart, self.version)


def propose_tags(
    estate: Estate,
    running: Iterable[Running],
    present: Mapping[str, Mapping[str, str | None]],
    git: str = "git",
) -> tuple[list[FirstTag], list[Reason]]:
    """Return the tags that let every pin name what runs, and what somebody has to settle first.

    `present` has the id of the chart's folder at each version's tag that is there, `git` is how
    advice calls it for the checkout of the charts.

    Where two environments run different content under one version, the later one in promotion
    order keeps it: what production runs is not renamed.
    """
    by_place = {(item.chart, item.environment): item for item in running}
    tags: list[FirstTag] = []
    unsettled: list[Reason] = []
    for chart in estate.registry.charts:
        holding = _Holding(chart.name, present.get(chart.name, {}), git)
        for place in reversed([*estate.environments.values()]):
            if place.settings.pin(chart.name) is not None:
                unsettled += holding.take(place, by_place.get((chart.name, place.name)))
        tags += holding.fresh.values()
    return tags, unsettled


def other_applications(
    found: Mapping[tuple[str, str], Application], registry: str
) -> Iterator[Reason]:
    """Yield where the Applications that are there differ from ours, by chart and environment.

    `registry` is the path of its file.
    """
    for (chart, environment), there in found.items():
        ours = f"{chart}-{environment}"
        if there.name != ours:
            yield Reason(
                "other-name",
                f"{there.name} deploys {chart} in {environment}, where ours is {ours}",
                "two must not own one release; before the first sync take it out and leave its "
                f"workload: argocd app delete {there.name} --cascade=false",
            )
        if there.differs:
            yield Reason(
                "values-differ",
                f"{environment} runs {chart} otherwise than its record says: "
                f"{', '.join(there.differs)}",
                "write what runs into value_files and parameters of its record in "
                f"{registry}, what stands in the Application into a value file "
                "(releases are called after the chart: fullnameOverride keeps other names); else "
                "the first sync changes it",
            )


class _Holding:
    """The versions of one chart as they are given out, and who has the content of each."""

    def __init__(self, chart: str, present: Mapping[str, str | None], git: str) -> None:
        self.chart = chart
        self.git = git
        self.fresh: dict[str, FirstTag] = {}
        self._folders = dict(present)
        self._owners = {version: f"the tag {tag_of(chart, version)}" for version in present}

    def take(self, place: Environment, item: Running | None) -> Iterator[Reason]:
        """Give the environment's content its version, or yield why it has none."""
        chart, name = self.chart, place.name
        if item is None:
            yield Reason(
                "not-known",
                f"nothing says which commit of {chart} runs in {name}",
                f"look at it in Argo CD: argocd app history {chart}-{name}",
            )
            return
        short = item.commit[:10]
        if not item.known:
            yield Reason(
                "not-fetched",
                f"{name} runs {chart} of {short}, which is not in this clone",
                f"fetch it: {self.git} fetch origin {item.commit}",
            )
            return
        version = item.version
        if version is None or not is_version(version):
            said = f"says version {version!a}" if version else f"holds no chart {chart}"
            yield Reason(
                "no-version",
                f"{name} runs {chart} of {short}, which {said}",
                f"cut what it is to run as a version first: hmco cut {chart} 1.0.0",
            )
            return
        yield from self._give(place, item, version)

    def _give(self, place: Environment, item: Running, version: str) -> Iterator[Reason]:
        chart, name, commit = self.chart, place.name, item.commit
        if version not in self._owners:
            self._owners[version], self._folders[version] = f"what {name} runs", item.folder
            self.fresh[version] = FirstTag(chart, version, commit)
        if self._folders[version] != item.folder:
            yield Reason(
                "version-twice",
                f"{name} runs {chart} of {commit[:10]}, which says {version} and differs from "
                f"{self._owners[version]}",
                f"cut it as a version of its own and pin that: hmco cut {chart} patch",
            )
            return
        if version in self.fresh:
            self.fresh[version].environments.append(name)
        pin = place.settings.versions[chart]
        if pin != version:
            yield Reason(
                "pin-differs",
                f"{name} runs {chart} {version}, and {place.stack_file.name} pins {pin}",
                f"write what runs: `{chart}: {version}`; a promotion moves it from there",
            )
