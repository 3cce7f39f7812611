"""Names that a person gives: keys of the registry or of the estate, and nothing else (fault F4)."""

import difflib
from collections.abc import Iterable, Sequence

from release.charts.record import Registry
from release.estate import Environment, Estate
from release.promotion.decision import Reason, RefusedError, refuse


def chart_reasons(registry: Registry, chart: str, environments: Iterable[str] = ()) -> list[Reason]:
    """Return why the name is not a chart that environments run; empty if it is one."""
    if chart in registry.by_name:
        return []
    if chart in environments:
        return [_unknown("chart", chart, ())._replace(remedy=f"did you mean --env {chart}?")]
    if chart in registry.sub_by_name:
        parent = registry.sub_by_name[chart].parent
        return [
            Reason(
                "sub-chart",
                f"{chart} is a sub-chart: it runs as part of {parent} and has no pin of its own",
                f"name {parent} instead",
                misuse=True,
            )
        ]
    return [_unknown("chart", chart, sorted(registry.by_name))]


def cuttable_reasons(registry: Registry, chart: str) -> list[Reason]:
    """Return why no version of that name can be cut; sub-charts have versions too."""
    known = sorted((*registry.by_name, *registry.sub_by_name))
    return [] if chart in known else [_unknown("chart", chart, known)]


def environment_reasons(estate: Estate, name: str) -> list[Reason]:
    """Return why the name is not an environment; empty if it is one."""
    known = estate.environments
    return [] if name in known else [_unknown("environment", name, [*known])]


def require_known(
    estate: Estate, charts: Iterable[str] = (), environments: Iterable[str] = ()
) -> None:
    """Raise RefusedError unless all of them are charts that environments run, and environments."""
    known = estate.environments
    reasons = [reason for name in charts for reason in chart_reasons(estate.registry, name, known)]
    reasons += [reason for name in environments for reason in environment_reasons(estate, name)]
    refusal = refuse(reasons)
    if refusal:
        raise RefusedError(refusal)


def deployed_reasons(environment: Environment, chart: str) -> list[Reason]:
    """Return why the chart cannot be moved there: the environment does not run it."""
    versions = environment.settings.versions
    if chart in versions:
        return []
    file = environment.stack_file.name
    return [
        Reason(
            "not-deployed",
            f"{environment.name} does not run {chart} (it runs: {', '.join(sorted(versions))})",
            f"to deploy it there, add `{chart}: VERSION` to hmco:versions of {file} in a reviewed "
            "pull request",
        )
    ]


def _unknown(kind: str, name: str, names: Sequence[str]) -> Reason:
    article = "an" if kind == "environment" else "a"
    meant = name.lower()
    near = difflib.get_close_matches(meant, names, n=1) or [
        each for each in names if meant and (each.startswith(meant) or meant.startswith(each))
    ]
    remedy = f"did you mean {near[0]}?" if near else f"the {kind}s are: {', '.join(names)}"
    # ascii() shows look-alike letters and control characters for what they are.
    return Reason(f"unknown-{kind}", f"{name!a} is not {article} {kind}", remedy, misuse=True)
