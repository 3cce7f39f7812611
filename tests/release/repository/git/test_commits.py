"""Commits are read through Git, whatever stands in them."""

from datetime import UTC, datetime

import pytest

from demo.gitprogram import git
from release.repository.git.commits import Commit, moment, parse_trailers, read_commits
from tests.estate.scratch import Scratch

PEOPLE = (
    "author Ann Other <ann@example.com> 1767600000 +0100\n"
    "committer GitHub <noreply@example.com> 1767603600 +0000\n"
)


def read(scratch: Scratch, message: str | bytes, headers: str = "", people: str = PEOPLE) -> Commit:
    """Return a commit of this message as the product reads it, stored as Git stores commits."""
    head = f"tree {'0' * 40}\nparent {'a' * 40}\nparent {'b' * 40}\n{people}{headers}\n"
    content = head.encode() + (message.encode() if isinstance(message, str) else message)
    write = ("hash-object", "-t", "commit", "-w", "--stdin", "--literally")
    made = git(scratch.path, *write, stdin=content).strip()
    return read_commits(scratch.repository, [made])[made]


def test_people_times_and_parents_are_read(scratch: Scratch) -> None:
    found = read(scratch, "Subject\n")
    assert found.parents == ("a" * 40, "b" * 40)
    assert (found.author.name, found.author.email) == ("Ann Other", "ann@example.com")
    assert found.committer.name == "GitHub"
    assert found.committed_at == datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


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
    scratch: Scratch, subject: str, number: int | None
) -> None:
    assert read(scratch, f"{subject}\n").pull_request == number


def test_approvals_come_from_trailers_each_once(scratch: Scratch) -> None:
    body = (
        "S\n\nWhy: because\n\nApproved-by: Tess <t@x>\nReviewed-By: Sam <s@x>\n"
        "acked-by: Tess <t@x>\nSigned-off-by: Nobody <n@x>\n"
    )
    assert read(scratch, body).approved_by == ("Tess <t@x>", "Sam <s@x>")


def test_a_paragraph_that_is_not_all_trailers_holds_none() -> None:
    assert parse_trailers("Approved-by: Eve\nand some text") == ()
    assert parse_trailers("Approved-by: Eve\n\nThe end.") == ()


def test_a_trailer_may_continue_on_an_indented_line() -> None:
    assert parse_trailers("Reason: too\n  slow") == (("Reason", "too slow"),)


def test_the_subject_alone_never_counts_as_a_trailer(scratch: Scratch) -> None:
    assert read(scratch, "Approved-by: Eve <e@x>\n").approved_by == ()


def test_a_subject_of_several_lines_becomes_one(scratch: Scratch) -> None:
    found = read(scratch, "\n\nOne\ntwo\n\n\nbody\n\nmore\n")
    assert (found.subject, found.body) == ("One two", "body\n\nmore")
    assert "One\ntwo" in found.message


def test_windows_line_ends_and_other_encodings_are_read(scratch: Scratch) -> None:
    assert read(scratch, "S\r\n\r\nApproved-by: Tess\r\n").approved_by == ("Tess",)
    latin = "Größe\n".encode("latin-1")
    assert read(scratch, latin, "encoding ISO-8859-1\n").subject == "Größe"
    assert read(scratch, "Plain\n", "encoding klingon\n").subject == "Plain"
    assert read(scratch, b"Not \xff UTF-8\n").subject == "Not \ufffd UTF-8"


def test_a_signature_is_no_message(scratch: Scratch) -> None:
    signature = "gpgsig -----BEGIN-----\n \n Approved-by: Eve\n -----END-----\n"
    found = read(scratch, "S\n", signature)
    assert (found.subject, found.approved_by) == ("S", ())


@pytest.mark.parametrize("who", ["", "<>", "A <b> 9999999999999999999 +9999", "A b 1 +0", "<"])
def test_absurd_identities_do_not_fail(scratch: Scratch, who: str) -> None:
    found = read(scratch, "S\n", people=f"author {who}\ncommitter {who}\n")
    assert (found.subject, found.committed_at.tzinfo) == ("S", UTC)


@pytest.mark.parametrize("seconds", ["", "9" * 20, f"-{'9' * 20}"])
def test_a_time_outside_of_the_calendar_becomes_its_edge(seconds: str) -> None:
    assert moment(seconds).year in {1, 9999}
