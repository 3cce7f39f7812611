"""When chart folders changed, by which commits, and whether a release still is what it was."""

from pathlib import Path

import pytest

from demo.repository import EstateRepo
from release.promotion.gather import facts_of_cut
from release.repository.chartchanges import read_last_changes
from release.repository.clone import Clone
from release.repository.git.checkout import open_repository
from release.repository.git.errors import HistoryIncompleteError
from release.repository.git.refs import read_refs
from release.repository.picture import committed
from release.repository.workspace import find_workspace


def folders(estate: EstateRepo) -> dict[str, str]:
    names = (*estate.registry.by_name, *estate.registry.sub_by_name)
    return {name: estate.registry.path_of(name, estate.charts) for name in names}


def test_the_last_change_of_every_chart_is_what_git_log_says(estate_template: EstateRepo) -> None:
    charts = folders(estate_template)
    changes = read_last_changes(open_repository(estate_template.path), "main", charts)
    for chart, folder in charts.items():
        landing = changes[chart]
        expected = estate_template.git("log", "--first-parent", "-1", "--format=%H", "--", folder)
        assert landing.commit == expected


def test_a_change_of_a_sub_chart_changes_its_parent(estate: EstateRepo) -> None:
    with estate.story() as story:
        story.change("clickhouse")
    charts = folders(estate)
    changes = read_last_changes(open_repository(estate.path), "main", charts)
    head = estate.git("rev-parse", "HEAD")
    changed = {chart for chart, last in changes.items() if last.commit == head}
    assert changed == {"clickhouse", "data-platform"}


def test_a_chart_without_a_folder_has_no_change(estate_template: EstateRepo) -> None:
    repository = open_repository(estate_template.path)
    assert read_last_changes(repository, "main", {"x": "helm/charts/x"}) == {}
    assert read_last_changes(repository, "main", {}) == {}


def test_a_shallow_clone_does_not_date_what_it_cannot_see(
    estate: EstateRepo, tmp_path: Path
) -> None:
    with estate.story() as story:
        story.change("storage")
    shallow = estate.clone_to(tmp_path / "shallow", "--depth=2")
    repository, known = open_repository(shallow.path), folders(estate)
    storage = {"storage": known["storage"]}
    assert read_last_changes(repository, "origin/main", storage).keys() == {"storage"}
    with pytest.raises(HistoryIncompleteError, match="vault"):
        read_last_changes(repository, "origin/main", known)


def test_commits_since_a_tag_are_those_that_touched_the_chart(estate: EstateRepo) -> None:
    with estate.story() as story:
        story.change("vault")
        story.change("storage")
        story.promote("storage", "staging", "1.3.0-x")
    picture = committed(estate.registry, find_workspace(estate.program_path))
    assert [said.subject for said in facts_of_cut(picture, "storage").commits] == [
        f"fix(storage): tune settings (#{estate.next_request - 2})"
    ]


def test_a_released_folder_equals_its_tag_until_it_changes(estate: EstateRepo) -> None:
    repository = open_repository(estate.path)
    tags = read_refs(repository).tags
    places = [
        (str(tags[f"{name}-{version}"].commit), folder, name)
        for name, folder in folders(estate).items()
        for version in [estate_version(estate, name)]
    ]
    with estate.story() as story:
        story.change("storage")
    head = estate.git("rev-parse", "HEAD")
    trees = Clone(repository).trees(
        (commit, folder) for tagged, folder, _ in places for commit in (tagged, head)
    )
    moved = {
        name for tagged, folder, name in places if trees[tagged, folder] != trees[head, folder]
    }
    assert moved == {"storage"}
    assert None not in trees.values()


def estate_version(estate: EstateRepo, chart: str) -> str:
    with estate.story() as story:
        return story.version_of(chart)


def test_a_folder_that_is_a_file_or_missing_has_no_tree(estate_template: EstateRepo) -> None:
    head = estate_template.git("rev-parse", "HEAD")
    places = [(head, "README.md"), (head, "nowhere"), (head, "a\nb"), ("0" * 40, "helm")]
    found = Clone(open_repository(estate_template.path)).trees(places)
    assert found == dict.fromkeys(places)


def test_a_tag_off_the_branch_is_not_reached(estate: EstateRepo) -> None:
    repository = open_repository(estate.path)
    everything = set(read_refs(repository).tags)
    estate.git("checkout", "--quiet", "-b", "aside")
    estate.write("README.md", "aside\n")
    estate.commit("Aside")
    estate.git("tag", "storage-9.9.9")
    clone = Clone(repository)
    assert clone.tags_in("main") == everything
    assert clone.tags_in("aside") == everything | {"storage-9.9.9"}
    assert clone.tags_in("aside", "storage") - clone.tags_in("main", "storage") == {"storage-9.9.9"}
