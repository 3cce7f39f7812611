"""An action as file contents: every edit made in the texts there are, and the outcome proved."""

import difflib
import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Final, NamedTuple

from release.charts import changelog, chart_yaml, lockfile
from release.charts.changelog_edits import announce
from release.charts.changelog_edits import release as release_section
from release.promotion.decision import Action, CutVersion, SetFreeze, SetPin, StackEdit
from release.repository.charttree import CHANGELOG_FILE, CHART_FILE, LOCK_FILE
from release.repository.files import Files
from release.repository.picture import Picture
from release.settings.model import Settings
from release.settings.types import git_address
from release.text.errors import EditRefusedError
from release.text.yaml_spans import add_item, empty_list, insert_entry, remove_entry, set_scalar
from release.versions import tag_of

_VERSIONS: Final = ("config", "hmco:versions")
_HOLDS: Final = ("config", "hmco:holds")
_FREEZES: Final = ("config", "hmco:freezes")


class TextChange(NamedTuple):
    """One file's text before and after."""

    before: str
    after: str


def edited_texts(picture: Picture, action: Action) -> Mapping[str, TextChange]:
    """Return the files that the action changes, as Git names them, in the order of its edits.

    EditRefusedError if an edit cannot be made safely, SettingsError if the stack files would be
    refused afterwards. Proves that the settings then differ by the action's edits and nothing else.
    """
    texts = _Texts(picture)
    for edit in action.edits:
        if isinstance(edit, CutVersion):
            texts.cut(edit)
        else:
            texts.edit_stack_file(edit)
    texts.prove()
    return {
        path: TextChange(texts.before[path], after)
        for path, after in texts.after.items()
        if after != texts.before[path]
    }


def unified_diff(changes: Mapping[str, tuple[str | None, str | None]]) -> str:
    """Return the changes as `git apply` takes them, by paths relative to the checkout.

    None is the text of a file that is not there.
    """
    return "".join(line for name, change in changes.items() for line in _diff(name, *change))


def _diff(name: str, before: str | None, after: str | None) -> Iterator[str]:
    old = "/dev/null" if before is None else f"a/{name}"
    new = "/dev/null" if after is None else f"b/{name}"
    for line in difflib.unified_diff(_lines(before or ""), _lines(after or ""), old, new):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _lines(text: str) -> list[str]:
    *complete, last = text.split("\n")
    return [*(f"{line}\n" for line in complete), *([last] if last else [])]


def release_page(repository: str, tag: str) -> str:
    """Return the web page of a release in a Git repository (GitHub's form)."""
    address = git_address(repository)
    return f"{address.web if address else repository}/releases/tag/{tag}"


@dataclass(slots=True)
class _Texts:
    """The texts of an action: what was read, what they have become, and what they are to mean."""

    picture: Picture
    before: dict[str, str] = field(default_factory=dict)
    after: dict[str, str] = field(default_factory=dict)
    settings: dict[str, Settings] = field(default_factory=dict)

    def get(self, path: str) -> str | None:
        if path not in self.after:
            text = self.files_of(path).editable(path)
            if text is None:
                return None
            self.before[path] = self.after[path] = text
        return self.after[path]

    def files_of(self, path: str) -> Files:
        of_chart = path.startswith(f"{self.picture.charts_folder}/")
        return self.picture.charts if of_chart else self.picture.stacks

    def change(self, path: str, edit: Callable[[str], str]) -> None:
        """Edit a text; a refused edit names the file that it would have changed."""
        text, name = self.get(path), path.rpartition("/")[2]
        if text is None:
            git = self.files_of(path).clone.repository.git
            command = f"{git} log --oneline -- {shlex.quote(f':/{path}')}"
            raise EditRefusedError(
                "/".join(path.split("/")[-2:]),
                "is missing",
                f"restore it from a commit that had it: {command}",
            )
        try:
            self.after[path] = edit(text)
        except EditRefusedError as error:
            raise EditRefusedError(
                f"{name}: {error.offender}", error.reason, error.remedy, line=error.line
            ) from error

    def edit_stack_file(self, edit: StackEdit) -> None:
        name = edit.environment
        settings = self.settings.get(name) or self.picture.estate.environments[name].settings
        self.change(self.picture.stack_paths([name])[name], partial(_edited, edit, settings))
        self.settings[name] = settings.model_copy(update=_stated(edit, settings))

    def prove(self) -> None:
        outcome = self.picture.edited(self.after).estate
        for name, place in self.picture.estate.environments.items():
            if outcome.environments[name].settings != self.settings.get(name, place.settings):
                raise EditRefusedError(
                    place.stack_file.name,
                    "would say something else than was meant",
                    "edit the file by hand",
                )

    def cut(self, edit: CutVersion) -> None:
        folder = self.picture.folder_of(edit.chart)
        chart_file, log_file = f"{folder}/{CHART_FILE}", f"{folder}/{CHANGELOG_FILE}"
        self.change(chart_file, lambda text: set_scalar(text, ("version",), edit.version))
        has_log = self.get(log_file) is not None
        if edit.accepted:
            edit = self._with_accepted(edit, log_file)
        if has_log:
            self.change(log_file, partial(self._released, edit))
        sub_chart = self.picture.registry.sub_by_name.get(edit.chart)
        if sub_chart:
            parent = self.picture.folder_of(sub_chart.parent)
            if edit.notes and not has_log:
                # The changelog of the parent speaks for the sub-chart.
                notes = [(kind, f"{edit.chart}: {text}") for kind, text in edit.notes]
                self.change(f"{parent}/{CHANGELOG_FILE}", lambda text: announce(text, notes))
            self._refer(edit, parent)

    def _with_accepted(self, edit: CutVersion, log_file: str) -> CutVersion:
        """Let the section say why the number is smaller than the change."""
        note = ("Changed", edit.accepted)
        unreleased = changelog.parse(self.get(log_file) or "").unreleased
        if unreleased is None or not unreleased.has_content:
            return edit._replace(notes=(*edit.notes, note))
        self.change(log_file, lambda text: announce(text, [note]))
        return edit

    def _released(self, edit: CutVersion, log: str) -> str:
        page, day = self._page(edit, log), date.fromisoformat(edit.day)
        return release_section(log, edit.version, day, tag_url=page, note=edit.notes)

    def _page(self, edit: CutVersion, log: str) -> str:
        """Return the release's address in the form that the changelog's references already have."""
        tag = tag_of(edit.chart, edit.version)
        for link in changelog.parse(log).links:
            known = tag_of(edit.chart, link.label)
            if link.url.endswith(f"/{known}"):
                return link.url.removesuffix(known) + tag
        return release_page(self.picture.environments[0].settings.source.repository, tag)

    def _refer(self, edit: CutVersion, parent: str) -> None:
        """Let the parent's dependency and lock name the sub-chart's new version."""
        name, version = edit.chart, edit.version
        chart_file, lock_file = f"{parent}/{CHART_FILE}", f"{parent}/{LOCK_FILE}"
        self.change(chart_file, lambda text: chart_yaml.set_dependency_version(text, name, version))
        if self.get(lock_file) is not None:
            needs = chart_yaml.parse(self.after[chart_file]).dependencies
            self.change(lock_file, lambda t: lockfile.set_locked_version(t, name, version, needs))


def _edited(edit: StackEdit, settings: Settings, text: str) -> str:
    """Return the stack file with the edit made."""
    if isinstance(edit, SetPin):
        return set_scalar(text, (*_VERSIONS, edit.chart), edit.version)
    if isinstance(edit, SetFreeze):
        freeze = edit.freeze
        return (
            add_item(text, _FREEZES, freeze.model_dump()) if freeze else empty_list(text, _FREEZES)
        )
    if edit.chart in settings.holds:
        text = remove_entry(text, (*_HOLDS, edit.chart))
    if edit.hold is None:
        return text
    fields = edit.hold.model_dump(exclude_none=True)
    return insert_entry(text, _HOLDS, edit.chart, fields, in_order=True)


def _stated(edit: StackEdit, settings: Settings) -> Mapping[str, object]:
    """Return what the settings say of the edit's table once it is made."""
    if isinstance(edit, SetPin):
        return {"versions": {**settings.versions, edit.chart: edit.version}}
    if isinstance(edit, SetFreeze):
        return {"freezes": (*settings.freezes, edit.freeze) if edit.freeze else ()}
    holds = {**settings.holds, edit.chart: edit.hold}
    return {"holds": {chart: hold for chart, hold in holds.items() if hold}}
