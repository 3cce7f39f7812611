"""Gathering the facts of a checkout: everything that is read, is read here."""

import os
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Final

from release.charts.record import Registry
from release.estate import Estate, load_estate, read_stack_files
from release.repository.charttree import ChartTree, read_chart_tree
from release.repository.git.errors import GitError
from release.repository.git.program import Repository, open_repository
from release.rules.argomanifests import GROUP, ArgoManifest, argo_manifests
from release.rules.facts import REGISTRY_FILE, Facts
from release.rules.gitfacts import released
from release.rules.released import Released
from release.settings.model import ManifestsDelivery
from release.settings.problems import Problem, SettingsError
from release.settings.stackfile import StackFile, parse_stack_file

_USUAL_CHARTS: Final = "helm/charts"
_NO_EDITS: Final[Mapping[str, str]] = MappingProxyType({})


def gather(
    registry: Registry,
    program: Path,
    repository: Path,
    today: date,
    edits: Mapping[str, str] = _NO_EDITS,
) -> Facts:
    """Return the facts of a checkout: stack files from `program`, charts from `repository`.

    `edits` are texts by path relative to the repository that count instead of what is on disk, so
    that the outcome of a command is judged before it is written. GitError if the folder is in no
    checkout; whatever else is wrong becomes a finding.
    """
    git = open_repository(repository)
    below = _below(program, git.toplevel)
    stack_files, problems = _stack_files(program, below, edits)
    estate, more = _estate(registry, stack_files) if not problems else (None, ())
    tree = read_chart_tree(registry, git.toplevel, _charts_folder(stack_files), edits)
    return Facts(
        registry=registry,
        tree=tree,
        today=today,
        program=below if below is not None else os.path.relpath(program, git.toplevel),
        estate=estate,
        setting_problems=(*problems, *more),
        git=_released(git, registry, tree, estate, below),
        manifests=tuple(_manifests(git, tree, estate, below)),
        registry_text=_registry_text(program),
    )


def _below(program: Path, toplevel: Path) -> str | None:
    """Return the program's folder relative to the checkout, None if it is in another one."""
    try:
        below = program.resolve().relative_to(toplevel.resolve()).as_posix()
    except ValueError:
        return None
    return "" if below == "." else below


def _stack_files(
    program: Path, below: str | None, edits: Mapping[str, str]
) -> tuple[tuple[StackFile, ...], tuple[Problem, ...]]:
    try:
        read = read_stack_files(program)
    except SettingsError as error:
        return (), error.problems
    if below is None or not edits:
        return read, ()
    edited = ((file, edits.get(f"{below}/{file.name}" if below else file.name)) for file in read)
    return tuple(
        file if text is None else parse_stack_file(file.name, text) for file, text in edited
    ), ()


def _estate(
    registry: Registry, stack_files: tuple[StackFile, ...]
) -> tuple[Estate | None, tuple[Problem, ...]]:
    try:
        return load_estate(registry, stack_files), ()
    except SettingsError as error:
        return None, error.problems


def _charts_folder(stack_files: tuple[StackFile, ...]) -> str:
    """Return where the charts are, from the raw files: it is needed even if they are refused."""
    for stack_file in stack_files:
        source = stack_file.config.get("source")
        charts = source.get("charts") if isinstance(source, dict) else None
        if isinstance(charts, str) and charts and ".." not in charts and charts[0] not in "/~":
            return charts
    return _USUAL_CHARTS


def _released(
    git: Repository, registry: Registry, tree: ChartTree, estate: Estate | None, below: str | None
) -> Released:
    try:
        return released(git, registry, tree, estate, below)
    except GitError as error:
        return Released(default_branch="", incomplete=str(error))


def _manifests(
    git: Repository, tree: ChartTree, estate: Estate | None, below: str | None
) -> Iterator[ArgoManifest]:
    """Yield the Argo CD objects in the checkout's YAML files, without those we rendered."""
    rendered = tuple(
        f"{below}/{delivery.directory}/" if below else f"{delivery.directory}/"
        for environment in (estate.environments.values() if estate else ())
        for delivery in (environment.settings.delivery,)
        if isinstance(delivery, ManifestsDelivery) and below is not None
    )
    output = git.run("ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for path in dict.fromkeys(os.fsdecode(output).split("\0")):
        if path.endswith((".yaml", ".yml")) and not path.startswith(rendered):
            text = tree.text(path)
            if text is not None and GROUP in text:
                yield from argo_manifests(path, text)


def _registry_text(program: Path) -> str:
    try:
        return (program / REGISTRY_FILE).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
