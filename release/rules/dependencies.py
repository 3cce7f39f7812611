"""What a dependency leads to in the checkout, and whether a lock fixes it."""

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase

import semver

from release.charts.chart_yaml import Dependency
from release.charts.helm.bundle import Bundle
from release.charts.lockfile import is_current, parse_lock
from release.charts.ranges import RangeError, satisfies
from release.repository.bundles import ARCHIVE, LoadError, load, read_archive
from release.repository.charttree import LOCK_FILE, ChartFolder
from release.rules.facts import Facts
from release.text.errors import EditRefusedError


def local_folder(folder: ChartFolder, dependency: Dependency) -> str:
    """Return the path that a local dependency leads to."""
    return posixpath.normpath(posixpath.join(folder.path, dependency.folder))


def update_command(folder: ChartFolder) -> str:
    """Return the command that makes a chart's lock and archives anew.

    Helm packs the sub-charts that lie in charts/ as well, and would load both from then on.
    """
    command = f"helm dependency update {folder.path}"
    stated = folder.chart_yaml
    packed = {
        f"':/{folder.path}/charts/{each.name}-*{ARCHIVE}'"
        for each in (stated.dependencies if stated else ())
        if each.repository and local_folder(folder, each) == f"{folder.path}/charts/{each.name}"
    }
    return f"{command} && git clean --force -- {' '.join(sorted(packed))}" if packed else command


def sub_chart_version(folder: ChartFolder, dependency: Dependency) -> str | None:
    """Return the version of the sub-chart that a local dependency leads to, if it has one."""
    if not dependency.is_local:
        return None
    found = folder.tree.folders.get(local_folder(folder, dependency))
    stated = found.chart_yaml if found else None
    return stated.version if stated else None


def lock_fits(folder: ChartFolder) -> bool:
    """Tell whether Helm takes the versions of the folder's lock."""
    chart, text = folder.chart_yaml, folder.text(LOCK_FILE)
    if chart is None or text is None:
        return False
    try:
        return is_current(chart, text) and all(
            asked.takes(taken.version)
            for asked, taken in zip(chart.dependencies, parse_lock(text).dependencies, strict=True)
        )
    except (EditRefusedError, ValueError):
        return False  # lock-stale tells what is wrong with it


def locked_versions(folder: ChartFolder) -> tuple[str, ...]:
    """Return the versions of a lock that fits, in the order of the dependencies; else none."""
    text = folder.text(LOCK_FILE)
    if text is None or not lock_fits(folder):
        return ()
    return tuple(taken.version for taken in parse_lock(text).dependencies)


class Status(StrEnum):
    """What `charts/` holds of a dependency, in the words of `helm dependency list`."""

    OK = "ok"
    UNPACKED = "unpacked"
    MISSING = "missing"
    WRONG_VERSION = "wrong version"
    INVALID_VERSION = "invalid version"
    CORRUPT = "corrupt"
    MISNAMED = "misnamed"
    TOO_MANY = "too many matches"


@dataclass(frozen=True, slots=True)
class Vendored:
    """How a dependency is met in `charts/`, by which file or folder, and what that holds."""

    status: Status
    place: str = ""
    holds: str = ""


def loaded(facts: Facts) -> Iterator[tuple[ChartFolder, Bundle]]:
    """Yield folder and bundle of every chart that Helm loads from a folder to deploy it."""
    for _, top in facts.top_level:
        try:
            pending = [load(top)]
        except LoadError:
            continue  # chart-unloadable tells
        while pending:
            bundle = pending.pop()
            pending += bundle.charts
            folder = facts.tree.folders.get(bundle.origin)
            if folder is not None:
                yield folder, bundle


def vendored(folder: ChartFolder, bundle: Bundle, dependency: Dependency) -> Vendored:
    """Return what Helm finds in `charts/` of a dependency (pkg/action, dependencyStatus)."""
    archives = [
        file
        for file in folder.files
        if file.endswith(ARCHIVE) and file.count("/") == 1
        if fnmatchcase(file, f"charts/{dependency.name}-*{ARCHIVE}")
        if folder.path_of(file) in folder.tree.known
    ]
    if len(archives) > 1:
        start = len(f"charts/{dependency.name}-")
        archives = [
            file for file in archives if semver.Version.is_valid(file[start : -len(ARCHIVE)])
        ]
        if len(archives) > 1:
            return Vendored(Status.TOO_MANY, archives[0], ", ".join(archives))
    if archives:
        return _of_archive(folder, archives[0], dependency)
    found = [each for each in bundle.charts if each.name == dependency.name]
    if not found:
        return Vendored(Status.MISSING)
    place = found[-1].origin.removeprefix(f"{folder.path}/")
    status = _of_version(dependency, found[-1].version, Status.UNPACKED)
    return Vendored(status, place, found[-1].version)


def _of_archive(folder: ChartFolder, file: str, dependency: Dependency) -> Vendored:
    path = folder.path_of(file)
    try:
        chart = read_archive(path, folder.tree.data(path) or b"")
    except LoadError as error:
        return Vendored(Status.CORRUPT, file, error.reason)
    if chart.name != dependency.name:
        return Vendored(Status.MISNAMED, file, chart.name)
    status = _of_version(dependency, chart.version, Status.OK)
    return Vendored(status, file, chart.version)


def _of_version(dependency: Dependency, version: str, good: Status) -> Status:
    if version == dependency.version:
        return good
    try:
        return good if satisfies(dependency.version, version) else Status.WRONG_VERSION
    except RangeError:
        return Status.INVALID_VERSION
