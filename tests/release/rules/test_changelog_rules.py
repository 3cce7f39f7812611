"""Changelogs: their form, and what they say against Chart.yaml and the tags."""

import pytest

from demo.repository import EstateRepo
from tests.release.rules.asking import Case, append, ask, both, edit, remove, the_one, told

LOG = "helm/charts/vault/CHANGELOG.md"
HEAD = "## [1.0.0] - 2026-01-06"
LINK = "[1.0.0]: https://github.com/254CARBON/HMCo/releases/tag/vault-1.0.0"

CASES = (
    Case("changelog-missing", LOG, "", remove(LOG)),
    Case("changelog-form", LOG, "Improved", edit(LOG, "### Added", "### Improved"), "section"),
    Case("changelog-form", LOG, "- Loose", edit(LOG, HEAD, f"{HEAD}\n- Loose"), "loose"),
    Case(
        "changelog-version-twice",
        LOG,
        "2026-01-05",
        edit(
            LOG,
            "- Initial stable release",
            "- Initial\n\n## [1.0.0] - 2026-01-05\n\n### Added\n- x",
        ),
    ),
    Case(
        "changelog-order",
        LOG,
        "2026-01-04",
        both(
            edit(
                LOG, "- Initial stable release", "- x\n\n## [1.1.0] - 2026-01-04\n\n### Added\n- x"
            ),
            append(LOG, LINK.replace("1.0.0", "1.1.0") + "\n"),
            # The section claims a version that the chart must then have.
            edit("helm/charts/vault/Chart.yaml", "version: 1.0.0", "version: 1.1.0"),
        ),
    ),
    Case("changelog-date", LOG, "2026-13-01", edit(LOG, "2026-01-06", "2026-13-01"), "none"),
    Case("changelog-date", LOG, "2026-06-17", edit(LOG, "2026-01-06", "2026-06-17"), "future"),
    Case(
        "changelog-date",
        LOG,
        "2026-01-07",
        both(
            edit(
                LOG,
                "- Initial stable release",
                "- x\n\n## 0.9.0 - 2026-01-07\n\n### Added\n- x",
            ),
            lambda estate: estate.git("tag", "vault-0.9.0"),
        ),
        "against-order",
    ),
    Case("changelog-link", LOG, HEAD, edit(LOG, f"\n{LINK}\n", ""), "missing"),
    Case(
        "changelog-link",
        LOG,
        LINK.replace("vault-", "v"),
        edit(LOG, "tag/vault-", "tag/v"),
        "astray",
    ),
    Case("changelog-link", LOG, f"{LINK}-rc.1", edit(LOG, LINK, f"{LINK}-rc.1"), "further"),
    Case(
        "changelog-shell-literal", LOG, "$(date", append(LOG, "\nReleased $(date +%F)\n"), "behind"
    ),
    Case(
        "changelog-ahead",
        LOG,
        "1.1.0] - ",
        both(
            edit(LOG, HEAD, f"## [1.1.0] - 2026-02-01\n\n### Fixed\n- x\n\n{HEAD}"),
            append(LOG, LINK.replace("1.0.0", "1.1.0") + "\n"),
        ),
    ),
    Case(
        "changelog-missing-entry",
        LOG,
        HEAD,
        edit("helm/charts/vault/Chart.yaml", "version: 1.0.0", "version: 1.1.0"),
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule + case.id)
def test_one_broken_thing_is_one_finding(case: Case, estate: EstateRepo) -> None:
    if case.at:
        case.assert_told(estate)
    else:
        case.breaks(estate)
        assert told(ask(estate)) == [(case.rule, case.file, 0)]


def test_a_shell_expression_in_a_heading_is_told_as_such(estate: EstateRepo) -> None:
    estate.edit(LOG, HEAD, "## [1.0.0] - $(date +%Y-%m-%d)")
    rules = {rule for rule, _, _ in told(ask(estate))}
    assert "changelog-shell-literal" in rules
    assert "changelog-form" not in rules, "the same line is not told twice"


def test_a_shell_expression_in_code_is_left_alone(estate: EstateRepo) -> None:
    estate.edit(LOG, "- Initial stable release", "- Run it\n\n```sh\necho $(date +%F)\n```")
    assert told(ask(estate)) == []


def test_a_day_that_has_begun_east_of_utc_is_not_in_the_future(estate: EstateRepo) -> None:
    estate.edit(LOG, "2026-01-06", "2026-06-16")
    assert told(ask(estate)) == []


def test_headings_of_another_form_are_one_finding(estate: EstateRepo) -> None:
    log = "helm/charts/data-platform/CHANGELOG.md"
    text = (estate.path / log).read_text(encoding="utf-8")
    estate.write(log, text.replace("## [1", "## [v1"))
    (finding,) = (found for found in ask(estate).findings if found.rule == "changelog-form")
    assert "more name a version with a v" in finding.what
    assert finding.fix.startswith("write `## [1.4.0] - ")


def test_an_unreleased_section_breaks_no_rule(estate: EstateRepo) -> None:
    estate.edit(LOG, HEAD, f"## [Unreleased]\n\n### Added\n- More\n\n{HEAD}")
    assert [rule for rule, _, _ in told(ask(estate))] == ["unreleased-changes"]


def test_a_sub_chart_needs_no_changelog(estate_template: EstateRepo) -> None:
    assert not (estate_template.chart_path("trino") / "CHANGELOG.md").exists()
    assert told(ask(estate_template)) == []


def test_a_landed_release_without_tag_is_told(estate: EstateRepo) -> None:
    # staging has moved on from this version, so no pin tells of it.
    estate.git("tag", "--delete", "data-platform-1.1.0")
    finding = the_one(ask(estate), "release-untagged")
    assert finding.file == "helm/charts/data-platform/CHANGELOG.md"
    assert "data-platform-1.1.0" in finding.what
