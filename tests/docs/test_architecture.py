"""The page on the architecture names what is there, all of it, and fits on a screen or two."""

import re
from pathlib import Path
from typing import Final

import pytest

from tests.release.test_rooms import ORDER

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = ROOT / "docs" / "architecture.md"
TEXT: Final = PAGE.read_text(encoding="utf-8")
TOPS: Final = ("release", "components", "tools", "demo", "tests", "docs")
PATHS: Final = sorted(
    {
        word
        for word in re.findall(r"`([^`\s]+)`", TEXT)
        if word.split("/")[0] in TOPS or word.startswith("__main__")
    }
)
LINKS: Final = sorted(set(re.findall(r"\]\(([^)#]+)", TEXT)))
QUESTIONS: Final = (
    "an environment in another region",
    "a chart with two sources",
    "a rule on tags",
    "a new approval",
    "Slack",
    "a workflow",
    "an alert",
)


@pytest.mark.parametrize("path", PATHS)
def test_each_path_that_the_page_names_exists(path: str) -> None:
    assert (ROOT / path).exists()
    assert (ROOT / path).is_dir() == path.endswith("/")


@pytest.mark.parametrize("link", LINKS)
def test_each_link_of_the_page_leads_somewhere(link: str) -> None:
    assert (PAGE.parent / link).exists()


def test_the_page_shows_the_rooms_in_the_order_that_is_kept() -> None:
    assert f"    {' → '.join(ORDER)}\n" in TEXT


@pytest.mark.parametrize("room", [room for room in ORDER if room != "versions"])
def test_the_page_says_of_each_room_what_is_in_it(room: str) -> None:
    assert f"| `release/{room}/` |" in TEXT or f"| `release/{room}.py` |" in TEXT


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_newcomer_finds_where_to_add(question: str) -> None:
    answers = [line for line in TEXT.splitlines() if line.startswith("| ") and question in line]
    assert [line for line in answers if "`" in line.split("|")[2]]


def test_the_page_stays_short() -> None:
    assert len(TEXT.splitlines()) < len(ORDER) * 6
