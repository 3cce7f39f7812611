"""Rules on charts: what the registry says of them, what Chart.yaml says, and what Helm loads."""

from collections.abc import Iterator
from difflib import get_close_matches

from release.charts.helm.bundle import LIBRARY
from release.charts.ranges import RangeError, loose_version
from release.charts.record import Chart, SubChart
from release.repository.bundles import ARCHIVE, LoadError, load
from release.repository.charttree import (
    CHANGELOG_FILE,
    CHART_FILE,
    LOCK_FILE,
    REQUIREMENTS_FILE,
    ChartFolder,
)
from release.rules.facts import Facts, at_field, at_record, in_chart
from release.rules.rendered import refusal
from release.rules.rule import Breach, Need, note, rule
from release.versions import VersionError, lower, parse_version


@rule(
    fix="resolve the conflict, or replace the path by a plain UTF-8 text file",
    source="Argo CD, security considerations (out-of-bounds symlinks); Helm chart loader",
)
def unusable_file(facts: Facts) -> Iterator[Breach]:
    """Every file of a chart can be read, as text, inside the repository.

    Argo CD renders what it can read: a symlink out of the repository is refused, a merge conflict
    or a binary file breaks the chart in every environment that follows the branch.
    """
    for fault in facts.tree.listing_faults:
        yield Breach(file=fault.path, line=fault.line, what=f"{fault.path} {fault.message}")
    for folder in facts.tree.folders.values():
        for file in folder.files:
            found = facts.tree.fault(folder.path_of(file)) if file.endswith(_READ) else None
            if found is not None:
                what = f"{found.path} {found.message}"
                yield in_chart(folder, file, what, line=found.line)


_READ = (LOCK_FILE, CHANGELOG_FILE, ".yaml", ".yml")


@rule(
    fix="restore the folder, or remove the record from the registry",
    source="guide R1, R25",
)
def chart_missing(facts: Facts) -> Iterator[Breach]:
    """Every registered chart has its folder with a Chart.yaml.

    The registry makes an Application for the chart, and Argo CD cannot render a path that is not
    there.
    """
    records: tuple[Chart | SubChart, ...] = (*facts.registry.charts, *facts.registry.sub_charts)
    for record in filter(lambda each: facts.picture.shows(each.name), records):
        path = facts.picture.folder_of(record.name)
        if path not in facts.tree.folders:
            near = get_close_matches(path, facts.tree.folders, n=1)
            hint = f"; did its folder become {near[0]}?" if near else ""
            yield at_record(
                facts,
                record.name,
                f"the registry names {record.name}, but {path} has no {CHART_FILE}{hint}",
            )


@note(
    fix="add a record to release/registry.py, or leave it out on purpose",
    source="guide R1; design, the one idea",
)
def chart_unregistered(facts: Facts) -> Iterator[Breach]:
    """Every chart of the tree is in the registry.

    A chart without a record has no Application, no owner and no promotion path; nothing here judges
    its versions.
    """
    for folder in facts.tree.folders.values():
        if folder.record is None:
            what = f"{folder.path} holds a {CHART_FILE}, but the registry does not name it"
            yield in_chart(folder, CHART_FILE, what, line=1)


@rule(
    fix="correct the line",
    source="Helm, the Chart.yaml file",
)
def chart_form(facts: Facts) -> Iterator[Breach]:
    """Chart.yaml parses, and each field is what it looks like.

    Helm and our editors would read two different things, or nothing at all.
    """
    for folder in facts.deployed:
        for problem in folder.chart_yaml.problems:
            what = f"{folder.name}: {problem.message}"
            yield in_chart(folder, CHART_FILE, what, line=problem.line, fix=problem.remedy)


@rule(
    fix="write the registry's name into Chart.yaml",
    source="Helm, the Chart.yaml file; guide R1",
)
def chart_name_differs(facts: Facts) -> Iterator[Breach]:
    """Chart.yaml's name is the registry's name and the folder's.

    Tags, changelog links, Applications and dependencies are all derived from the one name; with
    two, a release is made for a chart that does not exist.
    """
    for name, folder, chart in facts.registered:
        if chart.name not in {None, name}:
            what = f"{name} calls itself {chart.name!r}, the registry says {name}"
            yield at_field(folder, "name", what)


@rule(
    fix="write `apiVersion: v2` and move requirements.yaml into Chart.yaml",
    source="Helm, the Chart.yaml file",
)
def chart_api_version(facts: Facts) -> Iterator[Breach]:
    """Charts are of apiVersion v2.

    In v1 dependencies stand in another file, which neither Helm 4 nor our editors keep in step with
    a release.
    """
    for name, folder, chart in facts.registered:
        if chart.api_version not in {None, "v2"}:
            what = f"{name} has apiVersion {chart.api_version}, not v2"
            yield at_field(folder, "apiVersion", what)


@rule(
    fix="write MAJOR.MINOR.PATCH, without v, leading zeros or build metadata",
    source="SemVer 2.0.0 §2, §9, §10; guide R1, fault F6",
)
def version_not_semver(facts: Facts) -> Iterator[Breach]:
    """A chart's version is one exact Semantic Version.

    The tag, the label and the pin are made from it, and Helm or Argo CD would read a range, a
    leading zero or a `v` as something else.
    """
    for _, folder, chart in facts.registered:
        if chart.version is None:
            continue
        try:
            parse_version(chart.version)
        except VersionError as error:
            yield at_field(folder, "version", str(error))


@rule(
    fix='cut the first one, or write first_version="x.y.z" into its record',
    source="guide R3, R4",
)
def version_below_first(facts: Facts) -> Iterator[Breach]:
    """A chart's version is not older than its first one.

    Every pin is at least the record's first version, 1.0.0 unless it names another, so this one
    could never be promoted.
    """
    for _, folder, chart in facts.registered:
        record, version = folder.record, chart.version or ""
        if record and lower(version, record.first_version):
            first = record.first_version
            what = f"{folder.name} {version} is older than {first}, its first version"
            fix = (
                f'write first_version="{version}" into its record where older ones run already, '
                f"or run: hmco cut {folder.name} {first}"
            )
            yield at_field(folder, "version", what, fix=fix)


@rule(
    fix="correct the file; `helm lint` says the same of it",
    source="Helm, chart loader (LoadDir, Metadata.Validate)",
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
    if chart.problems or not chart.version:
        return False
    try:
        loose_version(chart.version)
    except RangeError:
        return folder.record is None
    return True


@rule(
    fix="correct the value files that the registry names for the chart",
    source="Helm, values (coalesce)",
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
)
def chart_not_installable(facts: Facts) -> Iterator[Breach]:
    """A chart that an Application deploys is not a library.

    Helm renders nothing of a library chart, and refuses to install one.
    """
    for record, top in facts.top_level:
        if (top.chart_yaml.type or "").lower() == LIBRARY:
            yield at_field(top, "type", f"{record.name} is a library chart")


@rule(
    fix="move its entries into Chart.yaml, remove the file, and run: helm dependency update",
    source="Helm, chart loader (requirements.yaml)",
)
def requirements_file(facts: Facts) -> Iterator[Breach]:
    """Dependencies are in Chart.yaml alone.

    Helm still reads a requirements.yaml, and takes its dependencies instead of those of
    Chart.yaml, which our editors and Chart.lock go by.
    """
    for folder in facts.deployed:
        old = folder.record is None and folder.chart_yaml.api_version == "v1"
        if folder.has(REQUIREMENTS_FILE) and not old:
            what = f"{folder.name}: Helm takes these dependencies for those of {CHART_FILE}"
            yield in_chart(folder, REQUIREMENTS_FILE, what)
