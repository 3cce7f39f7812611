"""Reading templates as text: what stands at the margin, and nothing that is computed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from release.charts.record import ClusterKind
from release.rules.templates import declared_cluster_kinds, template_objects

SERVICE = "apiVersion: v1\nkind: Service\nmetadata:\n  name: a\n  namespace: b\n"


def read(text: str) -> list[tuple[str, str | None, str | None, int]]:
    """Return kind, name, namespace and line of each object."""
    return [
        (
            item.kind,
            item.name.value if item.name else None,
            item.namespaces[0].value if item.namespaces else None,
            item.line,
        )
        for item in template_objects("x.yaml", text)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (SERVICE, [("Service", "a", "b", 2)]),
        (SERVICE.replace("\n", "\r\n"), [("Service", "a", "b", 2)]),
        (f"{{{{- if .Values.x }}}}\n{SERVICE}{{{{- end }}}}\n", [("Service", "a", "b", 3)]),
        (f"{SERVICE}---\n{SERVICE}", [("Service", "a", "b", 2), ("Service", "a", "b", 8)]),
        ("kind: Service # x\nmetadata:\n  name: 'a' # y\n", [("Service", "a", None, 1)]),
        ("{{/*\nkind: Service\n*/}}\nkind: Pod\n", [("Pod", None, None, 4)]),
        ("# kind: Service\nkind: Pod\n", [("Pod", None, None, 2)]),
        ("kind: {{ .Values.kind }}\nmetadata:\n  name: a\n", []),
        ("kind: A\n{{- else }}\nkind: B\n", [("A", None, None, 1), ("B", None, None, 3)]),
        ("metadata:\n  name: a\nkind: Pod\n", [("Pod", "a", None, 3)]),
        ("kind: Pod\nmetadata:\n    name: a\n    namespace: b\n", [("Pod", "a", "b", 1)]),
        ("kind: Pod\nmetadata:\n  labels:\n    name: no\n  name: a\n", [("Pod", "a", None, 1)]),
        ("kind: Pod\nspec:\n  name: no\n  namespace: no\n", [("Pod", None, None, 1)]),
        ("data:\n  x: |\n    kind: Pod\n", []),
        ("kind: Pod\nmetadata: {name: a, namespace: 'b'} # x\n", [("Pod", "a", "b", 1)]),
        (
            "kind: Pod\nmetadata: {labels: {name: no}, name: {{ .x }}, namespace: b}\n",
            [("Pod", "{{ .x }}", "b", 1)],
        ),
        ("kind: Pod\nmetadata: {labels: {namespace: no}, x-name: no}\n", [("Pod", None, None, 1)]),
        (
            'kind: &kind Pod\nmetadata:\n  name: "{{ .x }}-a"  # y\n',
            [("Pod", "{{ .x }}-a", None, 1)],
        ),
        ("kind:\n", []),
        ("", []),
    ],
)
def test_what_stands_at_the_margin_is_read(
    text: str, expected: list[tuple[str, str | None, str | None, int]]
) -> None:
    assert read(text) == expected


def test_the_group_of_a_core_kind_is_empty() -> None:
    (service,) = template_objects("x.yaml", SERVICE)
    assert service.group_kind == ClusterKind("", "Service")


def test_a_namespaced_definition_declares_no_cluster_kind() -> None:
    text = (
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nspec:\n"
        "  group: x.org\n  scope: Namespaced\n  names:\n    kind: Thing\n"
    )
    assert list(declared_cluster_kinds("x.yaml", text)) == []
    wide = text.replace("Namespaced", "Cluster")
    assert list(declared_cluster_kinds("x.yaml", wide)) == [ClusterKind("x.org", "Thing")]


@given(
    st.text()
    | st.lists(st.sampled_from([*SERVICE.splitlines(), "---", "{{ x", "\t", "  - "])).map("\n".join)
)
def test_no_text_makes_the_reader_fail(text: str) -> None:
    for item in template_objects("x.yaml", text):
        assert item.line >= 1
        assert item.kind
