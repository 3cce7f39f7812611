"""The shape of Application and AppProject that Argo CD 3.5 accepts, in as far as we use it.

Stricter than the API server on purpose: that one prunes what it does not know without a word and
takes any text for an enumeration. Fields that have no place in our objects are left out, so that
one of them is a failure: `helm.version`, `operation`, `status`, tokens, several sources.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

DnsName = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", max_length=63)
]
Text = Annotated[str, StringConstraints(min_length=1)]
GoDuration = Annotated[str, StringConstraints(pattern=r"^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$")]
NoGlob = Annotated[str, StringConstraints(pattern=r"^[^*!]+$")]
MaybeGroup = Annotated[str, StringConstraints(pattern=r"^[a-z0-9.-]*$")]


class Shape(BaseModel):
    """Nothing unknown, nothing converted."""

    model_config = ConfigDict(strict=True, extra="forbid", alias_generator=to_camel)


class Metadata(Shape):
    """What both kinds carry."""

    name: DnsName
    namespace: DnsName
    labels: Annotated[Mapping[Text, Text], Field(min_length=1)]
    annotations: Annotated[Mapping[Text, Text], Field(min_length=1)] | None = None
    finalizers: (
        Annotated[
            list[
                Literal[
                    "resources-finalizer.argocd.argoproj.io",
                    "resources-finalizer.argocd.argoproj.io/background",
                ]
            ],
            Field(min_length=1, max_length=1),
        ]
        | None
    ) = None


class Parameter(Shape):
    """One `--set` of Helm; the API server refuses anything but text."""

    name: Text
    value: str


class Helm(Shape):
    """Always with a release name; `version` selects nothing that exists any more."""

    release_name: Annotated[DnsName, Field(max_length=53)]
    value_files: Annotated[list[NoGlob], Field(min_length=1)]
    parameters: Annotated[list[Parameter], Field(min_length=1)] | None = None


class Source(Shape):
    """One checkout at one revision."""

    repo_url: Annotated[NoGlob, Field(alias="repoURL")]
    path: NoGlob
    target_revision: Annotated[
        str,
        StringConstraints(
            pattern=r"^(refs/tags/[a-z0-9-]+-[0-9]+\.[0-9]+\.[0-9].*|[A-Za-z][\w.-]*)$"
        ),
    ]
    helm: Helm


class Destination(Shape):
    """By server; `name` beside it fails at run time."""

    server: Annotated[NoGlob, Field(pattern=r"^https://")]
    namespace: DnsName


class Automated(Shape):
    """Four nullable flags, of which `enabled` must be stated: absent or empty means on."""

    enabled: bool
    prune: bool | None = None
    self_heal: bool | None = None
    allow_empty: bool | None = None


class Backoff(Shape):
    """How long a sync waits before its next try."""

    duration: GoDuration
    factor: Annotated[int, Field(ge=1)]
    max_duration: GoDuration


class Retry(Shape):
    """How often a sync is tried again."""

    limit: int
    backoff: Backoff


SyncOption = Literal[
    "CreateNamespace=true",
    "ServerSideApply=true",
    "ApplyOutOfSyncOnly=true",
    "PruneLast=true",
    "PrunePropagationPolicy=foreground",
    "PrunePropagationPolicy=background",
    "PrunePropagationPolicy=orphan",
    "Prune=false",
    "Prune=confirm",
    "Delete=false",
    "Delete=confirm",
    "Replace=true",
    "Validate=false",
    "RespectIgnoreDifferences=true",
    "FailOnSharedResource=true",
    "SkipDryRunOnMissingResource=true",
    "ClientSideApplyMigration=false",
]


class SyncPolicy(Shape):
    """`automated` is never left out: an omission cannot hold a toggled sync off."""

    automated: Automated
    sync_options: Annotated[list[SyncOption], Field(min_length=1)] | None = None
    retry: Retry | None = None


class ApplicationSpec(Shape):
    """One chart in one environment."""

    project: DnsName
    source: Source
    destination: Destination
    sync_policy: SyncPolicy
    revision_history_limit: Annotated[int, Field(ge=0)]


class Application(Shape):
    """argoproj.io/v1alpha1 Application."""

    api_version: Literal["argoproj.io/v1alpha1"]
    kind: Literal["Application"]
    metadata: Metadata
    spec: ApplicationSpec


class GroupKind(Shape):
    """A cluster-scoped kind that may be created."""

    group: MaybeGroup
    kind: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Za-z0-9]*$")]


class IgnoredOrphan(GroupKind):
    """An object that is no orphan."""

    name: Text


class OrphanedResources(Shape):
    """Whether stray objects are reported."""

    warn: bool
    ignore: Annotated[list[IgnoredOrphan], Field(min_length=1)] | None = None


class SyncWindow(Shape):
    """With a selector, always: a window without one matches nothing."""

    kind: Literal["allow", "deny"]
    schedule: Annotated[str, StringConstraints(pattern=r"^\S+( \S+){4}$")]
    duration: GoDuration
    time_zone: Text
    manual_sync: bool
    sync_overrun: Literal[True] | None = None
    applications: Annotated[list[Text], Field(min_length=1)]
    description: Annotated[Text, Field(max_length=255)]


class Role(Shape):
    """By groups of the identity provider; tokens live in the status and are never ours."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9]([-_a-zA-Z0-9]*[a-zA-Z0-9])?$")]
    description: Text
    groups: Annotated[list[Text], Field(min_length=1)]
    policies: Annotated[
        list[
            Annotated[
                str,
                StringConstraints(
                    pattern=r"^p, proj:[\w-]+:[\w-]+, (applications|logs), "
                    r"(get|sync|override|action/\*), [\w-]+/\*, allow$"
                ),
            ]
        ],
        Field(min_length=1),
    ]


class AppProjectSpec(Shape):
    """Lists of what is needed; an empty list of namespaced kinds would deny every kind."""

    description: Annotated[Text, Field(max_length=255)]
    source_repos: Annotated[list[NoGlob], Field(min_length=1)]
    destinations: list[Destination] = []
    cluster_resource_whitelist: list[GroupKind] = []
    orphaned_resources: OrphanedResources | None = None
    sync_windows: Annotated[list[SyncWindow], Field(min_length=1)] | None = None
    roles: Annotated[list[Role], Field(min_length=1)] | None = None


class AppProject(Shape):
    """argoproj.io/v1alpha1 AppProject."""

    api_version: Literal["argoproj.io/v1alpha1"]
    kind: Literal["AppProject"]
    metadata: Metadata
    spec: AppProjectSpec


def parse_object(manifest: Mapping[str, Any]) -> Application | AppProject:
    """Return the object in its shape; pydantic's ValidationError if it has another one."""
    shape = Application if manifest.get("kind") == "Application" else AppProject
    return shape.model_validate(manifest)
