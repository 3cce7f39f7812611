"""The Argo CD objects of one environment, as plain data (Argo CD 3.5, declarative setup)."""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from release.charts.record import Chart, ClusterKind, Registry
from release.estate import Environment
from release.settings.model import Role, Settings, SyncPolicy
from release.settings.syncoptions import CREATE_NAMESPACE, FAIL_ON_SHARED_RESOURCE
from release.settings.types import TEAM_IN_CHANNEL
from release.versions import tag_ref

Manifest = dict[str, object]

API_VERSION: Final = "argoproj.io/v1alpha1"
LABEL_DOMAIN: Final = "release.254carbon.com"
CHART_LABEL: Final = f"{LABEL_DOMAIN}/chart"
VERSION_LABEL: Final = f"{LABEL_DOMAIN}/version"
ENVIRONMENT_LABEL: Final = f"{LABEL_DOMAIN}/environment"
TEAM_LABEL: Final = f"{LABEL_DOMAIN}/team"
PIN_ANNOTATION: Final = f"{LABEL_DOMAIN}/pin-"
"""Begins the annotations that say who pinned what and why: before, by, commit, kind, revision..."""
HOLD_ANNOTATION: Final = f"{LABEL_DOMAIN}/hold-"
"""Begins the annotations of a hold: reason, by, until, commit."""

SHARED_RELEASE: Final = "shared-release"
"""The rule that a release's cluster, namespace and name belong to one environment."""

_FINALIZERS: Final = {
    "foreground": "resources-finalizer.argocd.argoproj.io",
    "background": "resources-finalizer.argocd.argoproj.io/background",
}


class ApplicationRow(NamedTuple):
    """One line of the table of applications that a stack exports and scripts read."""

    application: str
    chart: str
    version: str
    revision: str
    namespace: str
    wave: int


class EnvironmentManifests(NamedTuple):
    """The AppProject of an environment and its Applications in order of creation."""

    project: Manifest
    applications: Mapping[str, Manifest]
    table: tuple[ApplicationRow, ...]
    creation_order: Mapping[str, tuple[str, ...]]
    observers: tuple[Manifest, ...] = ()
    """Rules, dashboards and messages about the rest; none unless the stack file asks for them."""

    @property
    def all(self) -> tuple[Manifest, ...]:
        """Every object, the project first."""
        return (self.project, *self.applications.values(), *self.observers)


def environment_manifests(registry: Registry, environment: Environment) -> EnvironmentManifests:
    """Return every object of the environment; the same inputs give equal objects in equal order."""
    charts = sorted(
        (registry.by_name[name] for name in environment.settings.versions),
        key=lambda chart: (chart.wave, chart.name),
    )
    table = tuple(application_row(environment, chart) for chart in charts)
    return EnvironmentManifests(
        project=project_manifest(environment, charts),
        applications={
            row.application: application_manifest(registry, environment, chart, row)
            for row, chart in zip(table, charts, strict=True)
        },
        table=table,
        creation_order=creation_order(table),
    )


def application_row(environment: Environment, chart: Chart) -> ApplicationRow:
    """Return where and at which revision a chart runs in the environment.

    A pin becomes the full tag ref, which Argo CD resolves to exactly that tag; a short name could
    be a branch, and a bare version would be looked up as a range (tracking strategies).
    """
    settings = environment.settings
    version = settings.versions[chart.name]
    follows = settings.follows_branch(chart.name)
    return ApplicationRow(
        application=f"{chart.name}-{environment.name}",
        chart=chart.name,
        version=version,
        revision=version if follows else tag_ref(chart.name, version),
        namespace=chart.namespace.in_environment(settings.destination.namespace_suffix),
        wave=chart.wave,
    )


def creation_order(table: Iterable[ApplicationRow]) -> dict[str, tuple[str, ...]]:
    """Return for each Application those it waits for, so that waves are made one after another.

    The last Application of a wave waits for the rest of it, and the next wave waits for that one
    alone: two edges an Application instead of one for every pair of neighbouring waves. Argo CD
    itself ignores waves between Applications that no parent creates (sync waves).
    """
    waves: dict[int, list[str]] = {}
    for row in table:
        waves.setdefault(row.wave, []).append(row.application)
    order: dict[str, tuple[str, ...]] = {}
    gate: tuple[str, ...] = ()
    for _, members in sorted(waves.items()):
        *rest, last = members
        order |= dict.fromkeys(rest, gate)
        order[last] = tuple(rest) or gate
        gate = (last,)
    return order


def application_manifest(
    registry: Registry, environment: Environment, chart: Chart, row: ApplicationRow
) -> Manifest:
    """Return the Application of one chart; no empty object, which Argo CD would take out again."""
    settings = environment.settings
    annotations = {"argocd.argoproj.io/sync-wave": str(row.wave)}
    annotations |= {
        f"notifications.argoproj.io/subscribe.{trigger}.slack": ";".join(
            channel.replace(TEAM_IN_CHANNEL, chart.owner) for channel in channels
        )
        for trigger, channels in settings.notifications.items()
    }
    metadata: Manifest = {
        "name": row.application,
        "namespace": settings.argocd.namespace,
        "labels": {
            CHART_LABEL: chart.name,
            ENVIRONMENT_LABEL: environment.name,
            TEAM_LABEL: chart.owner,
            VERSION_LABEL: row.version,
        },
        "annotations": annotations,
    }
    finalizer = _FINALIZERS.get(settings.deletion.cascade)
    if finalizer:
        metadata["finalizers"] = [finalizer]
    return {
        "apiVersion": API_VERSION,
        "kind": "Application",
        "metadata": metadata,
        "spec": {
            "project": settings.project,
            "source": {
                "repoURL": settings.source.repository,
                "path": f"{settings.source.charts}/{chart.name}",
                "targetRevision": row.revision,
                "helm": _helm(environment.name, chart),
            },
            "destination": {"server": settings.destination.server, "namespace": row.namespace},
            "syncPolicy": _sync_policy(settings.sync_policy, _options(registry, settings, chart)),
            "revisionHistoryLimit": settings.revision_history_limit,
        },
    }


def _helm(environment: str, chart: Chart) -> Manifest:
    helm: Manifest = {
        "releaseName": chart.name,
        "valueFiles": list(chart.value_files_in(environment)),
    }
    if chart.parameters:
        # Argo CD expands $NAME in values from its own environment; $$ stands for the character.
        helm["parameters"] = [
            {"name": name, "value": value.replace("$", "$$")}
            for name, value in chart.parameters.items()
        ]
    return helm


def _options(registry: Registry, settings: Settings, chart: Chart) -> list[str]:
    options = dict.fromkeys((*settings.sync_policy.options, *chart.sync_options))
    if registry.waives(SHARED_RELEASE, chart.name):
        # Environments that knowingly share a release would fail each other's sync.
        options.pop(FAIL_ON_SHARED_RESOURCE, None)
    return list(options)


def _sync_policy(policy: SyncPolicy, options: list[str]) -> Manifest:
    result: Manifest = {
        # An absent or empty `automated` would not keep a toggled automatic sync off.
        "automated": {
            "enabled": True,
            **policy.model_dump(by_alias=True, exclude={"automated", "options", "retry"}),
        }
        if policy.automated
        else {"enabled": False}
    }
    if options:
        result["syncOptions"] = options
    if policy.retry:
        result["retry"] = {
            "limit": policy.retry.limit,
            "backoff": policy.retry.model_dump(by_alias=True, exclude={"limit"}),
        }
    return result


def project_manifest(environment: Environment, charts: Iterable[Chart]) -> Manifest:
    """Return the AppProject that permits what these charts need and nothing else."""
    charts = tuple(charts)
    settings = environment.settings
    metadata: Manifest = {
        "name": settings.project,
        "namespace": settings.argocd.namespace,
        "labels": {ENVIRONMENT_LABEL: environment.name},
    }
    spec: Manifest = {
        "description": settings.purpose,
        "sourceRepos": source_repositories(settings, charts),
    }
    namespaces = permitted_namespaces(settings, charts)
    if namespaces:
        spec["destinations"] = [
            {"server": settings.destination.server, "namespace": namespace}
            for namespace in namespaces
        ]
    kinds = cluster_kinds(settings, charts)
    if kinds:
        spec["clusterResourceWhitelist"] = [kind._asdict() for kind in kinds]
    orphaned = settings.orphaned_resources
    if orphaned is not None:
        spec["orphanedResources"] = orphaned.model_dump(
            mode="json", exclude=None if orphaned.ignore else {"ignore"}
        )
    if settings.sync_windows:
        spec["syncWindows"] = [
            window.model_dump(mode="json", by_alias=True, exclude_defaults=True)
            for window in settings.sync_windows
        ]
    if settings.roles:
        spec["roles"] = [_role(settings.project, role) for role in settings.roles]
    return {"apiVersion": API_VERSION, "kind": "AppProject", "metadata": metadata, "spec": spec}


def source_repositories(settings: Settings, charts: Iterable[Chart]) -> list[str]:
    """Return the charts' repository and those that their remote dependencies come from."""
    remote = {dependency.repository for chart in charts for dependency in chart.dependencies}
    return [settings.source.repository, *sorted(remote - {settings.source.repository})]


def permitted_namespaces(settings: Settings, charts: Iterable[Chart]) -> list[str]:
    """Return the namespaces that the environment's charts may write to.

    Namespaces that templates fix are permitted only where names carry no suffix: anywhere else
    they belong to another environment of the same cluster.
    """
    suffix = settings.destination.namespace_suffix
    namespaces = set[str]()
    for chart in charts:
        namespaces.add(chart.namespace.in_environment(suffix))
        if not suffix:
            namespaces.update(chart.fixed_namespaces)
    return sorted(namespaces)


def cluster_kinds(settings: Settings, charts: Iterable[Chart]) -> list[ClusterKind]:
    """Return the cluster-scoped kinds needed; CreateNamespace makes a Namespace (sync options)."""
    kinds = {kind for chart in charts for kind in chart.cluster_kinds}
    if CREATE_NAMESPACE in settings.sync_policy.options:
        kinds.add(ClusterKind("", "Namespace"))
    return sorted(kinds)


def _role(project: str, role: Role) -> Manifest:
    return {
        "name": role.name,
        "description": role.description,
        "groups": list(role.groups),
        "policies": [_policy(project, role.name, action) for action in role.actions],
    }


def _policy(project: str, role: str, action: str) -> str:
    resource, verb = {"logs": ("logs", "get"), "action": ("applications", "action/*")}.get(
        action, ("applications", action)
    )
    return f"p, proj:{project}:{role}, {resource}, {verb}, {project}/*, allow"
