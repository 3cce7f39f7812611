"""The estate that other tests stand on is what it says."""

from dataclasses import replace
from pathlib import Path

from bench.environments import six_environments
from bench.registries import estate_registry
from demo.builder import QUIET, build_estate
from demo.gitprogram import git
from demo.repository import EstateRepo
from release.charts import chart_yaml, lockfile
from release.estate import load_estate, read_stack_files
from release.repository.git.checkout import open_repository
from release.repository.git.refs import read_refs
from release.repository.pinhistory import read_pin_history
from release.versions import parse_version, tag_of


def test_equal_arguments_give_equal_commits(estate_template: EstateRepo, tmp_path: Path) -> None:
    again = build_estate(tmp_path / "again")
    everything = ("for-each-ref", "--format=%(refname) %(objectname)")
    assert again.git(*everything) == estate_template.git(*everything)


def test_git_finds_nothing_broken_or_dirty(estate_template: EstateRepo) -> None:
    assert estate_template.git("fsck", "--strict", "--no-dangling") == ""
    assert estate_template.git("status", "--porcelain") == ""


def test_the_settings_are_valid(estate_template: EstateRepo) -> None:
    files = read_stack_files(estate_template.program_path)
    loaded = load_estate(estate_template.registry, files)
    assert list(loaded.environments) == ["dev", "staging", "prod"]


def test_six_environments_in_a_folder_with_generated_charts_are_valid(tmp_path: Path) -> None:
    built = build_estate(
        tmp_path / "estate",
        charts=estate_registry(30),
        environments=tuple(replace(e, follows_branch=False) for e in six_environments()),
        commits=40,
        program="ops/release/",
    )
    loaded = load_estate(built.registry, read_stack_files(built.program_path))
    assert len(loaded.environments) == 6
    assert 30 < int(built.git("rev-list", "--first-parent", "--count", "HEAD")) <= 40


def test_every_pin_has_its_tag_and_every_lock_its_digest(estate_template: EstateRepo) -> None:
    tags = read_refs(open_repository(estate_template.path)).tags
    loaded = load_estate(estate_template.registry, read_stack_files(estate_template.program_path))
    for environment in loaded.environments.values():
        for chart, version in environment.settings.versions.items():
            if not environment.settings.follows_branch(chart):
                assert tag_of(chart, version) in tags
    locks = sorted(estate_template.path.glob("helm/charts/*/Chart.lock"))
    assert [lock.parent.name for lock in locks] == [
        "data-platform",
        "ml-platform",
        "monitoring",
        "vault",
    ]
    for lock in locks:
        stated = chart_yaml.parse(lock.with_name("Chart.yaml").read_text(encoding="utf-8"))
        found = lockfile.parse_lock(lock.read_text(encoding="utf-8"))
        assert found.digest == lockfile.digest(stated.dependencies, found.dependencies)


def test_no_promotion_came_before_its_source_or_before_the_soak_was_over(
    estate_template: EstateRepo,
) -> None:
    files = {spec.name: f"Pulumi.{spec.name}.yaml" for spec in estate_template.environments}
    history = read_pin_history(open_repository(estate_template.path), "main", files)
    loaded = load_estate(estate_template.registry, read_stack_files(estate_template.program_path))
    soak = loaded.environments["staging"].settings.soak_time
    promotions = 0
    for change in history.changes:
        if change.environment != "prod" or not change.before or not change.after:
            continue
        if parse_version(change.after) > parse_version(change.before):
            promotions += 1
            source = next(
                earlier
                for earlier in history.of("staging", change.chart)
                if earlier.after == change.after
            )
            assert change.landed_at - source.landed_at > soak
            assert change.hold_before is None
    assert promotions > 5
    assert history.changes[0].landed_at <= estate_template.until - QUIET


def test_the_history_knows_merges_squashes_rollbacks_and_both_kinds_of_tag(
    estate_template: EstateRepo,
) -> None:
    subjects = estate_template.git("log", "--first-parent", "--format=%s")
    for form in ("Merge pull request #", "Cut storage 1.1.0 (#", "rollback/", "Unhold "):
        assert form in subjects
    tags = read_refs(open_repository(estate_template.path)).tags.values()
    assert {tag.object_id == tag.commit for tag in tags} == {True, False}


def test_a_story_continues_the_history_and_the_checkout_follows(estate: EstateRepo) -> None:
    before = estate.git("rev-parse", "HEAD")
    with estate.story() as story:
        story.change("clickhouse")
        story.cut("clickhouse")
        story.hold("storage", "prod", "looking into it")
    assert estate.git("rev-parse", "HEAD~3") == before
    assert estate.git("status", "--porcelain") == ""
    assert "looking into it" in estate.stack_path("prod").read_text(encoding="utf-8")
    version = chart_yaml.parse((estate.chart_path("clickhouse") / "Chart.yaml").read_text()).version
    assert estate.git("rev-parse", f"clickhouse-{version}^{{commit}}") == estate.git(
        "rev-parse", "HEAD~1"
    )


def test_edits_and_commits_by_hand_land_on_the_branch(estate: EstateRepo) -> None:
    estate.edit("Pulumi.prod.yaml", "    vault: 1.0.0\n", "    vault: 1.1.0\n")
    commit = estate.commit("By hand")
    assert git(estate.path, "show", "--stat", "--format=%H", commit).count("Pulumi.prod.yaml") == 1
