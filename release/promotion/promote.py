"""Promotion: what a source environment runs, long enough, becomes the pin of the target."""

from collections.abc import Callable, Iterator
from datetime import datetime

from release.estate import Environment, Estate
from release.promotion.chartfacts import OFF_TRUNK_FIX, ChartFacts, bad_pins, never_ran, off_trunk
from release.promotion.commitlines import silent
from release.promotion.cut import bump_reasons, cut_edit, cut_reasons, skip_remarks, tag_reasons
from release.promotion.decision import Action, Decision, Reason, Refusal, SetPin
from release.promotion.gates import day_of, gate_reasons, hold_reason, soak_left
from release.promotion.route import PromoteRequest, Route, find_route, going_back, sources_of
from release.promotion.wanted import Wanted, wanted_of
from release.text.times import told_duration, told_moment
from release.versions import is_version, lower, tag_of


def decide_promote(
    estate: Estate, request: PromoteRequest, gather: Callable[[Route], ChartFacts], now: datetime
) -> Decision:
    """Return the action that moves the chart into the target, or every reason against it.

    `now` is aware, and facts are gathered of a way that there is. The rules: the source runs
    exactly that version and has done so for its soak time; every source of the target has had it;
    it is higher than the target's pin; neither side is held, the target is not frozen (guide R14,
    R36; faults F5, F9, F11).
    """
    route = find_route(estate, request)
    if isinstance(route, Refusal):
        return route
    if request.version is not None and request.version == route.pin:
        return _there_already(route, request.version)
    facts = gather(route)
    wanted = wanted_of(route, request.version, facts)
    if isinstance(wanted, Wanted) and not wanted.cut and wanted.version == route.pin:
        return _there_already(route, wanted.version)
    reasons = tuple(dict.fromkeys(move_reasons(estate, route, request, facts, now)))
    if reasons or isinstance(wanted, Reason):
        return Refusal(reasons)
    return _plan(route, wanted, request, facts, now)


def move_reasons(
    estate: Estate, route: Route, request: PromoteRequest, facts: ChartFacts, now: datetime
) -> Iterator[Reason]:
    """Yield everything against moving the requested version on this way."""
    wanted = wanted_of(route, request.version, facts)
    if request.again is not None:
        remedy = 'say why the version is good after all, such as --again "the disk was full"'
        yield from silent("--again", request.again, remedy)
    if isinstance(wanted, Reason):
        yield wanted
    else:
        yield from _version_reasons(route, wanted, facts)
        yield from _other_source_reasons(estate, route, wanted, facts)
        yield from _return_reasons(route, wanted, request, facts)
        if wanted.cut:
            yield from cut_reasons(route.chart, wanted.version, facts, request.notes)
            yield from bump_reasons(route.chart, request.version or "", wanted.version, facts)
    yield from _gate_reasons(route, facts, now)


def _there_already(route: Route, version: str) -> Action:
    return Action(
        command="promote",
        chart=route.chart,
        environment=route.target.name,
        source=route.source.name if route.source else None,
        before=version,
        after=version,
        summary=f"{route.chart} {version} is already in {route.target.name}",
    )


def _version_reasons(route: Route, wanted: Wanted, facts: ChartFacts) -> Iterator[Reason]:
    pin, version, chart = route.pin, wanted.version, route.chart
    target = route.target
    if route.source is None and pin is None:
        yield Reason(
            "follows-branch",
            f"{target.name} follows {target.settings.versions[chart]}: what lands there runs there",
            "promote from it instead, to one of the environments after it",
        )
    if pin is not None and not lower(pin, version):
        yield (
            going_back(target, chart, version)
            if not wanted.cut
            else Reason(
                "not-higher",
                f"{version} would not be higher than {pin}, which {target.name} runs",
                f"name a version above {pin}",
            )
        )
    if wanted.cut:
        return
    anew = f"cut a new version with the right tag: hmco cut {chart} patch"
    wrong = tuple(tag_reasons(chart, version, facts, anew))
    yield from wrong
    if not (wrong or facts.tags[version].on_trunk):
        told = off_trunk(tag_of(chart, version), facts.trunk)
        yield Reason("tag-off-branch", told, OFF_TRUNK_FIX)


def _other_source_reasons(
    estate: Estate, route: Route, wanted: Wanted, facts: ChartFacts
) -> Iterator[Reason]:
    """Yield each other source of the target that never had the version (guide R36)."""
    chart, version = route.chart, wanted.version
    for other in sources_of(estate, chart, route.target):
        if route.source is not None and other.name == route.source.name:
            continue
        if not has_had(other, chart, version, facts) and not (
            wanted.cut and other.settings.follows_branch(chart)
        ):
            yield Reason(
                "skipped-source",
                f"{never_ran(other.name, chart, version)}, and {route.target.name} is promoted "
                "from it too",
                f"bring it there first: hmco promote {chart} {version} --to {other.name}",
            )


def _return_reasons(
    route: Route, wanted: Wanted, request: PromoteRequest, facts: ChartFacts
) -> Iterator[Reason]:
    """Yield why a version that the target was rolled back from does not return by itself."""
    chart, target, version = route.chart, route.target.name, wanted.version
    meant = request.again is not None and request.version == version
    if version in bad_pins(facts.landings.get(target, ())) and not meant:
        yield Reason(
            "rolled-back",
            f"{target} was rolled back from {chart} {version}",
            "fix it in a higher version, or say why this one is good after all: "
            f'hmco promote {chart} {version} --to {target} --again "…"',
        )


def has_had(environment: Environment, chart: str, version: str, facts: ChartFacts) -> bool:
    """Tell whether the environment runs the version or ever ran it.

    One that follows the branch has run every version that was cut on it.
    """
    if environment.settings.follows_branch(chart):
        tag = facts.tags.get(version)
        return (tag is not None and tag.on_trunk) or facts.ran(environment.name, version)
    running = environment.settings.versions[chart] == version
    return running or facts.ran(environment.name, version)


def _gate_reasons(route: Route, facts: ChartFacts, now: datetime) -> Iterator[Reason]:
    """Yield what stands against any promotion of this chart on this way today.

    A hold on the source counts as well: whoever set it doubts what runs there.
    """
    today = day_of(now)
    held = hold_reason(route.source, route.chart, today) if route.source else None
    if held:
        yield held
    yield from gate_reasons(route.target, route.chart, today)
    if route.from_trunk and facts.differs_from_trunk:
        yield Reason(
            "not-the-trunk",
            f"the folder of {route.chart} differs here from {facts.trunk}, which "
            f"{route.origin} runs",
            f"land the change first, or start from the trunk: {_to_trunk(facts)}",
        )
    if route.source is not None:
        yield from _soak_reasons(route.source, route.chart, facts, now)


def _to_trunk(facts: ChartFacts) -> str:
    """Return the command that checks out what has landed, even where the trunk's name is ahead."""
    if facts.remote:
        return f"{facts.git} switch --detach {facts.remote}/{facts.trunk}"
    return f"{facts.git} switch {facts.trunk}"


def _soak_reasons(
    source: Environment, chart: str, facts: ChartFacts, now: datetime
) -> Iterator[Reason]:
    running = source.settings.versions[chart]
    follows = source.settings.follows_branch(chart)
    since = facts.landed(source.name, running)
    what = f"{chart} from {running}" if follows else f"{chart} {running}"
    if since is None:
        yield Reason(
            "not-landed",
            f"{source.name} does not have {what} on {facts.trunk} yet, so its soak has not begun",
            "merge that change first"
            + (f", then fetch: git fetch {facts.remote}" if facts.remote else ""),
        )
        return
    left = soak_left(source.settings.soak_time, since, now)
    if left and since > now:
        over = since + source.settings.soak_time
        yield Reason(
            "soak",
            f"{source.name} got {what} by a commit that is dated {told_moment(since)}, in the "
            f"future, so how much of its soak time of {source.settings.soak} is over is not known",
            f"land it again by a clock that is right, or promote after {told_moment(over)}",
        )
    elif left:
        yield Reason(
            "soak",
            f"{source.name} has run {what} since {told_moment(since)}, and its soak time of "
            f"{source.settings.soak} lasts another {told_duration(left)}",
            f"promote after {told_moment(now + left)}",
        )


def _plan(
    route: Route, wanted: Wanted, request: PromoteRequest, facts: ChartFacts, now: datetime
) -> Action:
    chart, target, version = route.chart, route.target, wanted.version
    before = target.settings.versions[chart]
    cuts = (cut_edit(chart, version, facts, request.notes, now),) if wanted.cut else ()
    remarks = [*skip_remarks(version, facts)] if cuts else []
    if not is_version(before):
        remarks.append(f"{target.name} no longer follows {before}")
    if facts.pushed and route.source is not None and route.source.settings.soak_time:
        remarks.append(
            f"no merge brought {chart} to {facts.trunk}, so its soak in {route.source.name} is "
            "counted from when the commit was made, which may be before it was pushed"
        )
    remarks += [
        f"the hold on {chart} in {place.name} is expired and stays in the file: hmco unhold "
        f'{chart} --env {place.name} --reason "expired"'
        for place in (route.source, route.target)
        if place is not None and chart in place.settings.holds
    ]
    origin = route.source.name if route.source else facts.trunk
    return Action(
        command="promote",
        chart=chart,
        environment=target.name,
        source=route.source.name if route.source else None,
        before=before,
        after=version,
        summary=f"promote {chart} {before} -> {version} from {origin} to {target.name}",
        edits=(*cuts, SetPin(target.name, chart, version)),
        remarks=tuple(remarks),
        reason=request.again,
    )
