"""The charts of a work tree or revision, listed once and read only when somebody asks for a file.

Whatever cannot be read as a chart becomes a fault that `hmco check` reports, never a crash.
"""

import re
from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from release.charts import changelog, chart_yaml
from release.charts.changelog import Changelog
from release.charts.chart_yaml import ChartYaml
from release.charts.record import Chart, Registry, SubChart
from release.repository.files import Files, Listing, TreeFault

CHART_FILE: Final = "Chart.yaml"
LOCK_FILE: Final = "Chart.lock"
REQUIREMENTS_FILE: Final = "requirements.yaml"
"""Where a chart of `apiVersion: v1` lists its dependencies, locked by requirements.lock."""
CHANGELOG_FILE: Final = "CHANGELOG.md"

_UNRENDERED: Final = re.compile(r"(?:/_[^/]*|NOTES\.txt)$")
_VALUES: Final = re.compile(r"(?:values[^/]*|values/.+|.+-values)\.ya?ml")


@dataclass(frozen=True, eq=False)
class ChartFolder:
    """A folder that holds a Chart.yaml; `path` is relative to the repository, as Git writes it.

    `record` is what the registry says of it, `parent` the chart whose `charts/` folder holds it.
    `files` are relative to the folder and leave out those of the charts inside it; `sub_folders`
    are the charts in its own `charts/`, and theirs, in order of path.
    """

    tree: "ChartTree"
    path: str
    record: Chart | SubChart | None
    parent: "ChartFolder | None"
    files: tuple[str, ...]
    sub_folders: "list[ChartFolder]" = field(default_factory=list)

    @property
    def name(self) -> str:
        """The folder's own name."""
        return self.path.rpartition("/")[2]

    @cached_property
    def owner(self) -> str:
        """The registered chart that it belongs to, itself or the nearest above; "" for none."""
        if self.record is not None:
            return self.record.name
        return self.parent.owner if self.parent else ""

    @property
    def top(self) -> "ChartFolder":
        """The chart that Helm loads with it: the outermost one around it, or itself."""
        return self.parent.top if self.parent else self

    def path_of(self, file: str) -> str:
        """Return the path of one of its files from the root of the repository."""
        return f"{self.path}/{file}"

    def text(self, file: str) -> str | None:
        """Return the text of one of its files, or None if it is missing or cannot be used."""
        return self.tree.source.text(self.path_of(file))

    def has(self, file: str) -> bool:
        """Tell whether the folder holds that file, whether it is readable or not."""
        return file in self._names

    @cached_property
    def chart_yaml(self) -> ChartYaml:
        """What Chart.yaml says: nothing if it cannot be read at all."""
        text = self.text(CHART_FILE)
        return ChartYaml() if text is None else chart_yaml.parse(text)

    @cached_property
    def changelog(self) -> Changelog | None:
        """The parsed changelog, or None if there is none that can be read."""
        text = self.text(CHANGELOG_FILE)
        return None if text is None else changelog.parse(text)

    @property
    def value_files(self) -> tuple[str, ...]:
        """The files that are values by their name or folder, in order."""
        return tuple(file for file in self.files if _VALUES.fullmatch(file))

    @cached_property
    def manifests(self) -> tuple[str, ...]:
        """The files that Helm renders or applies as they are: templates and CRDs, in order.

        Those that begin with an underscore hold definitions alone.
        """
        return tuple(
            file
            for file in self.files
            if (file.startswith("crds/") and file.lower().endswith((".yaml", ".yml", ".json")))
            or (file.startswith("templates/") and not _UNRENDERED.search(file))
        )

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(self.files)


@dataclass(frozen=True, eq=False)
class ChartTree:
    """Every chart folder by path, and the faults of the listing itself."""

    source: Files
    listing_faults: tuple[TreeFault, ...]
    folders: dict[str, ChartFolder] = field(default_factory=dict)

    @cached_property
    def known(self) -> frozenset[str]:
        """Every file of the repository that Git does not ignore, and so reaches Argo CD."""
        return frozenset(self.source.paths)

    def fault(self, path: str) -> TreeFault | None:
        """Return why the file cannot be used; None if it can, or if it does not exist."""
        found = self.source.read(path)
        return found if isinstance(found, TreeFault) else None


def read_chart_tree(
    registry: Registry, source: Files, charts: str, only: Iterable[str] | None = None
) -> ChartTree:
    """Return the charts below the folder `charts`; what is wrong there becomes its faults.

    Of all that lies there only what is in the folders of these charts, where they are named.
    """
    records: tuple[Chart | SubChart, ...] = (*registry.charts, *registry.sub_charts)
    known = {registry.path_of(record.name, charts): record for record in records}
    listing = source.below(charts) if only is None else Listing()
    for chart in sorted(only or ()):
        listing.add(source.below(registry.path_of(chart, charts)))
    names = (*listing.files, *listing.folders, *(fault.path for fault in listing.faults))
    homes = {path.rpartition("/")[0] for path in names if path.rpartition("/")[2] == CHART_FILE}
    files: dict[str, list[str]] = {home: [] for home in homes}
    for path in listing.files:
        owner = _chart_above(homes, path)
        if path in known:
            listing.fault(path, "is a file where the chart's folder belongs")
        elif owner is not None:
            files[owner].append(path[len(owner) + 1 :])
    tree = ChartTree(source, tuple(sorted(listing.faults)))
    for home, within in sorted(files.items()):
        above = _chart_above(homes, home)
        parent = tree.folders[above] if above and home.startswith(f"{above}/charts/") else None
        folder = ChartFolder(tree, home, known.get(home), parent, tuple(sorted(within)))
        tree.folders[home] = folder
        while parent is not None:
            parent.sub_folders.append(folder)
            parent = parent.parent
    return tree


def _chart_above(homes: Container[str], path: str) -> str | None:
    """Return the nearest of these folders that a path lies in."""
    while path := path.rpartition("/")[0]:
        if path in homes:
            return path
    return None
