"""What settings that are each right must not say together."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from release.settings.base import SettingsModel, to_camel
from release.settings.deployment import deployment_problems
from release.settings.model import Settings
from release.settings.problems import Path, Violation
from release.settings.syncwindows import window_problems
from release.settings.types import seconds
from release.versions import VersionError, is_version, parse_version

SYNC_OVERRUN_SINCE: Final = "3.5.0"

MANUAL_ACTIONS: Final = frozenset({"get", "logs", "sync"})
"""What a role may do where every sync is manual: see, and sync what Git pins."""


def contradictions(settings: Settings, environment: str) -> Iterator[Violation]:
    """Yield all that cannot be meant together.

    `settings` may lack the fields that are wrong in themselves (pydantic's model_fields_set says
    which it has); a rule runs when all fields that it looks at are there.
    """
    for fields, rule in _RULES:
        if settings.model_fields_set.issuperset(fields):
            yield from rule(settings)
    yield from _repeats(settings, ())
    if "promotes_from" in settings.model_fields_set and environment in settings.promotes_from:
        yield Violation(
            ("promotesFrom",), f"{environment} cannot be promoted from itself; remove it"
        )


def version_problems(config: Mapping[str, object]) -> Iterator[Violation]:
    """Judge the raw table, so that a wrong version is told even beside a misspelt key."""
    source, versions, holds = config.get("source"), config.get("versions"), config.get("holds")
    branch = source.get("branch") if isinstance(source, dict) else None
    if isinstance(branch, str) and is_version(branch):
        yield Violation(
            ("source", "branch"),
            f"{branch!r} looks like a version, and a pin could mean either; name another branch",
        )
    if not isinstance(versions, dict):
        return
    for chart, version in versions.items():
        if isinstance(version, str) and version != branch:
            try:
                parse_version(version)
            except VersionError as error:
                yield Violation(("versions", chart), f"{error}{_version_hint(version, branch)}")
    for chart in holds if isinstance(holds, dict) else ():
        if chart not in versions:
            yield Violation(("holds", chart), "is held but not deployed here; remove the hold")


def _version_hint(version: str, branch: object) -> str:
    bare = version.strip().removeprefix("v")
    if is_version(bare):
        return f"; write {bare}"
    if branch:
        return f"; or write {branch!r} to follow the branch"
    if re.fullmatch(r"[A-Za-z][\w./-]*", version):
        return "; only an environment whose source.branch names a branch may follow it"
    return ""


def _policy_problems(settings: Settings) -> Iterator[Violation]:
    policy = settings.sync_policy
    if not policy.automated:
        for key, value in (
            ("prune", policy.prune),
            ("selfHeal", policy.self_heal),
            ("allowEmpty", policy.allow_empty),
        ):
            if value:
                yield Violation(
                    ("syncPolicy", key), "has no effect where automated is false; write false"
                )
    if policy.prune and "Prune=false" in policy.options:
        yield Violation(
            ("syncPolicy", "options"), "Prune=false contradicts prune: true; remove one of them"
        )
    if policy.retry and seconds(policy.retry.max_duration) < seconds(policy.retry.duration):
        yield Violation(
            ("syncPolicy", "retry", "maxDuration"),
            f"is shorter than the first wait, duration: {policy.retry.duration}",
        )


def _freeze_problems(settings: Settings) -> Iterator[Violation]:
    for index, freeze in enumerate(settings.freezes):
        if freeze.last < freeze.first:
            yield Violation(
                ("freezes", index),
                f"ends on {freeze.last}, before it begins on {freeze.first}; swap first and last",
            )


def _overrun_problems(settings: Settings) -> Iterator[Violation]:
    version = settings.argocd.version
    for index, window in enumerate(settings.sync_windows):
        if window.sync_overrun and parse_version(version) < parse_version(SYNC_OVERRUN_SINCE):
            yield Violation(
                ("syncWindows", index, "syncOverrun"),
                f"Argo CD {version} silently drops it; it was added in {SYNC_OVERRUN_SINCE}; "
                "remove the line or raise argocd.version",
            )


def _role_problems(settings: Settings) -> Iterator[Violation]:
    for index, role in enumerate(settings.roles):
        excess = sorted(set(role.actions) - MANUAL_ACTIONS)
        if excess and not settings.sync_policy.automated:
            yield Violation(
                ("roles", index, "actions"),
                f"{', '.join(excess)} would let {role.name} run what Git does not pin; where "
                f"every sync is manual only {', '.join(sorted(MANUAL_ACTIONS))} are allowed",
            )


def _token_problems(settings: Settings) -> Iterator[Violation]:
    notifier = settings.notifier
    if notifier and notifier.token.kind == "pulumi" and settings.delivery.kind == "manifests":
        yield Violation(
            ("notifier", "token", "kind"),
            "pulumi would write the token as plain text into the delivered files; use external "
            "or existing, or deliver to the cluster",
        )


def _credentials_problems(settings: Settings) -> Iterator[Violation]:
    repository, deployment = settings.repository, settings.deployment
    if deployment and deployment.workflows and repository and repository.credentials == "app":
        yield Violation(
            ("repository", "credentials"),
            "app hands the engine a key that lives for ever, and the workflow that brings this "
            "stack up only has a token of an hour for it; write token",
        )


def _repeats(value: object, path: Path) -> Iterator[Violation]:
    """Yield every text that a list names twice, wherever in the settings the list stands."""
    inner: Iterable[tuple[str | int, object]] = ()
    if isinstance(value, SettingsModel):
        inner = ((to_camel(name), getattr(value, name)) for name in value.model_fields_set)
    elif isinstance(value, Mapping):
        inner = value.items()
    elif isinstance(value, tuple):
        yield from _listed_twice((item for item in value if isinstance(item, str)), path)
        inner = enumerate(value)
    for key, item in inner:
        yield from _repeats(item, (*path, key))


def _listed_twice(items: Iterable[str], path: Path) -> Iterator[Violation]:
    for item, count in Counter(items).items():
        if count > 1:
            yield Violation(path, f"{item!r} is listed {count} times; keep one of them")


_RULES: Final[tuple[tuple[frozenset[str], Callable[[Settings], Iterator[Violation]]], ...]] = (
    (frozenset({"sync_policy"}), _policy_problems),
    (frozenset({"freezes"}), _freeze_problems),
    (
        frozenset({"sync_windows", "sync_policy"}),
        lambda s: window_problems(s.sync_windows, automated=s.sync_policy.automated),
    ),
    (frozenset({"sync_windows", "argocd"}), _overrun_problems),
    (frozenset({"roles", "sync_policy"}), _role_problems),
    (frozenset({"roles"}), lambda s: _listed_twice((role.name for role in s.roles), ("roles",))),
    (frozenset({"deployment"}), lambda s: deployment_problems(s.deployment)),
    (frozenset({"deployment", "repository"}), _credentials_problems),
    (frozenset({"notifier", "delivery"}), _token_problems),
)
