"""What a dependency leads to in the checkout, and whether a lock fixes it."""

import posixpath

from release.charts.chart_yaml import Dependency
from release.charts.lockfile import is_current, parse_lock
from release.repository.charttree import LOCK_FILE, ChartFolder
from release.text.errors import EditRefusedError


def local_folder(folder: ChartFolder, dependency: Dependency) -> str:
    """Return the path that a local dependency leads to."""
    return posixpath.normpath(posixpath.join(folder.path, dependency.folder))


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
