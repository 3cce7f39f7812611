"""The page on the architecture names what is there, all of it, and fits on a screen or two."""

import re
import subprocess
from pathlib import Path
from typing import Final

import pytest

from tests.release.test_rooms import ORDER

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = ROOT / "docs" / "architecture.md"
TEXT: Final = PAGE.read_text(encoding="utf-8")
TOPS: Final = sorted(
    {
        path.split("/")[0]
        for path in subprocess.run(
            ("git", "ls-files", "*/*"), cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout.splitlines()
    }
)
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
    "an approval",
    "Slack",
    "a workflow",
    "a job",
    "a sync option",
    "an alert",
    "a gate",
    "a number",
    "a risk flag",
    "a setting",
    "a word that a changelog gets",
    "a rule of GitHub's",
    "a command",
    "`--json`",
    "a tool",
)
SOURCE: Final = re.compile(r"""spec\.source\b|"spec"(?:\]\[|, )"source"|\bspec\["source"\]""")
"""How a module reads the one source of an Application."""


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


@pytest.mark.parametrize("top", [top for top in TOPS if top not in {"docs", ".ci"}])
def test_the_page_says_of_each_folder_what_is_in_it(top: str) -> None:
    assert re.search(rf"^\|[^|]*`{re.escape(top)}/", TEXT, re.MULTILINE)


def test_the_answer_on_two_sources_names_each_reader_of_the_one() -> None:
    (answer,) = [line for line in TEXT.splitlines() if line.startswith("| a chart with two")]
    readers = {
        path.name
        for path in (ROOT / "release").rglob("*.py")
        if SOURCE.search(path.read_text(encoding="utf-8"))
    }
    assert {name for name in readers if name not in answer} == set()
    assert len(readers) > 1


def test_the_answer_on_a_gate_names_each_module_that_knows_one() -> None:
    (answer,) = [line for line in TEXT.splitlines() if line.startswith("| a gate on promotions")]
    knowing = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "release").rglob("*.py")
        if re.search(
            r"\b(reason\.code in GATES|gate_reasons|freeze_of|place\.freeze)\b",
            path.read_text("utf-8"),
        )
    }
    beside = re.sub(r"`(\w+\.py)`", r"release/promotion/\1", answer)
    assert {path for path in knowing if path not in beside} == set()
    assert len(knowing) > len(ORDER) / 3


def test_the_page_stays_short() -> None:
    assert len(TEXT.splitlines()) < len(ORDER) * 6
