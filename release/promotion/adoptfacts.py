"""What Git says of what runs, for the first tags of a repository that is adopted."""

from collections.abc import Iterable, Iterator, Mapping

from release.promotion.adopt import Running
from release.repository.chartchanges import folders_at
from release.repository.charttree import CHART_FILE
from release.repository.git.errors import HistoryIncompleteError
from release.repository.git.log import landings
from release.repository.git.objects import resolve
from release.repository.picture import Picture
from release.repository.releases import statements

Place = tuple[str, str]
"""Chart and environment."""


def running_of(picture: Picture, commits: Mapping[Place, str]) -> Iterator[Running]:
    """Yield what the commits that environments run hold of their charts."""
    clone = picture.charts.clone
    found = resolve(clone.repository, {f"{commit}^{{commit}}" for commit in commits.values()})
    known = {place: commit for place, commit in commits.items() if found[f"{commit}^{{commit}}"]}
    folders = {place: picture.folder_of(place[0]) for place in known}
    trees = folders_at(
        clone.repository, [(commit, folders[place]) for place, commit in known.items()]
    )
    said = statements(
        clone,
        {place: f"{commit}:{folders[place]}/{CHART_FILE}" for place, commit in known.items()},
    )
    for (chart, environment), commit in commits.items():
        place = (chart, environment)
        stated = said.get(place)
        yield Running(
            chart=chart,
            environment=environment,
            commit=commit,
            known=place in known,
            version=stated.version if stated and stated.name == chart else None,
            folder=trees[commit, folders[place]] if place in known else None,
        )


def assumed_commits(picture: Picture) -> dict[Place, str]:
    """Return for each pin the landing on the trunk by which Chart.yaml came to state its version.

    That is what a pin can mean where nobody says what runs: the version as it was cut. Raises
    HistoryIncompleteError in a shallow clone, whose first commit seems to have made everything.
    """
    clone = picture.charts.clone
    if clone.repository.shallow_boundary:
        raise HistoryIncompleteError("which commit cut a version is unknown")
    pins = list(_pins(picture))
    folders = {chart: picture.folder_of(chart) for chart, _, _ in pins}
    touched: dict[str, list[str]] = {chart: [] for chart in folders}
    for landing in landings(clone.repository, clone.trunk.commit, *folders.values()):
        for chart, folder in folders.items():
            if any(change.path.startswith(f"{folder}/") for change in landing.changes):
                touched[chart].append(landing.commit)
    names = {
        (chart, commit): f"{commit}:{folders[chart]}/{CHART_FILE}"
        for chart, commits in touched.items()
        for commit in commits
    }
    said = statements(clone, names)
    assumed = {}
    for chart, environment, version in pins:
        for commit in reversed(touched[chart]):
            stated = said[chart, commit]
            if stated and (stated.name, stated.version) == (chart, version):
                assumed[chart, environment] = commit
                break
    return assumed


def present_tags(picture: Picture) -> dict[str, dict[str, str | None]]:
    """Return the id of each chart's folder at its version tags; None where that holds no chart."""
    charts = tuple(picture.registry.by_name)
    tags = picture.charts.clone.tags_of(charts)
    places = {
        (chart, version): (tag.commit, picture.folder_of(chart))
        for chart in charts
        for version, tag in tags.get(chart, {}).items()
        if tag.commit is not None
    }
    trees = folders_at(picture.charts.clone.repository, places.values())
    found: dict[str, dict[str, str | None]] = {
        chart: dict.fromkeys(tags.get(chart, ())) for chart in charts
    }
    for (chart, version), place in places.items():
        found[chart][version] = trees[place]
    return found


def _pins(picture: Picture) -> Iterable[tuple[str, str, str]]:
    for place in picture.estate.environments.values():
        for chart, version in place.settings.versions.items():
            if not place.settings.follows_branch(chart):
                yield chart, place.name, version
