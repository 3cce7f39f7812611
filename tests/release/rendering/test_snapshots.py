"""The work tree as a tree of Git, to the last byte and without a trace."""

import time
from pathlib import Path

from release.rendering.snapshot import snapshot
from tests.estate.scratch import Scratch


def test_the_tree_is_what_git_would_commit(scratch: Scratch, tmp_path: Path) -> None:
    scratch.commit({"a.txt": "one\n", "gone.txt": "x\n", ".gitignore": "*.log\n"})
    scratch.write({"a.txt": "two\n", "b.txt": "new\n", "c.log": "no\n", "gone.txt": None})
    before = scratch.git("status", "--porcelain")
    _, tree = snapshot(scratch.repository, tmp_path / "snapshot")
    assert scratch.git("status", "--porcelain") == before
    scratch.git("add", "--all")
    assert scratch.git("write-tree") == tree


def test_an_edit_of_equal_length_within_one_second_is_seen(
    scratch: Scratch, tmp_path: Path
) -> None:
    time.sleep(1 - time.time() % 1)
    scratch.commit({"a.txt": "one\n"})
    scratch.write({"a.txt": "two\n"})
    # From the next second on nothing but the index's own time tells that the file may have changed.
    time.sleep(1.1)
    repository, tree = snapshot(scratch.repository, tmp_path / "snapshot")
    assert repository.run("cat-file", "blob", f"{tree}:a.txt") == b"two\n"
