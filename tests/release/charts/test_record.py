"""A registry that contradicts itself cannot be made, and says all that is wrong with it."""

from types import MappingProxyType
from typing import Any

import pytest

from release.charts.record import (
    ClusterKind,
    Dependency,
    Namespace,
    Registry,
    RegistryError,
    SubChart,
    Waiver,
)
from tests.builders import chart, registry


def sub_chart(name: str = "gamma", **overrides: Any) -> SubChart:
    fields: dict[str, Any] = {
        "name": name,
        "parent": "alpha",
        "owner": "data-platform",
        "purpose": "p",
    }
    return SubChart(**fields | overrides)


def waiver(**overrides: Any) -> Waiver:
    fields = {"rule": "shared-release", "chart": "alpha", "reason": "One cluster"}
    return Waiver(**fields | overrides)


# Fields of one chart record, then words of the message: the offender and the remedy.
RECORDS: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "upper-case-name": ({"name": "Alpha"}, ("'Alpha'", "lower-case letters")),
    "path-as-name": ({"name": "../alpha"}, ("'../alpha'", "a DNS label")),
    "name-with-line-end": ({"name": "alpha\n"}, (r"'alpha\n'", "a DNS label")),
    "empty-name": ({"name": ""}, ("''", "a DNS label")),
    "long-name": ({"name": "a" * 54}, ("aaa", "at most 53")),
    "look-alike-name": ({"name": "\u0430lpha"}, ("a DNS label",)),
    "owner-in-words": ({"owner": "Core Team"}, ("alpha: owner 'Core Team'", "a DNS label")),
    "no-purpose": ({"purpose": " "}, ("alpha: the purpose is empty", "say in a sentence")),
    "first-version-range": ({"first_version": "1.x"}, ("first_version: '1.x'", "e.g. 1.4.0")),
    "first-version-number": ({"first_version": 1.0}, ("first_version: 1.0", "e.g. 1.4.0")),
    "any-namespace": ({"namespace": Namespace("*")}, ("'*'", "patterns are refused")),
    "long-namespace": ({"namespace": Namespace("a" * 64)}, ("aaa", "at most 63")),
    "denied-fixed-namespace": ({"fixed_namespaces": ("!x",)}, ("'!x'", "patterns are refused")),
    "standard-of-shared": (
        {"namespace": Namespace("a", standard="b", shared=True)},
        ("a shared namespace has no standard name", "remove one"),
    ),
    "no-value-file": ({"value_files": ()}, ("no value file", "at least values.yaml")),
    "climbing-value-file": ({"value_files": ("../x.yaml",)}, ("'../x.yaml'", "no '..'")),
    "absolute-value-file": ({"value_files": ("/x.yaml",)}, ("'/x.yaml'", "inside the chart")),
    "remote-value-file": ({"value_files": ("https://h/x",)}, ("'https://h/x'", "inside the chart")),
    "glob-value-file": ({"value_files": ("*.yaml",)}, ("'*.yaml'", "globs")),
    "expanded-value-file": ({"value_files": ("$X.yaml",)}, ("'$X.yaml'", "or '$'")),
    "option-as-value-file": ({"value_files": ("--post-renderer",)}, ("'--post-renderer'",)),
    "value-file-twice": ({"value_files": ("a", "a")}, ("value file a is listed 2 times", "keep")),
    "text-for-value-files": ({"value_files": "values.yaml"}, ("value_files must be a tuple",)),
    "text-for-data-kinds": ({"data_kinds": "Kafka"}, ("data_kinds must be a tuple",)),
    "one-cluster-kind": (
        {"cluster_kinds": ClusterKind("", "Namespace")},
        ("cluster_kinds must be a tuple; write (item,)",),
    ),
    "number-parameter": ({"parameters": {"a": 3}}, ("parameter a is 3", 'write "3"')),
    "flag-parameter": ({"parameters": {"a": True}}, ("parameter a is True", 'write "true"')),
    "parameter-with-comma": ({"parameters": {"a,b": "c"}}, ("'a,b'", "Helm would split")),
    "parameter-with-equals": ({"parameters": {"a=b": "c"}}, ("'a=b'", "Helm would split")),
    "unknown-option": (
        {"sync_options": ("ServerSideApply=True",)},
        ("'ServerSideApply=True' has no effect", "did you mean ServerSideApply=true?"),
    ),
    "any-kind": ({"cluster_kinds": (ClusterKind("*", "*"),)}, ("'*'/'*'", "without patterns")),
    "no-kind": ({"cluster_kinds": (ClusterKind("", ""),)}, ("''/''", "write group and kind")),
    "kind-with-version": (
        {"cluster_kinds": (ClusterKind("rbac.authorization.k8s.io/v1", "ClusterRole"),)},
        ("'rbac.authorization.k8s.io/v1'", "as a manifest does"),
    ),
    "kind-twice": (
        {"cluster_kinds": (ClusterKind("", "Namespace"),) * 2},
        ("cluster kind", "is listed 2 times", "keep one"),
    ),
    "namespace-twice": ({"fixed_namespaces": ("a", "a")}, ("fixed namespace a is listed 2 times",)),
    "plain-http-dependency": (
        {"dependencies": (Dependency("d", "http://h"),)},
        ("dependency d has repository 'http://h'", "https:// address"),
    ),
    "any-dependency": (
        {"dependencies": (Dependency("d", "https://*"),)},
        ("'https://*'", "without patterns"),
    ),
}


@pytest.mark.parametrize(("fields", "words"), RECORDS.values(), ids=RECORDS)
def test_one_wrong_field_of_a_chart_is_refused_with_its_remedy(
    fields: dict[str, Any], words: tuple[str, ...]
) -> None:
    with pytest.raises(RegistryError) as refusal:
        Registry(charts=(chart(**{"namespace": Namespace("home")} | fields), chart("beta")))

    message = str(refusal.value)
    assert message.startswith("the chart registry has 1 problem:\n  - ")
    assert [word for word in words if word not in message] == []
    assert message.endswith("Correct the records in release/registry.py, then run: hmco check")


# Parts of a registry beside the charts alpha and beta.
PARTS: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "sub-chart-named-as-a-chart": (
        {"sub_charts": (sub_chart("beta"),)},
        ("beta: 2 records carry this name", "rename or remove one"),
    ),
    "orphan": (
        {"sub_charts": (sub_chart(parent="delta"),)},
        ("gamma: its parent 'delta' is not a top-level chart", "known: alpha, beta"),
    ),
    "sub-chart-of-a-sub-chart": (
        {"sub_charts": (sub_chart(), sub_chart("delta", parent="gamma"))},
        ("delta: its parent 'gamma' is not a top-level chart",),
    ),
    "sub-chart-without-purpose": ({"sub_charts": (sub_chart(purpose=""),)}, ("gamma: the purp",)),
    "sub-chart-with-a-range": (
        {"sub_charts": (sub_chart(first_version="^1"),)},
        ("gamma: first_version: '^1'",),
    ),
    "waiver-of-nothing": (
        {"waivers": (waiver(chart="gone"),)},
        ("gone: rule shared-release is waived for a chart that does not exist", "remove"),
    ),
    "waiver-without-reason": (
        {"waivers": (waiver(reason=" "),)},
        ("alpha: the waiver of shared-release gives no reason", "say why"),
    ),
    "waiver-of-no-rule": (
        {"waivers": (waiver(rule="Any Rule"),)},
        ("alpha: 'Any Rule' is not a rule's name", "such as shared-release"),
    ),
    "waiver-twice": (
        {"waivers": (waiver(), waiver(reason="Again"))},
        ("alpha: rule shared-release is waived 2 times", "keep one waiver"),
    ),
}


@pytest.mark.parametrize(("parts", "words"), PARTS.values(), ids=PARTS)
def test_a_registry_that_contradicts_itself_is_refused(
    parts: dict[str, Any], words: tuple[str, ...]
) -> None:
    with pytest.raises(RegistryError, match="has 1 problem:") as refusal:
        registry(**parts)

    assert [word for word in words if word not in str(refusal.value)] == []


def test_two_charts_of_one_name_are_refused() -> None:
    with pytest.raises(RegistryError, match="alpha: 2 records carry this name"):
        Registry(charts=(chart(), chart()))


def test_every_offender_is_named_in_one_error() -> None:
    with pytest.raises(RegistryError) as refusal:
        Registry(
            charts=(chart(purpose="", value_files=()), chart("beta", first_version="latest")),
            sub_charts=(sub_chart(parent="delta"),),
            waivers=(waiver(chart="gone"),),
        )

    assert "has 5 problems" in str(refusal.value)
    for offender in ("alpha: the purpose", "alpha: no value file", "beta:", "gamma:", "gone:"):
        assert f"  - {offender}" in str(refusal.value)


def test_a_chart_is_found_by_name_and_below_its_parent() -> None:
    found = registry(sub_charts=(sub_chart(),), waivers=(waiver(),))

    assert found.by_name["alpha"].name == "alpha"
    assert found.path_of("alpha", "helm/charts") == "helm/charts/alpha"
    assert found.path_of("gamma", "helm/charts") == "helm/charts/alpha/charts/gamma"
    assert [sub.name for sub in found.sub_charts_of("alpha")] == ["gamma"]
    assert found.waives("shared-release", "alpha")
    assert not found.waives("shared-release", "beta")
    with pytest.raises(KeyError):
        found.path_of("gone", "helm/charts")


@pytest.mark.parametrize(
    ("namespace", "suffix", "expected"),
    [
        (Namespace("ml"), "-dev", "ml-dev"),
        (Namespace("ml"), "", "ml"),
        (Namespace("ml", standard="data"), "-dev", "ml-dev"),
        (Namespace("ml", standard="data"), "", "data"),
        (Namespace("kube-system", shared=True), "-dev", "kube-system"),
        (Namespace("kube-system", shared=True), "", "kube-system"),
    ],
)
def test_a_namespace_takes_the_suffix_of_its_environment(
    namespace: Namespace, suffix: str, expected: str
) -> None:
    assert namespace.in_environment(suffix) == expected


def test_a_record_of_a_loaded_registry_cannot_be_changed() -> None:
    found = registry(chart(parameters=MappingProxyType({"a": "b"})))

    with pytest.raises(TypeError):
        found.by_name["alpha"].parameters["a"] = "c"  # type: ignore[index]  # the point of the test
    with pytest.raises(AttributeError):
        found.by_name["alpha"].wave = 3  # type: ignore[misc]  # the point of the test
