"""Where a command finds its stack files and its charts."""

import os
import re
from pathlib import Path

import pytest

from release.repository.workspace import WorkspaceError, find_workspace
from tests.estate.scratch import Scratch

PROGRAM = "name: hmco\nruntime: python\n"
OTHER = "name: portal\nruntime: nodejs\n"


@pytest.fixture
def other(tmp_path: Path) -> Scratch:
    return Scratch(tmp_path / "other")


@pytest.mark.parametrize("below", [".", "helm/charts/vault"])
def test_a_program_at_the_top_is_found_from_anywhere_below(scratch: Scratch, below: str) -> None:
    scratch.commit({"Pulumi.yaml": PROGRAM, "helm/charts/vault/Chart.yaml": "name: vault\n"})
    workspace = find_workspace(scratch.path / below)
    assert workspace.program == workspace.charts.toplevel == scratch.path
    assert workspace.stacks is workspace.charts


def test_a_program_in_a_folder_is_found_from_there_and_from_the_top(scratch: Scratch) -> None:
    scratch.commit({"ops/release/Pulumi.yaml": PROGRAM, "portal/Pulumi.yaml": OTHER})
    for start in (scratch.path, scratch.path / "ops" / "release", scratch.path / "portal"):
        workspace = find_workspace(start)
        assert workspace.program == scratch.path / "ops" / "release"
        assert workspace.charts.toplevel == scratch.path


def test_another_pulumi_project_on_the_way_up_is_passed(scratch: Scratch) -> None:
    scratch.commit({"Pulumi.yaml": PROGRAM, "portal/Pulumi.yaml": OTHER})
    assert find_workspace(scratch.path / "portal").program == scratch.path


def test_the_nearest_program_wins_over_others(scratch: Scratch) -> None:
    scratch.commit({"a/Pulumi.yaml": PROGRAM, "b/Pulumi.yaml": PROGRAM})
    assert find_workspace(scratch.path / "b").program == scratch.path / "b"


def test_two_programs_below_are_refused_by_name(scratch: Scratch) -> None:
    scratch.commit({"a/Pulumi.yaml": PROGRAM, "b/Pulumi.yaml": PROGRAM})
    with pytest.raises(WorkspaceError, match=re.escape("2 programs named hmco (a, b)")):
        find_workspace(scratch.path)
    with pytest.raises(WorkspaceError, match=re.escape("(a, b)")):
        find_workspace(scratch.path.parent, scratch.path)


def test_untracked_programs_below_do_not_count(scratch: Scratch) -> None:
    scratch.commit({"a/Pulumi.yaml": PROGRAM})
    scratch.write({"copy/Pulumi.yaml": PROGRAM})
    assert find_workspace(scratch.path).program == scratch.path / "a"


def test_a_named_checkout_with_a_program_gives_both_places(
    scratch: Scratch, other: Scratch
) -> None:
    scratch.commit({"Pulumi.yaml": PROGRAM})
    other.commit({"release/Pulumi.yaml": PROGRAM, "helm/charts/a/Chart.yaml": "name: a\n"})
    for start in (scratch.path, scratch.path.parent):
        workspace = find_workspace(start, other.path / "helm" / "charts")
        assert workspace.program == other.path / "release"
        assert workspace.charts.toplevel == other.path


def test_a_named_checkout_without_a_program_gives_the_charts_alone(
    scratch: Scratch, other: Scratch
) -> None:
    scratch.commit({"Pulumi.yaml": PROGRAM})
    other.commit({"helm/charts/a/Chart.yaml": "name: a\n"})
    workspace = find_workspace(scratch.path, other.path)
    assert workspace.program == scratch.path
    assert workspace.charts.toplevel == other.path
    assert workspace.stacks.toplevel == scratch.path
    assert workspace.charts.toplevel == other.path


def test_places_without_checkout_or_program_are_refused(
    scratch: Scratch, other: Scratch, tmp_path: Path
) -> None:
    scratch.commit({"Pulumi.yaml": PROGRAM, "file": "x"})
    other.commit({"file": "x"})
    cases = [
        (tmp_path, None, "is not in a checkout"),
        (tmp_path / "nowhere", None, "does not exist"),
        (scratch.path / "file", None, "is a file"),
        (other.path, None, "holds no Pulumi.yaml with `name: hmco`"),
        (scratch.path, tmp_path, "--repo: .* is not in a checkout"),
        (scratch.path, tmp_path / "nowhere", "--repo: .* does not exist"),
        (scratch.path, scratch.path / "file", "--repo: .* is a file"),
        (tmp_path, other.path, "the current folder: .* is not in a checkout"),
    ]
    for start, repo, reason in cases:
        with pytest.raises(WorkspaceError, match=reason):
            find_workspace(start, repo)


@pytest.mark.parametrize("text", ["name: [", "- hmco\n", "", "name: hmco-2\n", "name: 'hmco '\n"])
def test_a_file_that_names_no_program_is_not_taken_for_one(scratch: Scratch, text: str) -> None:
    scratch.commit({"Pulumi.yaml": text})
    with pytest.raises(WorkspaceError, match=r"Pulumi\.yaml"):
        find_workspace(scratch.path)


def test_a_broken_project_elsewhere_does_no_harm(scratch: Scratch) -> None:
    scratch.commit({"a/Pulumi.yaml": PROGRAM, "b/Pulumi.yaml": "name: ["})
    assert find_workspace(scratch.path).program == scratch.path / "a"


def test_a_link_to_the_checkout_leads_to_the_real_place(scratch: Scratch, tmp_path: Path) -> None:
    scratch.commit({"ops/Pulumi.yaml": PROGRAM})
    (tmp_path / "link").symlink_to(scratch.path / "ops")
    workspace = find_workspace(tmp_path / "link")
    assert workspace.program == scratch.path / "ops"


def test_a_project_file_that_leads_out_of_the_checkout_is_refused(
    scratch: Scratch, tmp_path: Path
) -> None:
    (tmp_path / "real.yaml").write_text(PROGRAM)
    (scratch.path / "Pulumi.yaml").symlink_to(tmp_path / "real.yaml")
    scratch.commit({})
    with pytest.raises(WorkspaceError, match="out of the checkout"):
        find_workspace(scratch.path)


def test_a_folder_in_place_of_the_project_file_is_refused(scratch: Scratch) -> None:
    scratch.commit({"Pulumi.yaml/file": "x"})
    with pytest.raises(WorkspaceError, match="cannot be read"):
        find_workspace(scratch.path)


def test_a_link_that_leads_round_is_refused(scratch: Scratch) -> None:
    (scratch.path / "Pulumi.yaml").symlink_to("Pulumi.yaml")
    scratch.commit({})
    with pytest.raises(WorkspaceError, match="cannot be read"):
        find_workspace(scratch.path)


def test_a_repository_from_the_environment_is_not_taken(
    scratch: Scratch, other: Scratch, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch.commit({"Pulumi.yaml": PROGRAM})
    monkeypatch.setenv("GIT_DIR", os.fspath(other.path / ".git"))
    assert find_workspace(scratch.path).charts.toplevel == scratch.path
