"""A plan as file contents: every edit made in the texts that are there, and the outcome proved."""

import difflib
import json
import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Final

from release.charts import changelog, chart_yaml, lockfile
from release.charts.changelog_announce import announce
from release.charts.changelog_cut import release as release_section
from release.charts.record import Registry
from release.estate import Estate, load_estate
from release.promotion.decision import (
    AddFreeze,
    CutVersion,
    Edit,
    LiftFreezes,
    LiftHold,
    Plan,
    SetHold,
    SetPin,
)
from release.settings.model import Settings
from release.settings.stackfile import StackFile, parse_stack_file
from release.text.errors import EditRefusedError
from release.text.yaml_items import add_item, empty_list
from release.text.yaml_spans import insert_entry, remove_entry, set_scalar
from release.versions import tag_of

Read = Callable[[Path], str | None]

_SSH: Final = re.compile(r"(?:ssh://)?(?:[^@/]+@)([^:/]+)(?::\d+)?[:/](.+)")
_VERSIONS: Final = ("config", "hmco:versions")
_HOLDS: Final = ("config", "hmco:holds")
_FREEZES: Final = ("config", "hmco:freezes")


@dataclass(frozen=True, slots=True)
class Layout:
    """Where files lie: stack files in `program`, charts below `repository`/`charts`."""

    program: Path
    repository: Path
    charts: str

    def stack_file(self, environment: str) -> Path:
        """Return the stack file of an environment."""
        return self.program / f"Pulumi.{environment}.yaml"

    def chart_file(self, registry: Registry, chart: str, name: str) -> Path:
        """Return a file in a chart's folder."""
        return self.repository / registry.path_of(chart, self.charts) / name


@dataclass(slots=True)
class _Texts:
    """The texts of a plan: what was read, and what they have become so far."""

    read: Read
    before: dict[Path, str] = field(default_factory=dict)
    after: dict[Path, str] = field(default_factory=dict)

    def get(self, path: Path) -> str | None:
        if path not in self.after:
            text = self.read(path)
            if text is None:
                return None
            self.before[path] = self.after[path] = text
        return self.after[path]

    def need(self, path: Path) -> str:
        text = self.get(path)
        if text is None:
            command = f"git log --oneline -- {shlex.quote(str(path))}"
            raise EditRefusedError(
                f"{path.parent.name}/{path.name}",
                "is missing",
                f"restore it from a commit that had it: {command}",
            )
        return text


@dataclass(frozen=True, slots=True)
class TextChange:
    """One file's text before and after."""

    before: str
    after: str


def edited_texts(
    plan: Plan, estate: Estate, layout: Layout, read: Read
) -> Mapping[Path, TextChange]:
    """Return the files that the plan changes, in the order of its edits.

    EditRefusedError if an edit cannot be made safely, SettingsError if the stack files would be
    refused afterwards. Proves that the settings then differ by the plan's edits and nothing else.
    """
    texts = _Texts(read)
    for edit in plan.edits:
        _apply(edit, estate, layout, texts)
    _prove(plan, estate, layout, texts)
    return {
        path: TextChange(texts.before[path], after)
        for path, after in texts.after.items()
        if after != texts.before[path]
    }


def unified_diff(changes: Mapping[str, TextChange]) -> str:
    """Return the changes as `git apply` takes them, by paths relative to the checkout."""
    return "".join(line for name, change in changes.items() for line in _diff(name, change))


def _diff(name: str, change: TextChange) -> Iterator[str]:
    before, after = (text.split("\n") for text in (change.before, change.after))
    lines = difflib.unified_diff(_with_ends(before), _with_ends(after), f"a/{name}", f"b/{name}")
    for line in lines:
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _with_ends(lines: list[str]) -> list[str]:
    *complete, last = lines
    return [*(f"{line}\n" for line in complete), *([last] if last else [])]


def release_page(repository: str, tag: str) -> str:
    """Return the web page of a release in a Git repository (GitHub's form)."""
    match = _SSH.fullmatch(repository)
    address = f"https://{match[1]}/{match[2]}" if match else repository
    return f"{address.rstrip('/').removesuffix('.git')}/releases/tag/{tag}"


def _apply(edit: Edit, estate: Estate, layout: Layout, texts: _Texts) -> None:
    if isinstance(edit, CutVersion):
        _cut(edit, estate, layout, texts)
        return
    path = layout.stack_file(edit.environment)
    text = texts.need(path)
    with _in(path):
        texts.after[path] = _edited_stack(edit, text)


def _edited_stack(edit: SetPin | SetHold | LiftHold | AddFreeze | LiftFreezes, text: str) -> str:
    if isinstance(edit, AddFreeze):
        fields = edit.freeze.model_dump()
        told = ", ".join(f"{key}: {json.dumps(value)}" for key, value in fields.items())
        return add_item(text, _FREEZES, f"{{{told}}}")
    if isinstance(edit, LiftFreezes):
        return empty_list(text, _FREEZES)
    if isinstance(edit, SetPin):
        return set_scalar(text, (*_VERSIONS, edit.chart), edit.version)
    if isinstance(edit, LiftHold):
        return remove_entry(text, (*_HOLDS, edit.chart))
    if edit.replaces:
        text = remove_entry(text, (*_HOLDS, edit.chart))
    return insert_entry(
        text, _HOLDS, edit.chart, edit.hold.model_dump(exclude_none=True), in_order=True
    )


@contextmanager
def _in(path: Path) -> Iterator[None]:
    """Let a refused edit name the file that it would have changed."""
    try:
        yield
    except EditRefusedError as error:
        raise EditRefusedError(
            f"{path.name}: {error.offender}", error.reason, error.remedy, line=error.line
        ) from error


def _cut(edit: CutVersion, estate: Estate, layout: Layout, texts: _Texts) -> None:
    registry = estate.registry
    chart_file = layout.chart_file(registry, edit.chart, "Chart.yaml")
    stated = texts.need(chart_file)
    with _in(chart_file):
        texts.after[chart_file] = set_scalar(stated, ("version",), edit.version)
    log_file = layout.chart_file(registry, edit.chart, "CHANGELOG.md")
    log = texts.get(log_file)
    if edit.accepted:
        edit, log = _with_accepted(edit, log)
    if log is not None:
        page = _page(edit, estate, log)
        day = date.fromisoformat(edit.day)
        with _in(log_file):
            texts.after[log_file] = release_section(
                log, edit.version, day, tag_url=page, note=edit.notes
            )
    if edit.chart in registry.sub_by_name:
        if log is None and edit.notes:
            _announce(edit, registry, layout, texts)
        _refer(edit, registry.sub_by_name[edit.chart].parent, registry, layout, texts)


def _with_accepted(edit: CutVersion, log: str | None) -> tuple[CutVersion, str | None]:
    """Return edit and changelog that say why the number is smaller than the change."""
    note = ("Changed", edit.accepted)
    unreleased = changelog.parse(log).unreleased if log is not None else None
    if log is not None and unreleased is not None and unreleased.has_content:
        return edit, announce(log, [note])
    return replace(edit, notes=(*edit.notes, note)), log


def _announce(edit: CutVersion, registry: Registry, layout: Layout, texts: _Texts) -> None:
    """Let the changelog of the parent, which speaks for the sub-chart, say what it brings."""
    parent = registry.sub_by_name[edit.chart].parent
    log_file = layout.chart_file(registry, parent, "CHANGELOG.md")
    notes = [(kind, f"{edit.chart}: {text}") for kind, text in edit.notes]
    log = texts.need(log_file)
    with _in(log_file):
        texts.after[log_file] = announce(log, notes)


def _refer(
    edit: CutVersion, parent: str, registry: Registry, layout: Layout, texts: _Texts
) -> None:
    """Let the parent's dependency and lock name the sub-chart's new version."""
    chart_file = layout.chart_file(registry, parent, "Chart.yaml")
    stated = texts.need(chart_file)
    with _in(chart_file):
        text = chart_yaml.set_dependency_version(stated, edit.chart, edit.version)
    texts.after[chart_file] = text
    lock_file = layout.chart_file(registry, parent, "Chart.lock")
    lock = texts.get(lock_file)
    if lock is not None:
        dependencies = chart_yaml.parse(text).dependencies
        with _in(lock_file):
            texts.after[lock_file] = lockfile.set_locked_version(
                lock, edit.chart, edit.version, dependencies
            )


def _page(edit: CutVersion, estate: Estate, log: str) -> str:
    """Return the release's address in the form that the changelog's references already have."""
    tag = tag_of(edit.chart, edit.version)
    for link in changelog.parse(log).links:
        known = tag_of(edit.chart, link.label)
        if link.url.endswith(f"/{known}"):
            return link.url.removesuffix(known) + tag
    first = next(iter(estate.environments.values()))
    return release_page(first.settings.source.repository, tag)


def _prove(plan: Plan, estate: Estate, layout: Layout, texts: _Texts) -> None:
    files = list(_stack_files(estate, layout, texts))
    outcome = load_estate(estate.registry, files, estate)
    for name, environment in estate.environments.items():
        if outcome.environments[name].settings != _expected(plan, name, environment.settings):
            raise EditRefusedError(
                layout.stack_file(name).name,
                "would say something else than was meant",
                "edit the file by hand",
            )


def _stack_files(estate: Estate, layout: Layout, texts: _Texts) -> Iterator[StackFile]:
    for name, environment in estate.environments.items():
        text = texts.after.get(layout.stack_file(name))
        stack_file = environment.stack_file
        yield stack_file if text is None else parse_stack_file(stack_file.name, text)


def _expected(plan: Plan, environment: str, settings: Settings) -> Settings:
    versions, holds = dict(settings.versions), dict(settings.holds)
    freezes = settings.freezes
    for edit in plan.edits:
        if isinstance(edit, CutVersion) or edit.environment != environment:
            continue
        if isinstance(edit, SetPin):
            versions[edit.chart] = edit.version
        elif isinstance(edit, SetHold):
            holds[edit.chart] = edit.hold
        elif isinstance(edit, AddFreeze):
            freezes = (*freezes, edit.freeze)
        elif isinstance(edit, LiftFreezes):
            freezes = ()
        else:
            holds.pop(edit.chart)
    changed = {"versions": versions, "holds": holds, "freezes": freezes}
    return settings.model_copy(update=changed)
