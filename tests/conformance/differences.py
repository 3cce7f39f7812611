"""Every difference between HMCo's manifests and ours, each with the reason that it is wanted.

`{chart}` and `{environment}` stand for those of the object. test_differences.py fails on a
difference that is not listed and on an entry that differs nowhere.
"""

from dataclasses import dataclass
from typing import Final

from tests.conformance.fields import ABSENT, Change

LABEL: Final = "metadata.labels.release.254carbon.com"
OPTION: Final = "spec.syncPolicy.syncOptions"
AUTOMATED: Final = "spec.syncPolicy.automated"
RETRY: Final = "spec.syncPolicy.retry"
DESTINATION: Final = "spec.destinations"
KIND: Final = "spec.clusterResourceWhitelist"
REPOSITORY: Final = "spec.sourceRepos"
IN_CLUSTER: Final = "https://kubernetes.default.svc"

AUTOMATIC: Final = ("*-dev", "*-staging")
PINNED: Final = ("*-staging", "*-prod")
APPLICATIONS: Final = ("*-dev", "*-staging", "*-prod")
PROJECTS: Final = ("development", "staging", "production")


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Fields that differ together on all these objects, save those that `but` names."""

    title: str
    objects: tuple[str, ...]
    changes: tuple[Change, ...]
    reason: str
    but: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Addition:
    """Objects that HMCo's environment manifests do not have."""

    objects: tuple[str, ...]
    reason: str


def _added(path: str, ours: str) -> Change:
    return Change(path, ABSENT, ours)


def _listed(path: str, *entries: str) -> tuple[Change, ...]:
    return tuple(Change(f"{path}[{entry}]", ABSENT, "present") for entry in entries)


def _unlisted(path: str, *entries: str) -> tuple[Change, ...]:
    return tuple(Change(f"{path}[{entry}]", "present", ABSENT) for entry in entries)


def _namespaces(*names: str) -> tuple[Change, ...]:
    return _listed(DESTINATION, *(f"{name} {IN_CLUSTER}" for name in names))


_RBAC: Final = (
    "rbac.authorization.k8s.io ClusterRole",
    "rbac.authorization.k8s.io ClusterRoleBinding",
)
_SHARED_KINDS: Final = (
    " Namespace",
    *_RBAC,
    "admissionregistration.k8s.io MutatingWebhookConfiguration",
    "admissionregistration.k8s.io ValidatingWebhookConfiguration",
    "apiextensions.k8s.io CustomResourceDefinition",
    "configuration.konghq.com KongClusterPlugin",
)

DIFFERENCES: Final = (
    Difference(
        title="Staging and production run a tag, not the trunk",
        objects=PINNED,
        changes=(Change("spec.source.targetRevision", '"main"', '"refs/tags/{chart}-1.0.0"'),),
        reason="F8: with one trunk for all, a merge for staging reaches development at once and "
        "makes production OutOfSync; R25 and R34 ask for exact versions",
    ),
    Difference(
        title="Production states that automatic sync is off",
        objects=("*-prod",),
        changes=(Change(AUTOMATED, "null", ABSENT), _added(f"{AUTOMATED}.enabled", "false")),
        reason="R20: null is refused by the strict schema and cannot hold off a switch in the UI; "
        "needs Argo CD 3.1",
    ),
    Difference(
        title="Development and staging state that automatic sync is on",
        objects=AUTOMATIC,
        changes=(_added(f"{AUTOMATED}.enabled", "true"),),
        reason="R26: every flag is written out, so that a switch in the UI is visible as drift",
    ),
    Difference(
        title="Monitoring states allowEmpty as the others do",
        objects=("monitoring-dev", "monitoring-staging"),
        changes=(_added(f"{AUTOMATED}.allowEmpty", "false"),),
        reason="R26 names the flag for all; an absent one means the same and shows nothing",
    ),
    Difference(
        title="No Application takes over another one's object",
        objects=APPLICATIONS,
        but=("storage-*",),
        changes=_listed(OPTION, "FailOnSharedResource=true"),
        reason="Environments share one cluster; two owners of an object would silently overwrite "
        "each other. storage is excepted by a waiver: its release is one for all",
    ),
    Difference(
        title="The gateway is applied on the server everywhere",
        objects=("api-gateway-dev", "api-gateway-staging"),
        changes=_listed(OPTION, "ServerSideApply=true"),
        reason="R36: an apply mode that only production uses is rehearsed nowhere",
    ),
    Difference(
        title="Every production sync is retried",
        objects=("cloudflare-tunnel-prod", "service-mesh-prod", "storage-prod"),
        changes=(
            _added(f"{RETRY}.limit", "3"),
            _added(f"{RETRY}.backoff.duration", '"5s"'),
            _added(f"{RETRY}.backoff.factor", "2"),
        ),
        reason="R22, R27: the guide gives production one retry policy; three of seven lack it",
    ),
    Difference(
        title="The longest wait between two tries is stated",
        objects=("*-prod",),
        changes=(_added(f"{RETRY}.backoff.maxDuration", '"3m"'),),
        reason="Argo CD's own default, written out where a reviewer sees it",
    ),
    Difference(
        title="Helm's version is not chosen any more",
        objects=APPLICATIONS,
        changes=(Change("spec.source.helm.version", '"v3"', ABSENT),),
        reason="Argo CD 3.5 renders with Helm 4 whatever the field says",
    ),
    Difference(
        title="The length of the history is stated",
        objects=APPLICATIONS,
        changes=(_added("spec.revisionHistoryLimit", "10"),),
        reason="R29: it bounds how far back an emergency rollback reaches",
    ),
    Difference(
        title="Applications carry chart and environment",
        objects=APPLICATIONS,
        changes=(
            _added(f"{LABEL}/chart", '"{chart}"'),
            _added(f"{LABEL}/environment", '"{environment}"'),
        ),
        reason="R30, R31: no metric of Argo CD names either; dashboards join on these labels",
    ),
    Difference(
        title="Development carries the branch that it follows",
        objects=("*-dev",),
        changes=(_added(f"{LABEL}/version", '"main"'),),
        reason="R30: version drift is measured on this label",
    ),
    Difference(
        title="Pinned environments carry their version",
        objects=PINNED,
        changes=(_added(f"{LABEL}/version", '"1.0.0"'),),
        reason="R30: version drift is measured on this label",
    ),
    Difference(
        title="The platform team's charts carry their owner",
        objects=("api-gateway-*", "cloudflare-tunnel-*", "service-mesh-*"),
        changes=(_added(f"{LABEL}/team", '"platform"'),),
        reason="R32: whoever is called at night is named on the object",
    ),
    Difference(
        title="The data team's charts carry their owner",
        objects=("data-platform-*",),
        changes=(_added(f"{LABEL}/team", '"data-platform"'),),
        reason="R32: whoever is called at night is named on the object",
    ),
    Difference(
        title="The ML team's charts carry their owner",
        objects=("ml-platform-*",),
        changes=(_added(f"{LABEL}/team", '"ml-platform"'),),
        reason="R32: whoever is called at night is named on the object",
    ),
    Difference(
        title="The SRE team's charts carry their owner",
        objects=("monitoring-*", "storage-*"),
        changes=(_added(f"{LABEL}/team", '"sre"'),),
        reason="R32: whoever is called at night is named on the object",
    ),
    Difference(
        title="Projects carry their environment",
        objects=PROJECTS,
        changes=(_added(f"{LABEL}/environment", '"{environment}"'),),
        reason="R30: the same vocabulary on every object",
    ),
    Difference(
        title="Development says what it is for",
        objects=("development",),
        changes=(
            Change(
                "spec.description",
                '"Development environment applications"',
                '"Active development and testing; follows the trunk"',
            ),
        ),
        reason="R11: the purpose is a setting, and the settings say it once",
    ),
    Difference(
        title="Staging says what it is for",
        objects=("staging",),
        changes=(
            Change(
                "spec.description",
                '"Staging environment applications"',
                '"Validation before production; exact versions only"',
            ),
        ),
        reason="R11: the purpose is a setting, and the settings say it once",
    ),
    Difference(
        title="Production says what it is for",
        objects=("production",),
        changes=(
            Change(
                "spec.description",
                '"Production environment applications - manual sync only"',
                '"Live workloads; exact versions only, synced by hand"',
            ),
        ),
        reason="R11: the purpose is a setting, and the settings say it once",
    ),
    Difference(
        title="No project permits a repository that no chart uses",
        objects=PROJECTS,
        changes=_unlisted(
            REPOSITORY,
            "https://charts.helm.sh/stable",
            "https://ray-project.github.io/kuberay-helm/",
            "https://kyverno.github.io/kyverno/",
        ),
        reason="R12: the project is the boundary; it lists what its charts need",
    ),
    Difference(
        title="The repository of monitoring's dependency is permitted",
        objects=PROJECTS,
        changes=_listed(REPOSITORY, "https://kubecost.github.io/cost-analyzer/"),
        reason="R12: Argo CD refuses to render a chart whose dependency comes from elsewhere",
    ),
    Difference(
        title="The repositories of vault's dependencies are permitted in production",
        objects=("production",),
        changes=_listed(
            REPOSITORY,
            "https://charts.external-secrets.io",
            "https://helm.releases.hashicorp.com",
        ),
        reason="R12: Argo CD refuses to render a chart whose dependency comes from elsewhere",
    ),
    Difference(
        title="Development reaches its own namespaces alone",
        objects=("development",),
        changes=(
            *_unlisted(DESTINATION, f"*-dev {IN_CLUSTER}"),
            *_namespaces(
                "cloudflare-tunnel-dev",
                "data-platform-dev",
                "istio-system-dev",
                "ml-platform-dev",
                "monitoring-dev",
            ),
        ),
        reason="R12: a pattern also permits the namespace that somebody makes tomorrow",
    ),
    Difference(
        title="Staging reaches its own namespaces alone",
        objects=("staging",),
        changes=(
            *_unlisted(DESTINATION, f"*-staging {IN_CLUSTER}"),
            *_namespaces(
                "cloudflare-tunnel-staging",
                "data-platform-staging",
                "istio-system-staging",
                "ml-platform-staging",
                "monitoring-staging",
            ),
        ),
        reason="R12: a pattern also permits the namespace that somebody makes tomorrow",
    ),
    Difference(
        title="Production does not reach every namespace",
        objects=("production",),
        changes=(
            *_unlisted(DESTINATION, f"* {IN_CLUSTER}"),
            *_namespaces(
                "cert-manager",
                "cloudflare-tunnel",
                "data-platform",
                "default",
                "ingress-nginx",
                "istio-operator",
                "istio-system",
                "jupyter",
                "kong",
                "kube-system",
                "kubeflow",
                "kyverno",
                "ml-platform",
                "monitoring",
                "vault",
                "vault-prod",
                "velero",
            ),
        ),
        reason="R12: whoever writes to Argo CD's own namespace is its admin; the list holds what "
        "the thirteen charts' templates name",
    ),
    Difference(
        title="No project permits every cluster-scoped kind",
        objects=PROJECTS,
        changes=(*_unlisted(KIND, "* *"), *_listed(KIND, *_SHARED_KINDS)),
        reason="R12: a chart that may create any ClusterRoleBinding may do anything; the list "
        "holds what the charts' templates create",
    ),
    Difference(
        title="Kinds of the charts that only production runs",
        objects=("production",),
        changes=_listed(
            KIND,
            "external-secrets.io ClusterSecretStore",
            "kyverno.io ClusterPolicy",
            "scheduling.k8s.io PriorityClass",
        ),
        reason="R12: needed by vault, security and platform-policies",
    ),
    Difference(
        title="Engineers and analysts get roles in development and staging",
        objects=("development", "staging"),
        changes=_listed("spec.roles", "engineers", "analysts"),
        reason="R12: HMCo lets data-engineers create and delete in every project; a role ends at "
        "its project",
    ),
    Difference(
        title="Releasers and readers get roles in production",
        objects=("production",),
        changes=_listed("spec.roles", "releasers", "readers"),
        reason="R18, R20: who may sync is listed, and nobody may choose another revision",
    ),
)

ADDITIONS: Final = (
    Addition(
        objects=(
            "networking-prod",
            "platform-policies-prod",
            "portal-services-prod",
            "vault-prod",
        ),
        reason="R1: charts of the guide that only the deprecated k8s/gitops manifest deploys; "
        "placement and wave are taken from it",
    ),
    Addition(
        objects=("jupyterhub-prod", "security-prod"),
        reason="R1: charts of the guide that no manifest deploys; placement follows their own "
        "documents",
    ),
)
