"""The settings of one environment: the typed form of one stack file."""

from collections.abc import Mapping
from datetime import timedelta
from functools import cached_property
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from release.settings.base import SettingsModel
from release.settings.deployment import Deployment
from release.settings.governance import RepositorySettings
from release.settings.observability import Monitoring, Notifier
from release.settings.syncoptions import SYNC_OPTIONS, sync_option_problems
from release.settings.syncwindows import SyncWindow
from release.settings.types import (
    ApiVersion,
    Branch,
    Channel,
    Day,
    Description,
    DnsLabel,
    Duration,
    Group,
    KubernetesVersion,
    NamespaceSuffix,
    PositiveDuration,
    RelativeDirectory,
    Repository,
    RoleName,
    Sentence,
    Server,
    seconds,
)
from release.versions import parse_version

OLDEST_ARGOCD: Final = "3.1.0"
"""Older API servers prune `automated.enabled`, and a pruned `enabled: false` means on."""


def _supported_argocd(text: str) -> str:
    if parse_version(text) < parse_version(OLDEST_ARGOCD):
        raise ValueError(
            f"{text} is too old: below {OLDEST_ARGOCD} the API server drops "
            "syncPolicy.automated.enabled, which turns automatic sync on"
        )
    return text


def _sync_options(options: tuple[str, ...]) -> tuple[str, ...]:
    if problems := sync_option_problems(options):
        raise ValueError(problems)
    return options


class Approvals(SettingsModel):
    """Who must approve a promotion into this environment (guide R17, R18)."""

    count: int = Field(ge=0, le=6)
    teams: tuple[DnsLabel, ...]
    draft: bool = False
    """Whether a promotion's pull request opens as a draft (guide R18, R23)."""


class Source(SettingsModel):
    """The charts' Git repository; `branch` is what a chart may follow instead of a version."""

    repository: Repository
    charts: RelativeDirectory
    branch: Branch | None


class ArgoCD(SettingsModel):
    """The Argo CD instance that reads the objects."""

    version: Annotated[str, AfterValidator(_supported_argocd)]
    namespace: DnsLabel


class Destination(SettingsModel):
    """The cluster and the suffix of the environment's namespaces ("" for standard names)."""

    server: Server
    namespace_suffix: NamespaceSuffix


class Kubernetes(SettingsModel):
    """What the cluster's API server is, as charts see it: Argo CD tells Helm the same when it asks.

    `api_versions` are those that the cluster has besides Kubernetes' own (`group/version` or
    `group/version/Kind`), which charts ask for with `.Capabilities.APIVersions.Has`.
    """

    version: KubernetesVersion
    api_versions: tuple[ApiVersion, ...]


class Retry(SettingsModel):
    """How often and how patiently a sync is tried again; `limit` -1 means for ever."""

    limit: int = Field(ge=-1)
    duration: PositiveDuration
    factor: int = Field(ge=1)
    max_duration: PositiveDuration


class SyncPolicy(SettingsModel):
    """How Argo CD applies changes; every flag is stated, since an absent one has a meaning too."""

    automated: bool
    prune: bool
    self_heal: bool
    allow_empty: bool
    options: Annotated[
        tuple[Annotated[str, Field(json_schema_extra={"enum": list(SYNC_OPTIONS)})], ...],
        AfterValidator(_sync_options),
    ]
    retry: Retry | None


class Hold(SettingsModel):
    """A chart that nothing but a rollback moves here until it is lifted or its last day is over."""

    reason: Sentence
    by: Sentence
    until: Day | None = None


class Freeze(SettingsModel):
    """Days, first and last included, on which nothing is promoted into the environment."""

    first: Day
    last: Day
    reason: Sentence


class IgnoredResource(SettingsModel):
    """An object that Argo CD does not report as orphaned."""

    group: str
    kind: Sentence
    name: Sentence


class OrphanedResources(SettingsModel):
    """Whether Argo CD warns of objects in the project's namespaces that no Application owns."""

    warn: bool
    ignore: tuple[IgnoredResource, ...]


class Role(SettingsModel):
    """A role of the AppProject: what members of these groups may do with its Applications."""

    name: RoleName
    description: Description
    groups: Annotated[tuple[Group, ...], Field(min_length=1)]
    actions: Annotated[
        tuple[Literal["get", "logs", "sync", "override", "action"], ...], Field(min_length=1)
    ]


class Deletion(SettingsModel):
    """What deleting an Application does to its workload, and whether Pulumi refuses to."""

    cascade: Literal["foreground", "background", "orphan"]
    protect: bool


class ManifestsDelivery(SettingsModel):
    """Write the objects as YAML files below this directory; needs no cluster."""

    kind: Literal["manifests"]
    directory: RelativeDirectory


class ClusterDelivery(SettingsModel):
    """Apply the objects to the cluster that this context of KUBECONFIG names."""

    kind: Literal["cluster"]
    context: Sentence


TriggerName = Literal[
    "on-created",
    "on-deleted",
    "on-deployed",
    "on-health-degraded",
    "on-sync-failed",
    "on-sync-running",
    "on-sync-status-unknown",
    "on-sync-succeeded",
    "release-degraded",
    "release-deployed",
    "release-failed",
    "release-held",
    "release-rolled-back",
    "release-waiting",
]


class Settings(SettingsModel):
    """Everything one stack file says."""

    project: DnsLabel
    purpose: Description
    promotes_from: tuple[DnsLabel, ...]
    soak: Duration
    approvals: Approvals
    source: Source
    argocd: ArgoCD
    destination: Destination
    versions: Mapping[str, str]
    holds: Mapping[str, Hold]
    freezes: tuple[Freeze, ...]
    sync_policy: SyncPolicy
    sync_windows: tuple[SyncWindow, ...]
    revision_history_limit: int = Field(ge=1, le=100)
    orphaned_resources: OrphanedResources | None
    roles: tuple[Role, ...]
    notifications: Mapping[TriggerName, Annotated[tuple[Channel, ...], Field(min_length=1)]]
    deletion: Deletion
    delivery: Annotated[ManifestsDelivery | ClusterDelivery, Field(discriminator="kind")]
    kubernetes: Kubernetes
    # Absent in files of before there were any; the stack file that governs has them.
    repository: RepositorySettings | None = None
    monitoring: Monitoring | None = None
    notifier: Notifier | None = None
    deployment: Deployment | None = None

    @cached_property
    def soak_time(self) -> timedelta:
        """How long a version must have run here before it may be promoted onwards."""
        return timedelta(seconds=seconds(self.soak))

    @property
    def pins(self) -> dict[str, str]:
        """The versions of the charts that do not follow the branch."""
        return {name: version for name in self.versions if (version := self.pin(name)) is not None}

    def pin(self, chart: str) -> str | None:
        """Return the version that the chart is pinned to; None where it is not, or does not run."""
        version = self.versions.get(chart)
        return None if version == self.source.branch else version

    def follows_branch(self, chart: str) -> bool:
        """Tell whether the chart follows the branch here instead of being pinned."""
        return self.source.branch is not None and self.versions[chart] == self.source.branch
