"""The report: one file that needs nothing else, in which hostile words stay words."""

import errno
import os
import time
from html.parser import HTMLParser
from pathlib import Path

import pytest

from release.metrics.definitions import DEFINITIONS
from release.metrics.html import report
from release.metrics.numbers import Window
from release.repository.pins import PastHold
from tests.release.cli.driver import Hmco
from tests.release.metrics.histories import DAY, START, Step, numbers_of, timeline_of

PLACE = ("prod", "web")


class Reader(HTMLParser):
    """Collects what a page would fetch or run, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.tags: list[str] = []
        self.said: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name in {"src", "href", "xlink:href", "action"} or name.startswith("on"):
                self.fetched.append(f"{tag} {name}={value}")

    def handle_data(self, data: str) -> None:
        self.said.append(data)


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    return reader


def page_of(*steps: Step, days: int = 30) -> str:
    timeline = timeline_of(steps, cuts={("web", "1.1.0"): 1})
    return report(timeline, numbers_of(timeline, Window(START - DAY, START + days * DAY)))


STEPS = (Step(0, PLACE, "1.0.0"), Step(40, PLACE, "1.1.0"), Step(50, PLACE, "1.0.0"))


def test_the_page_fetches_nothing_and_runs_nothing() -> None:
    reader = read(page_of(*STEPS))
    assert reader.fetched == []
    assert not {"script", "link", "img", "iframe", "object"} & set(reader.tags)
    assert "svg" in reader.tags


def test_the_same_numbers_give_the_same_bytes() -> None:
    assert page_of(*STEPS) == page_of(*STEPS)


def test_light_dark_and_paper_have_colours_of_their_own() -> None:
    page = page_of(*STEPS)
    assert "prefers-color-scheme: dark" in page
    assert "@media print" in page
    assert "var(--bad)" in page


def test_a_failure_and_a_rollback_are_told_in_words_too() -> None:
    said = " ".join(read(page_of(*STEPS)).said)
    assert "promotion, failed" in said
    assert "1/1 =\N{NO-BREAK SPACE}100%" in said
    assert "rolled back" in said


def test_the_first_table_has_every_number_that_is_defined() -> None:
    said = read(page_of(Step(0, ("staging", "web"), "1.1.0"), *STEPS)).said
    first = said.index("Environment")
    titles = [title.capitalize() for each in DEFINITIONS for title in each.columns]
    assert said[first + 1 : first + 1 + len(titles)] == titles
    row = said[said.index(PLACE[0], first) :]
    told = dict(zip(titles, row[1:], strict=False))
    assert told["Behind by"] == "1"


def test_a_month_without_a_landing_says_so() -> None:
    assert "Nothing." in read(page_of()).said


@pytest.mark.parametrize(
    "reason",
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "</td></tr></table><h1>owned</h1>",
        "&lt;b&gt;",
        "a" * 10_000,
        "line\nline\r\nline",
        "\u202eright to left",
        "<!-- comment",
        "]]><svg onload=alert(1)>",
        "{{7*7}} ${7*7}",
    ],
)
def test_hostile_words_stay_words(reason: str) -> None:
    page = page_of(*STEPS, Step(60, PLACE, "1.0.0", PastHold(reason, reason)))
    reader = read(page)
    assert reader.fetched == []
    assert "h1" in reader.tags
    assert reader.tags.count("h1") == 1
    assert any(reason.strip() in said for said in reader.said) or "\r" in reason


def test_the_report_of_a_year_takes_less_than_a_second_beside_the_reading() -> None:
    steps = [Step(n * 6, PLACE, f"1.{n}.0") for n in range(1400)]
    timeline = timeline_of(steps)
    numbers = numbers_of(timeline, Window(START - DAY, START + 365 * DAY))
    report(timeline, numbers)
    begun = time.process_time()
    report(timeline, numbers)
    assert time.process_time() - begun < 1


def test_the_command_writes_it_whole_and_says_where(hmco: Hmco) -> None:
    folder = hmco.repo.path.parent
    answer = hmco.done("metrics", "--since", "365d", "--html", str(folder / "report.html"))
    assert answer.out.startswith("written: ")
    assert (folder / "report.html").read_text().endswith("</html>\n")
    assert [path.name for path in folder.iterdir() if path.name.endswith(".new")] == []


@pytest.mark.parametrize("place", ["/nonexistent/folder/report.html", "README.md/report.html"])
def test_a_place_that_cannot_be_written_is_refused_with_what_to_do(hmco: Hmco, place: str) -> None:
    answer = hmco("metrics", "--html", place)
    assert answer.code == 1
    assert "name another file with --html" in answer.err


def test_a_file_system_that_takes_no_change_is_told_as_any_other_place(
    hmco: Hmco, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, *_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))

    monkeypatch.setattr(Path, "write_text", refuse)
    monkeypatch.setattr(Path, "unlink", refuse)
    answer = hmco("metrics", "--html", "report.html")
    assert answer.code == 1
    assert "report.html: cannot be written (Read-only file system)" in answer.err
