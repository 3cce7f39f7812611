"""Every runbook, followed command by command in a clone of the estate."""

import re
from pathlib import Path

import pytest

from demo.environments import ROOT
from demo.repository import EstateRepo
from tests.docs.happenings import HAPPENINGS, happen
from tests.docs.outputs import misaligned
from tests.docs.pages import (
    Command,
    Happening,
    Section,
    read_anchors,
    read_links,
    read_mentions,
    read_sections,
)
from tests.docs.reader import at_work

DOCS = ROOT / "docs"
PAGES = (DOCS / "runbooks.md", *sorted((DOCS / "runbooks").glob("*.md")))
_LABELS = re.compile(r"open a pull request with the labels ([^(]+)")
SECTIONS = tuple(section for page in PAGES for section in read_sections(page))


def name_of(section: Section) -> str:
    return f"{section.page.stem}: {section.title}"


@pytest.mark.parametrize("section", SECTIONS, ids=name_of)
def test_the_commands_of_a_section_do_what_it_shows(
    section: Section,
    estate_template: EstateRepo,
    own_renderings: Path,  # noqa: ARG001 -- what somebody asked on this machine is not known there
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reader = at_work(estate_template, tmp_path, monkeypatch)
    told: list[str] = []
    for step in section.steps:
        if isinstance(step, Happening):
            happen(reader, step.text)
            continue
        printed = reader.follow(step)
        told = next(map(str.split, _LABELS.findall(printed.replace(",", ""))), told)
        if isinstance(step, Command) and step.text.startswith("gh pr create") and told:
            assert re.findall(r"--label (\S+)", step.text) == told, f"line {step.line}"
            told = []


@pytest.mark.parametrize("section", SECTIONS, ids=name_of)
def test_the_cells_of_a_shown_table_stand_below_their_titles(section: Section) -> None:
    commands = [step for step in section.steps if isinstance(step, Command)]
    assert not {step.text: rows for step in commands if (rows := misaligned(step.shown))}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_prose_names_whole_commands_only_if_a_section_runs_them(page: Path) -> None:
    run = {step.text for s in SECTIONS for step in s.steps if isinstance(step, Command)}
    beginnings = {" ".join(text.split()[:2]) for text in run}
    for line, mention in read_mentions(page):
        assert mention in run | beginnings, f"{page.name}:{line}: {mention} is run by no section"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for link in read_links(page):
        if link.startswith("https://"):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.is_file(), f"{page.name}: {link}"
        assert not anchor or anchor in read_anchors(target), f"{page.name}: {link}"


def test_every_page_is_in_the_list_of_runbooks() -> None:
    listed = set(read_links(PAGES[0]))
    assert {f"runbooks/{page.name}" for page in PAGES[1:]} <= listed


def test_every_situation_is_one_that_a_page_needs() -> None:
    named = {step.text for s in SECTIONS for step in s.steps if isinstance(step, Happening)}
    assert named == set(HAPPENINGS)
