"""What holds for every difference, whatever is compared."""

import copy
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from release.plan.change import Fate, object_changes
from release.plan.difference import ABSENT, Difference, differences
from release.plan.quantity import quantity
from release.rendering.renderedobjects import RenderedObject

SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "a", "b", "1"])
TREES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "a", "b", "caBundle", "x/y"]), inner, max_size=3)
    ),
    max_leaves=12,
)
BODIES = st.builds(
    lambda kind, name, namespace, spec: {
        "apiVersion": "v1",
        "kind": kind,
        "metadata": {"name": name, **({"namespace": namespace} if namespace else {})},
        "spec": spec,
    },
    st.sampled_from(["A", "B"]),
    st.sampled_from(["one", "two"]),
    st.sampled_from(["", "n"]),
    TREES,
)
SETS = st.lists(BODIES, max_size=6)


def rendered(bodies: list[dict[str, Any]]) -> list[RenderedObject]:
    return [RenderedObject(body, "t.yaml", 0) for body in bodies]


@given(TREES)
def test_nothing_differs_from_itself(tree: object) -> None:
    assert differences(tree, copy.deepcopy(tree)) == ()


@given(TREES, TREES)
def test_the_way_back_mirrors_the_way_there(one: object, other: object) -> None:
    back = [
        replace(found, before=found.after, after=found.before) for found in differences(one, other)
    ]
    assert tuple(back) == differences(other, one)


def reordered(value: object) -> object:
    if isinstance(value, dict):
        return {key: reordered(value[key]) for key in reversed(value)}
    return [reordered(item) for item in value] if isinstance(value, list) else value


@given(TREES, TREES)
def test_the_order_of_keys_never_matters(one: object, other: object) -> None:
    assert differences(one, other) == differences(reordered(one), reordered(other))


@given(TREES, TREES)
def test_an_added_key_is_one_difference_whatever_else_there_is(one: object, other: object) -> None:
    found = differences({"same": one}, {"same": copy.deepcopy(one), "new": other})
    assert found == (Difference("new", ("new",), ABSENT, other),)


@given(SETS, SETS)
def test_every_object_of_both_sides_is_accounted_for_exactly_once(
    one: list[dict[str, Any]], other: list[dict[str, Any]]
) -> None:
    changes, alike = object_changes(rendered(one), rendered(other))
    before = [item.before for item in changes if item.before] + list(alike)
    after = [item.after for item in changes if item.after] + list(alike)
    assert sorted(item.digest for item in before) == sorted(i.digest for i in rendered(one))
    assert sorted(item.digest for item in after) == sorted(i.digest for i in rendered(other))


@given(SETS, SETS)
def test_the_order_of_objects_never_matters(
    one: list[dict[str, Any]], other: list[dict[str, Any]]
) -> None:
    assert object_changes(rendered(one), rendered(other)) == object_changes(
        rendered(one[::-1]), rendered(other[::-1])
    )


@given(SETS, SETS)
def test_a_plan_back_mirrors_the_plan_there(
    one: list[dict[str, Any]], other: list[dict[str, Any]]
) -> None:
    there, _ = object_changes(rendered(one), rendered(other))
    back, _ = object_changes(rendered(other), rendered(one))
    assert tuple(replace(item, before=item.after, after=item.before) for item in there) == back
    turned = {Fate.ADDED: Fate.REMOVED, Fate.REMOVED: Fate.ADDED}
    fates = [turned.get(item.fate, item.fate) for item in there]
    assert fates == [item.fate for item in back]


@given(SETS)
def test_objects_against_themselves_leave_nothing(one: list[dict[str, Any]]) -> None:
    changes, alike = object_changes(rendered(one), rendered(copy.deepcopy(one)))
    assert changes == ()
    assert len(alike) == len(one)


@pytest.mark.parametrize(
    ("one", "other", "paths"),
    [
        ({"a": 1}, {"a": 2}, ["a"]),
        ({"a": 1}, {"a": True}, ["a"]),
        ({"a": [1]}, {"a": [True]}, ["a[0]"]),
        ({"a": 1}, {}, ["a"]),
        ({"c": [{"name": "x", "v": 1}]}, {"c": [{"name": "y"}, {"name": "x", "v": 2}]},
         ["c[x].v", "c[y]"]),
        ({"c": [1, 2]}, {"c": [1, 3]}, ["c[1]"]),
        ({"annotations": {"a/b": 1}}, {"annotations": {"a/b": 2}}, ["annotations[a/b]"]),
    ],
)  # fmt: skip
def test_a_place_is_named_as_people_name_it(one: object, other: object, paths: list[str]) -> None:
    assert [item.path for item in differences(one, other)] == paths


@pytest.mark.parametrize("text", ["absent", "«absent»", str(ABSENT)])
def test_no_text_is_taken_for_an_absence(text: str) -> None:
    assert differences({}, {"a": text}) == (Difference("a", ("a",), ABSENT, text),)


def test_what_is_absent_is_told_from_null() -> None:
    assert differences({}, {"a": None}) == (Difference("a", ("a",), ABSENT, None),)


@pytest.mark.parametrize(
    "meta",
    [
        {"annotations": {"checksum/config": "%s"}},
        {"labels": {"helm.sh/chart": "%s"}},
        {"labels": {"app.kubernetes.io/version": "%s"}},
        {"annotations": {"rollme": "%s"}},
    ],
)
def test_what_moves_with_every_version_is_noise(meta: dict[str, Any]) -> None:
    def body(value: str) -> dict[str, Any]:
        filled = {key: dict.fromkeys(part, value) for key, part in meta.items()}
        return {"kind": "A", "metadata": {"name": "a", **filled}, "spec": {"metadata": filled}}

    changes, _ = object_changes(rendered([body("1")]), rendered([body("2")]))
    assert [item.fate for item in changes] == [Fate.NOISE]


def test_a_certificate_is_noise_and_a_variable_of_that_name_is_not() -> None:
    def noises(before: object, after: object) -> list[bool]:
        return [found.noise for found in differences({"spec": before}, {"spec": after})]

    assert noises({"caBundle": "a"}, {"caBundle": "b"}) == [True]
    assert noises({"env": []}, {"env": [{"name": "caBundle", "value": "b"}]}) == [False]


@pytest.mark.parametrize(
    ("text", "number"),
    [("1", 1), ("500m", 0.5), ("2Gi", 2**31), ("1k", 1000), ("1e3", 1000), (2, 2), ("1.5M", 1.5e6)],
)
def test_a_quantity_is_read_as_kubernetes_reads_it(text: object, number: float) -> None:
    found = quantity(text)
    assert found is not None
    assert float(found) == number


@pytest.mark.parametrize("text", ["", "x", "1Q", True, None, "1 Gi"])
def test_what_is_no_quantity_has_no_number(text: object) -> None:
    assert quantity(text) is None
