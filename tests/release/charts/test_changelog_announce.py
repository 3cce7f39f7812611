"""Notes under Unreleased: where they go, and that nothing else changes."""

from datetime import date

import pytest

from release.charts.changelog import parse, sections_by_title
from release.charts.changelog_edits import announce, release
from release.text.errors import EditRefusedError
from tests.release.text.texts_compared import added

RELEASED = "## 1.0.0 - 2025-11-01\n\n### Added\n- First\n"
PLAIN = f"# Changelog\n\n{RELEASED}"
NOTES = [("Fixed", "engine: a leak"), ("Added", "engine: a cache")]
FULL = f"# Changelog\n\n## [Unreleased]\n\n### Fixed\n- Mine\n\n### Security\n- Keys\n\n{RELEASED}"
EMPTY = f"# Changelog\n\n## [Unreleased]\n\n{RELEASED}"
TEMPLATE = f"# Changelog\n\n## [Unreleased]\n\n### Added\n\n### Fixed\n\n{RELEASED}"


@pytest.mark.parametrize("text", [PLAIN, FULL, EMPTY, TEMPLATE])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_unreleased_says_them_besides_what_it_said(text: str, end: str) -> None:
    before = text.replace("\n", end)
    after = announce(before, NOTES)
    unreleased = parse(after).unreleased
    assert unreleased is not None
    said = sections_by_title(unreleased)
    assert said["Added"][-1] == "engine: a cache"
    assert said["Fixed"][-1] == "engine: a leak"
    assert RELEASED.replace("\n", end) in after
    assert parse(after).problems == parse(before).problems == ()


def test_a_note_joins_the_section_of_its_kind() -> None:
    assert added(FULL, announce(FULL, NOTES[:1])) == ["- engine: a leak"]
    assert "- Mine\n- engine: a leak\n\n### Security" in announce(FULL, NOTES[:1])


def test_a_note_of_a_new_kind_gets_a_section_behind_the_others() -> None:
    assert "- Keys\n\n### Added\n- engine: a cache\n\n## 1.0.0 -" in announce(FULL, NOTES[1:])


def test_a_changelog_without_unreleased_gets_it() -> None:
    assert "## [Unreleased]\n\n### Added\n- engine: a cache\n\n## 1.0.0 -" in announce(
        PLAIN, NOTES[1:]
    )


@pytest.mark.parametrize("above", ["", "### Fixed\n", "### Fixed\n\n", "\n### Removed\n- Mine\n\n"])
def test_a_reference_right_below_stays_one_and_the_note_can_be_released(above: str) -> None:
    link = "[Unreleased]: https://example.org/compare/engine-1.0.0...HEAD\n"
    after = announce(f"# Changelog\n\n## [Unreleased]\n{above}{link}", NOTES[:1])
    assert [item.label for item in parse(after).links] == ["Unreleased"]
    address = "https://example.org/releases/tag/engine-1.1.0"
    assert "- engine: a leak\n" in release(after, "1.1.0", date(2026, 1, 5), tag_url=address)


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        (PLAIN.replace("# Changelog\n", ""), NOTES),
        (PLAIN, [("Improved", "x")]),
        (PLAIN, [("Fixed", "")]),
        (PLAIN, [("Fixed", "a\n## [9.9.9] - 2025-01-01")]),
    ],
)
def test_what_has_no_safe_place_is_refused(text: str, notes: list[tuple[str, str]]) -> None:
    with pytest.raises(EditRefusedError):
        announce(text, notes)
