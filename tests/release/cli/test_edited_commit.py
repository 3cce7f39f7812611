"""A commit to be looked at alone: HEAD with some files edited, which no branch leads to."""

from pathlib import Path

import pytest

from demo.gitprogram import git
from release.cli.plancomment import edited_commit
from release.repository.git.checkout import open_repository

AUTHOR = ("-c", "user.name=Ann", "-c", "user.email=ann@254carbon.example")
NAMES = [
    "Pulumi.dev.yaml",
    "charts/a b/Chart.yaml",
    '"quoted".yaml',
    "back\\slash",
    "a\nM 100644 inline other.yaml",
    "umlaut-ä",
]


@pytest.mark.parametrize("form", ["sha1", "sha256"])
def test_a_file_of_any_name_is_edited_and_nothing_else(tmp_path: Path, form: str) -> None:
    git(tmp_path, "init", "--quiet", f"--object-format={form}", "--initial-branch=main")
    for name in (*NAMES, "other.yaml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("before\n", encoding="utf-8")
    git(tmp_path, "add", "--all")
    git(tmp_path, *AUTHOR, "commit", "--quiet", "-m", "First")
    before = git(tmp_path, "for-each-ref")

    for name in NAMES:
        made = edited_commit(open_repository(tmp_path), {name: "after\nM 100644 inline x\n"})
        changed = git(tmp_path, "diff", "--name-only", "-z", "HEAD", made)
        assert changed.split("\0") == [name, ""]
        assert git(tmp_path, "show", f"{made}:{name}") == "after\nM 100644 inline x\n"
    assert git(tmp_path, "for-each-ref") == before
