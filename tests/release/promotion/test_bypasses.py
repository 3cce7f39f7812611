"""An emergency that landed past its approvals stays visible until somebody has reviewed it."""

from pathlib import Path

from release.promotion.bypasses import Bypass, bypassed, read_bypasses
from tests.estate.scratch import Scratch

ROLLBACK = "Roll vault back\n\nBreak-glass: prod: storage filled up, nobody answered\n"


def bypasses(scratch: Scratch) -> tuple[Bypass, ...]:
    return read_bypasses(scratch.repository, "HEAD")


def test_an_emergency_is_read_with_who_why_and_where(tmp_path: Path) -> None:
    scratch = Scratch(tmp_path / "clone")
    scratch.commit({"a": "1"}, "Promote vault\n")
    commit = scratch.commit({"a": "2"}, ROLLBACK)
    (found,) = bypasses(scratch)
    assert (found.commit, found.environment) == (commit, "prod")
    assert found.reason == "storage filled up, nobody answered"
    assert found.review is None
    assert bypassed(ROLLBACK, "prod") == found.reason
    assert bypassed(ROLLBACK, "staging") is None


def test_a_later_commit_that_names_it_is_its_review(tmp_path: Path) -> None:
    scratch = Scratch(tmp_path / "clone")
    commit = scratch.commit({"a": "2"}, ROLLBACK)
    scratch.commit(
        {"a": "3"}, f"Look back\n\nReviewed: {commit[:10]}: the right version, in time\n"
    )
    (found,) = bypasses(scratch)
    assert found.review == "the right version, in time"


def test_a_review_of_another_commit_or_one_named_too_briefly_is_none(tmp_path: Path) -> None:
    scratch = Scratch(tmp_path / "clone")
    commit = scratch.commit({"a": "2"}, ROLLBACK)
    scratch.commit(
        {"a": "3"}, f"Look\n\nReviewed: {commit[:3]}: fine\nReviewed: 0123456789: fine\n"
    )
    assert [each.review for each in bypasses(scratch)] == [None]


def test_each_emergency_needs_a_review_of_its_own(tmp_path: Path) -> None:
    scratch = Scratch(tmp_path / "clone")
    first = scratch.commit({"a": "2"}, ROLLBACK)
    scratch.commit({"a": "3"}, ROLLBACK)
    scratch.commit({"a": "4"}, f"Look back\n\nReviewed: {first[:10]}: fine\n")
    assert [each.review for each in bypasses(scratch)] == [None, "fine"]
