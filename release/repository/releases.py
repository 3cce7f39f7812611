"""Released versions: what their tags and the trunk hold, by the same few calls for any estate."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import chain
from typing import Final, NamedTuple

from release.charts import chart_yaml
from release.repository.charttree import CHART_FILE, ChartFolder
from release.repository.clone import Clone, Key
from release.repository.git.checkout import Repository
from release.repository.git.errors import GitError
from release.repository.git.log import landings
from release.repository.picture import Picture
from release.repository.pinhistory import read_pin_history
from release.versions import tag_of

_PAIR: Final = re.compile(r"[0-9a-f]{40,64} [0-9a-f]{40,64}\n")
_SIMPLE: Final = re.compile(
    r"^(name|version):[ \t]+[\"']?([\w.+-]+)[\"']?[ \t]*(?:#.*)?$", re.MULTILINE
)


class Statement(NamedTuple):
    """Name and version as a Chart.yaml states them at some commit, "" for what it lacks."""

    name: str
    version: str


@lru_cache(maxsize=4096)
def statement_of(content: bytes) -> Statement:
    """Read name and version, line by line where both stand plainly once, else by the parser."""
    text = content.decode("utf-8", errors="replace")
    found = _SIMPLE.findall(text)
    fields = dict(found)
    if len(found) == len(fields) == len(("name", "version")):
        return Statement(fields["name"], fields["version"])
    chart = chart_yaml.parse(text)
    return Statement(chart.name or "", chart.version or "")


def statements(clone: Clone, names: Mapping[Key, str]) -> dict[Key, Statement | None]:
    """Return what each Chart.yaml (`COMMIT:PATH`) states, None where there is none; two calls."""
    texts = clone.files(names)
    return {key: statement_of(texts[key]) if key in texts else None for key in names}


def cut_commits(picture: Picture, *charts: str) -> dict[tuple[str, str], str]:
    """Return the newest landing by which Chart.yaml came to state each version of these charts."""
    clone = picture.charts.clone
    files = {f"{picture.folder_of(chart)}/{CHART_FILE}": chart for chart in charts}
    changes = [
        (files[change.path], change.before or "", change.after, landing.commit)
        for landing in landings(clone.repository, clone.landed.commit, *files)
        for change in landing.changes
        if change.after is not None and change.path in files
    ]
    blobs = filter(None, (blob for _, *both, _ in changes for blob in both))
    said = {blob: statement_of(text) for blob, text in clone.blobs(blobs).items()}
    found: dict[tuple[str, str], str] = {}
    for chart, before, after, commit in reversed(changes):
        if said[after] != said.get(before) and said[after].name == chart:
            found[chart, said[after].version] = commit
    return found


@dataclass(frozen=True, eq=False)
class Releases:
    """What Git says of the picture's versions; nothing but `incomplete` where that says why not."""

    picture: Picture

    @cached_property
    def incomplete(self) -> str:
        """Why the clone cannot know of tags and pins, "" where it can."""
        clone = self.picture.charts.clone
        return clone.incomplete or _why_not(lambda: (self.stated, self.off_trunk, self.had))

    @cached_property
    def unread(self) -> str:
        """Why the clone cannot know what changed since a release, "" where it can."""
        return self.incomplete or _why_not(lambda: self.changed)

    @property
    def trunk(self) -> str:
        """The name of the branch that changes land on."""
        return self.picture.charts.clone.landed.name

    @cached_property
    def tags(self) -> frozenset[str]:
        """Every tag."""
        return frozenset(self.picture.charts.clone.refs.tags)

    @cached_property
    def off_trunk(self) -> frozenset[str]:
        """The pinned tags that no commit of the trunk leads to."""
        return frozenset(tag for _, tag, _ in self._pinned) - self.landed_tags

    @cached_property
    def landed_tags(self) -> frozenset[str]:
        """The tags that a commit of the trunk leads to."""
        clone = self.picture.charts.clone
        charts = () if self.picture.only is None else self.picture.shown
        return clone.tags_in(clone.landed.commit, *charts)

    @cached_property
    def stated(self) -> Mapping[str, Statement | None]:
        """What Chart.yaml says at each pinned tag, None where there is no such file."""
        return {tag: said for (tag, _), said in self._statements.items() if tag}

    @cached_property
    def landed(self) -> Mapping[str, str]:
        """The versions of Chart.yaml on the trunk, by folder."""
        return {
            path.removesuffix(f"/{CHART_FILE}"): said.version
            for (tag, path), said in self._statements.items()
            if not tag and said is not None
        }

    @cached_property
    def lacking(self) -> frozenset[tuple[str, str]]:
        """(tag, path) of value files that an Application reads and its tag has not."""
        found = self.picture.charts.clone.named(self._places.values())
        return frozenset(place for place, name in self._places.items() if found[name] is None)

    @cached_property
    def changed(self) -> Mapping[str, tuple[str, ...]]:
        """By folder the files that differ from the tag of the version that it states."""
        committed = self._changed_in_commits
        dirty = sorted(self.picture.charts.changed)
        result: dict[str, tuple[str, ...]] = {}
        for folder, _ in self._released_folders:
            prefix = f"{folder.path}/"
            below = (path[len(prefix) :] for path in dirty if path.startswith(prefix))
            files = tuple(dict.fromkeys((*committed.get(folder.path, ()), *below)))
            if files:
                result[folder.path] = files
        return result

    @cached_property
    def had(self) -> Mapping[tuple[str, str], frozenset[str]]:
        """All pins that a source ever had, by (source, chart), where a target's differs from it.

        Whoever pins what the source pins now needs no history, and most of an estate does.
        """
        picture, estate = self.picture, self.picture.usable_estate
        if estate is None or not picture.one_clone:
            return {}
        wanted = {
            (source, chart)
            for environment in picture.environments
            for source in environment.settings.promotes_from
            for chart, version in environment.settings.versions.items()
            if picture.shows(chart)
            and estate.environments[source].settings.pin(chart) not in (None, version)
        }
        files = picture.stack_paths(sorted({source for source, _ in wanted}))
        if not files:
            return {}
        clone = picture.stacks.clone
        history = read_pin_history(clone.repository, clone.landed.commit, files)
        return {
            (source, chart): frozenset(
                pin
                for change in history.of(source, chart)
                for pin in (change.before, change.after)
                if pin
            )
            for source, chart in wanted
            if source not in history.incomplete
        }

    @cached_property
    def _commits(self) -> Mapping[str, str]:
        tags = self.picture.charts.clone.refs.tags
        return {tag: found.commit or found.object_id for tag, found in tags.items()}

    @cached_property
    def _places(self) -> Mapping[tuple[str, str], str]:
        """What Git calls each file that a pinned tag, or "" for the trunk, is asked for by path."""
        clone, folder_of = self.picture.charts.clone, self.picture.folder_of
        asked = [("", clone.landed.commit, folder_of(c), CHART_FILE) for c in self.picture.shown]
        # By commit: Git would look up and peel a tag's name anew for each of thousands of paths.
        asked += [
            (tag, self._commits[tag], folder_of(chart), file)
            for chart, tag, files in self._pinned
            for file in (CHART_FILE, *files)
        ]
        return {
            (tag, f"{folder}/{file}"): f"{commit}:{folder}/{file}"
            for tag, commit, folder, file in asked
        }

    @cached_property
    def _statements(self) -> Mapping[tuple[str, str], Statement | None]:
        clone = self.picture.charts.clone
        clone.named(self._places.values())  # all at once, the value files too
        charts = {p: name for p, name in self._places.items() if p[1].endswith(f"/{CHART_FILE}")}
        return statements(clone, charts)

    @cached_property
    def _released_folders(self) -> tuple[tuple[ChartFolder, str], ...]:
        """Each folder whose Chart.yaml names a version that has a tag, and that tag."""
        named = (
            (folder, tag_of(folder.name, folder.chart_yaml.version or ""))
            for folder in self.picture.tree.folders.values()
            if folder.record is not None
        )
        return tuple((folder, tag) for folder, tag in named if tag in self._commits)

    @cached_property
    def _pinned(self) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
        """The chart of each pinned tag that exists, the tag, and the value files read there."""
        picture = self.picture
        return tuple(
            (
                name,
                tag_of(name, version),
                picture.registry.by_name[name].value_files_in(environment.name),
            )
            for environment in picture.environments
            for name, version in environment.settings.pins.items()
            if picture.shows(name) and tag_of(name, version) in self._commits
        )

    @cached_property
    def _changed_in_commits(self) -> Mapping[str, tuple[str, ...]]:
        """The files that differ between the tag's folder and the commit's, by folder."""
        pairs: dict[str, list[str]] = {}
        here, clone = self.picture.charts.commit or "", self.picture.charts.clone
        places = {
            folder.path: [(at, folder.path) for at in (self._commits[tag], here)]
            for folder, tag in self._released_folders
        }
        trees = clone.trees(chain.from_iterable(places.values()))
        for path, (tagged, present) in places.items():
            before, after = trees[tagged], trees[present]
            if before and after and before != after:
                pairs.setdefault(f"{before} {after}\n", []).append(path)
        files = _differing(clone.repository, pairs)
        return {path: files[trees] for trees, paths in pairs.items() for path in paths}


def _why_not(look: Callable[[], object]) -> str:
    """Return why Git cannot show what is looked at, "" where it can."""
    try:
        look()
    except GitError as error:
        return str(error)
    return ""


def _differing(repository: Repository, pairs: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    asked = "".join(pairs)
    if not asked:
        return {}
    output = repository.run(
        "diff-tree", "--stdin", "-r", "--name-only", "-z", stdin=asked.encode("ascii")
    )
    return parse_tree_pairs(output, pairs)


def parse_tree_pairs(output: bytes, pairs: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Parse `git diff-tree --stdin -z` of tree pairs: each one's line, then its paths.

    The line of a pair stands right before its first path; that of another pair is part of a name.
    """
    found: dict[str, list[str]] = {pair: [] for pair in pairs}
    names: list[str] = []
    for record in output.decode("utf-8", errors="surrogateescape").split("\0"):
        rest, head = record, _PAIR.match(record)
        while head and head[0] in found:
            names, rest = found[head[0]], rest[head.end() :]
            head = _PAIR.match(rest)
        if rest:
            names.append(rest)
    return {pair: tuple(paths) for pair, paths in found.items()}
