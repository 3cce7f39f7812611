"""The settings of one environment: the typed form of one stack file."""

import difflib
import json
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, ValidationError
from pydantic.alias_generators import to_camel

from release.problems import Problem, SettingsError
from release.settingmodel import SettingsModel
from release.settingtypes import (
    Branch,
    Day,
    Description,
    DnsLabel,
    Duration,
    PositiveDuration,
    RelativeDirectory,
    Repository,
    Sentence,
    seconds,
)
from release.stackfile import StackFile
from release.syncoptions import check_sync_options
from release.syncwindows import SyncWindow, window_problems
from release.versions import is_version, parse_version

OLDEST_ARGOCD: Final = "3.1.0"
"""Older API servers prune `automated.enabled`, and a pruned `enabled: false` means on."""
SYNC_OVERRUN_SINCE: Final = "3.5.0"

MANUAL_ACTIONS: Final = frozenset({"get", "logs", "sync"})
"""What a role may do where every sync is manual: see, and sync what Git pins."""


def _exact_version(text: str) -> str:
    parse_version(text)
    return text


def _supported_argocd(text: str) -> str:
    if parse_version(text) < parse_version(OLDEST_ARGOCD):
        msg = (
            f"{text} is too old: below {OLDEST_ARGOCD} the API server drops "
            "syncPolicy.automated.enabled, which turns automatic sync on"
        )
        raise ValueError(msg)
    return text


def _sync_options(options: tuple[str, ...]) -> tuple[str, ...]:
    check_sync_options(options)
    return options


def _group(text: str) -> str:
    if not text or text != text.strip() or re.search(r"[\"'\n\t\r,]", text):
        msg = f"{text!r} is no group (no quotes, commas, line ends or outer spaces)"
        raise ValueError(msg)
    return text


class Approvals(SettingsModel):
    """Who must approve a promotion into this environment (guide R17, R18)."""

    count: int = Field(ge=0, le=6)
    teams: tuple[DnsLabel, ...]


class Source(SettingsModel):
    """The charts' Git repository; `branch` is what a chart may follow instead of a version."""

    repository: Repository
    charts: RelativeDirectory
    branch: Branch | None


class ArgoCD(SettingsModel):
    """The Argo CD instance that reads the objects."""

    version: Annotated[str, AfterValidator(_exact_version), AfterValidator(_supported_argocd)]
    namespace: DnsLabel


class Destination(SettingsModel):
    """The cluster and the suffix of the environment's namespaces ("" for standard names)."""

    server: Annotated[str, Field(pattern=r"^https://[^\s*!]+$")]
    namespace_suffix: Annotated[str, Field(pattern=r"^(-[a-z0-9]([a-z0-9-]*[a-z0-9])?)?$")]


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
    options: Annotated[tuple[str, ...], AfterValidator(_sync_options)]
    retry: Retry | None


class Hold(SettingsModel):
    """A chart that nothing may move in this environment until somebody lifts the hold."""

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

    name: Annotated[str, Field(pattern=r"^[a-zA-Z0-9]([-_a-zA-Z0-9]*[a-zA-Z0-9])?$")]
    description: Description
    groups: Annotated[tuple[Annotated[str, AfterValidator(_group)], ...], Field(min_length=1)]
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


Trigger = Literal[
    "on-created",
    "on-deleted",
    "on-deployed",
    "on-health-degraded",
    "on-sync-failed",
    "on-sync-running",
    "on-sync-status-unknown",
    "on-sync-succeeded",
]
Channel = Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,80}$")]


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
    notifications: Mapping[Trigger, Annotated[tuple[Channel, ...], Field(min_length=1)]]
    deletion: Deletion
    delivery: Annotated[ManifestsDelivery | ClusterDelivery, Field(discriminator="kind")]

    @cached_property
    def soak_seconds(self) -> float:
        """How long a version must have run here before it may be promoted onwards."""
        return seconds(self.soak)

    def follows_branch(self, chart: str) -> bool:
        """Tell whether the chart follows the branch here instead of being pinned."""
        return self.source.branch is not None and self.versions[chart] == self.source.branch


_MODELS: Final[tuple[type[SettingsModel], ...]] = tuple(SettingsModel.__subclasses__())
_KEYS: Final = tuple(sorted({to_camel(name) for model in _MODELS for name in model.model_fields}))


def load_settings(stack_file: StackFile) -> Settings:
    """Return the typed settings of a stack file; SettingsError lists every offending key."""
    problems = list(stack_file.problems)
    settings = None
    try:
        # The JSON form of strict validation takes lists for tuples and nothing else for anything.
        settings = Settings.model_validate_json(json.dumps(stack_file.config))
    except ValidationError as error:
        told = {problem.key for problem in problems}
        found = (_problem(stack_file, details) for details in error.errors())
        problems += [problem for problem in found if problem.key not in told]
    problems += [
        Problem(stack_file.name, stack_file.line(*path), ".".join(map(str, path)), message)
        for path, message in (
            *_version_problems(stack_file.config),
            *(_contradictions(settings, stack_file.environment) if settings else ()),
        )
    ]
    if settings is None or problems:
        raise SettingsError(problems)
    return settings


def _problem(stack_file: StackFile, details: Mapping[str, object]) -> Problem:
    raw = details["loc"]
    loc = (
        tuple(part for part in raw if isinstance(part, str | int)) if isinstance(raw, tuple) else ()
    )
    # A discriminated union puts the chosen form's name into the place; no key has that name.
    path = tuple(part for part in loc if part not in {"manifests", "cluster"})
    return Problem(
        stack_file.name,
        stack_file.line(*path),
        ".".join(map(str, path)),
        _message(details),
    )


def _message(details: Mapping[str, object]) -> str:
    kind, found = details["type"], details["input"]
    if kind == "missing":
        return "is missing; every environment states every setting (copy the line of another one)"
    if kind == "extra_forbidden":
        return (
            f"unknown setting{_nearest(details)}; the known ones are listed by: hmco schema stack"
        )
    message = str(details["msg"]).removeprefix("Value error, ")
    if kind == "value_error":
        return message
    return f"found {json.dumps(found)}; {message[:1].lower()}{message[1:]}"


def _nearest(details: Mapping[str, object]) -> str:
    loc = details["loc"]
    if not isinstance(loc, tuple):
        return ""
    near = difflib.get_close_matches(str(loc[-1]), _KEYS, n=1)
    return f"; did you mean {near[0]}?" if near else ""


def _contradictions(settings: Settings, name: str) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield (path, message) for every pair of settings that cannot both be meant."""
    if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?", name):
        yield ("project",), f"the environment's name {name!r} must be a DNS label of at most 32"
    yield from _policy_problems(settings)
    if name in settings.promotes_from:
        yield ("promotesFrom",), f"{name} cannot be promoted from itself"
    yield from _repeats("promotesFrom", settings.promotes_from)
    for index, freeze in enumerate(settings.freezes):
        if freeze.last < freeze.first:
            yield ("freezes", index), f"ends on {freeze.last}, before it begins on {freeze.first}"
    windows = window_problems(settings.sync_windows, automated=settings.sync_policy.automated)
    for index, message in windows:
        yield ("syncWindows", index), message
    for index, window in enumerate(settings.sync_windows):
        if window.sync_overrun and _older(settings, SYNC_OVERRUN_SINCE):
            yield (
                ("syncWindows", index, "syncOverrun"),
                (
                    f"Argo CD {settings.argocd.version} drops it in silence; it came with "
                    f"{SYNC_OVERRUN_SINCE}"
                ),
            )
    yield from _role_problems(settings)


def _version_problems(
    config: Mapping[str, object],
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Judge the raw table, so that a wrong version is told even beside a misspelt key."""
    source, versions, holds = config.get("source"), config.get("versions"), config.get("holds")
    branch = source.get("branch") if isinstance(source, dict) else None
    if not isinstance(versions, dict):
        return
    for chart, version in versions.items():
        if isinstance(version, str) and version != branch and not is_version(version):
            also = f", or {branch!r} to follow the branch" if branch else ""
            yield (
                ("versions", chart),
                (
                    f"{version!r} is no exact version (MAJOR.MINOR.PATCH, e.g. 1.4.0{also})"
                    f"{_version_hint(version)}"
                ),
            )
    if isinstance(branch, str) and is_version(branch):
        yield ("source", "branch"), f"{branch!r} looks like a version; a pin could mean either"
    for chart in holds if isinstance(holds, dict) else ():
        if chart not in versions:
            yield ("holds", chart), "is held but not deployed here; remove the hold"


def _version_hint(version: str) -> str:
    if "+" in version:
        return "; build metadata is refused, because a label cannot hold it"
    if re.match(r"v\d", version):
        return f"; write {version[1:]}"
    return ""


def _policy_problems(settings: Settings) -> Iterator[tuple[tuple[str | int, ...], str]]:
    policy = settings.sync_policy
    if not policy.automated:
        for key, value in (
            ("prune", policy.prune),
            ("selfHeal", policy.self_heal),
            ("allowEmpty", policy.allow_empty),
        ):
            if value:
                yield ("syncPolicy", key), "has no effect where automated is false; write false"
    if policy.prune and "Prune=false" in policy.options:
        yield ("syncPolicy", "options"), "Prune=false contradicts prune: true"
    if policy.retry and seconds(policy.retry.max_duration) < seconds(policy.retry.duration):
        yield ("syncPolicy", "retry", "maxDuration"), "is shorter than the first wait, duration"


def _role_problems(settings: Settings) -> Iterator[tuple[tuple[str | int, ...], str]]:
    yield from _repeats("roles", tuple(role.name for role in settings.roles))
    for index, role in enumerate(settings.roles):
        yield from _repeats(("roles", index, "groups"), role.groups)
        yield from _repeats(("roles", index, "actions"), role.actions)
        excess = sorted(set(role.actions) - MANUAL_ACTIONS)
        if excess and not settings.sync_policy.automated:
            yield (
                ("roles", index, "actions"),
                (
                    f"{', '.join(excess)} would let {role.name} run what Git does not pin; where "
                    f"every sync is manual only {', '.join(sorted(MANUAL_ACTIONS))} are allowed"
                ),
            )


def _repeats(
    path: str | tuple[str | int, ...], items: tuple[str, ...]
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    place = (path,) if isinstance(path, str) else path
    for item in sorted({item for item in items if items.count(item) > 1}):
        yield place, f"{item!r} is listed {items.count(item)} times"


def _older(settings: Settings, version: str) -> bool:
    return parse_version(settings.argocd.version) < parse_version(version)
