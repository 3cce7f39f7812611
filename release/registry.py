"""The charts of HMCo: one record each, and everything else is derived from these.

Facts of placement come from HMCo's Argo CD manifests and chart tree as of 2025-11-02. The cluster
kinds and fixed namespaces were read from the charts' own templates; what third-party dependencies
create is not listed and must be added when such a dependency is switched on.
"""

from types import MappingProxyType
from typing import Final

from release.charts.record import (
    Chart,
    ClusterKind,
    Dependency,
    Namespace,
    Registry,
    SubChart,
    Waiver,
)

_NAMESPACE = ClusterKind("", "Namespace")
_CLUSTER_ROLE = ClusterKind("rbac.authorization.k8s.io", "ClusterRole")
_CLUSTER_ROLE_BINDING = ClusterKind("rbac.authorization.k8s.io", "ClusterRoleBinding")
_CRD = ClusterKind("apiextensions.k8s.io", "CustomResourceDefinition")
_CLUSTER_POLICY = ClusterKind("kyverno.io", "ClusterPolicy")

_PER_ENVIRONMENT_VALUES = ("values.yaml", "values/{environment}.yaml")

_CHARTS = (
    Chart(
        name="api-gateway",
        owner="platform",
        purpose="Kong API gateway and the routes from it to every service",
        namespace=Namespace("data-platform"),
        wave=-6,
        # HMCo applies it so in production alone; an apply mode that only production uses is
        # never rehearsed (guide R36), so every environment gets it.
        sync_options=("ServerSideApply=true",),
        cluster_kinds=(
            _NAMESPACE,
            _CRD,
            ClusterKind("configuration.konghq.com", "KongClusterPlugin"),
        ),
        fixed_namespaces=("data-platform", "kong"),
    ),
    Chart(
        name="cloudflare-tunnel",
        owner="platform",
        purpose="cloudflared tunnel that carries ingress traffic",
        namespace=Namespace("cloudflare-tunnel"),
        wave=-7,
    ),
    Chart(
        name="data-platform",
        owner="data-platform",
        purpose="Umbrella of the data lake, SQL engines, workflows, catalogue and BI",
        namespace=Namespace("data-platform"),
        wave=-5,
        value_files=_PER_ENVIRONMENT_VALUES,
        parameters=MappingProxyType(
            {
                "data-lake.enabled": "true",
                "datahub.enabled": "false",
                "spark-operator.enabled": "true",
                "dolphinscheduler.enabled": "true",
                "trino.enabled": "true",
                "superset.enabled": "true",
                "clickhouse.enabled": "true",
            }
        ),
        cluster_kinds=(_CLUSTER_ROLE, _CLUSTER_ROLE_BINDING),
        fixed_namespaces=("data-platform",),
    ),
    Chart(
        name="jupyterhub",
        owner="ml-platform",
        purpose="Multi-user notebooks",
        namespace=Namespace("jupyter"),
        cluster_kinds=(_CLUSTER_ROLE, _CLUSTER_ROLE_BINDING),
    ),
    Chart(
        name="ml-platform",
        owner="ml-platform",
        purpose="Umbrella of experiment tracking and ML pipelines",
        # In production it shares the data platform's namespace; elsewhere it has its own.
        namespace=Namespace("ml-platform", standard="data-platform"),
        wave=-3,
        value_files=_PER_ENVIRONMENT_VALUES,
        parameters=MappingProxyType({"mlflow.enabled": "true", "kubeflow.enabled": "true"}),
        cluster_kinds=(
            _NAMESPACE,
            _CLUSTER_ROLE,
            _CLUSTER_ROLE_BINDING,
            _CRD,
            ClusterKind("admissionregistration.k8s.io", "MutatingWebhookConfiguration"),
            ClusterKind("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
        ),
        fixed_namespaces=("data-platform", "kubeflow"),
    ),
    Chart(
        name="monitoring",
        owner="sre",
        purpose="Prometheus, Grafana, Loki, alerts and cost analysis",
        namespace=Namespace("monitoring"),
        wave=-2,
        value_files=_PER_ENVIRONMENT_VALUES,
        cluster_kinds=(_CLUSTER_ROLE, _CLUSTER_ROLE_BINDING),
        fixed_namespaces=(
            "data-platform",
            "ingress-nginx",
            "kube-system",
            "monitoring",
            "vault-prod",
            "velero",
        ),
        dependencies=(Dependency("cost-analyzer", "https://kubecost.github.io/cost-analyzer/"),),
    ),
    Chart(
        name="networking",
        owner="platform",
        purpose="Network policies and shared routes",
        namespace=Namespace("kube-system", shared=True),
        wave=-8,
        fixed_namespaces=(
            "cloudflare-tunnel",
            "data-platform",
            "istio-system",
            "kong",
            "monitoring",
            "vault-prod",
        ),
    ),
    Chart(
        name="platform-policies",
        owner="platform",
        purpose="Kyverno policies, quotas, limits and RBAC",
        namespace=Namespace("kube-system", shared=True),
        wave=-11,
        cluster_kinds=(
            _NAMESPACE,
            _CLUSTER_ROLE,
            _CLUSTER_ROLE_BINDING,
            _CLUSTER_POLICY,
            ClusterKind("scheduling.k8s.io", "PriorityClass"),
        ),
        fixed_namespaces=(
            "cert-manager",
            "data-platform",
            "ingress-nginx",
            "kube-system",
            "monitoring",
            "vault-prod",
        ),
    ),
    Chart(
        name="portal-services",
        owner="platform",
        purpose="Backend of the developer portal",
        namespace=Namespace("data-platform"),
        wave=-4,
        fixed_namespaces=("data-platform",),
    ),
    Chart(
        name="security",
        owner="sre",
        purpose="Admission policies that demand signed images",
        namespace=Namespace("kyverno"),
        cluster_kinds=(_CLUSTER_POLICY,),
    ),
    Chart(
        name="service-mesh",
        owner="platform",
        purpose="Istio's configuration",
        namespace=Namespace("istio-system"),
        wave=-1,
        cluster_kinds=(_NAMESPACE, _CLUSTER_ROLE, _CLUSTER_ROLE_BINDING),
        fixed_namespaces=(
            "data-platform",
            "default",
            "istio-operator",
            "istio-system",
            "ml-platform",
            "monitoring",
            "vault-prod",
        ),
    ),
    Chart(
        name="storage",
        owner="sre",
        purpose="Storage classes and backup settings",
        namespace=Namespace("kube-system", shared=True),
        wave=-10,
    ),
    Chart(
        name="vault",
        owner="sre",
        purpose="HashiCorp Vault and the external secrets operator",
        namespace=Namespace("vault"),
        wave=-9,
        cluster_kinds=(ClusterKind("external-secrets.io", "ClusterSecretStore"),),
        fixed_namespaces=("vault",),
        dependencies=(
            Dependency("vault", "https://helm.releases.hashicorp.com"),
            Dependency("external-secrets", "https://charts.external-secrets.io"),
        ),
    ),
)

_SUB_CHARTS = (
    SubChart(
        name="clickhouse",
        parent="data-platform",
        owner="data-platform",
        purpose="Column store for SQL",
    ),
    SubChart(
        name="data-lake",
        parent="data-platform",
        owner="data-platform",
        purpose="Object store and tables",
    ),
    SubChart(
        name="datahub",
        parent="data-platform",
        owner="data-platform",
        purpose="Catalogue, off by default",
    ),
    SubChart(
        name="dolphinscheduler",
        parent="data-platform",
        owner="data-platform",
        purpose="Workflow scheduler",
    ),
    SubChart(
        name="spark-operator", parent="data-platform", owner="data-platform", purpose="Spark jobs"
    ),
    SubChart(
        name="superset",
        parent="data-platform",
        owner="data-platform",
        purpose="Business intelligence",
    ),
    SubChart(
        name="trino", parent="data-platform", owner="data-platform", purpose="Federated SQL engine"
    ),
    SubChart(name="kubeflow", parent="ml-platform", owner="ml-platform", purpose="ML pipelines"),
    SubChart(
        name="mlflow", parent="ml-platform", owner="ml-platform", purpose="Experiment tracking"
    ),
)

_WAIVERS = (
    Waiver(
        rule="shared-release",
        chart="storage",
        reason="Storage classes exist once per cluster, and HMCo runs all environments on one: "
        "each of them applies the same release in kube-system",
    ),
)

REGISTRY: Final = Registry(charts=_CHARTS, sub_charts=_SUB_CHARTS, waivers=_WAIVERS)
