"""Rules on Chart.lock: it is there, and it fits what stands beside it."""

from collections.abc import Iterator

from release.charts.chart_yaml import ChartYaml, Dependency
from release.charts.lockfile import Lock, digest, parse_lock
from release.repository.charttree import CHART_FILE, LOCK_FILE, ChartFolder
from release.rules.dependencies import sub_chart_version, update_command
from release.rules.facts import Facts
from release.rules.places import at_field, in_chart
from release.rules.rule import Breach, Severity, rule
from release.text.errors import EditRefusedError


@rule(
    severity=Severity.WARNING,
    fix="run: helm dependency update, and commit Chart.lock",
    source="Helm, helm dependency update",
    example="ml-platform has dependencies and no Chart.lock",
)
def lock_missing(facts: Facts) -> Iterator[Breach]:
    """A chart with dependencies has a Chart.lock.

    Without it nothing ties what was tested to what Argo CD fetches.
    """
    for name, folder, chart in facts.registered:
        if chart.dependencies and not folder.has(LOCK_FILE):
            what = f"{name} has dependencies and no {LOCK_FILE}"
            fix = f"run: {update_command(folder)} (then commit {LOCK_FILE})"
            yield at_field(folder, "dependencies", what, fix=fix)


@rule(
    fix="run: helm dependency update, and commit Chart.lock",
    source="Helm, helm dependency build (resolver.HashReq)",
    example="monitoring: Chart.lock was made for other dependencies than Chart.yaml names",
)
def lock_stale(facts: Facts) -> Iterator[Breach]:
    """Chart.lock fits Chart.yaml.

    `helm dependency build`, which Argo CD runs, refuses a lock whose digest does not fit; the chart
    cannot be rendered then.
    """
    for name, folder, chart in facts.registered:
        text = folder.text(LOCK_FILE)
        if text is None:
            continue
        fix = f"run: {update_command(folder)}"
        for line, what, remedy in _unfit(folder, chart, parse_lock(text)):
            yield in_chart(folder, LOCK_FILE, f"{name}: {what}", line=line, fix=remedy or fix)


def _unfit(folder: ChartFolder, chart: ChartYaml, lock: Lock) -> Iterator[tuple[int, str, str]]:
    """Yield line, reason and, where it is not the usual one, remedy of what does not fit."""
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
