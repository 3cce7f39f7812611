"""All environments together: what one stack file alone cannot show to be wrong."""

import difflib
import fnmatch
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from types import MappingProxyType
from typing import Final

from release.charts.record import NAMESPACE_LIMIT, Chart, Registry
from release.settings.governance import RepositorySettings
from release.settings.governance_constraints import governance_problems
from release.settings.model import ManifestsDelivery, Settings
from release.settings.problems import Problem, SettingsError, Violation
from release.settings.reader import Reading, read_settings
from release.settings.stackfile import StackFile, environment_of, parse_stack_file
from release.settings.syncoptions import sync_option_problems
from release.text.atomic import read_text
from release.text.errors import EditRefusedError
from release.versions import lower

ENVIRONMENT_NAME: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?")


@dataclass(frozen=True)
class Environment:
    """One environment: its name, its settings and the stack file they came from."""

    name: str
    settings: Settings
    stack_file: StackFile


@dataclass(frozen=True)
class Estate:
    """The registry and every environment, ordered so that sources stand before their targets."""

    registry: Registry
    environments: Mapping[str, Environment]

    @property
    def governed(self) -> tuple[str, RepositorySettings] | None:
        """The stack that governs the repository and what it says; None if none does."""
        said = ((name, place.settings.repository) for name, place in self.environments.items())
        return next(((name, each) for name, each in said if each is not None), None)

    @cached_property
    def targets(self) -> Mapping[str, tuple[str, ...]]:
        """For each environment those that are promoted from it."""
        return {
            source: tuple(
                name
                for name, environment in self.environments.items()
                if source in environment.settings.promotes_from
            )
            for source in self.environments
        }


def load_estate(
    registry: Registry, stack_files: Iterable[StackFile], known: Estate | None = None
) -> Estate:
    """Return all environments; SettingsError lists all that is wrong in or between files.

    An environment of the `known` estate is taken as it is where its stack file is the same one.
    """
    problems: list[Problem] = []
    environments: list[Environment] = []
    for stack_file in stack_files:
        same = known.environments.get(stack_file.environment) if known else None
        if same and same.stack_file is stack_file:
            environments.append(same)
            continue
        reading = _read(registry, stack_file)
        problems += reading.problems
        # May lack the settings that are wrong; what the others say is compared all the same.
        environments.append(Environment(stack_file.environment, reading.settings, stack_file))
    problems += _order_problems(environments)
    problems += _collision_problems(environments)
    problems += _governance_problems(registry, environments)
    if problems:
        raise SettingsError(problems)
    return Estate(registry, MappingProxyType(_in_promotion_order(environments)))


def load_past_estate(registry: Registry, stack_files: Iterable[StackFile]) -> Estate | None:
    """Return the environments of an older state as far as promotions need them, None if refused.

    Settings that came later are absent there, and what today's rules would refuse stood all the
    same; only what moves a pin or stops one must be readable.
    """
    environments = []
    for stack_file in stack_files:
        settings = _read(registry, stack_file).settings
        if not settings.model_fields_set >= _OF_PROMOTIONS:
            return None
        environments.append(Environment(stack_file.environment, settings, stack_file))
    try:
        ordered = _in_promotion_order(environments)
    except (CycleError, KeyError):  # it promotes in a circle, or from what is no environment
        return None
    return Estate(registry, MappingProxyType(ordered))


_OF_PROMOTIONS: Final = frozenset(
    {"promotes_from", "soak", "source", "versions", "holds", "freezes"}
)


def _read(registry: Registry, stack_file: StackFile) -> Reading:
    reading = read_settings(stack_file)
    told = {problem.key for problem in reading.problems}
    found = (
        *_name_problems(stack_file),
        *_registry_problems(registry, stack_file),
        *_placement_problems(registry, reading.settings, stack_file),
    )
    return Reading(
        reading.settings,
        (*reading.problems, *(problem for problem in found if problem.key not in told)),
    )


def _name_problems(stack_file: StackFile) -> Iterator[Problem]:
    name = stack_file.environment
    if not ENVIRONMENT_NAME.fullmatch(name):
        yield stack_file.problem(
            (),
            f"the environment's name {name!r} becomes part of object names; rename the file so "
            "that it is lower-case letters, digits and hyphens, at most 32",
        )


def read_stack_files(folder: Path) -> tuple[StackFile, ...]:
    """Read every stack file of the program's folder, in order of name.

    Raises SettingsError if there is none or one is not UTF-8 text.
    """
    stack_files: list[StackFile] = []
    problems: list[Problem] = []
    for path in sorted(folder.glob("Pulumi.*.yaml")):
        if environment_of(path.name) is None:
            continue
        try:
            stack_files.append(parse_stack_file(path.name, read_text(path)))
        except OSError as error:
            problems.append(Problem(path.name, 0, "", f"cannot be read: {error.strerror}"))
        except EditRefusedError as error:
            problems.append(Problem(path.name, error.line, "", f"{error.reason}; {error.remedy}"))
    if not stack_files and not problems:
        problems.append(
            Problem(str(folder), 0, "", "holds no stack file (Pulumi.<environment>.yaml)")
        )
    if problems:
        raise SettingsError(problems)
    return tuple(stack_files)


def _registry_problems(registry: Registry, stack_file: StackFile) -> Iterator[Problem]:
    versions = stack_file.config.get("versions")
    for chart, version in versions.items() if isinstance(versions, dict) else ():
        path = ("versions", chart)
        record = registry.by_name.get(chart)
        if record is None:
            yield stack_file.problem(path, _unknown_chart(registry, chart))
        elif isinstance(version, str) and lower(version, record.first_version):
            yield stack_file.problem(
                path,
                f"{version} is older than {record.first_version}, the chart's first version; where "
                f'older ones run already, its record says first_version="{version}"',
            )


def _unknown_chart(registry: Registry, chart: str) -> str:
    if chart in registry.sub_by_name:
        parent = registry.sub_by_name[chart].parent
        return f"is a sub-chart that {parent} deploys; pin {parent} instead"
    near = difflib.get_close_matches(chart, registry.by_name, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"is not a chart of the registry{hint} (charts: {', '.join(sorted(registry.by_name))})"


def _placement_problems(
    registry: Registry, settings: Settings, stack_file: StackFile
) -> Iterator[Problem]:
    """Yield what the settings and the registry's records cannot both mean."""
    known = settings.model_fields_set
    if "versions" not in known:
        return
    records = [registry.by_name[name] for name in settings.versions if name in registry.by_name]
    for record in records:
        messages = list(_name_lengths(record, stack_file.environment))
        if {"destination", "argocd"} <= known:
            messages += _namespace_messages(record, settings)
        if "sync_policy" in known:
            messages += _option_messages(record, settings)
        for message in messages:
            yield stack_file.problem(("versions", record.name), message)
    if "sync_windows" in known:
        yield from _idle_window_problems(records, settings, stack_file)


def _name_lengths(record: Chart, environment: str) -> Iterator[str]:
    application = f"{record.name}-{environment}"
    if len(application) > NAMESPACE_LIMIT:
        yield (
            f"the Application's name {application} is longer than {NAMESPACE_LIMIT} characters; "
            "choose a shorter environment name"
        )


def _namespace_messages(record: Chart, settings: Settings) -> Iterator[str]:
    suffix = settings.destination.namespace_suffix
    namespace = record.namespace.in_environment(suffix)
    reached = {namespace, *(() if suffix else record.fixed_namespaces)}
    if settings.argocd.namespace in reached:
        yield (
            f"deploys into {settings.argocd.namespace}, Argo CD's own namespace; whoever writes "
            "there is admin of Argo CD"
        )
    if len(namespace) > NAMESPACE_LIMIT:
        yield (
            f"the namespace {namespace} is longer than {NAMESPACE_LIMIT} characters; shorten "
            "destination.namespaceSuffix"
        )


def _option_messages(record: Chart, settings: Settings) -> Iterator[str]:
    options = tuple(dict.fromkeys((*settings.sync_policy.options, *record.sync_options)))
    if clash := sync_option_problems(options):
        yield f"the environment's and the chart's sync options clash: {clash}"
    if settings.sync_policy.prune and "Prune=false" in record.sync_options:
        yield "the chart's sync option Prune=false contradicts syncPolicy.prune: true"


def _idle_window_problems(
    records: Iterable[Chart], settings: Settings, stack_file: StackFile
) -> Iterator[Problem]:
    """Yield patterns that select nothing: with none selected, no window restricts anything."""
    applications = [f"{record.name}-{stack_file.environment}" for record in records]
    for number, window in enumerate(settings.sync_windows):
        for index, pattern in enumerate(window.applications):
            if not fnmatch.filter(applications, pattern):
                yield stack_file.problem(
                    ("syncWindows", number, "applications", index),
                    f"{pattern!r} matches no Application of {stack_file.environment}; it would "
                    "restrict nothing",
                )


def _order_problems(environments: Sequence[Environment]) -> Iterator[Problem]:
    known = {environment.name: environment for environment in environments}
    for environment in environments:
        for index, source in enumerate(_sources(environment)):
            if source not in known:
                near = difflib.get_close_matches(source, known, n=1)
                hint = f"; did you mean {near[0]}?" if near else ""
                yield environment.stack_file.problem(
                    ("promotesFrom", index),
                    f"{source} is not an environment{hint} (known: {', '.join(sorted(known))})",
                )
    for environment in environments:
        cycle = _cycle_through(environment.name, known)
        # An environment that names itself is told of by its own file's rules.
        if len(cycle) > 2:  # noqa: PLR2004 -- start, another one, start again
            yield environment.stack_file.problem(
                ("promotesFrom",),
                f"promotes in a circle: {' <- '.join(cycle)}; remove one of these",
            )


def _sources(environment: Environment) -> tuple[str, ...]:
    known = environment.settings.model_fields_set
    return environment.settings.promotes_from if "promotes_from" in known else ()


def _cycle_through(start: str, known: Mapping[str, Environment]) -> tuple[str, ...]:
    pending: list[tuple[str, ...]] = [(start,)]
    visited: set[str] = set()
    while pending:
        trail = pending.pop()
        for source in _sources(known[trail[-1]]) if trail[-1] in known else ():
            if source == start:
                return (*trail, start)
            if source not in visited:
                visited.add(source)
                pending.append((*trail, source))
    return ()


def _collision_problems(environments: Sequence[Environment]) -> Iterator[Problem]:
    for number, environment in enumerate(environments):
        for other in environments[:number]:
            for path, message in _collisions(environment.settings, other.settings):
                yield environment.stack_file.problem(path, f"{other.name} {message}")


def _governance_problems(
    registry: Registry, environments: Sequence[Environment]
) -> Iterator[Problem]:
    files = {environment.name: environment.stack_file for environment in environments}
    found = governance_problems(
        {environment.name: environment.settings for environment in environments},
        {chart.owner for chart in registry.charts} | {sub.owner for sub in registry.sub_charts},
    )
    for name, violation in found:
        yield files[name].problem(*violation)


def _collisions(settings: Settings, other: Settings) -> Iterator[Violation]:
    known = settings.model_fields_set & other.model_fields_set
    if "project" in known and settings.project == other.project:
        yield Violation(
            ("project",),
            f"already has project {settings.project}; every environment needs its own",
        )
    yield from _shared_observers(settings, other)
    if "delivery" not in known:
        return
    mine, theirs = settings.delivery, other.delivery
    if (
        isinstance(mine, ManifestsDelivery)
        and isinstance(theirs, ManifestsDelivery)
        and f"{mine.directory}/".startswith(f"{theirs.directory}/")
        | f"{theirs.directory}/".startswith(f"{mine.directory}/")
    ):
        yield Violation(
            ("delivery", "directory"),
            f"already writes to {theirs.directory}; every environment needs a directory of its "
            "own, and none inside another's",
        )


def _shared_observers(settings: Settings, other: Settings) -> Iterator[Violation]:
    """Yield what two environments of one cluster would both make: one object, two owners."""
    needed = {"delivery", "destination", "argocd"}
    if not needed <= settings.model_fields_set & other.model_fields_set:
        return
    if _cluster(settings) != _cluster(other):
        return
    if settings.notifier and other.notifier and settings.argocd.namespace == other.argocd.namespace:
        yield Violation(
            ("notifier",), "already states the notifier of this Argo CD; keep one of the two"
        )
    mine, theirs = settings.monitoring, other.monitoring
    both = mine and theirs and mine.dashboards and theirs.dashboards
    if both and mine and theirs and mine.namespace == theirs.namespace:
        yield Violation(
            ("monitoring", "dashboards"),
            "already brings the dashboard; write null in one of them",
        )


def _cluster(settings: Settings) -> str:
    """Return what names the cluster that gets the environment's own objects."""
    delivery = settings.delivery
    return delivery.context if delivery.kind == "cluster" else settings.destination.server


def _in_promotion_order(environments: Sequence[Environment]) -> dict[str, Environment]:
    by_name = {environment.name: environment for environment in environments}
    sorter = TopologicalSorter({name: _sources(by_name[name]) for name in by_name})
    sorter.prepare()
    ordered: dict[str, Environment] = {}
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        ordered |= {name: by_name[name] for name in ready}
        sorter.done(*ready)
    return ordered
