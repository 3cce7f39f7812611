"""Everything the rules judge, gathered once, and where in it a rule is broken."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from release.argocd.manifests import ApplicationRow, application_row
from release.charts.chart_yaml import ChartYaml
from release.charts.record import Chart, Registry
from release.estate import Environment
from release.repository.charttree import CHART_FILE, ChartFolder, ChartTree
from release.repository.files import TreeFault
from release.repository.picture import REGISTRY_FILE, Picture
from release.repository.releases import Releases
from release.rules.argomanifests import ArgoManifest, argo_manifests, texts_of
from release.rules.baseline import BASELINE_FILE
from release.rules.rule import Breach, Need, Severity

if TYPE_CHECKING:
    from release.github.livesettings import Difference
    from release.promotion.judge import Fault
    from release.rendering.helmreleases import Releases as Rendered


@dataclass(frozen=True, eq=False)
class Facts:
    """One picture of the repository, and the day on which it is judged."""

    picture: Picture
    today: date
    faults: "tuple[Fault, ...] | None" = None
    """What the steps from a base revision did wrong; None where no base was named."""
    rendered: "Rendered | None" = None
    """What every environment runs, rendered; None where nobody asked for it."""
    live: "tuple[Difference, ...] | None" = None
    """How GitHub differs from what the stack files want; None where nobody asked GitHub."""

    @property
    def registry(self) -> Registry:
        """The registry's records."""
        return self.picture.registry

    @property
    def tree(self) -> ChartTree:
        """The charts and their files."""
        return self.picture.tree

    @property
    def environments(self) -> tuple[Environment, ...]:
        """Every environment, sources before their targets; none where the settings are refused."""
        return self.picture.environments

    @cached_property
    def git(self) -> Releases:
        """What Git says of released versions."""
        return Releases(self.picture)

    @cached_property
    def argo_texts(self) -> tuple[tuple[str, str], ...]:
        """Path and text of the files that may hold Argo CD's objects, but for our own."""
        return tuple(texts_of(self.picture))

    @cached_property
    def manifests(self) -> tuple[ArgoManifest, ...]:
        """The Argo CD objects in the checkout's files, without those we rendered."""
        found = (argo_manifests(path, text) for path, text in self.argo_texts)
        return tuple(item for each in found for item in each)

    def lacks(self, need: Need) -> bool:
        """Tell whether no rule can be given that here."""
        if need is Need.ESTATE:
            return self.picture.usable_estate is None
        if need is Need.HELM:
            return self.rendered is not None and not self.rendered.helm
        return bool(self.git.incomplete if need is Need.GIT else self.git.unread)

    @property
    def baseline_path(self) -> str:
        """The path of the baseline from the root of the repository, whether it exists or not."""
        return self.picture.stack_path(BASELINE_FILE)

    @cached_property
    def baseline(self) -> str | TreeFault | None:
        """The baseline, or why it cannot be read; None where none was taken."""
        return self.picture.stacks.read(self.baseline_path)

    @cached_property
    def deployments(self) -> tuple[tuple[Environment, str, str], ...]:
        """Each environment with each chart that it deploys and what it pins there."""
        return tuple(
            (environment, chart, version)
            for environment in self.environments
            for chart, version in environment.settings.versions.items()
            if self.picture.shows(chart)
        )

    @cached_property
    def applications(self) -> tuple[tuple[Environment, ApplicationRow], ...]:
        """Each Application that the stacks make, with its environment."""
        charts = self.registry.by_name
        return tuple(
            (each, application_row(each, charts[name])) for each, name, _ in self.deployments
        )

    def charts_of(self, environment: Environment) -> list[Chart]:
        """Return the records of the charts that an environment deploys."""
        return [self.registry.by_name[name] for name in environment.settings.versions]

    def running(self, chart: str) -> tuple[Environment, ...]:
        """Return the environments that deploy the chart, in promotion order."""
        return self._running.get(chart, ())

    @cached_property
    def _running(self) -> Mapping[str, tuple[Environment, ...]]:
        found: dict[str, tuple[Environment, ...]] = {}
        for each in self.environments:
            for chart in each.settings.versions:
                found[chart] = (*found.get(chart, ()), each)
        return found

    @cached_property
    def registered(self) -> tuple[tuple[str, ChartFolder, ChartYaml], ...]:
        """Name, folder and Chart.yaml of every registered chart."""
        folders = self.tree.folders.values()
        return tuple((f.record.name, f, f.chart_yaml) for f in folders if f.record)

    @cached_property
    def deployed(self) -> tuple[ChartFolder, ...]:
        """The folder of every chart that Helm renders for a registered one."""
        return tuple(folder for folder in self.tree.folders.values() if folder.owner)

    @cached_property
    def top_level(self) -> tuple[tuple[Chart, ChartFolder], ...]:
        """Record and folder of every registered top-level chart that exists."""
        found = ((chart, self.folder_of(chart.name)) for chart in self.registry.charts)
        return tuple((chart, folder) for chart, folder in found if folder)

    def folder_of(self, name: str) -> ChartFolder | None:
        """Return the folder of a registered chart or sub-chart, or None if it does not exist."""
        return self.tree.folders.get(self.picture.folder_of(name))

    @cached_property
    def registry_lines(self) -> Mapping[str, int]:
        """The first line of the registry that names each chart."""
        lines: dict[str, int] = {}
        for number, line in enumerate(self.picture.registry_text.splitlines(), 1):
            match = re.search(r'\bname="([^"]+)"', line)
            if match:
                lines.setdefault(match[1], number)
        return lines


def in_chart(  # noqa: PLR0913 -- a place and what is told of it
    folder: ChartFolder,
    file: str,
    what: str,
    *,
    line: int = 0,
    fix: str = "",
    severity: Severity | None = None,
    environment: str = "",
) -> Breach:
    """Return a breach in a file of a chart's folder."""
    return Breach(
        file=folder.path_of(file),
        line=line,
        what=what,
        fix=fix,
        chart=folder.owner,
        environment=environment,
        severity=severity,
    )


def at_field(folder: ChartFolder, field: str, what: str, *, fix: str = "") -> Breach:
    """Return a breach at a field of a chart's Chart.yaml."""
    line = folder.chart_yaml.lines.get(field, 0)
    return in_chart(folder, CHART_FILE, what, line=line, fix=fix)


def at_record(facts: Facts, chart: str, what: str) -> Breach:
    """Return a breach at a chart's record in the registry."""
    line = facts.registry_lines.get(chart, 0)
    return Breach(file=facts.picture.stack_path(REGISTRY_FILE), line=line, what=what, chart=chart)


def at_setting(  # noqa: PLR0913 -- as above
    facts: Facts,
    environment: Environment,
    path: tuple[str | int, ...],
    what: str,
    *,
    chart: str = "",
    fix: str = "",
    severity: Severity | None = None,
) -> Breach:
    """Return a breach at a setting of an environment's stack file."""
    return Breach(
        file=facts.picture.stack_path(environment.stack_file.name),
        line=environment.stack_file.line(*path),
        what=what,
        fix=fix,
        chart=chart,
        environment=environment.name,
        severity=severity,
    )


def at_pin(  # noqa: PLR0913 -- as above
    facts: Facts,
    environment: Environment,
    chart: str,
    what: str,
    *,
    severity: Severity | None = None,
    fix: str = "",
) -> Breach:
    """Return a breach at the line that says which version of a chart runs in an environment."""
    path = ("versions", chart)
    return at_setting(facts, environment, path, what, chart=chart, fix=fix, severity=severity)
