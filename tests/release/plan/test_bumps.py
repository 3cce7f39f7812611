"""The smallest honest number, rule by rule."""

import pytest

from release.plan.leastbump import BUMP_RULES, ChartChange, bump_verdict, honest_bump, made_bump
from release.plan.valuekeys import outermost, value_keys
from tests.release.plan.changes import change, flags

CONFIG = "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}"
OTHER = CONFIG.replace("name: a", "name: b")
HOOK = "{apiVersion: v1, kind: Job, metadata: {name: a, annotations: {helm.sh/hook: test}}}"
CRD = (
    "{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: a},"
    " spec: {versions: [%s]}}"
)
SERVICE = "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {clusterIP: %s}}"


def of(before: str, after: str, removed: str = "", added: str = "") -> ChartChange:
    made = change(before, after)
    keys = (frozenset(text.split()) for text in (removed, added))
    return ChartChange(made.objects, tuple(flags(made)), *keys)


CASES = {
    "nothing": (of(CONFIG, CONFIG), "patch", ()),
    "changed": (of(CONFIG, CONFIG[:-1] + ", data: {a: b}}"), "patch", ()),
    "hook-added": (of("", HOOK), "patch", ()),
    "object-added": (of("", CONFIG), "minor", ("objects-added",)),
    "key-added": (of("", "", added="a a.b c"), "minor", ("values-added",)),
    "object-removed": (of(CONFIG, ""), "major", ("objects-removed",)),
    "object-renamed": (of(CONFIG, OTHER), "major", ("objects-removed",)),
    "key-removed": (of("", "", removed="a.b"), "major", ("values-removed",)),
    "key-renamed": (of("", "", removed="a", added="b"), "major", ("values-removed",)),
    "version-dropped": (
        of(CRD % "{name: v1}, {name: v2}", CRD % "{name: v2}"),
        "major",
        ("crd-versions-dropped",),
    ),
    "immutable": (of(SERVICE % "None", SERVICE % "10.0.0.1"), "major", ("immutable-fields",)),
}


@pytest.mark.parametrize(("made", "bump", "rules"), CASES.values(), ids=CASES)
def test_the_smallest_honest_bump_follows_from_the_difference(
    made: ChartChange, bump: str, rules: tuple[str, ...]
) -> None:
    honest, reasons = honest_bump(made)
    assert honest == bump
    titles = {rule.id: rule.title for rule in BUMP_RULES}
    assert [reason.partition(":")[0] for reason in reasons] == [titles[rule] for rule in rules]


def test_every_rule_on_numbers_has_a_case() -> None:
    assert {rule for _, _, rules in CASES.values() for rule in rules} == {r.id for r in BUMP_RULES}


@pytest.mark.parametrize(
    ("before", "after", "bump"),
    [
        ("1.0.0", "1.0.1", "patch"),
        ("1.0.9", "1.1.0", "minor"),
        ("1.9.0", "2.0.0", "major"),
        ("1.1.0", "1.0.0", "none"),
        ("0.1.0", "0.2.0", "major"),
        ("0.1.0", "0.1.1", "patch"),
        ("1.1.0-rc.1", "1.1.0", "patch"),
    ],
)
def test_the_number_that_was_made_is_read_by_semantic_versioning(
    before: str, after: str, bump: str
) -> None:
    assert made_bump(before, after) == bump


def test_a_number_that_promises_less_than_it_does_is_too_small() -> None:
    assert bump_verdict("1.0.0", "1.0.1", of(CONFIG, "")).too_small
    assert not bump_verdict("1.0.0", "2.0.0", of(CONFIG, "")).too_small
    assert not bump_verdict("1.1.0", "1.0.0", of(CONFIG, "")).too_small


def test_keys_are_the_tree_of_values_without_its_values() -> None:
    text = "a: 1\nb: {c: [1, 2], d: null}\n'e.f': {}\n"
    assert value_keys(text) == frozenset({"a", "b", "b.c", "b.d", "e.f"})
    assert value_keys("a: [") is None
    assert value_keys("- a") == frozenset()


def test_a_reason_names_the_outermost_key_alone() -> None:
    assert outermost(frozenset({"a", "a.b", "a.b.c", "d.e"})) == ["a", "d.e"]
