"""Commit objects are read as Git stores them, whatever stands in them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from release.repository.git.commits import (
    parse_commit,
    parse_identity,
    parse_trailers,
    split_message,
)


def commit(message: str, headers: str = "") -> bytes:
    return (
        "tree 0\nparent aaa\nparent bbb\n"
        "author Ann Other <ann@example.com> 1767600000 +0100\n"
        f"committer GitHub <noreply@example.com> 1767603600 +0000\n{headers}\n{message}"
    ).encode()


def test_people_times_and_parents_are_read() -> None:
    parsed = parse_commit("c1", commit("Subject\n"))
    assert parsed.parents == ("aaa", "bbb")
    assert (parsed.author.name, parsed.author.email) == ("Ann Other", "ann@example.com")
    assert parsed.author.when == datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
    assert parsed.author.when.utcoffset() == timedelta(hours=1)
    assert parsed.committer.name == "GitHub"


@pytest.mark.parametrize(
    ("subject", "number"),
    [
        ("Promote storage 1.1.0 to prod (#12)", 12),
        ("Merge pull request #345 from owner/branch", 345),
        ("Revert (#12) by hand", None),
        ("Fix #12", None),
        ("Merge branch 'main' (#0)", None),
        ("Merge pull request #99999999999999999999 from x", None),
    ],
)
def test_the_pull_request_is_the_number_that_github_writes(
    subject: str, number: int | None
) -> None:
    assert parse_commit("c", commit(f"{subject}\n")).pull_request == number


def test_approvals_come_from_trailers_each_once() -> None:
    body = (
        "S\n\nWhy: because\n\nApproved-by: Tess <t@x>\nReviewed-By: Sam <s@x>\n"
        "acked-by: Tess <t@x>\nSigned-off-by: Nobody <n@x>\n"
    )
    assert parse_commit("c", commit(body)).approved_by == ("Tess <t@x>", "Sam <s@x>")


def test_a_paragraph_that_is_not_all_trailers_holds_none() -> None:
    assert parse_trailers("Approved-by: Eve\nand some text") == ()
    assert parse_trailers("Approved-by: Eve\n\nThe end.") == ()


def test_a_trailer_may_continue_on_an_indented_line() -> None:
    assert parse_trailers("Reason: too\n  slow") == (("Reason", "too slow"),)


def test_the_subject_alone_never_counts_as_a_trailer() -> None:
    assert parse_commit("c", commit("Approved-by: Eve <e@x>\n")).approved_by == ()


def test_a_subject_of_several_lines_becomes_one() -> None:
    assert split_message("\n\nOne\ntwo\n\n\nbody\n\nmore\n") == ("One two", "body\n\nmore")


def test_windows_line_ends_and_other_encodings_are_read() -> None:
    content = commit("S\r\n\r\nApproved-by: Tess\r\n")
    assert parse_commit("c", content).approved_by == ("Tess",)
    latin = commit("", "encoding ISO-8859-1\n") + "Größe\n".encode("latin-1")
    assert parse_commit("c", latin).subject == "Größe"
    unknown = commit("Plain\n", "encoding klingon\n")
    assert parse_commit("c", unknown).subject == "Plain"


def test_a_signature_is_no_message() -> None:
    signed = commit("S\n", "gpgsig -----BEGIN-----\n \n Approved-by: Eve\n -----END-----\n")
    parsed = parse_commit("c", signed)
    assert (parsed.subject, parsed.trailers) == ("S", ())


@pytest.mark.parametrize(
    "text",
    ["", "<>", "A <b> 9999999999999999999 +9999", "A <b> -9999999999999999 -0000", "A b 1 +0", "<"],
)
def test_absurd_identities_do_not_fail(text: str) -> None:
    assert parse_identity(text).when.tzinfo is not None


@given(st.binary(max_size=300))
def test_no_commit_object_makes_reading_fail(content: bytes) -> None:
    parsed = parse_commit("c", content)
    assert "\n" not in parsed.subject
    assert parsed.pull_request is None or parsed.pull_request > 0
