"""The baseline: what it records waits, what is new fails, what is gone is told."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.repository import EstateRepo
from release.rules.baseline import BASELINE_FILE, Known, taken
from release.rules.baselinefile import BaselineError, baseline_text, parse_baseline
from release.rules.evaluation import UNRECORDED, Report, run_checks
from release.rules.rule import Severity
from tests.release.rules.asking import ask, facts_of

LOG = "helm/charts/vault/CHANGELOG.md"
OTHER = "helm/charts/storage/CHANGELOG.md"

words = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=30)


def record(estate: EstateRepo, reason: str = "from before") -> None:
    path = estate.path / BASELINE_FILE
    known = parse_baseline(path.read_text(encoding="utf-8")) if path.exists() else ()
    findings = run_checks(facts_of(estate), baseline=False).findings
    estate.write(BASELINE_FILE, baseline_text(taken(findings, known, reason, UNRECORDED)))


def failing(report: Report) -> list[tuple[str, str]]:
    return [
        (finding.rule, finding.file)
        for finding in report.findings
        if finding.severity is not Severity.NOTE
    ]


@given(st.lists(st.builds(Known, words, words, words, words)))
def test_a_baseline_reads_as_it_was_written(entries: list[Known]) -> None:
    assert sorted(parse_baseline(baseline_text(entries))) == sorted(entries)


def test_what_is_recorded_does_not_fail_and_is_listed_with_its_reason(estate: EstateRepo) -> None:
    (estate.path / LOG).unlink()
    assert ("changelog-missing", LOG) in failing(ask(estate))
    record(estate)
    report = ask(estate)
    assert failing(report) == []
    assert not report.fails(strict=True)
    waived = {(finding.rule, finding.waived) for finding in report.waived}
    assert ("changelog-missing", "baseline: from before") in waived


def test_an_edit_above_a_recorded_finding_does_not_make_it_new(estate: EstateRepo) -> None:
    estate.edit(LOG, "### Added", "### Improved")
    record(estate)
    estate.edit(LOG, "# Changelog\n", "# Changelog\n\nMore words.\n")
    assert failing(ask(estate)) == []


def test_what_is_new_fails_even_where_it_says_the_same(estate: EstateRepo) -> None:
    estate.edit(LOG, "### Added", "### Improved")
    record(estate)
    (estate.path / OTHER).unlink()
    told = failing(ask(estate))
    assert ("changelog-missing", OTHER) in told
    assert ("changelog-form", LOG) not in told
    text = (estate.path / LOG).read_text(encoding="utf-8")
    estate.write(LOG, text.replace("### Improved\n", "### Improved\n- x\n\n### Improved\n"))
    assert failing(ask(estate)).count(("changelog-form", LOG)) == 2, "a second one, told twice"


def test_an_entry_whose_finding_is_gone_is_told_and_taken_out(estate: EstateRepo) -> None:
    for log in (LOG, OTHER):
        estate.edit(log, "# Changelog\n", "")
    record(estate, "old")
    estate.git("checkout", "--", LOG)
    told = [found for found in ask(estate).findings if found.rule == "baseline"]
    assert {(found.file, found.severity) for found in told} == {(BASELINE_FILE, Severity.WARNING)}
    assert f"records changelog-form in {LOG}, which is gone" in {found.what for found in told}
    record(estate, "new")
    assert failing(ask(estate)) == []
    kept = parse_baseline((estate.path / BASELINE_FILE).read_text(encoding="utf-8"))
    assert {known.reason for known in kept} == {"old"}
    assert {known.file for known in kept if known.rule == "changelog-form"} == {OTHER}


def test_a_version_that_moves_on_does_not_make_a_recorded_finding_new(
    estate: EstateRepo,
) -> None:
    estate.edit("helm/charts/vault/Chart.yaml", "version: 1.0.0", "version: 1.0.1")
    record(estate)
    estate.edit("helm/charts/vault/Chart.yaml", "version: 1.0.1", "version: 1.0.2")
    found = [each for each in ask(estate).waived if each.rule == "changelog-missing-entry"]
    assert ["1.0.2" in each.what for each in found] == [True]
    assert failing(ask(estate)) == []


def test_a_pin_without_tag_and_a_chart_without_folder_are_never_recorded(
    estate: EstateRepo,
) -> None:
    estate.git("tag", "--delete", "vault-1.0.0")
    estate.git("rm", "-r", "--quiet", "helm/charts/security")
    estate.commit("Gone")
    record(estate)
    assert {"pin-untagged", "chart-missing"} <= {rule for rule, _ in failing(ask(estate))}


def test_what_hides_other_findings_is_never_recorded(estate: EstateRepo) -> None:
    estate.edit("Pulumi.prod.yaml", "hmco:soak: 0s", "hmco:soak: never")
    record(estate)
    assert ("settings", "Pulumi.prod.yaml") in failing(ask(estate))


def test_a_rule_that_was_not_asked_is_not_said_to_find_nothing_any_more(
    estate: EstateRepo,
) -> None:
    expired = 'holds:\n    vault: {reason: audit, by: rita, until: "2026-01-01"}'
    estate.edit("Pulumi.prod.yaml", "holds: {}", expired)
    record(estate)
    assert "hold-expired" in (estate.path / BASELINE_FILE).read_text(encoding="utf-8")
    estate.edit("Pulumi.prod.yaml", "hmco:soak: 0s", "hmco:soak: never")
    assert "baseline" not in {finding.rule for finding in ask(estate).findings}


@pytest.mark.parametrize(
    "text",
    [
        "- rule: [",
        "rules: 3",
        "- {rule: x, reason: y}",
        '- {rule: x, reason: "", findings: []}',
        "- {rule: x, reason: y, findings: [{file: a, what: b, line: 3}]}",
    ],
)
def test_what_is_no_baseline_is_an_error_and_hides_nothing(estate: EstateRepo, text: str) -> None:
    with pytest.raises(BaselineError):
        parse_baseline(text)
    (estate.path / LOG).unlink()
    estate.write(BASELINE_FILE, text)
    assert {("baseline", BASELINE_FILE), ("changelog-missing", LOG)} <= set(failing(ask(estate)))


def _folder(path: Path) -> None:
    path.mkdir()


def _link(path: Path) -> None:
    path.symlink_to(path.parents[1] / "elsewhere.yaml")


UNREADABLE: dict[str, Callable[[Path], object]] = {
    "is not UTF-8 text": lambda path: path.write_bytes(b"\xff"),
    "cannot be read: Is a directory": _folder,
    "is not a regular file": os.mkfifo,
    "leads out of the repository; it is not read": _link,
}


@pytest.mark.parametrize("said", UNREADABLE)
def test_what_cannot_be_read_is_not_taken_for_no_baseline(estate: EstateRepo, said: str) -> None:
    UNREADABLE[said](estate.path / BASELINE_FILE)
    found = ask(estate)
    assert [each.what for each in found.findings if each.rule == "baseline"] == [said]
    assert found.fails(strict=False)


@pytest.mark.parametrize("rule", ["2024-99-99", "!!int foo", "[" * 30_000 + "]" * 30_000])
def test_a_value_that_yaml_cannot_hold_makes_no_baseline(rule: str) -> None:
    with pytest.raises(BaselineError):
        parse_baseline(f"- rule: {rule}\n  reason: x\n  findings: []\n")


def test_an_entry_of_a_rule_that_does_not_exist_is_told(estate: EstateRepo) -> None:
    estate.write(BASELINE_FILE, baseline_text([Known("no-such-rule", "x", LOG, "is wrong")]))
    told = [finding.what for finding in ask(estate).findings if finding.rule == "baseline"]
    assert told == [f"records no-such-rule in {LOG}, which is gone"]
