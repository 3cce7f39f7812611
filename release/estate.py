"""All environments together: what one stack file alone cannot show to be wrong."""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from release.charts import Registry, names
from release.problems import Problem, SettingsError
from release.settings import ManifestsDelivery, Settings, load_settings
from release.stackfile import StackFile, environment_of, parse_stack_file
from release.versions import is_version, parse_version


@dataclass(frozen=True)
class Environment:
    """One environment: its name, its settings and the stack file they came from."""

    name: str
    settings: Settings
    stack_file: StackFile

    def line_of_version(self, chart: str) -> int:
        """Return the line of the stack file that says which version of the chart runs here."""
        return self.stack_file.line("versions", chart)


@dataclass(frozen=True)
class Estate:
    """The registry and every environment, ordered so that sources stand before their targets."""

    registry: Registry
    environments: Mapping[str, Environment]

    @cached_property
    def targets(self) -> Mapping[str, tuple[str, ...]]:
        """For each environment those that are promoted from it."""
        return MappingProxyType(
            {
                source: tuple(
                    name
                    for name, environment in self.environments.items()
                    if source in environment.settings.promotes_from
                )
                for source in self.environments
            }
        )


def load_environment(registry: Registry, stack_file: StackFile) -> Environment:
    """Return one environment; SettingsError lists all that its file and the registry refuse."""
    problems: list[Problem] = []
    settings = None
    try:
        settings = load_settings(stack_file)
    except SettingsError as error:
        problems += error.problems
    told = {problem.key for problem in problems}
    registry_problems = _registry_problems(registry, stack_file)
    problems += [problem for problem in registry_problems if problem.key not in told]
    if settings is not None:
        problems += _placement_problems(registry, settings, stack_file)
    if settings is None or problems:
        raise SettingsError(problems)
    return Environment(stack_file.environment, settings, stack_file)


def load_estate(registry: Registry, stack_files: Iterable[StackFile]) -> Estate:
    """Return all environments; SettingsError lists all that is wrong in or between files."""
    problems: list[Problem] = []
    environments: list[Environment] = []
    for stack_file in stack_files:
        try:
            environments.append(load_environment(registry, stack_file))
        except SettingsError as error:
            problems += error.problems
    if not problems:
        problems += _order_problems(environments)
        problems += _collision_problems(environments)
    if problems:
        raise SettingsError(problems)
    return Estate(registry, MappingProxyType(_in_promotion_order(environments)))


def read_stack_files(folder: Path) -> tuple[StackFile, ...]:
    """Read every stack file of the program's folder, in order of name.

    Raises SettingsError if there is none or one is no UTF-8 text.
    """
    stack_files: list[StackFile] = []
    problems: list[Problem] = []
    for path in sorted(folder.glob("Pulumi.*.yaml")):
        if environment_of(path.name) is None:
            continue
        try:
            text = path.read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            problems.append(Problem(path.name, 0, "", f"cannot be read as UTF-8 text: {error}"))
            continue
        stack_files.append(parse_stack_file(path.name, text))
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
        key = f"versions.{chart}"
        line = stack_file.line("versions", chart)
        record = registry.by_name.get(chart)
        if record is None:
            yield Problem(stack_file.name, line, key, _unknown_chart(registry, chart))
        elif (
            isinstance(version, str)
            and is_version(version)
            and parse_version(version) < parse_version(record.first_version)
        ):
            yield Problem(
                stack_file.name,
                line,
                key,
                f"{version} is older than {record.first_version}, the chart's first stable version",
            )


def _unknown_chart(registry: Registry, chart: str) -> str:
    if chart in registry.sub_by_name:
        parent = registry.sub_by_name[chart].parent
        return f"is a sub-chart that {parent} deploys; pin {parent} instead"
    near = difflib.get_close_matches(chart, registry.by_name, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"is no chart of the registry{hint} (charts: {names(registry.charts)})"


def _placement_problems(
    registry: Registry, settings: Settings, stack_file: StackFile
) -> Iterator[Problem]:
    """Yield charts that could reach Argo CD's own namespace, which equals being its admin."""
    suffix = settings.destination.namespace_suffix
    for chart in settings.versions:
        record = registry.by_name.get(chart)
        if record is None:
            continue
        line = stack_file.line("versions", chart)
        namespace = record.namespace.in_environment(suffix)
        reached = {namespace, *(() if suffix else record.fixed_namespaces)}
        if settings.argocd.namespace in reached:
            yield Problem(
                stack_file.name,
                line,
                f"versions.{chart}",
                f"deploys into {settings.argocd.namespace}, Argo CD's own namespace; whoever "
                "writes there is admin of Argo CD",
            )
        if len(namespace) > 63 or len(f"{chart}-{stack_file.environment}") > 63:  # noqa: PLR2004 -- a DNS label's limit
            yield Problem(
                stack_file.name,
                line,
                f"versions.{chart}",
                f"the namespace {namespace} or the Application {chart}-{stack_file.environment} "
                "is longer than 63 characters",
            )


def _order_problems(environments: Iterable[Environment]) -> Iterator[Problem]:
    environments = tuple(environments)
    known = {environment.name: environment for environment in environments}
    for environment in environments:
        file = environment.stack_file
        for index, source in enumerate(environment.settings.promotes_from):
            if source not in known:
                yield Problem(
                    file.name,
                    file.line("promotesFrom", index),
                    "promotesFrom",
                    f"{source} is no environment (known: {', '.join(sorted(known))})",
                )
    for environment in environments:
        cycle = _cycle_through(environment.name, known)
        if cycle:
            yield Problem(
                environment.stack_file.name,
                environment.stack_file.line("promotesFrom"),
                "promotesFrom",
                f"promotes in a circle: {' <- '.join(cycle)}",
            )


def _cycle_through(start: str, known: Mapping[str, Environment]) -> tuple[str, ...]:
    pending: list[tuple[str, ...]] = [(start,)]
    visited: set[str] = set()
    while pending:
        trail = pending.pop()
        for source in known[trail[-1]].settings.promotes_from if trail[-1] in known else ():
            if source == start:
                return (*trail, start)
            if source not in visited:
                visited.add(source)
                pending.append((*trail, source))
    return ()


def _collision_problems(environments: Iterable[Environment]) -> Iterator[Problem]:
    owners: dict[tuple[str, str], str] = {}
    for environment in environments:
        settings = environment.settings
        claims = {
            ("project", settings.project): ("project", settings.project),
            ("delivery", getattr(settings.delivery, "directory", "")): (
                "delivery.directory",
                "the same directory",
            ),
        }
        if not isinstance(settings.delivery, ManifestsDelivery):
            claims.pop(("delivery", ""))
        for claim, (key, what) in claims.items():
            other = owners.setdefault(claim, environment.name)
            if other != environment.name:
                yield Problem(
                    environment.stack_file.name,
                    environment.stack_file.line(*key.split(".")),
                    key,
                    f"{other} already has {what}; every environment needs its own",
                )


def _in_promotion_order(environments: Iterable[Environment]) -> dict[str, Environment]:
    waiting = sorted(environments, key=lambda environment: environment.name)
    ordered: dict[str, Environment] = {}
    while waiting:
        ready = [e for e in waiting if all(s in ordered for s in e.settings.promotes_from)]
        ordered |= {environment.name: environment for environment in ready}
        waiting = [environment for environment in waiting if environment.name not in ordered]
    return ordered
