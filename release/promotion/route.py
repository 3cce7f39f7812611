"""The way of a promotion: from which environment, or from the trunk itself, to which."""

from typing import NamedTuple

from release.estate import Environment, Estate
from release.promotion.decision import Reason, Refusal, refuse
from release.promotion.knownnames import chart_reasons, deployed_reasons, environment_reasons


class PromoteRequest(NamedTuple):
    """`hmco promote CHART [VERSION] --to TARGET [--from SOURCE] [--again REASON]`.

    The version may be major, minor or patch where the source follows a branch. `again` says why a
    version that the target was rolled back from is good after all.
    """

    chart: str
    target: str
    version: str | None = None
    source: str | None = None
    notes: tuple[tuple[str, str], ...] = ()
    again: str | None = None


class Route(NamedTuple):
    """Where the chart comes from and goes to; without a source it comes from the trunk itself."""

    chart: str
    source: Environment | None
    target: Environment

    @property
    def from_trunk(self) -> bool:
        """Tell whether the source has no version yet, but runs what is on the branch."""
        return self.source is None or self.source.settings.follows_branch(self.chart)

    @property
    def origin(self) -> str:
        """What a person calls the place that the chart comes from."""
        return self.source.name if self.source else "the trunk"

    @property
    def pin(self) -> str | None:
        """The version that the target is pinned to, None where it follows a branch or runs none."""
        return self.target.settings.pin(self.chart)


def sources_of(estate: Estate, chart: str, target: Environment) -> tuple[Environment, ...]:
    """Return the environments that the chart comes from: the target's sources that run it."""
    sources = (estate.environments[name] for name in target.settings.promotes_from)
    return tuple(source for source in sources if chart in source.settings.versions)


def sources_named(estate: Estate, target: str) -> tuple[str, ...]:
    """Return the environments that the target is promoted from; none of one that is not there."""
    place = estate.environments.get(target)
    return place.settings.promotes_from if place else ()


def going_back(place: Environment, chart: str, version: str) -> Reason:
    """Return the reason that a pin below the present one is not a promotion."""
    return Reason(
        "not-higher",
        f"{place.name} runs {chart} {place.settings.versions[chart]}, which is higher than "
        f"{version}",
        f"to go back there: hmco rollback {chart} --env {place.name} --to {version}",
    )


def find_route(estate: Estate, request: PromoteRequest) -> Route | Refusal:
    """Return source and target of a promotion, or why there is no such way (guide R14)."""
    chart = request.chart
    refusal = refuse(
        [
            *chart_reasons(estate.registry, chart),
            *environment_reasons(estate, request.target),
            *(environment_reasons(estate, request.source) if request.source is not None else ()),
        ]
    )
    if refusal:
        return refusal
    target = estate.environments[request.target]
    source = _source(estate, request, target)
    if isinstance(source, Reason):
        return Refusal((source, *deployed_reasons(target, chart)))
    there = deployed_reasons(target, chart)
    before = deployed_reasons(source, chart) if source is not None else []
    if not there:
        before = [_or_by_hand(reason, target, chart) for reason in before]
    return refuse([*before, *there]) or Route(chart, source, target)


def _or_by_hand(reason: Reason, target: Environment, chart: str) -> Reason:
    """Return the reason with the way of a chart that runs nowhere before the target."""
    by_hand = (
        f"to move it in {target.name} alone, cut a version (hmco cut {chart} minor) and pin it in "
        f"{target.stack_file.name} by hand, in a reviewed pull request"
    )
    return reason._replace(remedy=f"{reason.remedy}; {by_hand}")


def _source(
    estate: Estate, request: PromoteRequest, target: Environment
) -> Environment | Reason | None:
    allowed = target.settings.promotes_from
    if request.source is not None and request.source not in allowed:
        listed = ", ".join(allowed) or "the trunk alone"
        way = f"--from {allowed[0]}" if allowed else "no --from"
        return Reason(
            "no-way",
            f"{target.name} is promoted from {listed}, not from {request.source}",
            f"take each environment in turn: hmco promote {request.chart} --to {target.name} {way}"
            if allowed
            else "leave --from out",
        )
    if request.source is not None:
        return estate.environments[request.source]
    if not allowed:
        return None
    running = sources_of(estate, request.chart, target)
    if len(allowed) > 1 and len(running) > 1:
        return Reason(
            "which-source",
            f"{target.name} is promoted from several environments: {', '.join(allowed)}",
            f"name one: hmco promote {request.chart} --to {target.name} --from {running[0].name}",
            misuse=True,
        )
    return running[0] if running else estate.environments[allowed[0]]
