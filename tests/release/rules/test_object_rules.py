"""What templates fix against what the AppProjects permit."""

from dataclasses import replace
from typing import Any

import pytest

from demo.repository import EstateRepo
from release.charts.record import ClusterKind, Registry
from tests.release.rules.asking import CHANGED, IDLE_NAMESPACE, ask, line_of, the_one, told

EXTRA = "helm/charts/monitoring/templates/extra.yaml"
ALONE = "helm/charts/jupyterhub/templates/extra.yaml"
ROLE = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata:\n  name: {name}\n"


def config_map(namespace: str) -> str:
    """Return a template with a fixed namespace and one that only looks like it."""
    return (
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n"
        "  labels:\n    namespace: kube-public\n"
        f"  # namespace: kube-node-lease\n  name: x\n  namespace: {namespace}\n"
        "data:\n  namespace: kube-public\n"
    )


def with_chart(registry: Registry, name: str, **changes: Any) -> Registry:
    """Return the registry with one record changed."""
    charts = (
        chart._replace(**changes) if chart.name == name else chart for chart in registry.charts
    )
    return replace(registry, charts=tuple(charts))


def test_a_namespace_of_production_is_a_collision_in_dev_and_staging(estate: EstateRepo) -> None:
    estate.write(EXTRA, config_map("monitoring"))
    report = ask(estate)
    line = line_of(estate, EXTRA, "namespace: monitoring")
    assert told(report) == [("namespace-collides", EXTRA, line)]
    what = the_one(report, "namespace-collides").what
    assert "which belongs to prod, from dev, staging too" in what


def test_several_objects_of_one_file_are_told_once(estate: EstateRepo) -> None:
    text = config_map("monitoring")
    estate.write(EXTRA, f"{text}---\n{text}---\n{text}")
    assert "ConfigMap and 2 more" in the_one(ask(estate), "namespace-collides").what


def test_a_namespace_that_nobody_permits_is_told(estate: EstateRepo) -> None:
    estate.write(ALONE, config_map("elsewhere"))
    finding = the_one(ask(estate), "namespace-not-permitted")
    assert "elsewhere, which prod does not permit" in finding.what


@pytest.mark.parametrize(
    "namespace",
    ["{{ .Release.Namespace }}", '"{{ .Release.Namespace }}"', "{{ .Values.namespace }}", ""],
)
def test_a_computed_namespace_is_left_to_rendering(namespace: str, estate: EstateRepo) -> None:
    estate.write(EXTRA, config_map(namespace))
    assert told(ask(estate)) == []


def test_a_namespace_of_the_environment_itself_is_fine(estate: EstateRepo) -> None:
    estate.write(ALONE, config_map("jupyter"))
    assert told(ask(estate)) == []


def test_a_template_of_a_switched_off_sub_chart_is_not_judged(estate: EstateRepo) -> None:
    # The registry's parameters switch datahub off and trino on.
    off = "helm/charts/data-platform/charts/datahub/templates/extra.yaml"
    estate.write(off, config_map("elsewhere"))
    assert told(ask(estate)) == []
    on = "helm/charts/data-platform/charts/trino/templates/extra.yaml"
    estate.write(on, config_map("elsewhere"))
    assert the_one(ask(estate), "namespace-not-permitted").file == on


def test_a_sub_chart_that_values_switch_off_is_not_judged(estate: EstateRepo) -> None:
    registry = with_chart(estate.registry, "data-platform", parameters={})
    file = "helm/charts/data-platform/charts/trino/templates/extra.yaml"
    values = estate.path / "helm/charts/data-platform/values.yaml"
    estate.write(file, config_map("elsewhere"))
    assert "namespace-not-permitted" in {rule for rule, _, _ in told(ask(estate, registry))}
    values.write_text(values.read_text() + "trino:\n  enabled: false\n")
    assert "namespace-not-permitted" not in {rule for rule, _, _ in told(ask(estate, registry))}


@pytest.mark.parametrize("name", ["prometheus", "{{ .Release.Name }}-x", "{{.Chart.Name}}"])
def test_a_cluster_object_of_one_name_in_every_environment_is_told(
    name: str, estate: EstateRepo
) -> None:
    estate.write(EXTRA, ROLE.format(name=name))
    report = ask(estate)
    assert told(report) == [("cluster-object-shared", EXTRA, 4)]
    assert "dev, staging, prod" in the_one(report, "cluster-object-shared").what


def test_a_cluster_object_named_after_the_namespace_is_fine(estate: EstateRepo) -> None:
    estate.write(EXTRA, ROLE.format(name="{{ .Release.Namespace }}-x"))
    assert told(ask(estate)) == []


def test_a_cluster_object_of_one_environment_is_fine(estate: EstateRepo) -> None:
    estate.write(ALONE, ROLE.format(name="hub"))
    assert told(ask(estate)) == []


def test_a_kind_that_no_project_permits_is_told_once(estate: EstateRepo) -> None:
    kind = "apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata:\n  name: fast\n"
    estate.write(ALONE, f"{kind}---\n{kind}")
    report = ask(estate)
    assert told(report) == [("cluster-kind-unlisted", ALONE, 2)]
    assert "StorageClass (storage.k8s.io)" in the_one(report, "cluster-kind-unlisted").what


def test_a_kind_that_the_tree_itself_declares_cluster_scoped_is_told(estate: EstateRepo) -> None:
    estate.write(
        "helm/charts/jupyterhub/crds/hubs.yaml",
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n"
        "metadata:\n  name: hubs.example.org\nspec:\n  group: example.org\n  scope: Cluster\n"
        "  names:\n    kind: Hub\n",
    )
    estate.write(ALONE, "apiVersion: example.org/v1\nkind: Hub\nmetadata:\n  name: x\n")
    assert "Hub (example.org)" in the_one(ask(estate), "cluster-kind-unlisted").what


def test_a_listed_kind_that_no_template_creates_is_a_note(estate_template: EstateRepo) -> None:
    registry = with_chart(
        estate_template.registry, "portal-services", cluster_kinds=(ClusterKind("x.org", "Thing"),)
    )
    report = ask(estate_template, registry)
    assert (
        "lists Thing in cluster_kinds, which no template creates"
        in the_one(report, "cluster-kind-idle").what
    )
    assert not report.fails(strict=True)


def test_a_kind_that_a_sub_chart_creates_is_not_idle(estate: EstateRepo) -> None:
    folder = "helm/charts/ml-platform"
    estate.git("mv", f"{folder}/templates/cluster.yaml", f"{folder}/charts/mlflow/templates/")
    estate.commit("Let the sub-chart create them")
    assert "cluster-kind-idle" not in {found.rule for found in ask(estate).findings}


def test_a_listed_namespace_that_no_template_names_is_a_note(estate_template: EstateRepo) -> None:
    registry = with_chart(estate_template.registry, "security", fixed_namespaces=("nowhere",))
    findings = [f for f in ask(estate_template, registry).findings if f.chart == "security"]
    assert [finding.rule for finding in findings] == [IDLE_NAMESPACE]
    assert CHANGED not in {finding.rule for finding in findings}
