"""What a change would break: the errors that are new, found without judging anything twice."""

from collections.abc import Collection
from dataclasses import replace

import pytest

from demo.repository import EstateRepo
from release.charts.record import Waiver
from release.repository.picture import committed
from release.repository.workspace import find_workspace
from release.rules import outcome
from release.rules.facts import Facts
from release.rules.outcome import judged_outcome
from release.rules.runner import Report, run_checks

STAGING, CHART = "Pulumi.staging.yaml", "helm/charts/storage/Chart.yaml"


def reasons(estate: EstateRepo, edits: dict[str, str], *waivers: Waiver) -> list[str]:
    """Return the codes of what the edits would break, the waivers added to the registry's own."""
    registry = replace(estate.registry, waivers=(*estate.registry.waivers, *waivers))
    picture = committed(registry, find_workspace(estate.program_path))
    return [reason.code for reason in judged_outcome(picture, edits, estate.until.date()).reasons]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Collection[str]]:
    """Keep which rules are asked in each round."""
    rounds: list[Collection[str]] = []

    def keep(facts: Facts, *, rules: Collection[str]) -> Report:
        rounds.append(rules)
        return run_checks(facts, rules=rules)

    monkeypatch.setattr(outcome, "run_checks", keep)
    return rounds


def test_a_good_change_is_judged_once_and_by_errors_alone(
    estate_template: EstateRepo, asked: list[Collection[str]]
) -> None:
    text = (estate_template.path / STAGING).read_text()
    assert reasons(estate_template, {STAGING: f"{text}# nothing\n"}) == []
    (rules,) = asked
    assert "app-version-mutable" not in rules
    assert {"shared-release", "idle-waiver", "image-mutable"} <= {*rules}


def test_only_what_is_broken_afterwards_is_judged_as_it_was(
    estate_template: EstateRepo, asked: list[Collection[str]]
) -> None:
    text = (estate_template.path / CHART).read_text()
    assert "chart-form" in reasons(estate_template, {CHART: text.replace("apiVersion: v2", "")})
    _, before = asked
    assert "chart-form" in before
    assert "image-mutable" not in before


def test_a_waiver_that_was_idle_before_is_no_new_error(estate_template: EstateRepo) -> None:
    idle = Waiver(rule="shared-release", chart="vault", reason="Once it was shared")
    text = (estate_template.path / STAGING).read_text()
    assert reasons(estate_template, {STAGING: f"{text}# nothing\n"}, idle) == []


def test_a_waiver_of_a_mild_rule_that_turns_idle_is_a_new_error(estate: EstateRepo) -> None:
    path = estate.path / CHART
    good = path.read_text()
    path.write_text(good.replace('appVersion: "', 'appVersion: "latest" # "'))
    assert path.read_text() != good
    estate.commit("a moving appVersion")
    waiver = Waiver(rule="app-version-mutable", chart="storage", reason="Not ours to name")
    assert reasons(estate, {CHART: good}, waiver) == ["idle-waiver"]
