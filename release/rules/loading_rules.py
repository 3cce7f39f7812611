"""Rules on what Helm makes of a chart as a whole: it loads it, and takes the values it is given."""

from collections.abc import Iterator

from release.charts.helm.bundle import LIBRARY
from release.charts.ranges import RangeError, loose_version
from release.repository.bundles import ARCHIVE, REQUIREMENTS_FILE, LoadError, load
from release.repository.charttree import CHART_FILE, ChartFolder
from release.rules.facts import Facts
from release.rules.places import at_field, in_chart
from release.rules.rendered import refusal
from release.rules.rule import Breach, Need, rule


@rule(
    fix="correct the file; `helm lint` says the same of it",
    source="Helm, chart loader (LoadDir, Metadata.Validate)",
    example="helm/charts/vault/.helmignore: vault: '**/x': double stars are not supported",
)
def chart_unloadable(facts: Facts) -> Iterator[Breach]:
    """Helm loads the chart and all that is in it.

    Helm refuses a chart with all its sub-charts for one file: a value file that is not YAML, an
    archive that cannot be unpacked, a pattern in .helmignore that it does not know.
    """
    for record, top in facts.top_level:
        try:
            load(top)
        except LoadError as error:
            if not _told(facts, error.path):
                what = f"{record.name}: {error.reason}"
                yield Breach(file=error.path, what=what, chart=record.name)


def _told(facts: Facts, path: str) -> bool:
    """Tell whether unusable-file, chart-form or version-not-semver tells of the file."""
    folder = facts.tree.folders.get(path.removesuffix(f"/{CHART_FILE}"))
    unusable = not path.endswith(ARCHIVE) and facts.tree.fault(path) is not None
    return unusable or (
        path.endswith(f"/{CHART_FILE}") and folder is not None and not _sound(folder)
    )


def _sound(folder: ChartFolder) -> bool:
    chart = folder.chart_yaml
    if chart is None or chart.problems or not chart.version:
        return False
    try:
        loose_version(chart.version)
    except RangeError:
        return folder.record is None
    return True


@rule(
    fix="correct the value files that the registry names for the chart",
    source="Helm, values (coalesce)",
    example="data-platform in prod: trino is a sub-chart's name, and not a table in the values",
    needs={Need.ESTATE},
)
def values_refused(facts: Facts) -> Iterator[Breach]:
    """Helm takes the values that an Application hands over.

    Helm stops where a value stands in the way of a sub-chart's: the Application stays as it is,
    and its next promotion does not arrive.
    """
    for record, top in facts.top_level:
        for environment in facts.running(record.name):
            reason = refusal(facts, record, environment)
            if reason:
                what = f"{record.name} in {environment.name}: {reason}"
                yield in_chart(top, CHART_FILE, what, environment=environment.name)


@rule(
    fix="write `type: application`, or make the chart a dependency of those that use it",
    source="Helm, library charts",
    example="helm/charts/vault/Chart.yaml:5: vault is a library chart",
)
def chart_not_installable(facts: Facts) -> Iterator[Breach]:
    """A chart that an Application deploys is not a library.

    Helm renders nothing of a library chart, and refuses to install one.
    """
    for record, top in facts.top_level:
        chart = top.chart_yaml
        if chart and (chart.type or "").lower() == LIBRARY:
            yield at_field(top, "type", f"{record.name} is a library chart")


@rule(
    fix="move its entries into Chart.yaml, remove the file, and run: helm dependency update",
    source="Helm, chart loader (requirements.yaml)",
    example="helm/charts/vault/requirements.yaml: Helm takes these before Chart.yaml's",
)
def requirements_file(facts: Facts) -> Iterator[Breach]:
    """Dependencies are in Chart.yaml alone.

    Helm still reads a requirements.yaml, and takes its dependencies instead of those of
    Chart.yaml, which our editors and Chart.lock go by.
    """
    for folder in facts.deployed:
        chart = folder.chart_yaml
        old = folder.record is None and chart is not None and chart.api_version == "v1"
        if folder.has(REQUIREMENTS_FILE) and not old:
            what = f"{folder.name}: Helm takes these dependencies for those of {CHART_FILE}"
            yield in_chart(folder, REQUIREMENTS_FILE, what)
