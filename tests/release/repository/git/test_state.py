"""What is checked out, dirty and unfinished."""

from subprocess import CalledProcessError

import pytest

from demo.repository import EstateRepo
from release.repository.git.checkout import open_repository
from release.repository.git.state import read_state
from tests.estate.scratch import Scratch


def test_a_clean_checkout_has_its_commit_and_nothing_dirty(estate: EstateRepo) -> None:
    state = read_state(open_repository(estate.path))
    assert state.commit == estate.git("rev-parse", "HEAD")
    assert state.dirty == frozenset()
    assert state.unfinished is None


def test_changed_staged_deleted_and_new_files_are_dirty(scratch: Scratch) -> None:
    names = ("changed", "staged", "deleted", "kept")
    scratch.commit(dict.fromkeys(names, "1\n"))
    scratch.write({"changed": "2\n", "staged": "2\n", "deleted": None, 'new/ü \n"--x': "1"})
    scratch.git("add", "staged")
    state = read_state(scratch.repository)
    assert state.untracked == {'new/ü \n"--x'}
    assert state.dirty == {"changed", "staged", "deleted", *state.untracked}


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
    assert read_state(scratch.repository).dirty == {"old", "new"}


def test_a_repository_without_commits_has_none(scratch: Scratch) -> None:
    assert read_state(scratch.repository).commit is None


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
    assert state.unmerged == state.dirty == {"a"}
    assert state.unfinished == operation
