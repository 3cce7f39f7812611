"""What a dependency leads to in the checkout, and whether a lock fixes it."""

import fnmatch
import posixpath
from collections.abc import Iterator

from release.charts.chart_yaml import Dependency
from release.charts.helm.bundle import Bundle
from release.charts.lockfile import digest, parse_lock
from release.charts.ranges import RangeError, satisfies
from release.repository.bundles import ARCHIVE, LoadError, load
from release.repository.charttree import CHART_FILE, LOCK_FILE, ChartFolder
from release.rules.facts import Facts
from release.text.errors import EditRefusedError


def local_folder(folder: ChartFolder, dependency: Dependency) -> str:
    """Return the path that a local dependency leads to."""
    return posixpath.normpath(posixpath.join(folder.path, dependency.folder))


def update_command(folder: ChartFolder) -> str:
    """Return the command that makes a chart's lock and archives anew.

    Helm packs the sub-charts that lie in charts/ as well, and would load both from then on.
    """
    repository = folder.tree.source.clone.repository
    command = f"helm dependency update {repository.told(folder.path)}"
    packed = {
        f"':/{folder.path}/charts/{each.name}-*{ARCHIVE}'"
        for each in folder.chart_yaml.dependencies
        if each.repository and local_folder(folder, each) == f"{folder.path}/charts/{each.name}"
    }
    if not packed:
        return command
    return f"{command} && {repository.git} clean --force -- {' '.join(sorted(packed))}"


def sub_chart_version(folder: ChartFolder, dependency: Dependency) -> str | None:
    """Return the version of the sub-chart that a local dependency leads to, if it has one."""
    if not dependency.is_local:
        return None
    found = folder.tree.folders.get(local_folder(folder, dependency))
    return found.chart_yaml.version if found else None


def unfit(folder: ChartFolder) -> Iterator[tuple[int, str, str]]:
    """Yield why Helm does not take the folder's lock: line, reason and any remedy of its own."""
    chart, text = folder.chart_yaml, folder.text(LOCK_FILE)
    if text is None or folder.text(CHART_FILE) is None:
        return
    lock = parse_lock(text)
    if lock.problems:
        yield from ((problem.line, problem.message, "") for problem in lock.problems)
        return
    try:
        expected = digest(chart.dependencies, lock.dependencies)
    except EditRefusedError as error:
        yield 0, f"{error.offender}: {error.reason}", error.remedy
        return
    if lock.digest != expected:
        what = f"{LOCK_FILE} was made for other dependencies than {CHART_FILE} names"
        yield lock.lines.get("digest", 0), what, ""
        return
    # A digest that fits was made from these very lists, so that they answer each other in order.
    for asked, taken in zip(chart.dependencies, lock.dependencies, strict=False):
        what = _other(asked, taken, sub_chart_version(folder, asked))
        if what:
            yield taken.lines.get("version", taken.line), f"{LOCK_FILE} {what}", ""


def _other(asked: Dependency, taken: Dependency, present: str | None) -> str:
    """Return in what a locked dependency differs from the one asked for, "" for nothing."""
    if asked.name != taken.name:
        return f"lists {taken.name} where {CHART_FILE} lists {asked.name}"
    if asked.version != taken.version and not asked.takes(taken.version):
        return f"has {taken.name} {taken.version}, {CHART_FILE} asks for {asked.version}"
    if present and asked.takes(present) and not taken.takes(present):
        return f"has {taken.name} {taken.version}, the sub-chart is {present}"
    return ""


def locked_versions(folder: ChartFolder) -> tuple[str, ...]:
    """Return the versions of a lock that fits, in the order of the dependencies; else none."""
    text = folder.text(LOCK_FILE)
    if text is None or any(unfit(folder)):
        return ()
    return tuple(taken.version for taken in parse_lock(text).dependencies)


def loaded(facts: Facts) -> Iterator[tuple[ChartFolder, Bundle]]:
    """Yield folder and bundle of every chart that Helm loads from a folder to deploy it."""
    for _, top in facts.top_level:
        try:
            pending = [load(top)]
        except LoadError:
            continue  # chart-unloadable tells
        while pending:
            bundle = pending.pop()
            pending += bundle.charts
            folder = facts.tree.folders.get(bundle.origin)
            if folder is not None:
                yield folder, bundle


def difference(folder: ChartFolder, bundle: Bundle, asked: Dependency, locked: str) -> str:
    """Return how charts/ differs from what is asked for, or from the version that is `locked`.

    "" where it does not or another rule says so; `locked` is "" without a lock that fits.
    """
    present = [sub for sub in bundle.charts if sub.name == asked.name]
    places = [sub.origin.removeprefix(f"{folder.path}/") for sub in present]
    if not present:
        return _without(folder, bundle, asked)
    if not all(place.endswith(ARCHIVE) for place in places) and (asked.is_local or places[1:]):
        return ""  # dependency-version-differs, sub-chart-twice and lock-stale tell
    taken = [sub.version for sub in present if asked.takes(sub.version)]
    if places[1:] and not (len(taken) == 1 and _all_wanted(bundle, present)):
        return f"is in charts/ more than once: {', '.join(sorted(places))}"
    if not taken and _is_range(asked.version):  # dependency-range tells of others
        return f"asks for {asked.version}, {places[0]} holds {present[0].version}"
    if taken and locked and not _same(taken[0], locked):
        return f"is {locked} in {LOCK_FILE}, {places[0]} holds {taken[0]}"
    return ""


def _without(folder: ChartFolder, bundle: Bundle, asked: Dependency) -> str:
    """Return what is wrong where charts/ holds no chart of the name that is asked for."""
    archives = {sub.origin.removeprefix(f"{folder.path}/"): sub.name for sub in bundle.charts}
    called = fnmatch.filter(archives, f"charts/{asked.name}-*{ARCHIVE}")
    if len(called) == 1:
        return f"is not what {called[0]} holds, which is {archives[called[0]]}"
    # At the top Argo CD fetches it, and of its own dependency-folder-missing tells.
    fetched = folder.parent is None or asked.is_local
    return "" if fetched else "is not in charts/, and Helm does not fetch it"


def _all_wanted(bundle: Bundle, present: list[Bundle]) -> bool:
    """Tell whether each of several charts of one name is asked for, under aliases."""
    entries = [entry for entry in bundle.dependencies if entry.name == present[0].name]
    return all(any(entry.takes(sub.version) for entry in entries) for sub in present)


def _is_range(text: str) -> bool:
    try:
        satisfies(text, "0.0.0")
    except RangeError:
        return False
    return True


def _same(one: str, other: str) -> bool:
    return one.removeprefix("v").partition("+")[0] == other.removeprefix("v").partition("+")[0]
