"""Objects by id, many at once."""

from pathlib import Path

import pytest

from release.repository.git.errors import GitError, HistoryIncompleteError
from release.repository.git.objects import ObjectReader
from tests.estate.scratch import Scratch


def test_files_of_a_revision_show_links_submodules_and_odd_names(scratch: Scratch) -> None:
    (scratch.path / "link").symlink_to("../outside")
    scratch.write({"a\tb\nc": "1", "ü/-x": "2"})
    other = scratch.commit({})
    scratch.git("update-index", "--add", "--cacheinfo", f"160000,{other},module")
    scratch.git("commit", "--quiet", "-m", "x")
    files = {e.path: e for e in scratch.repository.entries("HEAD", recursive=True)}
    assert files.pop("ü").kind == "tree"
    assert set(files) == {"link", "a\tb\nc", "ü/-x", "module"}
    assert files["link"].is_symlink
    assert files["module"].kind == "commit"
    assert (files["ü/-x"].size, files["module"].size) == (1, 0)
    assert not files["ü/-x"].is_symlink
    contents = scratch.repository.objects.blobs([files["link"].object_id, files["ü/-x"].object_id])
    assert set(contents.values()) == {b"../outside", b"2"}
    top = scratch.repository.entries("HEAD", recursive=False)
    assert {entry.path for entry in top} == {"link", "a\tb\nc", "module", "ü"}


def test_links_are_followed_inside_the_repository_alone(scratch: Scratch) -> None:
    targets = {"in": "a/b", "out": "../x", "root": "/etc", "none": "gone", "self": "self"}
    for name, target in targets.items():
        (scratch.path / name).symlink_to(target)
    commit = scratch.commit({"a/b/file": "12345"})
    asked = [*targets, "in/file", "a/b/file/x", "a b", "x\ny"]
    found = scratch.repository.linked.named(f"{commit}:{name}" for name in asked)
    kinds = {name: info.kind if (info := found[f"{commit}:{name}"]) else "" for name in asked}
    assert kinds == {
        "in": "tree",
        "out": "symlink",
        "root": "symlink",
        "none": "",
        "self": "",
        "in/file": "blob",
        "a/b/file/x": "",
        "a b": "",
        "x\ny": "",
    }
    file = found[f"{commit}:in/file"]
    assert file is not None
    assert file.size == len("12345")


def test_any_content_is_read_to_the_byte(scratch: Scratch) -> None:
    contents = [b"", b"\n", b"\0\xff", b"no line end", b"x" * 300_000, b"missing\n"]
    scratch.commit({f"f{number}": content for number, content in enumerate(contents)})
    entries = scratch.repository.entries("HEAD", recursive=True)
    files = {entry.path: entry for entry in entries}
    ids = [files[f"f{number}"].object_id for number in range(len(contents))]
    reader = scratch.repository.objects
    assert list(reader.contents(ids * 40)) == contents * 40
    assert list(reader.contents(ids[3:4])) == contents[3:4]


def test_a_reader_that_was_left_or_failed_answers_the_next_question(scratch: Scratch) -> None:
    commit = scratch.commit({f"f{number}": str(number) for number in range(9)})
    reader = scratch.repository.objects
    ids = [e.object_id for e in scratch.repository.entries("HEAD", recursive=True)]
    left = reader.contents(ids * 9)
    assert [next(left) for _ in range(5)] == [b"0", b"1", b"2", b"3", b"4"]
    assert reader.blobs(ids[8:]) == {ids[8]: b"8"}
    assert next(left) == b"5"
    with pytest.raises(HistoryIncompleteError):
        list(reader.contents([ids[0], ids[1], "1" * 40, ids[2]]))
    found = reader.named([f"{commit}:f3", f"{commit}:none", f"{commit}:f4"])
    assert [info and info.object_id for info in found.values()] == [ids[3], None, ids[4]]


def test_a_few_processes_serve_any_number_of_readers(scratch: Scratch) -> None:
    commit = scratch.commit({"a": "1"})
    before = len([*Path("/dev/fd").iterdir()])
    readers = [ObjectReader(scratch.path) for _ in range(40)]
    for _ in range(2):
        for reader in readers:
            (info,) = reader.named([f"{commit}:a"]).values()
            assert info is not None
            assert list(reader.contents([info.object_id])) == [b"1"]
    assert len([*Path("/dev/fd").iterdir()]) < before + 40


def test_more_is_asked_at_once_than_a_pipe_holds(scratch: Scratch) -> None:
    commit = scratch.commit({"a": "1"})
    names = [f"{commit}:{'x' * 200}{number}" for number in range(20_000)]
    found = scratch.repository.objects.named([*names, f"{commit}:a"])
    assert [name for name, info in found.items() if info] == [f"{commit}:a"]


def test_a_git_that_ends_too_early_is_an_error(
    scratch: Scratch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = scratch.repository
    old = tmp_path / "git"
    old.write_text('#!/bin/sh\necho "error: unknown option \\`batch-command\'" >&2\nexit 129\n')
    old.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GitError, match=r"Git is older than 2\.36"):
        repository.objects.named(["HEAD"])


def test_expressions_that_name_nothing_give_none(scratch: Scratch) -> None:
    commit = scratch.commit({"a": "1", "with space/x y": "1"})
    expressions = [
        f"{commit}:a",
        f"{commit}:with space",
        f"{commit}:nowhere",
        "refs/tags/none",
        "",
        f"{commit}:a\n{commit}:a",
        "--batch-all-objects",
    ]
    found = scratch.repository.objects.named(expressions)
    kinds = [info.kind if info else None for info in (found[name] for name in expressions)]
    assert kinds == ["blob", "tree", None, None, None, None, None]


def test_a_missing_object_says_how_to_get_it(scratch: Scratch) -> None:
    scratch.commit({"a": "1"})
    with pytest.raises(HistoryIncompleteError, match="fetch --refetch --no-filter"):
        scratch.repository.objects.blobs(["1" * 40])


def test_nothing_asked_needs_no_git(scratch: Scratch, monkeypatch: pytest.MonkeyPatch) -> None:
    repository = scratch.repository
    monkeypatch.setenv("PATH", "")
    assert repository.objects.blobs([]) == {}
    assert repository.objects.named(["a\nb"]) == {"a\nb": None}
