"""What HMCo's hand-written Argo CD manifests say as of 2025-11-02: 21 Applications, 3 AppProjects.

Restated as two tables, one row per chart and one per environment, from which the objects are built
again. Where the manifests themselves are at hand, test_upstream.py proves both equal.
"""

from dataclasses import dataclass
from typing import Final

from release.argocd.manifests import Manifest

REPOSITORY: Final = "https://github.com/254CARBON/HMCo.git"
SERVER: Final = "https://kubernetes.default.svc"


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentRow:
    """One environment: `destinations` are namespace patterns, `ignored` are (kind, name)."""

    name: str
    project: str
    description: str
    suffix: str
    destinations: tuple[str, ...]
    automated: bool
    channel: str | None = None
    ignored: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartRow:
    """One chart: `namespace` takes the suffix unless `fixed`; `production` replaces it there."""

    name: str
    wave: int
    namespace: str
    fixed: bool = False
    production: str | None = None
    values_per_environment: bool = False
    parameters: tuple[tuple[str, str], ...] = ()
    states_allow_empty: bool = True
    retries_in_production: bool = False
    production_options: tuple[str, ...] = ()


ENVIRONMENTS: Final = (
    EnvironmentRow(
        name="dev",
        project="development",
        description="Development environment applications",
        suffix="-dev",
        destinations=("*-dev", "kube-system"),
        automated=True,
    ),
    EnvironmentRow(
        name="staging",
        project="staging",
        description="Staging environment applications",
        suffix="-staging",
        destinations=("*-staging", "kube-system"),
        automated=True,
    ),
    EnvironmentRow(
        name="prod",
        project="production",
        description="Production environment applications - manual sync only",
        suffix="",
        destinations=("*",),
        automated=False,
        channel="prod-deployments",
        ignored=(
            ("ConfigMap", "kube-root-ca.crt"),
            ("ConfigMap", "istio-ca-root-cert"),
            ("ServiceAccount", "default"),
        ),
    ),
)

CHARTS: Final = (
    ChartRow(
        name="data-platform",
        wave=-5,
        namespace="data-platform",
        values_per_environment=True,
        parameters=(
            ("data-lake.enabled", "true"),
            ("datahub.enabled", "false"),
            ("spark-operator.enabled", "true"),
            ("dolphinscheduler.enabled", "true"),
            ("trino.enabled", "true"),
            ("superset.enabled", "true"),
            ("clickhouse.enabled", "true"),
        ),
        retries_in_production=True,
    ),
    ChartRow(name="cloudflare-tunnel", wave=-7, namespace="cloudflare-tunnel"),
    ChartRow(
        name="ml-platform",
        wave=-3,
        namespace="ml-platform",
        production="data-platform",
        values_per_environment=True,
        parameters=(("mlflow.enabled", "true"), ("kubeflow.enabled", "true")),
        retries_in_production=True,
    ),
    ChartRow(
        name="monitoring",
        wave=-2,
        namespace="monitoring",
        values_per_environment=True,
        states_allow_empty=False,
        retries_in_production=True,
    ),
    ChartRow(
        name="api-gateway",
        wave=-6,
        namespace="data-platform",
        retries_in_production=True,
        production_options=("ServerSideApply=true",),
    ),
    ChartRow(name="service-mesh", wave=-1, namespace="istio-system"),
    ChartRow(name="storage", wave=-10, namespace="kube-system", fixed=True),
)

SOURCE_REPOSITORIES: Final = (
    REPOSITORY,
    "https://charts.helm.sh/stable",
    "https://ray-project.github.io/kuberay-helm/",
    "https://kyverno.github.io/kyverno/",
)


def upstream_objects() -> dict[str, Manifest]:
    """Return every object by name, as the manifests have them."""
    applications = {
        f"{chart.name}-{row.name}": _application(chart, row)
        for row in ENVIRONMENTS
        for chart in CHARTS
    }
    return applications | {row.project: _project(row) for row in ENVIRONMENTS}


def _application(chart: ChartRow, row: EnvironmentRow) -> Manifest:
    annotations = {"argocd.argoproj.io/sync-wave": str(chart.wave)}
    if row.channel:
        annotations["notifications.argoproj.io/subscribe.on-sync-succeeded.slack"] = row.channel
    helm: Manifest = {
        "version": "v3",
        "releaseName": chart.name,
        "valueFiles": [
            "values.yaml",
            *([f"values/{row.name}.yaml"] if chart.values_per_environment else []),
        ],
    }
    if chart.parameters:
        helm["parameters"] = [{"name": name, "value": value} for name, value in chart.parameters]
    namespace = chart.namespace if chart.fixed else f"{chart.namespace}{row.suffix}"
    if not row.suffix and chart.production:
        namespace = chart.production
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {
            "name": f"{chart.name}-{row.name}",
            "namespace": "argocd",
            "annotations": annotations,
            "finalizers": ["resources-finalizer.argocd.argoproj.io"],
        },
        "spec": {
            "project": row.project,
            "source": {
                "repoURL": REPOSITORY,
                "targetRevision": "main",
                "path": f"helm/charts/{chart.name}",
                "helm": helm,
            },
            "destination": {"server": SERVER, "namespace": namespace},
            "syncPolicy": _sync_policy(chart, row),
        },
    }


def _sync_policy(chart: ChartRow, row: EnvironmentRow) -> Manifest:
    automated: Manifest = {"prune": False, "selfHeal": True}
    if chart.states_allow_empty:
        automated["allowEmpty"] = False
    options = ["CreateNamespace=true", *([] if row.automated else chart.production_options)]
    policy: Manifest = {
        "automated": automated if row.automated else None,
        "syncOptions": options,
    }
    if chart.retries_in_production and not row.automated:
        policy["retry"] = {"limit": 3, "backoff": {"duration": "5s", "factor": 2}}
    return policy


def _project(row: EnvironmentRow) -> Manifest:
    orphaned: Manifest = {"warn": True}
    if row.ignored:
        orphaned["ignore"] = [
            {"group": "", "kind": kind, "name": name} for kind, name in row.ignored
        ]
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "AppProject",
        "metadata": {"name": row.project, "namespace": "argocd"},
        "spec": {
            "description": row.description,
            "sourceRepos": list(SOURCE_REPOSITORIES),
            "destinations": [
                {"namespace": namespace, "server": SERVER} for namespace in row.destinations
            ],
            "clusterResourceWhitelist": [{"group": "*", "kind": "*"}],
            "orphanedResources": orphaned,
        },
    }
