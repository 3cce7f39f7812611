"""Tags against pins and content, in a real repository."""

from pathlib import Path

import pytest

from demo.repository import EstateRepo
from release.rules.rule import Severity
from tests.release.rules.asking import CHANGED, IDLE_NAMESPACE, ask, line_of, the_one, told

PROD = "Pulumi.prod.yaml"
VAULT = "helm/charts/vault/Chart.yaml"
TEMPLATE = "helm/charts/vault/templates/settings.yaml"


def test_a_pin_without_tag_is_told_at_its_line(estate: EstateRepo) -> None:
    estate.git("tag", "--delete", "vault-1.0.0")
    line = line_of(estate, PROD, "vault: 1.0.0")
    assert told(ask(estate)) == [("pin-untagged", PROD, line)]


def test_a_version_cut_by_this_very_change_is_a_note(estate: EstateRepo) -> None:
    estate.git("checkout", "--quiet", "-b", "promote/vault-1.0.1-to-prod")
    estate.edit(VAULT, "version: 1.0.0", "version: 1.0.1")
    estate.edit(
        "helm/charts/vault/CHANGELOG.md",
        "## [1.0.0]",
        "## [1.0.1] - 2026-06-15\n\n### Fixed\n- x\n\n## [1.0.0]",
    )
    estate.edit(
        "helm/charts/vault/CHANGELOG.md",
        "[1.0.0]: ",
        "[1.0.1]: https://github.com/254CARBON/HMCo/releases/tag/vault-1.0.1\n[1.0.0]: ",
    )
    estate.edit(PROD, "vault: 1.0.0", "vault: 1.0.1")
    estate.commit("Promote vault 1.0.1")
    report = ask(estate)
    note = the_one(report, "pin-untagged")
    assert note.severity is Severity.NOTE
    assert note.fix == "land it first; it is tagged after the merge"
    assert not report.fails(strict=True)

    estate.git("checkout", "--quiet", "main")
    estate.git("merge", "--quiet", "--no-ff", "promote/vault-1.0.1-to-prod")
    landed = ask(estate)
    assert the_one(landed, "pin-untagged").severity is Severity.ERROR, "it landed without its tag"


def test_a_tag_on_the_wrong_commit_is_told(estate: EstateRepo) -> None:
    first = estate.git("rev-parse", "data-platform-1.0.0^{commit}")
    estate.git("tag", "--force", "data-platform-1.3.0", first)
    finding = the_one(ask(estate), "wrong-tag")
    assert "at tag data-platform-1.3.0 Chart.yaml says data-platform 1.0.0" in finding.what
    assert (finding.file, finding.environment) == (PROD, "prod")


def test_a_tag_that_holds_no_chart_is_told(estate: EstateRepo) -> None:
    empty = estate.git("hash-object", "-t", "tree", "-w", "/dev/null")
    commit = estate.git("commit-tree", "-m", "nothing", empty)
    estate.git("tag", "--force", "vault-1.0.0", commit)
    report = ask(estate)
    assert "at tag vault-1.0.0 there is no vault" in the_one(report, "wrong-tag").what


def test_a_tag_of_a_chart_by_another_name_is_told(estate: EstateRepo) -> None:
    estate.edit("helm/charts/vault/Chart.yaml", "v2\nname: vault\n", "v2\nname: safe\n")
    estate.git("tag", "--force", "vault-1.0.0", estate.commit("Call it otherwise"))
    estate.edit("helm/charts/vault/Chart.yaml", "v2\nname: safe\n", "v2\nname: vault\n")
    estate.commit("Call it vault again")
    assert "at tag vault-1.0.0 there is no vault" in the_one(ask(estate), "wrong-tag").what


def test_the_newest_release_that_nobody_pins_has_its_tag_too(estate: EstateRepo) -> None:
    estate.git("tag", "--delete", "service-mesh-1.3.0")
    finding = the_one(ask(estate), "release-untagged")
    assert finding.what.endswith("1.3.0 has a section, but no tag service-mesh-1.3.0")


def test_a_higher_tag_that_was_never_merged_makes_no_version_too_low(estate: EstateRepo) -> None:
    estate.git("checkout", "--quiet", "--detach")
    estate.edit("helm/charts/vault/Chart.yaml", "version: 1.0.0\n", "version: 9.0.0\n")
    estate.git("tag", "vault-9.0.0", estate.commit("Never merged"))
    estate.git("checkout", "--quiet", "main")
    assert "version-lower-than-tag" not in {found.rule for found in ask(estate).findings}
    estate.git("merge", "--quiet", "--strategy=ours", "--no-edit", "vault-9.0.0")
    assert "version-lower-than-tag" in {found.rule for found in ask(estate).findings}


def test_the_changelog_of_the_parent_announces_a_change_of_its_sub_chart(
    estate: EstateRepo,
) -> None:
    with estate.story() as story:
        story.change("trino")
    found = [f for f in ask(estate).findings if f.file.endswith("charts/trino/Chart.yaml")]
    assert [f.rule for f in found] == ["unreleased-changes"]


def test_a_tag_that_was_never_merged_is_told(estate: EstateRepo) -> None:
    estate.git("checkout", "--quiet", "--detach")
    commit = estate.commit("Never merged")
    estate.git("checkout", "--quiet", "main")
    estate.git("tag", "--force", "vault-1.0.0", commit)
    finding = the_one(ask(estate), "tag-off-branch")
    assert finding.what == "tag vault-1.0.0 is not part of main"


@pytest.mark.parametrize("committed", [True, False])
def test_a_released_file_that_changed_is_told(estate: EstateRepo, *, committed: bool) -> None:
    estate.edit(TEMPLATE, "kind: ConfigMap", "kind: Secret")
    if committed:
        estate.commit("Change without a version")
    finding = the_one(ask(estate), CHANGED)
    assert (finding.file, finding.line) == (VAULT, line_of(estate, VAULT, "version: 1.0.0"))
    assert finding.what.startswith("vault 1.0.0 is released, but templates/settings.yaml differs")


def test_a_new_file_in_a_released_chart_is_told(estate: EstateRepo) -> None:
    estate.write("helm/charts/vault/templates/new.yaml", "kind: ConfigMap\n")
    assert "templates/new.yaml" in the_one(ask(estate), CHANGED).what


def test_a_changed_sub_chart_is_told_for_itself_and_its_parent(estate: EstateRepo) -> None:
    path = estate.chart_path("trino") / "values.yaml"
    path.write_text(path.read_text() + "more: true\n")
    estate.commit("Change trino")
    rules = [(f.rule, f.chart) for f in ask(estate).findings if f.rule != IDLE_NAMESPACE]
    assert rules == [(CHANGED, "data-platform"), (CHANGED, "trino")]


def test_an_announced_change_is_a_note(estate: EstateRepo) -> None:
    estate.edit(TEMPLATE, "kind: ConfigMap", "kind: Secret")
    estate.edit(
        "helm/charts/vault/CHANGELOG.md",
        "## [1.0.0]",
        "## [Unreleased]\n\n### Changed\n- A secret now\n\n## [1.0.0]",
    )
    report = ask(estate)
    assert the_one(report, "unreleased-changes").severity is Severity.NOTE
    assert not report.fails(strict=True)


def test_an_empty_unreleased_section_announces_nothing(estate: EstateRepo) -> None:
    estate.edit(TEMPLATE, "kind: ConfigMap", "kind: Secret")
    estate.edit("helm/charts/vault/CHANGELOG.md", "## [1.0.0]", "## [Unreleased]\n\n## [1.0.0]")
    assert ask(estate).fails(strict=False)


def test_going_back_below_a_released_version_is_told(estate: EstateRepo) -> None:
    estate.git("tag", "vault-1.2.0")
    finding = the_one(ask(estate), "version-lower-than-tag")
    assert finding.what == "vault has 1.0.0, but 1.2.0 was released (tag exists)"


def test_a_longer_chart_name_is_not_taken_for_a_version(estate: EstateRepo) -> None:
    estate.git("tag", "data-9.9.9")
    estate.git("tag", "data-platform-next-9.9.9")
    assert told(ask(estate)) == []


def test_a_value_file_that_the_pin_lacks_is_told(estate: EstateRepo) -> None:
    moved = estate.git("rev-parse", "monitoring-1.2.0^{commit}")
    estate.git("checkout", "--quiet", "--detach", moved)
    (estate.path / "helm/charts/monitoring/values/prod.yaml").unlink()
    commit = estate.commit("Without values for prod")
    estate.git("checkout", "--quiet", "main")
    estate.git("tag", "--force", "monitoring-1.2.0", commit)
    finding = the_one(ask(estate), "value-file-missing-at-pin")
    assert finding.what == "tag monitoring-1.2.0 has no values/prod.yaml"
    assert finding.environment == "prod"


def test_a_shallow_clone_is_told_once_and_asks_nothing_of_tags(
    estate_template: EstateRepo, tmp_path: Path
) -> None:
    clone = estate_template.clone_to(tmp_path / "clone", "--depth=1")
    report = ask(clone)
    assert [rule for rule, _, _ in told(report)] == ["history-incomplete"]
    assert "fetch --unshallow --tags" in the_one(report, "history-incomplete").fix
    assert "pin-untagged" in dict(report.left_out)


def test_a_clone_without_tags_is_told_for_each_pin(
    estate_template: EstateRepo, tmp_path: Path
) -> None:
    clone = estate_template.clone_to(tmp_path / "clone", "--no-tags")
    rules = {rule for rule, _, _ in told(ask(clone))}
    assert rules == {"pin-untagged", "release-untagged"}


def test_a_detached_head_is_checked_like_a_branch(estate: EstateRepo) -> None:
    estate.git("checkout", "--quiet", "--detach")
    assert told(ask(estate)) == []


def test_an_unborn_branch_is_told(estate: EstateRepo) -> None:
    estate.git("checkout", "--quiet", "--orphan", "fresh")
    report = ask(estate)
    assert the_one(report, "history-incomplete").what == "the repository has no commit yet"
