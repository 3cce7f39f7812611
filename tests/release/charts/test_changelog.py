import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from release.charts.changelog import parse, sections_by_title
from release.text.markdown_lines import LineKind, scan

GOOD = """\
# Changelog

All notable changes to the demo chart.

## [Unreleased]

## [1.1.0] - 2025-12-01 [YANKED]

### Added
- One thing:
  - nested
  ```yaml
  ## [9.9.9] - 2020-01-01
  ```

* Another

### Fixed
- A bug ([#12])

## [1.0.0] - 2025-11-01

First release.

[#12]: https://example.org/12
[Unreleased]: https://example.org/compare/demo-1.1.0...HEAD
[1.1.0]: https://example.org/releases/tag/demo-1.1.0
[1.0.0]: https://example.org/releases/tag/demo-1.0.0
"""
PIECES = [
    "# Changelog", "## [1.0.0] - 2025-11-01", "## [Unreleased]", "### Added", "#### deep",
    "- item", "  - nested", "  more", "text", "", "", "```", "```yaml", "~~~", "  ```",
    "- ```", "    ## code", "<!-- x -->", "<!--", "-->", "[1.0.0]: https://example.org/1",
    "> quote", "1. one", "---", "* * *", "1. ---", "2. two", "1.", "===",
    "## closed ##", "##", "<details>", "</details>",
]  # fmt: skip


def section_of(text: str, version: str) -> str:
    """Return what the changelog says about one release, without outer blank lines."""
    found = parse(text).find(version)
    assert found is not None
    return found.body.strip("\r\n")


def test_a_changelog_is_read_with_versions_sections_entries_and_links() -> None:
    changelog = parse(GOOD)
    assert changelog.problems == ()
    assert changelog.unreleased is not None
    assert not changelog.unreleased.has_content
    newest, oldest = changelog.releases
    assert (newest.version, newest.date, newest.line) == ("1.1.0", "2025-12-01", 7)
    assert sections_by_title(newest) == {
        "Added": ("One thing:\n  - nested\n  ```yaml\n  ## [9.9.9] - 2020-01-01\n  ```", "Another"),
        "Fixed": ("A bug ([#12])",),
    }
    assert (oldest.version, oldest.sections, oldest.has_content) == ("1.0.0", (), True)
    assert [link.label for link in changelog.links] == ["#12", "Unreleased", "1.1.0", "1.0.0"]


def test_the_text_of_one_release_is_given_without_heading_and_links() -> None:
    assert section_of(GOOD, "1.0.0") == "First release."
    assert section_of(GOOD, "1.1.0").startswith("### Added\n- One thing:")
    assert section_of(GOOD, "1.1.0").endswith("- A bug ([#12])")


@pytest.mark.parametrize(
    ("old", "new", "line", "code"),
    [
        ("# Changelog\n", "", 4, "changelog-title"),
        ("First release.", "# Second", 23, "changelog-title-twice"),
        ("## [1.0.0] - 2025-11-01", "## 1.0", 21, "changelog-heading-form"),
        ("## [1.0.0] - 2025-11-01", "##[1.0.0] - 2025-11-01", 21, "changelog-heading-form"),
        ("2025-11-01", "$(date +%Y-%m-%d)", 21, "changelog-heading-form"),
        ("## [1.0.0]", " ## [1.0.0]", 21, "changelog-heading-indented"),
        ("First release.", "1.0.0\n-----", 24, "changelog-heading-setext"),
        ("[1.0.0] -", "[v1.0.0] -", 21, "changelog-heading-form"),
        ("[1.0.0] -", "[01.0.0] -", 21, "changelog-version"),
        ("2025-11-01", "2025-13-01", 21, "changelog-date"),
        ("2025-11-01", "20251101", 21, "changelog-date"),
        ("[1.0.0] -", "[1.1.0] -", 21, "changelog-version-twice"),
        ("[1.0.0] -", "[1.2.0] -", 21, "changelog-order"),
        ("### Fixed", "### Bugs", 18, "changelog-section-unknown"),
        ("### Fixed", "### Added", 18, "changelog-section-twice"),
        ("- A bug ([#12])\n", "", 18, "changelog-section-empty"),
        ("First release.", "", 21, "changelog-release-empty"),
        ("First release.", "- loose", 23, "changelog-entry-outside"),
        (
            "[1.0.0]: https://example.org/releases/tag/demo-1.0.0\n",
            "",
            21,
            "changelog-link-missing",
        ),
        ("[1.0.0]: ", "[1.1.0]: ", 28, "changelog-link-twice"),
        ("[1.0.0]: ", "[0.9.0]: ", 28, "changelog-link-unused"),
        ("release.\n\n[#12]", "release.\n[#12]", 24, "changelog-link-in-text"),
        ("## [1.0.0] - 2025-11-01", "## [Unreleased]", 21, "changelog-unreleased-twice"),
        ("## [Unreleased]\n", "", 5, ""),
        ("  ```\n\n", "\n", 12, "changelog-block-open"),
        ("  ```yaml\n", "  ```yaml\n# code?\n", 13, "changelog-block-open"),
        ("First release.", "<!-- never closed", 23, "changelog-block-open"),
        ("First release.", "<<<<<<< HEAD", 23, "changelog-conflict"),
    ],
)
def test_each_fault_is_listed_with_its_line_and_code(
    old: str, new: str, line: int, code: str
) -> None:
    assert old in GOOD
    problems = parse(GOOD.replace(old, new, 1)).problems
    found = [(problem.line, problem.code) for problem in problems]
    assert (line, code) in found if code else not found
    assert all(problem.remedy for problem in problems)


@pytest.mark.parametrize(
    "entry", ["- One", "- **One**\n  `two`\nof 3", "1. One\n    - two", "> One"]
)
def test_a_line_of_dashes_right_below_a_list_is_a_rule(entry: str) -> None:
    tokens = MarkdownIt("commonmark").parse(f"{entry}\n---\n")
    assert [token.type for token in tokens][-1] == "hr"
    assert scan(f"{entry}\n---\n")[1] == []


def test_unreleased_below_a_release_is_a_fault() -> None:
    text = "# Changelog\n\n## 1.0.0 - 2025-11-01\n\n- x\n\n## Unreleased\n"
    assert [problem.code for problem in parse(text).problems][-1] == "changelog-unreleased-place"


@example(["<details>", "```", "", "# Changelog", "```"])
@example(["<details>", "<!--", "", "# Changelog", "-->"])
@example(["- item", "---", "-->", "---"])
@given(st.lists(st.sampled_from(PIECES), max_size=12))
def test_headings_are_those_of_commonmark_or_a_problem_is_reported(pieces: list[str]) -> None:
    text = "\n".join(pieces)
    lines, problems = scan(text)
    tokens = MarkdownIt("commonmark").parse(text)
    expected = [
        token.map[0] + 1
        for token in tokens
        if token.type == "heading_open" and token.level == 0 and token.map
    ]
    found = [line.number for line in lines if line.kind is LineKind.HEADING]
    if not problems:
        assert found == expected


@given(st.text(st.one_of(st.sampled_from("#[]()-` \n\r1.:<>!"), st.characters()), max_size=60))
def test_any_text_is_read_without_an_error_and_without_losing_a_byte(text: str) -> None:
    parse(text)
    assert "".join(line.whole for line in scan(text)[0]) == text


ODD_FORMS = {
    "[v{}] - 2025-01-0{}": "name a version with a v; write `## [3.0.0] - 2025-01-03`",
    "v{} (2025-01-0{})": "name a version with a v; write `## [3.0.0] - 2025-01-03`",
    "[{}](https://example.org/compare) (2025-01-0{})": "have the day in another form; "
    "write `## [3.0.0] - 2025-01-03`",
    "{} / 2025-01-0{}": "say more than version and day; write `## [3.0.0] - YYYY-MM-DD`",
    "[{}]": "say no day; write `## [3.0.0] - YYYY-MM-DD`",
    "Version {} - 2025-01-0{}": "have the day in another form; write `## [3.0.0] - 2025-01-03`",
}


@pytest.mark.parametrize("form", ODD_FORMS)
def test_headings_of_another_form_are_told_once_with_what_to_write(form: str) -> None:
    parts = [f"## {form.format(f'{n}.0.0', n)}\n\n### Added\n- x\n\n" for n in (3, 2, 1)]
    changelog = parse("# Changelog\n\n" + "".join(parts))
    (problem,) = (item for item in changelog.problems if "-link-" not in item.code)
    assert (problem.line, problem.code) == (3, "changelog-heading-form")
    assert f"and 2 more {ODD_FORMS[form]}" in f"{problem.message}; {problem.remedy}"
    assert [release.version for release in changelog.releases] == ["3.0.0", "2.0.0", "1.0.0"]


def test_one_heading_of_another_form_is_told_by_itself() -> None:
    (problem,) = parse("# Changelog\n\n## v1.0.0 - 2025-01-01\nx\n").problems
    assert problem.message == "`## v1.0.0 - 2025-01-01` names a version with a v"


def test_references_with_a_v_belong_to_their_headings() -> None:
    text = (
        "# Changelog\n\n## [v1.0.0] - 2025-01-01\n### Added\n- x\n\n[v1.0.0]: https://example.org\n"
    )
    assert [problem.code for problem in parse(text).problems] == ["changelog-heading-form"]
