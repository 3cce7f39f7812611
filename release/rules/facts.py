"""Everything the rules judge, gathered once: registry, stack files, charts and what Git says."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from types import MappingProxyType
from typing import Final

from release.charts.record import Chart, Registry
from release.estate import Environment, Estate
from release.repository.charttree import ChartFolder, ChartTree
from release.rules.argomanifests import ArgoManifest
from release.rules.model import Need
from release.rules.released import Released
from release.settings.problems import Problem

REGISTRY_FILE: Final = "release/registry.py"


@dataclass(frozen=True, eq=False, kw_only=True)
class Facts:
    """What one checkout says; `estate` is None if its stack files are refused.

    `program` is the folder of the stack files relative to the repository, "" for its root. `git`
    is None outside a Git checkout, `setting_problems` say why there is no estate.
    """

    registry: Registry
    tree: ChartTree
    today: date
    program: str = ""
    estate: Estate | None = None
    setting_problems: tuple[Problem, ...] = ()
    git: Released | None = None
    manifests: tuple[ArgoManifest, ...] = ()
    registry_text: str = ""

    @property
    def lacking(self) -> frozenset[Need]:
        """What no rule can be given here."""
        lacking = set[Need]()
        if self.estate is None:
            lacking.add(Need.ESTATE)
        if self.git is None or self.git.incomplete:
            lacking.add(Need.GIT)
        return frozenset(lacking)

    @property
    def environments(self) -> tuple[Environment, ...]:
        """Every environment, sources before their targets; none where the settings are refused."""
        return tuple(self.estate.environments.values()) if self.estate else ()

    def running(self, chart: str) -> tuple[Environment, ...]:
        """Return the environments that deploy the chart, in promotion order."""
        return tuple(each for each in self.environments if chart in each.settings.versions)

    @property
    def registered(self) -> Iterator[tuple[str, ChartFolder]]:
        """Yield name and folder of every registered chart and sub-chart that exists."""
        for folder in self.tree.folders.values():
            if folder.record is not None:
                yield folder.record.name, folder

    @property
    def top_level(self) -> Iterator[tuple[Chart, ChartFolder]]:
        """Yield record and folder of every registered top-level chart that exists."""
        for chart in self.registry.charts:
            folder = self.folder_of(chart.name)
            if folder is not None:
                yield chart, folder

    def folder_of(self, name: str) -> ChartFolder | None:
        """Return the folder of a registered chart or sub-chart, or None if it does not exist."""
        return self.tree.folders.get(self.registry.path_of(name, self.tree.charts))

    def stack_path(self, name: str) -> str:
        """Return the path of a stack file (by its file name) from the root of the repository."""
        return f"{self.program}/{name}" if self.program else name

    @property
    def registry_path(self) -> str:
        """The path of the registry from the root of the repository."""
        return self.stack_path(REGISTRY_FILE)

    def registry_line(self, name: str) -> int:
        """Return the line of the registry that names this chart, 0 where there is none."""
        return self._registry_lines.get(name, 0)

    @cached_property
    def _registry_lines(self) -> Mapping[str, int]:
        lines: dict[str, int] = {}
        for number, line in enumerate(self.registry_text.splitlines(), 1):
            match = re.search(r'\bname="([^"]+)"', line)
            if match:
                lines.setdefault(match[1], number)
        return MappingProxyType(lines)

    def owner_of(self, folder: ChartFolder) -> str:
        """Return the registered chart that a folder belongs to: itself or its nearest ancestor."""
        nearest: ChartFolder | None = folder
        while nearest is not None and nearest.record is None:
            nearest = self.tree.folders.get(nearest.parent) if nearest.parent else None
        return nearest.record.name if nearest is not None and nearest.record else ""
