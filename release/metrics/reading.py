"""Reading a timeline from Git: one log, the stack files' blobs, the tags and the commits' order."""

from collections.abc import Iterator, Mapping

from release.estate import Estate
from release.metrics.timeline import Change, Cut, Timeline, Way
from release.repository.clone import version_tags
from release.repository.git.commits import moment
from release.repository.git.errors import HistoryIncompleteError
from release.repository.git.log import Landing, landings
from release.repository.git.program import Repository
from release.repository.git.refs import Refs
from release.repository.pinhistory import pin_history


def read_timeline(  # noqa: PLR0913 -- where the estate lies, all by keyword
    estate: Estate,
    *,
    stacks: Repository,
    charts: Repository,
    trunk: str,
    charts_trunk: str,
    stack_files: Mapping[str, str],
    tags: Refs,
) -> Timeline:
    """Return the timeline of the trunk; HistoryIncompleteError for a shallow clone.

    Half of a history would give numbers that look whole. `stack_files` names each environment's
    file as Git does; the charts may lie in another repository.
    """
    for repository in (stacks, charts):
        if repository.shallow_boundary:
            raise HistoryIncompleteError("numbers count every landing")
    folder = next(iter(estate.environments.values())).settings.source.charts
    together = stacks.toplevel == charts.toplevel
    paths = [*stack_files.values(), *([folder] if together else ())]
    log = list(landings(stacks, trunk, *paths))
    chart_log = log if together else list(landings(charts, charts_trunk, folder))
    history = pin_history(stacks, log, stack_files)
    positions = _positions(charts, charts_trunk)
    return Timeline(
        moves=history.changes,
        ways={name: _way(estate, name) for name in estate.environments},
        owners={chart.name: chart.owner for chart in estate.registry.charts},
        cuts=dict(_cuts(estate, tags, positions)),
        changes=_changes(estate, chart_log, folder, positions),
        skipped=history.skipped,
    )


def _way(estate: Estate, name: str) -> Way:
    settings = estate.environments[name].settings
    return Way(
        sources=settings.promotes_from,
        soak=settings.soak_time,
        freezes=settings.freezes,
    )


def _positions(repository: Repository, trunk: str) -> Mapping[str, tuple[int, int]]:
    """Return for every commit of the trunk the landing that brought it: its number and time."""
    output = repository.run("log", "--format=%H %ct %P", "--end-of-options", trunk, "--")
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
    estate: Estate, refs: Refs, positions: Mapping[str, tuple[int, int]]
) -> Iterator[tuple[tuple[str, str], Cut]]:
    """Yield the versions whose tag the trunk holds."""
    tags = version_tags(refs)
    for chart in estate.registry.by_name:
        for version, tag in tags.get(chart, {}).items():
            place = positions.get(tag.commit or "")
            if place is not None:
                yield (chart, version), Cut(place[0], moment(str(place[1])))


def _changes(
    estate: Estate, log: list[Landing], folder: str, positions: Mapping[str, tuple[int, int]]
) -> Mapping[str, tuple[Change, ...]]:
    start = f"{folder}/"
    found: dict[str, list[Change]] = {}
    for landing in reversed(log):
        touched = {
            change.path[len(start) :].split("/", 1)[0]
            for change in landing.changes
            if change.path.startswith(start)
        }
        for chart in touched:
            if chart in estate.registry.by_name:
                number = positions[landing.commit][0]
                change = Change(number, landing.landed_at, landing.commit)
                found.setdefault(chart, []).append(change)
    return {chart: tuple(changes) for chart, changes in found.items()}
