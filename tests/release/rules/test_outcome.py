"""What a change would break: the errors that are new, found without judging anything twice."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from demo.repository import EstateRepo
from release.charts.record import Waiver
from release.repository.picture import committed, work_tree
from release.repository.workspace import find_workspace
from release.rules import outcome
from release.rules.catalogue import all_rules, rules_on_pins
from release.rules.evaluation import Report, run_checks
from release.rules.facts import Facts
from release.rules.outcome import judged_outcome
from release.rules.rule import Rules
from tests.release.rules.asking import facts_of
from tests.release.rules.test_argocd_rules import application

STAGING, PROD, CHART = "Pulumi.staging.yaml", "Pulumi.prod.yaml", "helm/charts/storage/Chart.yaml"
VAULT = "    vault: 1.0.0\n"


def reasons(
    estate: EstateRepo, edits: dict[str, str], *waivers: Waiver, whole: bool = False
) -> list[str]:
    """Return the codes of what the edits would break, the waivers added to the registry's own."""
    registry = replace(estate.registry, waivers=(*estate.registry.waivers, *waivers))
    picture = committed(registry, find_workspace(estate.program_path))
    found = judged_outcome(picture, edits, estate.until.date(), whole=whole)
    return [reason.code for reason in found.reasons]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Rules, frozenset[str] | None]]:
    """Keep which rules are asked in each round, and of which charts."""
    rounds: list[tuple[Rules, frozenset[str] | None]] = []

    def keep(facts: Facts, *, rules: Rules) -> Report:
        rounds.append((rules, facts.picture.only))
        return run_checks(facts, rules=rules)

    monkeypatch.setattr(outcome, "run_checks", keep)
    return rounds


Asked = list[tuple[Rules, frozenset[str] | None]]


def test_a_pin_that_moves_is_judged_once_and_by_what_looks_at_pins(
    estate_template: EstateRepo, asked: Asked
) -> None:
    moved = (estate_template.path / PROD).read_text().replace(VAULT, "    vault: 9.9.9\n")
    assert reasons(estate_template, {PROD: moved}) == ["pin-untagged"]
    (rules, charts), _ = asked
    assert charts == frozenset({"vault"})
    assert {"shared-release", "idle-waiver", "tag-off-branch"} <= {*rules}
    assert rules.keys().isdisjoint({"image-mutable", "freeze-past"})


def test_a_promotion_asks_every_rule_of_its_chart_to_tell_what_is_there(
    estate_template: EstateRepo, asked: Asked
) -> None:
    moved = (estate_template.path / PROD).read_text().replace(VAULT, "    vault: 9.9.9\n")
    assert reasons(estate_template, {PROD: moved}, whole=True) == ["pin-untagged"]
    (rules, charts), _ = asked
    assert charts == frozenset({"vault"})
    assert "image-mutable" in rules


def test_a_good_change_of_a_chart_is_judged_once_and_by_errors_alone(
    estate_template: EstateRepo, asked: Asked
) -> None:
    text = (estate_template.path / CHART).read_text()
    assert reasons(estate_template, {CHART: f"{text}# nothing\n"}) == ["released-files-changed"]
    (rules, charts), _ = asked
    assert charts == frozenset({"storage"})
    assert {"shared-release", "idle-waiver", "image-mutable"} <= {*rules}
    assert rules.keys().isdisjoint({"app-version-mutable", "bypass-unreviewed"})


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (STAGING, "soak: ", "soak: 1h # "),
        (PROD, VAULT, ""),
        ("hmco-baseline.yaml", "", "[]\n"),
        ("helm/charts/README.md", "", "Words\n"),
    ],
)
def test_a_change_of_anything_else_is_judged_by_every_rule_of_every_chart(
    estate: EstateRepo, asked: Asked, file: str, old: str, new: str
) -> None:
    path = estate.path / file
    text = path.read_text() if path.exists() else ""
    edited = text.replace(old, new, 1)
    assert edited != text
    reasons(estate, {file: edited})
    assert asked[0][1] is None
    assert "image-mutable" in asked[0][0]


def test_only_what_is_broken_afterwards_is_judged_as_it_was(
    estate_template: EstateRepo, asked: Asked
) -> None:
    text = (estate_template.path / CHART).read_text()
    assert "chart-form" in reasons(estate_template, {CHART: text.replace("apiVersion: v2", "")})
    _, (before, _) = asked
    assert "chart-form" in before
    assert "image-mutable" not in before


class _Watched(dict[str, object]):
    """Keeps whether somebody looked at more than its keys."""

    def __init__(self, known: Mapping[str, object]) -> None:
        super().__init__(known)
        self.read = False

    def __getitem__(self, key: str) -> object:
        self.read = True
        return super().__getitem__(key)

    def get(self, key: str, default: object = None) -> object:
        self.read = True
        return super().get(key, default)

    def items(self) -> Any:
        self.read = True
        return super().items()

    def values(self) -> Any:
        self.read = True
        return super().values()


def _watched(estate: EstateRepo) -> tuple[Facts, list[_Watched]]:
    """Return what the checkout says, its pins and holds being watched."""
    facts = facts_of(estate)
    known, watched = facts.picture.estate, list[_Watched]()
    places = {}
    for name, place in known.environments.items():
        settings = place.settings
        parts = {"versions": _Watched(settings.versions), "holds": _Watched(settings.holds)}
        watched += parts.values()
        places[name] = replace(place, settings=settings.model_copy(update=parts))
    vars(facts.picture)["_loaded"] = replace(known, environments=places), ()
    return facts, watched


def test_every_rule_that_looks_at_pins_is_asked_where_pins_move(estate: EstateRepo) -> None:
    """What is to be said of tags at all, `history-incomplete`, the command has met before."""
    estate.write("apps/app.yaml", application("vault-prod"))
    estate.write("apps/project.yaml", application("production", kind="AppProject"))
    estate.write(".github/CODEOWNERS", "* @nobody\n")
    looking = set[str]()
    for name, rule in all_rules().items():
        facts, watched = _watched(estate)
        assert not any(each.read for each in watched)
        list(rule.check(facts))
        if any(each.read for each in watched):
            looking.add(name)
    assert {"wrong-tag", "hold-expired", "legacy-application"} <= looking
    assert looking <= {*rules_on_pins(), "history-incomplete"}


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


def test_a_second_fault_in_a_place_that_had_one_is_a_new_one(estate: EstateRepo) -> None:
    values = "helm/charts/storage/values.yaml"
    path = estate.path / values
    path.write_text(f"{path.read_text()}image: x:latest\n")
    estate.commit("a moving image")
    assert reasons(estate, {values: f"{path.read_text()}# nothing\n"}) == []
    more = f"{path.read_text()}other: {{image: y:latest}}\n"
    assert reasons(estate, {values: more}) == ["image-mutable"]


@pytest.mark.parametrize("named", ["vault-prod", "another"])
def test_a_copy_that_only_a_link_leads_to_is_found_for_its_chart_alone(
    estate: EstateRepo, named: str
) -> None:
    estate.write("shared/copy.txt", application(named, path="helm/charts/vault"))
    (estate.path / "apps").mkdir()
    (estate.path / "apps" / "copy.yaml").symlink_to("../shared/copy.txt")
    estate.commit("a copy behind a link")
    moved = (estate.path / PROD).read_text().replace(VAULT, "    vault: 9.9.9\n")
    for picture in (
        committed(estate.registry, find_workspace(estate.program_path)),
        work_tree(estate.registry, find_workspace(estate.program_path)).at("HEAD"),
    ):
        kept = judged_outcome(picture, {PROD: moved}, estate.until.date()).kept
        found = [each.file for each in kept if each.rule == "legacy-application"]
        assert found == ["apps/copy.yaml"]
