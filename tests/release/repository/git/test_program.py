"""No setting of user, machine or repository changes what git answers."""

import os
from pathlib import Path

import pytest

from demo.gitprogram import git
from release.repository.git.checkout import open_repository
from release.repository.git.errors import (
    GitError,
    HistoryIncompleteError,
    NotACheckoutError,
)
from release.repository.git.log import landings
from release.repository.git.program import clean_environment, explain, run_git
from release.repository.git.state import read_state
from tests.estate.scratch import Scratch


def test_variables_that_point_elsewhere_are_dropped(
    scratch: Scratch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = scratch.commit({"a": "1"})
    other = Scratch(tmp_path / "other")
    other.commit({"b": "1"})
    monkeypatch.setenv("GIT_DIR", str(other.path / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other.path))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    monkeypatch.setenv("GIT_GLOB_PATHSPECS", "1")
    repository = open_repository(scratch.path)
    assert repository.toplevel == scratch.path
    assert read_state(repository).commit == commit


def test_trust_given_in_the_environment_is_kept() -> None:
    kept = clean_environment({"GIT_CONFIG_COUNT": "0", "GIT_DIR": "x", "LC_ALL": "de"})
    assert kept["GIT_CONFIG_COUNT"] == "0"
    assert kept["LC_ALL"] == "C"
    assert "GIT_DIR" not in kept


def test_settings_that_run_programs_or_change_output_have_no_effect(scratch: Scratch) -> None:
    first = scratch.commit({"a": "1\n", "ü": "1\n"})
    second = scratch.commit({"a": "2\n"})
    spy = scratch.path.parent / "spy"
    script = scratch.path.parent / "spy.sh"
    script.write_text(f"#!/bin/sh\necho ran >> '{spy}'\n")
    script.chmod(0o700)
    for key, value in {
        "core.fsmonitor": str(script),
        "core.pager": str(script),
        "diff.external": str(script),
        "diff.x.textconv": str(script),
        "color.ui": "always",
        "log.showSignature": "true",
        "log.diffMerges": "off",
        "log.follow": "true",
        "log.showRoot": "false",
        "core.quotePath": "true",
        "core.abbrev": "7",
        "format.pretty": "oneline",
        "i18n.logOutputEncoding": "UTF-16",
        "status.showUntrackedFiles": "no",
    }.items():
        scratch.git("config", key, value)
    (scratch.path / ".git" / "info").mkdir(exist_ok=True)
    (scratch.path / ".git" / "info" / "attributes").write_text("* diff=x\n")
    scratch.write({"new": "1"})
    repository = open_repository(scratch.path)
    assert read_state(repository).untracked == {"new"}
    found = list(landings(repository, "main"))
    assert [landing.commit for landing in found] == [second, first]
    assert {change.path for change in found[1].changes} == {"a", "ü"}
    assert not spy.exists()


def test_replaced_objects_do_not_rewrite_the_past(scratch: Scratch) -> None:
    first = scratch.commit({"a": "1"})
    second = scratch.commit({"a": "2"})
    scratch.git("replace", second, first)
    assert [landing.commit for landing in landings(scratch.repository, "main")] == [second, first]


def test_reading_the_state_writes_nothing(scratch: Scratch) -> None:
    scratch.commit({"a": "1"})
    index = scratch.path / ".git" / "index"
    os.utime(scratch.path / "a", (0, 0))
    before = index.read_bytes()
    read_state(scratch.repository)
    assert index.read_bytes() == before


def test_a_folder_below_the_top_finds_the_top(scratch: Scratch) -> None:
    scratch.commit({"deep/er/a": "1"})
    repository = open_repository(scratch.path / "deep" / "er")
    assert repository.toplevel == scratch.path
    assert repository.common_dir.resolve() == scratch.path / ".git"


def test_a_linked_work_tree_shares_the_history(scratch: Scratch, tmp_path: Path) -> None:
    commit = scratch.commit({"a": "1"})
    scratch.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "linked"))
    repository = open_repository(tmp_path / "linked")
    assert repository.toplevel == tmp_path / "linked"
    assert repository.common_dir.resolve() == scratch.path / ".git"
    assert read_state(repository).commit == commit


def test_places_that_are_no_checkout_are_refused(scratch: Scratch, tmp_path: Path) -> None:
    scratch.write({"file": "x"})
    bare = tmp_path / "bare"
    scratch.git("clone", "--quiet", "--bare", ".", str(bare))
    for place in (tmp_path, scratch.path / "file", tmp_path / "nowhere", bare):
        with pytest.raises(NotACheckoutError, match="checkout"):
            open_repository(place)


def test_a_path_with_a_line_end_is_refused(tmp_path: Path) -> None:
    odd = Scratch(tmp_path / "two\nlines")
    with pytest.raises(NotACheckoutError, match="line end"):
        open_repository(odd.path)


def test_a_missing_git_is_named(scratch: Scratch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(GitError, match="install Git"):
        open_repository(scratch.path)


def test_a_repository_of_somebody_else_is_explained(
    scratch: Scratch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    with pytest.raises(GitError, match=r"safe\.directory"):
        open_repository(scratch.path)


def test_an_unknown_revision_fails_with_the_reason(scratch: Scratch) -> None:
    scratch.commit({"a": "1"})
    for revision in ("nowhere", "--all", "-n1"):
        with pytest.raises(GitError, match=r"bad revision|ambiguous|unknown"):
            list(landings(scratch.repository, revision, "a"))


def test_missing_objects_point_to_the_fetch_that_helps(scratch: Scratch, tmp_path: Path) -> None:
    scratch.commit({"a": "1"})
    scratch.commit({"a": "2"})
    git(tmp_path, "clone", "--quiet", "--depth=1", scratch.path.as_uri(), "shallow")
    for folder, remedy in (
        (tmp_path / "shallow", "fetch --unshallow --tags"),
        (scratch.path, "fetch --refetch --no-filter"),
    ):
        error = explain(folder, ("log",), "fatal: bad object 123")
        assert isinstance(error, HistoryIncompleteError)
        assert remedy in str(error)


def test_a_failing_command_tells_what_git_said(scratch: Scratch) -> None:
    with pytest.raises(GitError, match=r"git bogus failed in .*: git: 'bogus' is not a git"):
        run_git(scratch.path, "bogus")
