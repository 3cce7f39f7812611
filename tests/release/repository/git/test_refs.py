"""Branches and tags, and the branch that changes land on."""

from pathlib import Path

import pytest

from demo.repository import EstateRepo
from release.repository.git.checkout import open_repository
from release.repository.git.errors import DefaultBranchError
from release.repository.git.refs import Refs, default_branch, read_refs
from tests.estate.scratch import Scratch


def refs(
    branches: dict[str, str] | None = None,
    remote: dict[str, str] | None = None,
    heads: dict[str, str] | None = None,
) -> Refs:
    return Refs(branches or {}, remote or {}, heads or {}, {})


def test_every_tag_of_the_estate_leads_to_the_commit_that_carries_its_version(
    estate_template: EstateRepo,
) -> None:
    tags = read_refs(open_repository(estate_template.path)).tags
    assert {tag.object_id == tag.commit for tag in tags.values()} == {True, False}
    for name, tag in tags.items():
        chart, _, version = name.rpartition("-")
        path = estate_template.registry.path_of(chart, estate_template.charts)
        text = estate_template.git("show", f"{tag.commit}:{path}/Chart.yaml")
        assert f"\nversion: {version}\n" in f"\n{text}\n"


def test_an_annotated_tag_leads_to_the_commit_as_a_light_one_does(scratch: Scratch) -> None:
    commit = scratch.commit({"a": "1"})
    scratch.git("tag", "-a", "a-1.0.0", "-m", "first\n\nmore")
    scratch.git("tag", "light")
    tags = read_refs(scratch.repository).tags
    assert tags["a-1.0.0"].object_id != tags["a-1.0.0"].commit == commit
    assert tags["light"].object_id == tags["light"].commit == commit


def test_a_tag_of_something_else_than_a_commit_has_no_commit(scratch: Scratch) -> None:
    scratch.commit({"a": "1"})
    scratch.git("tag", "file", "HEAD:a")
    scratch.git("tag", "-a", "tree", "-m", "x", "HEAD^{tree}")
    tags = read_refs(scratch.repository).tags
    assert tags["file"].commit is None
    assert tags["tree"].commit is None


def test_names_that_look_like_options_or_hold_unicode_are_only_names(scratch: Scratch) -> None:
    commit = scratch.commit({"a": "1"})
    for name in ("refs/tags/--all", "refs/tags/v\u0430ult-1.0.0", "refs/tags/a;$(touch)`"):
        scratch.git("update-ref", name, commit)
    assert set(read_refs(scratch.repository).tags) == {
        "--all",
        "v\u0430ult-1.0.0",
        "a;$(touch)`",
    }


def test_a_clone_takes_the_default_branch_from_its_remote(
    estate: EstateRepo, tmp_path: Path
) -> None:
    clone = estate.clone_to(tmp_path / "clone")
    clone.git("checkout", "--quiet", "-b", "feature")
    clone.git("branch", "--force", "main", "HEAD~3")
    branch = default_branch(read_refs(open_repository(clone.path)))
    assert branch.ref == "refs/remotes/origin/main"
    assert branch.commit == estate.git("rev-parse", "main")


@pytest.mark.parametrize(
    ("known", "name", "expected"),
    [
        (refs({"main": "1"}), None, "refs/heads/main"),
        (refs({"work": "1"}), None, "refs/heads/work"),
        (refs({"work": "1", "trunk": "2"}), None, "refs/heads/trunk"),
        (refs({"main": "1", "dev": "2"}), "dev", "refs/heads/dev"),
        (refs({"main": "1"}, {"origin/main": "2"}), None, "refs/remotes/origin/main"),
        (refs({"x": "1"}, {"up/main": "2"}), None, "refs/remotes/up/main"),
        (
            refs({"main": "1"}, {"origin/main": "2", "origin/next": "3"}, {"origin": "next"}),
            None,
            "refs/remotes/origin/next",
        ),
        (
            refs({}, {"origin/main": "2", "fork/master": "3"}, {}),
            None,
            "refs/remotes/origin/main",
        ),
    ],
)
def test_the_default_branch_is_found(known: Refs, name: str | None, expected: str) -> None:
    assert default_branch(known, name).ref == expected


@pytest.mark.parametrize(
    ("known", "name", "reason"),
    [
        (refs(), None, "no commit yet"),
        (refs({"main": "1", "master": "2"}), None, "main or master"),
        (refs({"a": "1", "b": "2"}), None, "a or b"),
        (refs({"main": "1"}), "release", "git branch release"),
    ],
)
def test_an_unclear_default_branch_is_refused(known: Refs, name: str | None, reason: str) -> None:
    with pytest.raises(DefaultBranchError, match=reason):
        default_branch(known, name)
