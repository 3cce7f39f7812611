"""Reading a timeline from Git: the pins' history, the tags, and when their commits landed."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from release.estate import Estate
from release.metrics.timeline import Timeline, Way
from release.repository.clone import Clone
from release.repository.git.errors import HistoryIncompleteError
from release.repository.git.log import brought_by
from release.repository.pinhistory import read_pin_history


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
    history = read_pin_history(stacks.repository, stacks.trunk.commit, stack_files)
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
        cuts=dict(_cuts(estate, charts)),
        skipped=history.skipped,
    )


def _cuts(estate: Estate, charts: Clone) -> Iterator[tuple[tuple[str, str], datetime]]:
    """Yield when the version of each tag that the trunk holds landed."""
    landed = brought_by(charts.repository, charts.trunk.commit)
    for chart in estate.registry.by_name:
        for version, tag in charts.tags_of(chart).items():
            landing = landed.get(tag.commit or "")
            if landing is not None:
                yield (chart, version), landing[1]
