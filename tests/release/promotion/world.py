"""A repository in memory: texts on a trunk, tags, landings and a clock, moved by real actions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import cast

from demo.environments import EnvironmentSpec, stack_text
from release.charts import changelog, chart_yaml
from release.estate import Estate, load_estate
from release.promotion.chartfacts import ChartFacts, Landing, Tag
from release.promotion.decision import Action
from release.promotion.texts import TextChange, edited_texts
from release.repository.clone import Clone
from release.repository.files import Files, Listing, directly
from release.repository.picture import Picture
from release.settings.stackfile import StackFile, parse_stack_file
from tests.release.promotion.situations import LONG_AGO, NOW, REGISTRY

CHARTS = ("api", "web")

_CHART = "apiVersion: v2\nname: {name}\nversion: 1.0.0  # cut by hmco\n"
_LOG = """# Changelog
All changes of {name}.

## [Unreleased]

## [1.0.0] - 2026-01-01

### Added

- The chart.

[1.0.0]: https://github.com/254CARBON/HMCo/releases/tag/{name}-1.0.0
"""


class ConflictError(Exception):
    """Two changes from one base touch the same or neighbouring lines."""


@lru_cache(maxsize=4096)
def _parsed(name: str, text: str) -> StackFile:
    return parse_stack_file(name, text)


@lru_cache(maxsize=256)
def _estate(files: tuple[tuple[str, str], ...]) -> Estate:
    return load_estate(REGISTRY, [_parsed(name, text) for name, text in files])


class _Memory(Files):
    """Files that no checkout holds."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        super().__init__(cast("Clone", None))
        self._texts = texts

    def _names(self, folder: str) -> Iterable[str]:
        return directly(folder, self._texts)

    def _below(self, folder: str) -> Listing:
        raise NotImplementedError

    def _paths(self) -> Iterable[str]:
        return self._texts

    def _data(self, path: str) -> bytes | None:
        text = self._texts.get(path)
        return None if text is None else text.encode()


@dataclass
class World:
    """The trunk and what Git knows of it."""

    specs: Sequence[EnvironmentSpec]
    now: datetime = NOW
    texts: dict[str, str] = field(default_factory=dict)
    tags: dict[str, dict[str, int]] = field(default_factory=dict)
    contents: dict[str, int] = field(default_factory=dict)
    changed_at: dict[str, datetime] = field(default_factory=dict)
    landings: dict[tuple[str, str], list[Landing]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for spec in self.specs:
            self.texts[f"Pulumi.{spec.name}.yaml"] = stack_text(spec, REGISTRY)
        for name in CHARTS:
            self.texts[self.file(name, "Chart.yaml")] = _CHART.format(name=name)
            self.texts[self.file(name, "CHANGELOG.md")] = _LOG.format(name=name)
            self.contents[name] = 0
            self.tags[name] = {"1.0.0": 0}
            self.changed_at[name] = LONG_AGO
        for name, place in self.estate.environments.items():
            for chart, value in place.settings.versions.items():
                self.landings[name, chart] = [Landing(value, LONG_AGO)]

    @staticmethod
    def file(chart: str, name: str) -> str:
        """Return the path of a file of a chart."""
        return f"{REGISTRY.path_of(chart, 'helm/charts')}/{name}"

    @property
    def estate(self) -> Estate:
        """The estate that the trunk states; SettingsError if it states none."""
        names = [f"Pulumi.{spec.name}.yaml" for spec in self.specs]
        return _estate(tuple((name, self.texts[name]) for name in names))

    def version(self, chart: str) -> str:
        """Return what Chart.yaml says."""
        return chart_yaml.parse(self.texts[self.file(chart, "Chart.yaml")]).version or ""

    def facts(self, chart: str) -> ChartFacts:
        """Return what a command would gather about the chart from this trunk."""
        log = changelog.parse(self.texts[self.file(chart, "CHANGELOG.md")])
        version = self.version(chart)
        tagged = self.tags[chart].get(version)
        return ChartFacts(
            version=version,
            tags={name: Tag(name) for name in self.tags[chart]},
            changed_at=self.changed_at[chart],
            changed_since_release=tagged is not None and tagged != self.contents[chart],
            unreleased=log.unreleased is not None and log.unreleased.has_content,
            sections=frozenset(release.version for release in log.releases),
            landings={
                name: tuple(self.landings.get((name, chart), ()))
                for name in self.estate.environments
            },
        )

    def change_chart(self, chart: str) -> None:
        """Land a change of the chart, with its line under Unreleased."""
        path = self.file(chart, "CHANGELOG.md")
        unreleased = changelog.parse(self.texts[path]).unreleased
        if unreleased is not None and not unreleased.has_content:
            heading = "## [Unreleased]\n"
            entry = f"{heading}\n### Fixed\n\n- Fault {self.contents[chart]}.\n"
            self.texts[path] = self.texts[path].replace(heading, entry)
        self.contents[chart] += 1
        self.changed_at[chart] = self.now

    def edits(self, action: Action) -> Mapping[str, TextChange]:
        """Return the texts that the action changes, as the command line would write them."""
        files = _Memory(self.texts)
        return edited_texts(Picture(REGISTRY, files, files, "", before=self.estate), action)

    def land(self, changes: Mapping[str, TextChange]) -> None:
        """Merge prepared changes into the trunk, then tag versions as the workflow does.

        ConflictError, and nothing happens, where Git would not merge them by itself.
        """
        merged = {path: _merge(change, self.texts[path]) for path, change in changes.items()}
        before = {chart: self.version(chart) for chart in CHARTS}
        pins = self._pins()
        self.texts |= merged
        for chart in CHARTS:
            self._land_chart(chart, before[chart], merged)
        for key, value in self._pins().items():
            if pins.get(key) != value:
                self.landings.setdefault(key, []).append(Landing(value, self.now))

    def pass_time(self, hours: int) -> None:
        """Let so many hours pass."""
        self.now += timedelta(hours=hours)

    def _land_chart(self, chart: str, before: str, merged: Mapping[str, str]) -> None:
        if not any(self.file(chart, name) in merged for name in ("Chart.yaml", "CHANGELOG.md")):
            return
        version = self.version(chart)
        if version != before:
            self.contents[chart] += 1
            self.changed_at[chart] = self.now
        self.tags[chart].setdefault(version, self.contents[chart])

    def _pins(self) -> dict[tuple[str, str], str]:
        return {
            (name, chart): value
            for name, place in self.estate.environments.items()
            for chart, value in place.settings.versions.items()
        }


def _merge(change: TextChange, present: str) -> str:
    """Merge as Git does: lines that both sides touched, or neighbours of them, conflict."""
    if present in (change.before, change.after):
        return change.after
    base, ours, theirs = (t.split("\n") for t in (change.before, present, change.after))
    first, last = _touched(base, theirs)
    other_first, other_last = _touched(base, ours)
    if first <= other_last + 1 and other_first <= last + 1:
        raise ConflictError
    if first > other_last:
        shift = len(ours) - len(base)
        return "\n".join([*ours[: first + shift], *theirs[first:]])
    return "\n".join([*theirs[: other_first + len(theirs) - len(base)], *ours[other_first:]])


def _touched(base: list[str], other: list[str]) -> tuple[int, int]:
    """Return the first line that differs and the last one, counted in the base."""
    head = 0
    while head < min(len(base), len(other)) and base[head] == other[head]:
        head += 1
    tail = 0
    while tail < min(len(base), len(other)) - head and base[-1 - tail] == other[-1 - tail]:
        tail += 1
    return head, len(base) - 1 - tail
