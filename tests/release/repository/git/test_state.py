"""What is checked out, dirty and unfinished."""

from pathlib import Path
from subprocess import CalledProcessError

import pytest

from demo.repository import EstateRepo
from release.repository.git.program import open_repository
from release.repository.git.state import read_state
from tests.estate.scratch import Scratch


def test_a_clean_checkout_is_on_its_branch_with_nothing_dirty(estate: EstateRepo) -> None:
    state = read_state(open_repository(estate.path))
    assert (state.branch, state.commit) == ("main", estate.git("rev-parse", "HEAD"))
    assert state.dirty == frozenset()
    assert state.unfinished is None
    assert not state.shallow


def test_changed_staged_deleted_and_new_files_are_dirty(scratch: Scratch) -> None:
    names = ("changed", "staged", "deleted", "kept")
    scratch.commit(dict.fromkeys(names, "1\n"))
    scratch.write({"changed": "2\n", "staged": "2\n", "deleted": None, 'new/ü \n"--x': "1"})
    scratch.git("add", "staged")
    state = read_state(scratch.repository)
    assert state.changed == {"changed", "staged", "deleted"}
    assert state.untracked == {'new/ü \n"--x'}


def test_what_git_ignores_is_no_change_but_for_what_it_holds_already(scratch: Scratch) -> None:
    scratch.commit({"kept.log": "1\n", ".gitignore": "*.log\nbuild/\n"}, "Ignore")
    scratch.git("add", "--force", "kept.log")
    scratch.git("commit", "--quiet", "-m", "Keep one")
    scratch.write({"new.log": "1\n", "build/deep/x": "1\n", "a/b.log": "1\n"})
    state = read_state(scratch.repository)
    assert state.dirty == frozenset()
    ignored = ("new.log", "build/deep/x", "a/b.log")
    assert all(map(state.ignores, ignored))
    assert not any(map(state.ignores, ("kept.log", "a", "buildx", "x/build")))


def test_a_staged_rename_shows_both_names(scratch: Scratch) -> None:
    scratch.commit({"old": "1\n2\n3\n"})
    scratch.git("mv", "old", "new")
    assert read_state(scratch.repository).changed == {"old", "new"}


def test_a_repository_without_commits_has_none(scratch: Scratch) -> None:
    state = read_state(scratch.repository)
    assert (state.commit, state.branch) == (None, "main")


def test_a_detached_head_has_no_branch(scratch: Scratch) -> None:
    commit = scratch.commit({"a": "1"})
    scratch.git("checkout", "--quiet", "--detach")
    state = read_state(scratch.repository)
    assert (state.commit, state.branch) == (commit, None)


@pytest.mark.parametrize(
    ("command", "operation"),
    [("merge", "merge"), ("rebase", "rebase"), ("cherry-pick", "cherry-pick")],
)
def test_a_conflict_names_the_paths_and_the_operation(
    scratch: Scratch, command: str, operation: str
) -> None:
    scratch.commit({"a": "1\n"})
    scratch.git("checkout", "--quiet", "-b", "other")
    scratch.commit({"a": "2\n"})
    scratch.git("checkout", "--quiet", "main")
    scratch.commit({"a": "3\n"})
    with pytest.raises(CalledProcessError):
        scratch.git(command, "other")
    state = read_state(scratch.repository)
    assert state.unmerged == {"a"}
    assert state.unfinished == operation


def test_a_shallow_clone_is_seen(estate: EstateRepo, tmp_path: Path) -> None:
    shallow = estate.clone_to(tmp_path / "shallow", "--depth=1")
    assert read_state(open_repository(shallow.path)).shallow
