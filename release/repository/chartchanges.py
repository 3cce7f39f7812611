"""When a chart's folder changed, by which commits, and what it held at a tag."""

import posixpath
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass

from release.repository.git.commits import Commit, read_commits
from release.repository.git.errors import HistoryIncompleteError
from release.repository.git.log import Landing, landings
from release.repository.git.objects import resolve
from release.repository.git.program import Repository


@dataclass(frozen=True)
class ChartChanges:
    """The last landing that changed each chart's folder."""

    landings: Mapping[str, Landing]
    unknown: frozenset[str]
    """Charts whose last change is older than a shallow clone reaches."""

    def last(self, chart: str) -> Landing | None:
        """Return the chart's last change on the branch, or None if it has no folder there.

        Raises HistoryIncompleteError if that is not in this clone.
        """
        if chart in self.unknown:
            raise HistoryIncompleteError(f"when {chart} last changed is unknown")
        return self.landings.get(chart)


def last_changes(
    repository: Repository, log: Iterable[Landing], folders: Mapping[str, str]
) -> ChartChanges:
    """Return the last change of every chart's folder (chart to path) from landings, newest first.

    What changes a sub-chart changes its parent. Reading ends as soon as all are found.
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
    unknown = {chart for chart, landing in found.items() if landing.commit in boundary}
    return ChartChanges(
        {chart: landing for chart, landing in found.items() if chart not in unknown},
        frozenset(unknown),
    )


def read_last_changes(
    repository: Repository, revision: str, folders: Mapping[str, str]
) -> ChartChanges:
    """Return the last change of every chart's folder on the branch of `revision`, by one call."""
    if not folders:
        return ChartChanges({}, frozenset())
    # Git tries every path on every file, so the one folder above all charts is much cheaper.
    above = posixpath.commonpath(folders.values()) or "."
    with closing(landings(repository, revision, above)) as log:
        return last_changes(repository, log, folders)


def commits_touching(
    repository: Repository, revision: str, folder: str, *, since: str | None = None
) -> tuple[Commit, ...]:
    """Return the commits up to `revision` that changed the folder, newest first, without merges.

    `since` is a commit, such as the last tag's, whose own history is left out.
    """
    excluded = (f"^{since}",) if since else ()
    output = repository.run(
        "rev-list", "--no-merges", "--end-of-options", revision, *excluded, "--", folder
    )
    commits = read_commits(repository, output.decode().split())
    return tuple(commits.values())


def folders_at(
    repository: Repository, places: Iterable[tuple[str, str]]
) -> Mapping[tuple[str, str], str | None]:
    """Return the tree id of each (commit, folder), None where there is no such folder.

    Equal ids mean equal content to the byte, so a released version's folder can be compared with
    the present one for all charts by one call.
    """
    asked = tuple(places)
    answers = resolve(repository, (f"{commit}:{folder}" for commit, folder in asked))
    trees: dict[tuple[str, str], str | None] = {}
    for commit, folder in asked:
        info = answers[f"{commit}:{folder}"]
        trees[commit, folder] = info.object_id if info and info.kind == "tree" else None
    return trees


def tags_reaching(repository: Repository, revision: str, *names: str) -> frozenset[str]:
    """Return the tags of these patterns whose commits the revision's history holds, by one call."""
    tags = (f"refs/tags/{name}" for name in names or ("*",))
    output = repository.run(
        "for-each-ref", "--format=%(refname:lstrip=2)", f"--merged={revision}", *tags
    )
    return frozenset(output.decode("utf-8", errors="surrogateescape").splitlines())


def _folders_above(path: str) -> Iterable[str]:
    position = path.find("/")
    while position >= 0:
        yield path[:position]
        position = path.find("/", position + 1)
