"""Stack files together: settings, holds, freezes, collisions and the order of promotion."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from demo.repository import EstateRepo
from release.charts.record import Waiver
from release.rules.evaluation import registry_report, run_checks
from tests.release.rules.asking import (
    IDLE_NAMESPACE,
    Case,
    ask,
    edit,
    facts_of,
    line_of,
    the_one,
    told,
)

PROD = "Pulumi.prod.yaml"
STAGING = "Pulumi.staging.yaml"
HOLD = 'holds:\n    vault: {reason: Broken, by: rita, until: "%s"}'

CASES = (
    Case("settings", PROD, 'vault: "1.0"', edit(PROD, "vault: 1.0.0", 'vault: "1.0"'), "version"),
    Case("settings", STAGING, "soak", edit(STAGING, "hmco:soak:", "hmco:soaking:"), "key"),
    Case("settings", PROD, "freezes: []", edit(PROD, "hmco:holds: {}", "hmco:holds: {"), "syntax"),
    Case(
        "hold-expired",
        PROD,
        "Broken",
        edit(PROD, "holds: {}", HOLD % "2026-06-14"),
    ),
    Case(
        "freeze-past",
        PROD,
        "Christmas",
        edit(
            PROD,
            "freezes: []",
            'freezes:\n    - {first: "2025-12-20", last: "2025-12-27", reason: Christmas}',
        ),
    ),
    Case(
        "charts-folder-differs",
        PROD,
        "deploy/charts",
        edit(PROD, "charts: helm/charts", "charts: deploy/charts"),
    ),
)


def test_what_ends_today_is_in_force_still(estate: EstateRepo) -> None:
    today = estate.until.date().isoformat()
    estate.edit(PROD, "holds: {}", HOLD % today)
    estate.edit(
        PROD,
        "freezes: []",
        f'freezes:\n    - {{first: "2026-06-01", last: "{today}", reason: end}}',
    )
    assert told(ask(estate)) == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule + case.id)
def test_one_broken_thing_is_one_finding(case: Case, estate: EstateRepo) -> None:
    case.breaks(estate)
    found = told(ask(estate))
    assert {(rule, file) for rule, file, _ in found} == {(case.rule, case.file)}
    lines = [line for _, _, line in found]
    if case.id == "":  # what the settings refuse is placed by their own tests
        assert lines == [line_of(estate, case.file, case.at)]
    assert any(lines), "a missing key alone has no line"


@pytest.mark.parametrize("until", ["2026-06-15", "2026-12-31"])
def test_a_hold_counts_through_its_last_day(until: str, estate: EstateRepo) -> None:
    estate.edit(PROD, "holds: {}", HOLD % until)
    assert told(ask(estate)) == []


def test_refused_settings_leave_the_rules_out_that_need_them(estate: EstateRepo) -> None:
    estate.edit(PROD, "vault: 1.0.0", 'vault: "1.0"')
    report = ask(estate)
    left_out = dict(report.left_out)
    assert "valid stack files" in left_out["shared-release"]
    assert "idle-waiver" not in {finding.rule for finding in report.findings}
    assert report.fails(strict=False)


def test_a_release_that_two_environments_share_is_told(estate: EstateRepo) -> None:
    registry = replace(estate.registry, waivers=())
    findings = [f for f in ask(estate, registry).findings if f.rule == "shared-release"]
    assert [(f.file, f.chart, f.environment) for f in findings] == [
        (PROD, "storage", "prod"),
        (STAGING, "storage", "staging"),
    ]
    assert all("deployed by dev too" in finding.what for finding in findings)


def test_environments_on_different_clusters_share_nothing(estate: EstateRepo) -> None:
    registry = replace(estate.registry, waivers=())
    for environment in ("staging", "prod"):
        estate.edit(
            f"Pulumi.{environment}.yaml",
            "server: https://kubernetes.default.svc",
            f"server: https://{environment}.example.org",
        )
    assert told(ask(estate, registry)) == []


def test_two_pairs_of_chart_and_environment_with_one_name_are_told(estate: EstateRepo) -> None:
    # `vault` in `x-prod` and `vault-x` in `prod` would both be called vault-x-prod.
    text = (estate.path / PROD).read_text()
    other = re.sub(r"(?m)^    (?!vault)[a-z-]+: \d+\.\d+\.\d+\n", "", text)
    other = re.sub(r"(?m)^  hmco:repository:\n(    .*\n)*", "", other)
    estate.write("Pulumi.x-prod.yaml", other.replace("hmco:project: ", "hmco:project: x-"))
    estate.edit("Pulumi.x-prod.yaml", "    directory: ", "    directory: x/")
    estate.edit(PROD, "    vault: 1.0.0\n", "    vault-x: 1.0.0\n")
    vault_x = estate.registry.by_name["vault"]._replace(name="vault-x")
    report = ask(estate, replace(estate.registry, charts=(*estate.registry.charts, vault_x)))
    assert the_one(report, "application-name-twice").what == (
        "the Application vault-x-prod is made by environment prod too"
    )


def test_a_pin_that_its_source_never_ran_is_told(estate: EstateRepo) -> None:
    # prod skips from 1.2.0 past what staging ever had: the tag exists, staging's pin does not.
    estate.edit(STAGING, "monitoring: 1.3.0", "monitoring: 1.0.0")
    estate.git("tag", "monitoring-1.2.5", "monitoring-1.2.0^{commit}")
    estate.edit(PROD, "monitoring: 1.2.0", "monitoring: 1.2.5")
    finding = the_one(ask(estate), "skipped-source")
    assert finding.what == (
        "pins monitoring 1.2.5, but staging never ran monitoring 1.2.5 (it runs 1.0.0)"
    )
    assert (finding.file, finding.line) == (PROD, line_of(estate, PROD, "monitoring: 1.2.5"))


def test_a_pin_that_its_source_once_ran_is_fine(estate: EstateRepo) -> None:
    estate.edit(STAGING, "monitoring: 1.3.0", "monitoring: 1.1.0")
    assert told(ask(estate)) == [], "staging went back, and what prod runs was there before"


@pytest.mark.parametrize(("held", "rules"), [(False, ["skipped-source"]), (True, [])])
def test_without_history_the_present_pins_decide(
    estate: EstateRepo, *, held: bool, rules: list[str]
) -> None:
    estate.edit(STAGING, "monitoring: 1.3.0", "monitoring: 1.1.0")
    if held:
        estate.edit(STAGING, "holds: {}", "holds:\n    monitoring: {reason: Slow, by: rita}")
    (estate.path / ".git" / "shallow").write_text(estate.git("rev-parse", "HEAD"))
    found = told(ask(estate), but=(IDLE_NAMESPACE, "history-incomplete"))
    assert [rule for rule, _, _ in found] == rules


def test_a_waiver_that_waives_nothing_is_told(estate_template: EstateRepo) -> None:
    idle = Waiver(rule="shared-release", chart="vault", reason="Once it was shared")
    registry = replace(estate_template.registry, waivers=(*estate_template.registry.waivers, idle))
    report = ask(estate_template, registry)
    assert the_one(report, "idle-waiver").chart == "vault"
    assert report.fails(strict=False)


def test_a_waiver_of_no_rule_is_told(estate_template: EstateRepo) -> None:
    wrong = Waiver(rule="shared-relase", chart="vault", reason="Misspelt")
    registry = replace(estate_template.registry, waivers=(*estate_template.registry.waivers, wrong))
    rules = [rule for rule, _, _ in told(ask(estate_template, registry))]
    assert rules == ["unknown-waiver"]


def test_a_waived_finding_does_not_count(estate: EstateRepo) -> None:
    estate.edit(PROD, "holds: {}", HOLD % "2026-06-14")
    waiver = Waiver(rule="hold-expired", chart="vault", reason="Rita is on holiday")
    registry = replace(estate.registry, waivers=(*estate.registry.waivers, waiver))
    report = ask(estate, registry)
    assert not report.fails(strict=True)
    assert [f.waived for f in report.waived if f.rule == "hold-expired"] == ["Rita is on holiday"]


def test_another_day_gives_another_report(estate: EstateRepo) -> None:
    estate.edit(PROD, "holds: {}", HOLD % "2026-06-15")
    facts = facts_of(estate)
    later = replace(facts, today=facts.today + timedelta(days=1))
    assert the_one(run_checks(later), "hold-expired").chart == "vault"


def test_each_contradiction_of_a_registry_is_a_finding() -> None:
    from release.charts.record import RegistryError  # noqa: PLC0415 -- for this one test

    problems = ("vault: 2 records carry this name", "redis: has no owner")
    report = registry_report(RegistryError("2 problems", problems))
    assert [(finding.rule, finding.what) for finding in report.findings] == [
        ("registry", problem) for problem in problems
    ]
    assert report.fails(strict=False)
    assert IDLE_NAMESPACE in dict(report.left_out)
