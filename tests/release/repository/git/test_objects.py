"""Objects by id, many at once."""

import pytest

from release.repository.git.errors import HistoryIncompleteError
from release.repository.git.objects import (
    object_reader,
    read_blobs,
    resolve,
    stream_objects,
    tree_entries,
)
from tests.estate.scratch import Scratch


def test_files_of_a_revision_show_links_submodules_and_odd_names(scratch: Scratch) -> None:
    (scratch.path / "link").symlink_to("../outside")
    scratch.write({"a\tb\nc": "1", "ü/-x": "2"})
    other = scratch.commit({})
    scratch.git("update-index", "--add", "--cacheinfo", f"160000,{other},module")
    scratch.git("commit", "--quiet", "-m", "x")
    files = {e.path: e for e in tree_entries(scratch.repository, "HEAD", recursive=True)}
    assert files.pop("ü").kind == "tree"
    assert set(files) == {"link", "a\tb\nc", "ü/-x", "module"}
    assert files["link"].is_symlink
    assert files["module"].kind == "commit"
    assert (files["ü/-x"].size, files["module"].size) == (1, 0)
    assert not files["ü/-x"].is_symlink
    contents = read_blobs(scratch.repository, [files["link"].object_id, files["ü/-x"].object_id])
    assert set(contents.values()) == {b"../outside", b"2"}
    top = tree_entries(scratch.repository, "HEAD", recursive=False)
    assert {entry.path for entry in top} == {"link", "a\tb\nc", "module", "ü"}


def test_links_are_followed_inside_the_repository_alone(scratch: Scratch) -> None:
    targets = {"in": "a/b", "out": "../x", "root": "/etc", "none": "gone", "self": "self"}
    for name, target in targets.items():
        (scratch.path / name).symlink_to(target)
    commit = scratch.commit({"a/b/file": "12345"})
    asked = [*targets, "in/file", "a/b/file/x", "a b", "x\ny"]
    found = resolve(scratch.repository, [f"{commit}:{name}" for name in asked], "--follow-symlinks")
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
    entries = tree_entries(scratch.repository, "HEAD", recursive=True)
    files = {entry.path: entry for entry in entries}
    ids = [files[f"f{number}"].object_id for number in range(len(contents))]
    assert list(stream_objects(scratch.repository, ids)) == contents
    with object_reader(scratch.repository) as reader:
        assert list(reader.read_many(ids * 40)) == contents * 40
        assert reader.read(ids[3]) == contents[3]


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
    found = resolve(scratch.repository, expressions)
    kinds = [info.kind if info else None for info in (found[name] for name in expressions)]
    assert kinds == ["blob", "tree", None, None, None, None, None]


def test_a_missing_object_says_how_to_get_it(scratch: Scratch) -> None:
    scratch.commit({"a": "1"})
    with pytest.raises(HistoryIncompleteError, match="git fetch --refetch --no-filter"):
        read_blobs(scratch.repository, ["1" * 40])
    with object_reader(scratch.repository) as reader, pytest.raises(HistoryIncompleteError):
        reader.read("1" * 40)


def test_nothing_asked_needs_no_git(scratch: Scratch, monkeypatch: pytest.MonkeyPatch) -> None:
    repository = scratch.repository
    monkeypatch.setenv("PATH", "")
    assert read_blobs(repository, []) == {}
    assert resolve(repository, ["a\nb"]) == {"a\nb": None}
