"""Sound stack files, charts and registries; a test overrides the one thing that it is about."""

from collections.abc import Mapping
from typing import Any, Final

from release.charts.record import Chart, Namespace, Registry
from release.estate import Environment, Estate, load_estate
from release.settings.model import Settings
from release.settings.problems import SettingsError
from release.settings.reader import read_settings
from release.settings.stackfile import StackFile, parse_stack_file

Overrides = Mapping[str, str | None]

_SOUND: Final[Mapping[str, str]] = {
    "project": "testing",
    "purpose": "A sound environment",
    "promotesFrom": "[]",
    "soak": "2h",
    "approvals.count": "1",
    "approvals.teams": "[platform]",
    "source.repository": "https://git.example.org/charts.git",
    "source.charts": "helm/charts",
    "source.branch": "main",
    "argocd.version": '"3.5.1"',
    "argocd.namespace": "argocd",
    "destination.server": "https://kubernetes.default.svc",
    "destination.namespaceSuffix": "-test",
    "versions.alpha": "1.0.0",
    "versions.beta": "main",
    "holds": "{}",
    "freezes": "[]",
    "syncPolicy.automated": "true",
    "syncPolicy.prune": "false",
    "syncPolicy.selfHeal": "true",
    "syncPolicy.allowEmpty": "false",
    "syncPolicy.options": "[CreateNamespace=true]",
    "syncPolicy.retry.limit": "3",
    "syncPolicy.retry.duration": "5s",
    "syncPolicy.retry.factor": "2",
    "syncPolicy.retry.maxDuration": "3m",
    "syncWindows": "[]",
    "revisionHistoryLimit": "10",
    "orphanedResources.warn": "true",
    "orphanedResources.ignore": "[]",
    "roles": "[]",
    "notifications": "{}",
    "deletion.cascade": "foreground",
    "deletion.protect": "false",
    "delivery.kind": "manifests",
    "delivery.directory": "build/test",
    "kubernetes.version": '"1.34.2"',
    "kubernetes.apiVersions": "[]",
}

MANUAL: Final[dict[str, str | None]] = {
    "source.branch": "null",
    "versions.beta": "1.0.0",
    "syncPolicy.automated": "false",
    "syncPolicy.selfHeal": "false",
}
"""Overrides that make the environment pinned and synced by hand."""


def stack_text(overrides: Overrides | None = None) -> str:
    """Return a sound stack file in which the values at these dotted keys are replaced.

    A value is raw YAML; None removes the key; a key above others replaces all of them.
    """
    leaves = dict[str, str](_SOUND)
    for key, raw in (overrides or {}).items():
        nested = (f"{leaf}.".startswith(f"{key}.") or key.startswith(f"{leaf}.") for leaf in leaves)
        for leaf in [leaf for leaf, related in zip(leaves, nested, strict=True) if related]:
            del leaves[leaf]
        if raw is not None:
            leaves[key] = raw
    lines = ["config:"]
    opened: tuple[str, ...] = ()
    for key in sorted(leaves, key=_position):
        *parents, last = key.split(".")
        for depth, parent in enumerate(parents):
            if opened[: depth + 1] != tuple(parents[: depth + 1]):
                lines.append(f"{_indent(depth)}{_prefix(depth)}{parent}:")
        opened = tuple(parents)
        lines.append(
            f"{_indent(len(parents))}{_prefix(len(parents))}{last}: {leaves[key]}".rstrip()
        )
    return "\n".join(lines) + "\n"


def _position(key: str) -> tuple[int, str]:
    order = list(dict.fromkeys(leaf.split(".")[0] for leaf in _SOUND))
    first = key.split(".", maxsplit=1)[0]
    return (order.index(first) if first in order else len(order), key)


def _indent(depth: int) -> str:
    return "  " * (depth + 1)


def _prefix(depth: int) -> str:
    return "" if depth else "hmco:"


def stack(overrides: Overrides | None = None, *, name: str = "test") -> StackFile:
    """Return the parsed form of stack_text."""
    return parse_stack_file(f"Pulumi.{name}.yaml", stack_text(overrides))


def load_settings(stack_file: StackFile) -> Settings:
    """Return the typed settings of a stack file; SettingsError lists every offending key."""
    reading = read_settings(stack_file)
    if reading.problems:
        raise SettingsError(reading.problems)
    return reading.settings


def settings(overrides: Overrides | None = None, *, name: str = "test") -> Settings:
    """Return sound settings with these values replaced."""
    return load_settings(stack(overrides, name=name))


def chart(name: str = "alpha", **overrides: Any) -> Chart:
    """Return a sound chart record with these fields replaced."""
    fields: dict[str, Any] = {
        "name": name,
        "owner": "platform",
        "purpose": "Serves tests",
        "namespace": Namespace(name),
    }
    return Chart(**fields | overrides)


def registry(*charts: Chart, **parts: Any) -> Registry:
    """Return a registry of these charts, or of alpha and beta."""
    return Registry(charts=charts or (chart(), chart("beta")), **parts)


def environment(
    overrides: Overrides | None = None, *, name: str = "test", charts: Registry | None = None
) -> Environment:
    """Return a sound environment with these settings replaced."""
    return load_estate(charts or registry(), [stack(overrides, name=name)]).environments[name]


def estate(stacks: Mapping[str, Overrides], *, charts: Registry | None = None) -> Estate:
    """Return an estate of sound environments, each with a project and directory of its own."""
    return load_estate(
        charts or registry(),
        [stack(own_names(name) | dict(overrides), name=name) for name, overrides in stacks.items()],
    )


def own_names(name: str) -> dict[str, str | None]:
    """Return the overrides that keep an environment apart from the others."""
    return {
        "project": f"{name}-project",
        "delivery.directory": f"build/{name}",
        "destination.namespaceSuffix": f"-{name}",
    }
