"""The work tree as a tree of Git, to the last byte and without a trace."""

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
    for number in range(20):
        scratch.commit({"a.txt": f"{number:04}\n"})
        scratch.write({"a.txt": f"{number + 5000:04}\n"})
        repository, tree = snapshot(scratch.repository, tmp_path / str(number))
        content = repository.run("cat-file", "blob", f"{tree}:a.txt")
        assert content.decode() == f"{number + 5000:04}\n"
