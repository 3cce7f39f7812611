"""Registries of any size, for benchmarks and for tests that want other charts than HMCo's."""

from release.charts.record import Chart, ClusterKind, Namespace, Registry, SubChart

_TEAMS = ("platform", "data-platform", "ml-platform", "sre")
_PARENT_EVERY = 25
"""One chart in so many is an umbrella with sub-charts, about HMCo's share of large charts."""


def estate_registry(count: int) -> Registry:
    """Return a registry of `count` top-level charts, each in a namespace of its own."""
    names = [f"chart-{number:04}" for number in range(1, count + 1)]
    return Registry(
        charts=tuple(_chart(number, name) for number, name in enumerate(names)),
        sub_charts=tuple(
            SubChart(
                name=f"{parent}-{part}",
                parent=parent,
                owner=_TEAMS[number % len(_TEAMS)],
                purpose=f"Part {part} of {parent}",
            )
            for number, parent in enumerate(names)
            if number % _PARENT_EVERY == 0
            for part in ("engine", "worker")
        ),
    )


def _chart(number: int, name: str) -> Chart:
    return Chart(
        name=name,
        owner=_TEAMS[number % len(_TEAMS)],
        purpose=f"Generated service number {number}",
        namespace=Namespace(f"space-{number:04}"),
        wave=-(number % 12),
        value_files=("values.yaml", "values/{environment}.yaml")
        if number % 4 == 0
        else ("values.yaml",),
        cluster_kinds=(ClusterKind("rbac.authorization.k8s.io", "ClusterRole"),)
        if number % 5 == 0
        else (),
    )
