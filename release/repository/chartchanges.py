"""When a chart's folder last changed."""

import posixpath
from collections.abc import Iterable, Mapping
from contextlib import closing

from release.repository.git.checkout import Repository
from release.repository.git.errors import HistoryIncompleteError
from release.repository.git.log import Landing, landings


def last_changes(
    repository: Repository, log: Iterable[Landing], folders: Mapping[str, str]
) -> dict[str, Landing]:
    """Return the last change of each chart's folder (chart to path) from landings, newest first.

    What changes a sub-chart changes its parent. Reading ends as soon as all are found. Raises
    HistoryIncompleteError where one is older than this clone reaches.
    """
    charts = {folder: chart for chart, folder in folders.items()}
    found: dict[str, Landing] = {}
    for landing in log:
        for change in landing.changes:
            for folder in _folders_above(change.path):
                if folder in charts:
                    found.setdefault(charts[folder], landing)
        if len(found) == len(charts):
            break
    boundary = repository.shallow_boundary
    unknown = [chart for chart, landing in found.items() if landing.commit in boundary]
    if unknown:
        what = f"when {', '.join(sorted(unknown))} last changed is unknown"
        raise HistoryIncompleteError(what, repository.git)
    return found


def read_last_changes(
    repository: Repository, revision: str, folders: Mapping[str, str]
) -> dict[str, Landing]:
    """Return the last change of every chart's folder on the branch of `revision`, by one call."""
    if not folders:
        return {}
    # Git tries every path on every file, so the one folder above all charts is much cheaper.
    above = posixpath.commonpath(folders.values()) or "."
    with closing(landings(repository, revision, above)) as log:
        return last_changes(repository, log, folders)


def _folders_above(path: str) -> Iterable[str]:
    position = path.find("/")
    while position >= 0:
        yield path[:position]
        position = path.find("/", position + 1)
