"""The charts of a checkout, found by one walk and read only when somebody asks for a file.

A checkout is not trusted: no symlink is followed out of it, and whatever cannot be read as a chart
becomes a fault that `hmco check` tells, never a crash.
"""

import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Final

from release.charts import changelog, chart_yaml
from release.charts.changelog import Changelog
from release.charts.chart_yaml import ChartYaml
from release.charts.record import Chart, Registry, SubChart

CHART_FILE: Final = "Chart.yaml"
LOCK_FILE: Final = "Chart.lock"
CHANGELOG_FILE: Final = "CHANGELOG.md"
LARGEST_TEXT: Final = 5 * 1024 * 1024
"""Helm itself refuses a chart file above this size (chart.loader, MaxDecompressedFileSize)."""

_CONFLICT: Final = re.compile(r"^(?:<<<<<<< |>>>>>>> )", re.MULTILINE)
_VALUES: Final = re.compile(r"(?:values[^/]*|values/.+|.+-values)\.ya?ml")


class FaultKind(StrEnum):
    """Why a path of the checkout cannot be used."""

    NO_FOLDER = "no-folder"
    UNREADABLE = "unreadable"
    LINK_OUT = "link-out"
    LINKED_FOLDER = "linked-folder"
    TOO_LARGE = "too-large"
    NO_TEXT = "no-text"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True, order=True)
class TreeFault:
    """One path that cannot be used; `line` counts from 1, 0 where no line can be named."""

    path: str
    line: int
    kind: FaultKind
    message: str


@dataclass(frozen=True, eq=False)
class ChartFolder:
    """A folder that holds a Chart.yaml; `path` is relative to the repository, as Git writes it.

    `record` is what the registry says of it, `parent` the path of the chart whose `charts/` folder
    holds it, `files` are relative to the folder and leave out those of the charts inside it.
    """

    tree: "ChartTree"
    path: str
    record: Chart | SubChart | None
    parent: str | None
    files: tuple[str, ...]

    @property
    def name(self) -> str:
        """The folder's own name."""
        return self.path.rpartition("/")[2]

    def path_of(self, file: str) -> str:
        """Return the path of one of its files from the root of the repository."""
        return f"{self.path}/{file}"

    def text(self, file: str) -> str | None:
        """Return the text of one of its files, or None if it is missing or cannot be used."""
        return self.tree.text(self.path_of(file))

    def has(self, file: str) -> bool:
        """Tell whether the folder holds that file, be it readable or not."""
        return file in self._names or self.path_of(file) in self.tree.edits

    @cached_property
    def chart_yaml(self) -> ChartYaml | None:
        """What Chart.yaml says, or None if it cannot be read at all."""
        text = self.text(CHART_FILE)
        return None if text is None else chart_yaml.parse(text)

    @cached_property
    def changelog(self) -> Changelog | None:
        """The parsed changelog, or None if there is none that can be read."""
        text = self.text(CHANGELOG_FILE)
        return None if text is None else changelog.parse(text)

    @property
    def value_files(self) -> tuple[str, ...]:
        """The files that are values by their name or folder, in order."""
        return tuple(file for file in self.files if _VALUES.fullmatch(file))

    @property
    def manifests(self) -> tuple[str, ...]:
        """The files that Helm renders or applies as they are: templates and CRDs, in order."""
        return tuple(
            file
            for file in self.files
            if file.startswith(("templates/", "crds/")) and file.endswith((".yaml", ".yml"))
        )

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(self.files)


@dataclass(frozen=True, eq=False)
class ChartTree:
    """Every chart folder of a checkout by path, and the faults of the walk itself.

    `edits` are texts by path that count instead of what stands on disk, so that the outcome of a
    command can be judged before it is written. `plain` are the paths that the walk saw to be
    regular files reached through no symlink.
    """

    repository: Path
    charts: str
    edits: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    folders: Mapping[str, ChartFolder] = field(default_factory=dict)
    walk_faults: tuple[TreeFault, ...] = ()
    plain: frozenset[str] = frozenset()
    _read: dict[str, str | TreeFault] = field(default_factory=dict)

    def text(self, path: str) -> str | None:
        """Return the text of a file of the repository, or None if it cannot be used."""
        found = self._found(path)
        return found if isinstance(found, str) else None

    def fault(self, path: str) -> TreeFault | None:
        """Return why the file cannot be used; None if it can, or if it does not exist."""
        found = self._found(path)
        return found if isinstance(found, TreeFault) else None

    def sub_folders(self, folder: ChartFolder) -> Iterator[ChartFolder]:
        """Yield the charts in the folder's `charts/`, and theirs, in order of path."""
        prefix = f"{folder.path}/charts/"
        for path in self._paths_below.get(folder.path, ()):
            if path.startswith(prefix):
                yield self.folders[path]

    @cached_property
    def _paths_below(self) -> Mapping[str, tuple[str, ...]]:
        below: dict[str, list[str]] = {}
        for path, folder in self.folders.items():
            ancestor = folder.parent
            while ancestor is not None:
                below.setdefault(ancestor, []).append(path)
                ancestor = self.folders[ancestor].parent if ancestor in self.folders else None
        return {path: tuple(paths) for path, paths in below.items()}

    def _found(self, path: str) -> str | TreeFault | None:
        if path in self.edits:
            return self.edits[path]
        if path not in self._read:
            found = _read_text(self.repository, path, plain=path in self.plain)
            if found is None:
                return None
            self._read[path] = found
        return self._read[path]


def read_chart_tree(
    registry: Registry,
    repository: Path,
    charts: str,
    edits: Mapping[str, str] = MappingProxyType({}),
) -> ChartTree:
    """Walk the folder `charts` of a checkout once and return its charts; never raises for it."""
    records: tuple[Chart | SubChart, ...] = (*registry.charts, *registry.sub_charts)
    known = {registry.path_of(record.name, charts): record for record in records}
    walk = _Walk(repository, known)
    root = repository / charts
    if not os.path.realpath(root).startswith(os.path.realpath(repository) + os.sep):
        walk.fault(charts, FaultKind.LINK_OUT, "leads out of the repository; it is not read")
    else:
        walk.enter(charts, None)
    faults = tuple(sorted(walk.faults))
    tree = ChartTree(repository, charts, edits, {}, faults, frozenset(walk.plain))
    folders = {
        path: ChartFolder(tree, path, known.get(path), parent, tuple(sorted(files)))
        for path, (parent, files) in sorted(walk.found.items())
    }
    object.__setattr__(tree, "folders", MappingProxyType(folders))
    return tree


class _Walk:
    """One pass over the folders, keeping for each chart its parent and its files."""

    def __init__(self, repository: Path, known: Mapping[str, object]) -> None:
        self.root = str(repository)
        self.known = known
        self.found: dict[str, tuple[str | None, list[str]]] = {}
        self.plain: list[str] = []
        self.faults: list[TreeFault] = []

    def enter(self, path: str, owner: str | None) -> None:
        """Walk one folder; `owner` is the chart that it is part of."""
        try:
            with os.scandir(f"{self.root}/{path}") as entries:
                listing = sorted(entries, key=lambda entry: entry.name)
        except NotADirectoryError:
            self.fault(path, FaultKind.NO_FOLDER, "is a file where a folder is expected")
            return
        except FileNotFoundError:
            return
        except OSError as error:
            self.fault(path, FaultKind.UNREADABLE, f"cannot be listed: {error.strerror}")
            return
        if any(entry.name == CHART_FILE for entry in listing):
            parent = owner if owner and path.startswith(f"{owner}/charts/") else None
            self.found[path] = (parent, [])
            owner = path
        for entry in listing:
            self._entry(entry, f"{path}/{entry.name}", owner)

    def _entry(self, entry: os.DirEntry[str], path: str, owner: str | None) -> None:
        if entry.is_symlink():
            self._link(path, owner)
        elif entry.is_dir(follow_symlinks=False):
            if entry.name != ".git":
                self.enter(path, owner)
        elif not entry.is_file(follow_symlinks=False):
            self.fault(path, FaultKind.UNREADABLE, "is no regular file (a pipe, socket or device)")
        elif path in self.known:
            self.fault(path, FaultKind.NO_FOLDER, "is a file where the chart's folder is expected")
        elif owner is not None:
            self.plain.append(path)
            self.found[owner][1].append(path[len(owner) + 1 :])

    def _link(self, path: str, owner: str | None) -> None:
        target = os.path.realpath(f"{self.root}/{path}")
        if not target.startswith(os.path.realpath(self.root) + os.sep):
            self.fault(path, FaultKind.LINK_OUT, "is a symlink out of the repository; not read")
        elif Path(target).is_dir():
            self.fault(path, FaultKind.LINKED_FOLDER, "is a symlink to a folder; not entered")
        elif owner is not None:
            self.found[owner][1].append(path[len(owner) + 1 :])

    def fault(self, path: str, kind: FaultKind, message: str) -> None:
        """Keep one fault of a whole path."""
        self.faults.append(TreeFault(path, 0, kind, message))


def _read_text(repository: Path, path: str, *, plain: bool) -> str | TreeFault | None:
    place = f"{repository}/{path}"
    if not plain:
        place = os.path.realpath(place)
        if not place.startswith(os.path.realpath(repository) + os.sep):
            return TreeFault(path, 0, FaultKind.LINK_OUT, "is reached through a symlink; not read")
    try:
        # Without NONBLOCK a pipe would hold us for ever; NOFOLLOW, as the walk is over by now.
        handle = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as file:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode):
                return TreeFault(path, 0, FaultKind.UNREADABLE, "is no regular file")
            if status.st_size > LARGEST_TEXT:
                size = status.st_size / 1024 / 1024
                message = f"has {size:.1f} MiB; Helm refuses files above 5 MiB"
                return TreeFault(path, 0, FaultKind.TOO_LARGE, message)
            data = file.read()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        # ValueError: a path with a zero byte, which only a manifest's text can name.
        return TreeFault(path, 0, FaultKind.UNREADABLE, f"cannot be read: {error}")
    return _decoded(path, data)


def _decoded(path: str, data: bytes) -> str | TreeFault:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return TreeFault(path, line, FaultKind.NO_TEXT, "is no UTF-8 text")
    if "\0" in text:
        return TreeFault(path, 0, FaultKind.NO_TEXT, "holds a zero byte; it is no text")
    conflict = _CONFLICT.search(text) if "<<<<<<<" in text or ">>>>>>>" in text else None
    if conflict:
        line = text.count("\n", 0, conflict.start()) + 1
        return TreeFault(path, line, FaultKind.CONFLICT, "holds the markers of an unfinished merge")
    return text
