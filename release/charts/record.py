"""What a chart record says, and the rules that a registry of such records keeps."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import Final, NamedTuple

from release.settings.syncoptions import sync_option_problems
from release.text.counted import counted
from release.versions import VersionError, parse_version

CHART_NAME: Final = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
_API_GROUP: Final = re.compile(r"|[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
_KIND: Final = re.compile(r"[A-Z][A-Za-z0-9]*")
_LISTS: Final = (
    "value_files",
    "sync_options",
    "cluster_kinds",
    "fixed_namespaces",
    "dependencies",
    "data_kinds",
)
_VALUE_FILE_PART: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
RELEASE_NAME_LIMIT: Final = 53
"""Helm refuses longer release names, and a chart's release is named after it."""
NAMESPACE_LIMIT: Final = 63


class RegistryError(ValueError):
    """The registry contradicts itself; the message lists every offender, as `problems` does."""

    def __init__(self, message: str, problems: tuple[str, ...] = ()) -> None:
        """Keep each problem by itself; the message is the only one where none is given."""
        super().__init__(message)
        self.problems = problems or (message,)


class Namespace(NamedTuple):
    """Where a chart's release lives: `base` plus the environment's suffix (guide R10).

    `standard` replaces `base` in an environment without suffix. A `shared` namespace takes no
    suffix, so that every environment of one cluster meets there.
    """

    base: str
    standard: str | None = None
    shared: bool = False

    def in_environment(self, suffix: str) -> str:
        """Return the namespace of an environment with that suffix ("" means standard names)."""
        if self.shared:
            return self.base
        if not suffix:
            return self.standard or self.base
        return f"{self.base}{suffix}"


class ClusterKind(NamedTuple):
    """A cluster-scoped kind, by API group ("" is the core group)."""

    group: str
    kind: str


class Dependency(NamedTuple):
    """A chart from a Helm repository that Argo CD fetches while rendering."""

    name: str
    repository: str


class Chart(NamedTuple):
    """One top-level chart: what Argo CD must know to run it in any environment.

    `owner` is a team of `owners` in hmco:repository. `wave` orders creation (lower first).
    `value_files` are paths inside the chart in which `{environment}` stands for the stack's name.
    `parameters` are Helm values set on the command line. `fixed_namespaces` are those that its
    templates name whatever the environment. `data_kinds` are kinds of its objects that hold data,
    besides claims, StatefulSets, namespaces and CRDs, which always count. `first_version` is the
    first stable release (guide R3); no pin may be lower.
    """

    name: str
    owner: str
    purpose: str
    namespace: Namespace
    wave: int = 0
    value_files: tuple[str, ...] = ("values.yaml",)
    parameters: Mapping[str, str] = MappingProxyType({})
    sync_options: tuple[str, ...] = ()
    cluster_kinds: tuple[ClusterKind, ...] = ()
    fixed_namespaces: tuple[str, ...] = ()
    dependencies: tuple[Dependency, ...] = ()
    data_kinds: tuple[str, ...] = ()
    first_version: str = "1.0.0"

    def value_files_in(self, environment: str) -> tuple[str, ...]:
        """Return the value files of that environment, later ones winning (Helm's order)."""
        return _value_files_in(self.value_files, environment)


class SubChart(NamedTuple):
    """A chart that its parent deploys from the parent's `charts/` folder; it has no Application."""

    name: str
    parent: str
    owner: str
    purpose: str
    first_version: str = "1.0.0"


class Waiver(NamedTuple):
    """A rule that one chart breaks knowingly; `hmco check` lists it and refuses an idle one."""

    rule: str
    chart: str
    reason: str


# Most charts name the same files, and rules ask for those of every chart in every environment.
@lru_cache(maxsize=1024)
def _value_files_in(patterns: tuple[str, ...], environment: str) -> tuple[str, ...]:
    return tuple(path.replace("{environment}", environment) for path in patterns)


@dataclass(frozen=True)
class Registry:
    """Every chart the platform team owns, checked as a whole on construction.

    Raises RegistryError naming every offending record at once.
    """

    charts: tuple[Chart, ...]
    sub_charts: tuple[SubChart, ...] = ()
    waivers: tuple[Waiver, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a registry that contradicts itself."""
        problems = [*_duplicates(self), *_record_problems(self), *_reference_problems(self)]
        if problems:
            lines = "\n".join(f"  - {problem}" for problem in problems)
            raise RegistryError(
                f"the chart registry has {counted(len(problems), 'problem')}:\n{lines}\n"
                "Correct the records in release/registry.py, then run: hmco check",
                tuple(problems),
            )

    @cached_property
    def by_name(self) -> Mapping[str, Chart]:
        """The top-level charts by name."""
        return MappingProxyType({chart.name: chart for chart in self.charts})

    @cached_property
    def sub_by_name(self) -> Mapping[str, SubChart]:
        """The sub-charts by name."""
        return MappingProxyType({chart.name: chart for chart in self.sub_charts})

    def sub_charts_of(self, parent: str) -> tuple[SubChart, ...]:
        """Return the sub-charts that this chart deploys."""
        return tuple(chart for chart in self.sub_charts if chart.parent == parent)

    def path_of(self, name: str, root: str) -> str:
        """Return a chart's folder below `root` (such as helm/charts); KeyError for no chart."""
        if name in self.by_name:
            return f"{root}/{name}"
        return f"{root}/{self.sub_by_name[name].parent}/charts/{name}"

    def waives(self, rule: str, chart: str) -> bool:
        """Tell whether that chart may break that rule."""
        return any(waiver.rule == rule and waiver.chart == chart for waiver in self.waivers)


def _duplicates(registry: Registry) -> Iterator[str]:
    records: tuple[Chart | SubChart, ...] = (*registry.charts, *registry.sub_charts)
    for name, count in sorted(Counter(chart.name for chart in records).items()):
        if count > 1:
            yield (
                f"{name}: {count} records carry this name; names are unique over all charts and "
                "sub-charts, rename or remove one"
            )
    waived = Counter((waiver.rule, waiver.chart) for waiver in registry.waivers)
    for (rule, chart), count in sorted(waived.items()):
        if count > 1:
            yield f"{chart}: rule {rule} is waived {count} times; keep one waiver with its reason"


def _record_problems(registry: Registry) -> Iterator[str]:
    for chart in registry.charts:
        yield from _shared_field_problems(chart)
        loose = [name for name in _LISTS if type(getattr(chart, name)) is not tuple]
        if loose:
            # A lone text is a sequence of characters and a lone record one of its fields.
            fields = ", ".join(loose)
            yield f"{chart.name}: {fields} must be a tuple; write (item,) for a single one"
            continue
        yield from _namespace_problems(chart)
        yield from _value_file_problems(chart)
        yield from _parameter_problems(chart)
        yield from _repeats(chart)
        if problems := sync_option_problems(chart.sync_options):
            yield f"{chart.name}: {problems}"
        for kind in chart.cluster_kinds:
            if not _API_GROUP.fullmatch(kind.group) or not _KIND.fullmatch(kind.kind):
                yield (
                    f"{chart.name}: cluster kind {kind.group!r}/{kind.kind!r} names no single "
                    "kind; write group and kind as a manifest does, without patterns"
                )
        for dependency in chart.dependencies:
            if not re.fullmatch(r"https://[^\s*!?\[\]{}$@]+", dependency.repository):
                yield (
                    f"{chart.name}: dependency {dependency.name} has repository "
                    f"{dependency.repository!r}; name its https:// address without patterns"
                )
    for sub_chart in registry.sub_charts:
        yield from _shared_field_problems(sub_chart)


def _repeats(chart: Chart) -> Iterator[str]:
    listed: dict[str, tuple[object, ...]] = {
        "cluster kind": chart.cluster_kinds,
        "fixed namespace": chart.fixed_namespaces,
        "value file": chart.value_files,
        "dependency": chart.dependencies,
    }
    for what, items in listed.items():
        for item, count in Counter(items).items():
            if count > 1:
                yield f"{chart.name}: {what} {item} is listed {count} times; keep one of them"


def _shared_field_problems(chart: Chart | SubChart) -> Iterator[str]:
    if not CHART_NAME.fullmatch(chart.name) or len(chart.name) > RELEASE_NAME_LIMIT:
        yield (
            f"{chart.name!r}: a chart name is a DNS label of lower-case letters, digits and "
            f"hyphens, at most {RELEASE_NAME_LIMIT} characters"
        )
    if not CHART_NAME.fullmatch(chart.owner):
        yield f"{chart.name}: owner {chart.owner!r} is no team's name (a DNS label)"
    if not chart.purpose.strip():
        yield f"{chart.name}: the purpose is empty; say in a sentence what the chart is for"
    try:
        parse_version(chart.first_version)
    except VersionError as error:
        yield f"{chart.name}: first_version: {error}"


def _namespace_problems(chart: Chart) -> Iterator[str]:
    names = (chart.namespace.base, chart.namespace.standard, *chart.fixed_namespaces)
    for name in names:
        if name is not None and (not CHART_NAME.fullmatch(name) or len(name) > NAMESPACE_LIMIT):
            yield (
                f"{chart.name}: {name!r} is not a namespace name (a DNS label of at most "
                f"{NAMESPACE_LIMIT} characters; patterns are refused)"
            )
    if chart.namespace.shared and chart.namespace.standard is not None:
        yield f"{chart.name}: a shared namespace has no standard name; remove one of the two"


def _value_file_problems(chart: Chart) -> Iterator[str]:
    if not chart.value_files:
        yield f"{chart.name}: no value file is named; list at least values.yaml"
    for path in chart.value_files:
        parts = path.replace("{environment}", "x").split("/")
        if not all(_VALUE_FILE_PART.fullmatch(part) for part in parts):
            yield (
                f"{chart.name}: value file {path!r} is not a plain path inside the chart "
                "(letters, digits, '.', '_', '-' and '{environment}'; no '..', globs or '$')"
            )


def _parameter_problems(chart: Chart) -> Iterator[str]:
    parameters: Mapping[str, object] = chart.parameters
    for name, value in parameters.items():
        if not isinstance(value, str):
            yield (
                f"{chart.name}: parameter {name} is {value!r}; Argo CD accepts text only, "
                f'write "{str(value).lower()}"'
            )
        elif not re.fullmatch(r"[A-Za-z0-9_.\[\]\\/-]+", name):
            yield f"{chart.name}: parameter name {name!r} holds characters that Helm would split"


def _reference_problems(registry: Registry) -> Iterator[str]:
    parents = {chart.name for chart in registry.charts}
    for sub_chart in registry.sub_charts:
        if sub_chart.parent not in parents:
            yield (
                f"{sub_chart.name}: its parent {sub_chart.parent!r} is not a top-level chart "
                f"(known: {', '.join(sorted(parents))})"
            )
    known = parents | {chart.name for chart in registry.sub_charts}
    for waiver in registry.waivers:
        if waiver.chart not in known:
            yield (
                f"{waiver.chart}: rule {waiver.rule} is waived for a chart that does not exist; "
                "remove the waiver"
            )
        if not waiver.reason.strip():
            yield f"{waiver.chart}: the waiver of {waiver.rule} gives no reason; say why it may be"
        if not CHART_NAME.fullmatch(waiver.rule):
            yield f"{waiver.chart}: {waiver.rule!r} is not a rule's name, such as shared-release"
