"""What Git says of what runs, for the first tags of a repository that is adopted."""

from collections.abc import Iterator, Mapping

from release.promotion.adopt import Running
from release.repository.charttree import CHART_FILE
from release.repository.git.errors import HistoryIncompleteError
from release.repository.git.objects import ABSENT
from release.repository.picture import Picture
from release.repository.releases import cut_commits, statements

Place = tuple[str, str]
"""Chart and environment."""


def running_of(picture: Picture, commits: Mapping[Place, str]) -> Iterator[Running]:
    """Yield what the commits that environments run hold of their charts."""
    clone = picture.charts.clone
    found = clone.named(f"{commit}^{{commit}}" for commit in commits.values())
    known = {place: commit for place, commit in commits.items() if found[f"{commit}^{{commit}}"]}
    folders = {place: picture.folder_of(place[0]) for place in known}
    trees = clone.trees((commit, folders[place]) for place, commit in known.items())
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
    """Return for each pin its tag's commit, else where Chart.yaml came to state it on the trunk.

    That is what a pin can mean where nobody says what runs: the version as it was cut. Raises
    HistoryIncompleteError in a shallow clone, whose first commit seems to have made everything.
    """
    clone = picture.charts.clone
    if clone.repository.shallow_boundary:
        raise HistoryIncompleteError("which commit cut a version is unknown", clone.repository.git)
    cut = cut_commits(picture, *picture.registry.by_name)
    tagged = {
        (chart, version): tag.commit
        for chart in picture.registry.by_name
        for version, tag in clone.tags_of(chart).items()
        if tag.commit
    }
    assumed = {**cut, **tagged}
    return {
        (chart, place.name): assumed[chart, version]
        for place in picture.environments
        for chart, version in place.settings.pins.items()
        if (chart, version) in assumed
    }


def present_tags(picture: Picture) -> dict[str, dict[str, str | None]]:
    """Return the id of each chart's folder at its version tags; None where that holds no chart."""
    clone = picture.charts.clone
    places = {
        (chart, version): (tag.commit or ABSENT, picture.folder_of(chart))
        for chart in picture.registry.by_name
        for version, tag in clone.tags_of(chart).items()
    }
    trees = clone.trees(places.values())
    found: dict[str, dict[str, str | None]] = {}
    for (chart, version), place in places.items():
        found.setdefault(chart, {})[version] = trees[place]
    return found
