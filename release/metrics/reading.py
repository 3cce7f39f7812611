"""Reading a timeline from Git: one log, the stack files' blobs, the tags and the commits' order."""

from collections.abc import Iterator, Mapping

from release.estate import Estate
from release.metrics.timeline import Landed, Timeline, Way
from release.repository.clone import Clone
from release.repository.git.commits import moment
from release.repository.git.errors import HistoryIncompleteError
from release.repository.git.log import Landing, landings
from release.repository.pinhistory import pin_history


def read_timeline(
    estate: Estate, stacks: Clone, charts: Clone, stack_files: Mapping[str, str]
) -> Timeline:
    """Return the timeline of the trunk; HistoryIncompleteError for a shallow clone.

    Half of a history would give numbers that look whole. `stack_files` names each environment's
    file as Git does; the charts may lie in another clone.
    """
    for clone in (stacks, charts):
        if clone.repository.shallow_boundary:
            raise HistoryIncompleteError("numbers count every landing")
    folder = next(iter(estate.environments.values())).settings.source.charts
    together = stacks is charts
    paths = [*stack_files.values(), *([folder] if together else ())]
    log = list(landings(stacks.repository, stacks.trunk.commit, *paths))
    chart_log = log
    if not together:
        chart_log = list(landings(charts.repository, charts.trunk.commit, folder))
    history = pin_history(stacks.repository, log, stack_files)
    positions = _positions(charts)
    return Timeline(
        moves=history.changes,
        ways={
            name: Way(
                sources=environment.settings.promotes_from,
                soak=environment.settings.soak_time,
                freezes=environment.settings.freezes,
            )
            for name, environment in estate.environments.items()
        },
        owners={chart.name: chart.owner for chart in estate.registry.charts},
        cuts=dict(_cuts(estate, charts, positions)),
        changes=_changes(estate, chart_log, folder, positions),
        skipped=history.skipped,
    )


def _positions(clone: Clone) -> Mapping[str, tuple[int, int]]:
    """Return for every commit of the trunk the landing that brought it: its number and time."""
    trunk = clone.trunk.commit
    output = clone.repository.run("log", "--format=%H %ct %P", "--end-of-options", trunk, "--")
    times: dict[str, int] = {}
    parents: dict[str, list[str]] = {}
    for line in output.decode("ascii").splitlines():
        commit, time, *rest = line.split(" ")
        times[commit], parents[commit] = int(time or 0), [parent for parent in rest if parent]
    landed = [trunk]
    while above := parents[landed[-1]]:
        landed.append(above[0])
    found: dict[str, tuple[int, int]] = {}
    for number, commit in enumerate(reversed(landed)):
        waiting = [commit]
        while waiting:
            reached = waiting.pop()
            if reached not in found:
                found[reached] = (number, times[commit])
                waiting += parents[reached]
    return found


def _cuts(
    estate: Estate, charts: Clone, positions: Mapping[str, tuple[int, int]]
) -> Iterator[tuple[tuple[str, str], Landed]]:
    """Yield the versions whose tag the trunk holds."""
    for chart, tags in charts.tags_of(estate.registry.by_name).items():
        for version, tag in tags.items():
            place = positions.get(tag.commit or "")
            if place is not None:
                yield (chart, version), Landed(place[0], moment(str(place[1])))


def _changes(
    estate: Estate, log: list[Landing], folder: str, positions: Mapping[str, tuple[int, int]]
) -> Mapping[str, tuple[Landed, ...]]:
    start = f"{folder}/"
    found: dict[str, list[Landed]] = {}
    for landing in reversed(log):
        touched = {
            change.path[len(start) :].split("/", 1)[0]
            for change in landing.changes
            if change.path.startswith(start)
        }
        for chart in touched:
            if chart in estate.registry.by_name:
                change = Landed(positions[landing.commit][0], landing.landed_at)
                found.setdefault(chart, []).append(change)
    return {chart: tuple(changes) for chart, changes in found.items()}
