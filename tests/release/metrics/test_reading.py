"""Timelines read from real histories: how a change was merged changes no number."""

from datetime import timedelta
from pathlib import Path

import pytest

from release.estate import Estate
from release.metrics.numbers import Metrics, Window, metrics
from release.metrics.reading import read_timeline
from release.metrics.timeline import Timeline
from release.repository.clone import Clone
from release.repository.git.checkout import open_repository
from release.repository.git.errors import HistoryIncompleteError
from tests.builders import chart, estate, registry
from tests.estate.scratch import START, Scratch

FILES = {"test": "Pulumi.test.yaml"}
WINDOW = Window(START, START + timedelta(days=400))


def stack(version: str) -> str:
    return f"config:\n  hmco:versions:\n    alpha: {version}\n  hmco:holds: {{}}\n"


def world() -> Estate:
    only = registry(chart("alpha")._replace(owner="sre"))
    return estate({"test": {"versions": "{alpha: 1.0.0}", "source.branch": "null"}}, charts=only)


def read(path: Path) -> Timeline:
    clone = Clone(open_repository(path))
    return read_timeline(world(), clone, clone, FILES)


def numbers(path: Path) -> Metrics:
    return metrics(read(path), WINDOW, lambda _: True)


def begun(path: Path) -> Scratch:
    scratch = Scratch(path)
    scratch.commit({"Pulumi.test.yaml": stack("1.0.0"), "helm/charts/alpha/values.yaml": "a: 1\n"})
    scratch.git("tag", "alpha-1.0.0")
    return scratch


def cut(scratch: Scratch, version: str) -> None:
    scratch.commit({"helm/charts/alpha/values.yaml": f"a: {version}\n"})
    scratch.git("tag", f"alpha-{version}")


def by_squash(scratch: Scratch, version: str) -> None:
    scratch.commit({"Pulumi.test.yaml": stack(version)})


def by_merge(scratch: Scratch, version: str) -> None:
    scratch.git("switch", "-q", "-c", f"to-{version}")
    now = scratch.now
    scratch.commit({"Pulumi.test.yaml": stack(version)})
    scratch.git("switch", "-q", "main")
    scratch.now = now
    scratch.merge(f"to-{version}")


def test_a_squash_and_a_merge_give_the_same_numbers(tmp_path: Path) -> None:
    found = []
    for name, land in (("squash", by_squash), ("merge", by_merge)):
        scratch = begun(tmp_path / name)
        cut(scratch, "1.1.0")
        land(scratch, "1.1.0")
        found.append(numbers(scratch.path).places)
    assert found[0] == found[1]
    (told,) = found[0].values()
    assert (told.deployments, told.promotions, told.waited) == (2, 1, [3600])


def test_a_revert_counts_like_a_rollback(tmp_path: Path) -> None:
    found = []
    for name in ("revert", "rollback"):
        scratch = begun(tmp_path / name)
        cut(scratch, "1.1.0")
        by_squash(scratch, "1.1.0")
        scratch.now += timedelta(hours=1)
        if name == "revert":
            scratch.git("revert", "--no-edit", "HEAD")
        else:
            scratch.now -= timedelta(hours=1)
            by_squash(scratch, "1.0.0")
        found.append(numbers(scratch.path).places)
    assert found[0] == found[1]
    (told,) = found[0].values()
    assert (told.failed, told.rollbacks, told.recovery) == (1, 1, [3600])


def test_a_commit_that_touches_no_pin_and_no_chart_changes_nothing(tmp_path: Path) -> None:
    scratch = begun(tmp_path / "r")
    cut(scratch, "1.1.0")
    by_squash(scratch, "1.1.0")
    before = numbers(scratch.path).places
    scratch.commit({"README.md": "words\n", "helm/charts/other/values.yaml": "x: 1\n"})
    assert numbers(scratch.path).places == before


def test_a_tag_on_a_merged_branch_counts_from_the_merge(tmp_path: Path) -> None:
    scratch = begun(tmp_path / "r")
    scratch.git("switch", "-q", "-c", "side")
    cut(scratch, "1.1.0")
    scratch.git("switch", "-q", "main")
    scratch.now += timedelta(hours=9)
    scratch.merge("side")
    merged = scratch.now
    assert read(scratch.path).cuts["alpha", "1.1.0"] == merged


@pytest.mark.parametrize("name", ["alpha-9.9.9-x_y", "alpha-", "alpha-v1", "beta-1.0.0", "1.0.0"])
def test_a_tag_that_is_no_version_of_a_chart_is_no_cut(tmp_path: Path, name: str) -> None:
    scratch = begun(tmp_path / "r")
    scratch.git("tag", name)
    assert set(read(scratch.path).cuts) == {("alpha", "1.0.0")}


def test_a_tag_that_the_trunk_does_not_hold_is_no_cut(tmp_path: Path) -> None:
    scratch = begun(tmp_path / "r")
    scratch.git("switch", "-q", "-c", "side")
    cut(scratch, "1.1.0")
    scratch.git("switch", "-q", "main")
    assert ("alpha", "1.1.0") not in read(scratch.path).cuts


def test_a_shallow_clone_is_refused(tmp_path: Path) -> None:
    scratch = begun(tmp_path / "r")
    by_squash(scratch, "1.1.0")
    scratch.git("clone", "-q", "--depth", "1", f"file://{scratch.path}", str(tmp_path / "s"))
    with pytest.raises(HistoryIncompleteError, match="numbers count every landing"):
        read(tmp_path / "s")


def test_a_landing_whose_date_nobody_can_read_counts_as_the_oldest(tmp_path: Path) -> None:
    scratch = begun(tmp_path)
    made = scratch.git("cat-file", "commit", "HEAD")
    head = next(line for line in made.splitlines() if line.startswith("committer "))
    raw = tmp_path / ".git" / "raw"
    raw.write_text(made.replace(head, "committer A <a@example.com> -1 +9999"), encoding="utf-8")
    undated = scratch.git("hash-object", "-t", "commit", "-w", "--literally", str(raw))
    scratch.git("update-ref", "refs/heads/main", undated)
    assert [move.landed_at.year for move in read(tmp_path).moves] == [1970]
