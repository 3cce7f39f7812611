"""Each risk flag on what it is for, and silent on what only looks like it."""

from dataclasses import replace

import pytest

from release.plan.change import Flag, Risk
from release.plan.explain import explained_names, explanation
from release.plan.flagcatalogue import flag_rules, judged
from release.plan.leastbump import BUMP_RULES
from tests.release.plan.changes import SPEC, change, flags
from tests.release.plan.flag_cases import KEEP, NONE, RAISED, SILENT, deployment, obj

MANUAL = {**SPEC, "syncPolicy": {"automated": {"enabled": False}}}


def ids(found: list[Flag]) -> set[str]:
    return {item.id for item in found}


@pytest.mark.parametrize(("flag", "before", "after"), RAISED.values(), ids=RAISED)
def test_a_flag_is_raised_by_what_it_is_for(flag: str, before: str, after: str) -> None:
    assert flag in ids(flags(change(before, after)))


@pytest.mark.parametrize(("flag", "before", "after"), SILENT.values(), ids=SILENT)
def test_a_flag_is_silent_on_what_only_looks_like_it(flag: str, before: str, after: str) -> None:
    assert flag not in ids(flags(change(before, after)))


@pytest.mark.parametrize("text", [before for _, before, _ in RAISED.values()], ids=RAISED)
def test_no_flag_is_raised_where_nothing_changes(text: str) -> None:
    assert flags(change(text, text)) == []


def test_a_kind_that_the_registry_marks_holds_data() -> None:
    made = change(obj("Kafka", api="kafka.strimzi.io/v1"), NONE)
    assert "data-removed" not in ids(flags(made))
    assert "data-removed" in ids(flags(made, "Kafka"))


def test_what_nobody_prunes_is_told_with_its_names() -> None:
    made = change(obj("ConfigMap") + obj("Secret"), NONE, spec_after=MANUAL)
    found = [item for item in flags(made) if item.id == "prune-needed"]
    assert [item.what for item in found] == ["leaves ConfigMap a, Secret a behind"]


def test_what_is_kept_on_purpose_needs_no_pruning() -> None:
    made = change(obj("ConfigMap", meta=KEEP), NONE, spec_after=MANUAL)
    assert flags(made) == []


def test_a_release_in_another_namespace_is_told() -> None:
    there = {**SPEC, "destination": {"server": "s", "namespace": "there"}}
    found = flags(change(NONE, NONE, spec_after=there))
    assert (
        Flag("namespace-changed", "Application alpha-test", "here to there", Risk.DANGER) in found
    )


def test_an_object_that_moves_between_applications_is_told_on_both() -> None:
    loses, gains = change(obj("ConfigMap"), NONE, "alpha"), change(NONE, obj("ConfigMap"), "beta")
    made = judged({"a": loses, "b": gains}, {})
    assert (
        Flag("moved-between-applications", "ConfigMap a", "goes to b", Risk.DANGER)
        in made["a"].flags
    )
    assert (
        Flag("moved-between-applications", "ConfigMap a", "comes from a", Risk.DANGER)
        in made["b"].flags
    )


def test_equal_names_in_two_namespaces_are_no_move() -> None:
    gains = replace(
        change(NONE, obj("ConfigMap"), "beta"),
        spec_after={**SPEC, "destination": {"server": "s", "namespace": "elsewhere"}},
    )
    made = judged({"a": change(obj("ConfigMap"), NONE), "b": gains}, {})
    assert "moved-between-applications" not in ids(list(made["b"].flags))


def test_dangers_come_before_cautions() -> None:
    before = obj("PersistentVolumeClaim") + deployment(replicas="3")
    found = flags(change(before, deployment(replicas="1")))
    assert [item.id for item in found] == ["data-removed", "scaled-down"]


def test_every_flag_has_a_case_that_raises_it() -> None:
    raised = {flag for flag, _, _ in RAISED.values()}
    assert raised | {"prune-needed", "moved-between-applications"} == set(flag_rules())


@pytest.mark.parametrize("name", explained_names())
def test_every_flag_and_rule_is_explained(name: str) -> None:
    labels = [line.partition(" ")[0] for line in explanation(name)]
    assert {"Why:", "Source:"} < {*labels}


def test_flags_and_rules_share_no_name() -> None:
    assert not set(flag_rules()) & {rule.id for rule in BUMP_RULES}
    assert explanation("nothing") == []
