from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from release.charts.changelog import parse
from release.charts.changelog_edits import release
from release.text.errors import EditRefusedError
from tests.release.charts.test_changelog import section_of
from tests.release.text.texts_compared import added, hunks

DAY = date(2025, 12, 1)
URL = "https://example.org/demo/releases/tag/demo-1.2.0"
HEADER = "# Changelog\n\nAll notable changes.\n\n"
ONE = (
    HEADER + "## [1.0.0] - 2025-11-01\n\n### Added\n- First\n\n"
    "[1.0.0]: https://example.org/demo/releases/tag/demo-1.0.0\n"
)
UNRELEASED = ONE.replace("## [1.0.0]", "## [Unreleased]\n\n### Fixed\n\n- A bug\n\n## [1.0.0]")
COMPACT = (
    "# Changelog\n## [Unreleased]\n### Added\n- x\n## [1.0.0] - 2025-11-01\n- y\n\n"
    "[1.0.0]: https://example.org/demo/releases/tag/demo-1.0.0\n"
)
NOTE = [("Fixed", "A bug"), ("Added", "A thing"), ("Added", "Another")]


def cut(text: str, version: str = "1.2.0", **changes: object) -> str:
    return release(text, version, DAY, **({"tag_url": URL} | changes))  # type: ignore[arg-type] # tests pass wrong values too


def test_a_note_becomes_the_newest_section_and_a_reference() -> None:
    assert added(ONE, cut(ONE, note=NOTE)) == [
        "", "## [1.2.0] - 2025-12-01", "", "### Added", "- A thing", "- Another", "",
        "### Fixed", "- A bug", f"[1.2.0]: {URL}",
    ]  # fmt: skip


def test_what_is_unreleased_moves_below_the_new_heading() -> None:
    after = cut(UNRELEASED)
    assert sorted(added(UNRELEASED, after)) == ["", "## [1.2.0] - 2025-12-01", f"[1.2.0]: {URL}"]
    changelog = parse(after)
    assert changelog.unreleased is not None
    assert not changelog.unreleased.has_content
    assert section_of(after, "1.2.0") == "### Fixed\n\n- A bug"


TEMPLATE = ONE.replace(
    "## [1.0.0]",
    "## [Unreleased]\n\n### Added\n<!-- new things -->\n\n### Changed\n\n### Fixed\n\n- A bug\n\n"
    "### Removed\n\n## [1.0.0]",
)


def test_headings_of_a_template_stay_under_unreleased_and_not_in_the_release() -> None:
    assert [problem.code for problem in parse(TEMPLATE).problems] == []
    after = cut(TEMPLATE)
    assert section_of(after, "1.2.0") == "### Fixed\n\n- A bug"
    unreleased = parse(after).unreleased
    assert unreleased is not None
    assert [section.title for section in unreleased.sections] == ["Added", "Changed", "Removed"]
    assert "### Added\n<!-- new things -->\n\n### Changed\n\n### Removed\n\n## [1.2.0]" in after


def test_a_template_alone_says_nothing_and_notes_speak() -> None:
    text = TEMPLATE.replace("- A bug\n\n", "")
    with pytest.raises(EditRefusedError, match="nothing to say"):
        cut(text)
    assert section_of(cut(text, note=NOTE[:1]), "1.2.0") == "### Fixed\n- A bug"


def test_a_changelog_of_many_faults_is_refused_in_few_words() -> None:
    headings = "".join(f"## [{n}.0.0] 2024\n\n## Notes {n}\n\n- x\n\n" for n in range(90, 1, -1))
    with pytest.raises(EditRefusedError) as refused:
        cut(ONE.replace("## [1.0.0]", f"{headings}## [1.0.0]"), version="99.0.0")
    assert len(str(refused.value)) < 600
    assert "and 87 more" in str(refused.value)


def test_a_changelog_without_empty_lines_stays_so() -> None:
    assert added(COMPACT, cut(COMPACT)) == ["## [1.2.0] - 2025-12-01", f"[1.2.0]: {URL}"]


@pytest.mark.parametrize("text", [ONE, UNRELEASED, COMPACT])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("final", [True, False])
def test_line_ends_stay_as_they_are(text: str, newline: str, final: bool) -> None:  # noqa: FBT001 # a parameter of the table
    text = text if final else text.rstrip("\n")
    expected = cut(text, note=NOTE if text.startswith(ONE[:60]) else ()).replace("\n", newline)
    before = text.replace("\n", newline)
    assert cut(before, note=NOTE if text.startswith(ONE[:60]) else ()) == expected
    assert expected.endswith("\n") is final


def test_comparing_references_go_on_comparing() -> None:
    base = "https://example.org/demo/compare"
    text = UNRELEASED.replace(
        "[1.0.0]: https://example.org/demo/releases/tag/demo-1.0.0",
        f"[unreleased]:  {base}/demo-1.0.0...HEAD\n[1.0.0]:  {base}/demo-0.9.0...demo-1.0.0",
    )
    assert hunks(text, cut(text))[-1] == (
        [f"[unreleased]:  {base}/demo-1.0.0...HEAD"],
        [f"[unreleased]:  {base}/demo-1.2.0...HEAD",
         f"[1.2.0]:  {base}/demo-1.0.0...demo-1.2.0"],
    )  # fmt: skip


def test_references_in_angle_brackets_keep_them() -> None:
    text = ONE.replace("]: https://example.org/demo/releases/tag/demo-1.0.0", "]: <https://x/1>")
    assert f"[1.2.0]: <{URL}>\n[1.0.0]: <https://x/1>\n" in cut(text, note=NOTE)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (HEADER, f"{HEADER}## [1.2.0] - 2025-12-01\n\n### Fixed\n- x\n\n[1.2.0]: {URL}\n"),
        ("# C", f"# C\n\n## [1.2.0] - 2025-12-01\n\n### Fixed\n- x\n\n[1.2.0]: {URL}"),
        ("# C\n\n## Unreleased\n",
         f"# C\n\n## Unreleased\n\n## [1.2.0] - 2025-12-01\n\n### Fixed\n- x\n\n[1.2.0]: {URL}\n"),
        ("# C\n\n## 1.0.0 - 2025-11-01\n\n- y\n",
         "# C\n\n## 1.2.0 - 2025-12-01\n\n### Fixed\n- x\n\n## 1.0.0 - 2025-11-01\n\n- y\n"),
        ("# C\n\n[a]: https://x\n",
         f"# C\n\n## [1.2.0] - 2025-12-01\n\n### Fixed\n- x\n\n[1.2.0]: {URL}\n[a]: https://x\n"),
    ],
)  # fmt: skip
def test_a_changelog_that_lacks_something_gets_what_it_needs(before: str, after: str) -> None:
    assert cut(before, note=[("Fixed", "x")]) == after


ENTRIES = st.lists(
    st.sampled_from(
        ["- item é😀", "  - nested", "", "  ```", "  ## in code", "  ```", "* star", "    deep",
         "- [link](https://x)", "text", "<!-- c -->", "\u2028- odd", "- trailing  "]
    ),
    max_size=6,
)  # fmt: skip


@given(ENTRIES, ENTRIES, st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_a_cut_only_adds_lines_or_refuses(
    unreleased: list[str],
    old: list[str],
    newline: str,
    with_links: bool,  # noqa: FBT001 # drawn
) -> None:
    lines = ["# Changelog", "", "## [Unreleased]", "", *unreleased, "", "## [1.0.0] - 2025-11-01"]
    lines += ["", *old, "", *(["[1.0.0]: https://example.org/1"] if with_links else [])]
    text = newline.join(lines)
    try:
        after = cut(text)
    except EditRefusedError:
        return
    new = [line.rstrip("\r") for line in added(text, after)]
    assert [line for line in new if line] == ["## [1.2.0] - 2025-12-01", f"[1.2.0]: {URL}"]
    assert parse(after).releases[0].body.strip() == newline.join(unreleased).strip()
    with pytest.raises(EditRefusedError, match="is already there"):
        cut(after, note=NOTE)


@pytest.mark.parametrize(
    ("text", "changes", "reason"),
    [
        (ONE, {}, r"nothing to say.*give a note"),
        (COMPACT.replace("- x\n", ""), {}, "nothing to say"),
        (UNRELEASED, {"note": NOTE}, "entries already"),
        (ONE, {"version": "1.0.0", "note": NOTE}, r"is already there \(line 5\)"),
        (ONE, {"version": "0.9.0", "note": NOTE}, r"not higher than 1\.0\.0"),
        (ONE, {"version": "1.0.0-rc.1", "note": NOTE}, "not higher"),
        (ONE, {"version": "1.2", "note": NOTE}, "not an exact version"),
        (ONE, {"version": "v1.2.0", "note": NOTE}, "not an exact version"),
        (ONE, {"version": "$(date)", "note": NOTE}, "not an exact version"),
        (f"{ONE}[1.2.0]: https://x\n", {"note": NOTE}, r"reference \[1\.2\.0\]: is already there"),
        (f"{ONE}[1.0.0]: https://x\n", {"note": NOTE}, "is already on line 10"),
        (ONE, {"note": [("Bugs", "x")]}, "not a kind of change"),
        (ONE, {"note": [("Fixed", "x\n## [9.0.0] - 2020-01-01")]}, "single line"),
        (ONE, {"note": [("Fixed", "  ")]}, "single line"),
        (ONE, {"note": NOTE, "tag_url": "javascript:x"}, "not a web address"),
        (ONE, {"note": NOTE, "tag_url": "https://x/a b"}, "not a web address"),
        (
            ONE.replace("## [1.0.0] -", "## 1.0.0 of"),
            {"note": NOTE},
            "says more than version and day",
        ),
        (ONE.replace("All notable", "1.1.0\n===\nAll"), {"note": NOTE}, "may underline"),
        (ONE.replace("First\n\n", "First\n"), {"note": NOTE}, "part of the text above"),
        (f"{ONE}```\n", {"note": NOTE}, "never ends"),
        (f"<<<<<<< HEAD\n{ONE}", {"note": NOTE}, "merge conflict"),
        ("", {"note": NOTE}, "does not begin with a title"),
    ],
)
def test_a_cut_that_would_leave_a_worse_changelog_is_refused(
    text: str, changes: dict[str, object], reason: str
) -> None:
    version = str(changes.get("version", "1.2.0"))
    rest = {key: value for key, value in changes.items() if key != "version"}
    with pytest.raises(EditRefusedError, match=reason):
        cut(text, version, **rest)
