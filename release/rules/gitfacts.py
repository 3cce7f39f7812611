"""Asking Git for what the rules on tags need, with the same few calls for any number of charts."""

import os
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from release.charts import chart_yaml
from release.charts.record import Registry
from release.estate import Estate
from release.repository.charttree import CHART_FILE, ChartFolder, ChartTree
from release.repository.git.errors import DefaultBranchError, HistoryIncompleteError
from release.repository.git.objects import ObjectInfo, read_blobs, resolve
from release.repository.git.program import Repository
from release.repository.git.refs import default_branch, read_refs
from release.repository.git.state import State, read_state
from release.repository.pinhistory import read_pin_history
from release.rules.released import Released, Statement
from release.versions import tag_of

_PAIR: Final = re.compile(r"[0-9a-f]{40,64} [0-9a-f]{40,64}\n")
_SIMPLE: Final = re.compile(
    r"^(name|version):[ \t]+[\"']?([\w.+-]+)[\"']?[ \t]*(?:#.*)?$", re.MULTILINE
)
_SHALLOW: Final = "the clone is shallow, so tags and history are cut off"
_UNBORN: Final = "the repository has no commit yet"


def released(
    repository: Repository,
    registry: Registry,
    tree: ChartTree,
    estate: Estate | None,
    program: str | None,
) -> Released:
    """Return what Git says of the registry's charts; `incomplete` where the clone cannot know.

    `program` is the folder of the stack files in this repository, None if they are in another one.
    """
    state = read_state(repository)
    if state.commit is None:
        return Released(default_branch="", incomplete=_UNBORN)
    refs = read_refs(repository)
    try:
        branch = default_branch(refs)
        name, revision = branch.name, branch.commit
    except DefaultBranchError:
        # Without a default branch, as in a copy with a detached head, what is here has landed.
        name, revision = "HEAD", state.commit
    tags = frozenset(refs.tags)
    if state.shallow:
        return Released(default_branch=name, incomplete=_SHALLOW, tags=tags)
    commits = {tag: found.commit or found.object_id for tag, found in refs.tags.items()}
    question = _Question(registry, tree, estate, commits, state.commit, revision)
    try:
        answers = resolve(repository, question.expressions)
        texts = read_blobs(repository, _blobs(question, answers))
        changed = _changed(repository, question, answers)
    except HistoryIncompleteError as error:
        return Released(default_branch=name, incomplete=str(error), tags=tags)
    statements = {
        expression: _statement(texts.get(info.object_id)) if info else None
        for expression in question.chart_files
        for info in (answers[expression],)
    }
    return Released(
        default_branch=name,
        tags=tags,
        off_branch=tags - _merged(repository, revision),
        stated={tag: statements[place] for tag, place in question.tag_files.items()},
        changed=_with_work_tree(question, changed, state, tree),
        landed={
            path: found.version
            for path, place in question.landed_files.items()
            if (found := statements[place]) is not None
        },
        lacking=frozenset(
            pair for pair, place in question.value_files.items() if answers[place] is None
        ),
        had=_had(repository, revision, estate, program) if estate and program is not None else {},
    )


def _had(
    repository: Repository, revision: str, estate: Estate, program: str
) -> dict[tuple[str, str], frozenset[str]]:
    """Return all pins that sources have had, where a target pins something else than its source.

    Whoever pins what the source pins now needs no history, and most of an estate does.
    """
    wanted = {
        (source, chart)
        for environment in estate.environments.values()
        for source in environment.settings.promotes_from
        for chart, version in environment.settings.versions.items()
        if estate.environments[source].settings.versions.get(chart) not in (None, version)
        and not estate.environments[source].settings.follows_branch(chart)
    }
    files = {
        source: posixpath.join(program, estate.environments[source].stack_file.name)
        for source in sorted({source for source, _ in wanted})
    }
    if not files:
        return {}
    history = read_pin_history(repository, revision, files)
    pins: dict[tuple[str, str], set[str]] = {
        place: set() for place in wanted if place[0] not in history.incomplete
    }
    for change in history.changes:
        place = (change.environment, change.chart)
        if place in pins:
            pins[place].update(filter(None, (change.before, change.after)))
    return {place: frozenset(versions) for place, versions in pins.items()}


@dataclass(frozen=True)
class _Question:
    """What is asked of Git, as `REVISION:PATH`, and what each answer belongs to."""

    registry: Registry
    tree: ChartTree
    estate: Estate | None
    tags: Mapping[str, str]
    head: str
    branch: str

    @property
    def expressions(self) -> Iterator[str]:
        yield from self.chart_files
        yield from self.value_files.values()
        for folder, tag in self.released_folders:
            yield self.at_tag(tag, folder.path)
            yield f"{self.head}:{folder.path}"

    @property
    def chart_files(self) -> tuple[str, ...]:
        """Every Chart.yaml that is asked for."""
        return (*self.tag_files.values(), *self.landed_files.values())

    @cached_property
    def tag_files(self) -> dict[str, str]:
        """Each pinned tag -> its Chart.yaml."""
        return {
            tag: self.at_tag(tag, f"{path}/{CHART_FILE}") for tag, path, _ in self._pinned_tags()
        }

    @cached_property
    def value_files(self) -> dict[tuple[str, str], str]:
        """(tag, path) of each value file at each pinned tag -> where it is asked for."""
        return {
            (tag, f"{path}/{file}"): self.at_tag(tag, f"{path}/{file}")
            for tag, path, files in self._pinned_tags()
            for file in files
        }

    @cached_property
    def landed_files(self) -> dict[str, str]:
        """Each chart's folder -> its Chart.yaml on the default branch."""
        return {
            folder.path: f"{self.branch}:{folder.path}/{CHART_FILE}" for folder in self._folders()
        }

    @cached_property
    def released_folders(self) -> tuple[tuple[ChartFolder, str], ...]:
        """Each folder whose Chart.yaml names a version that has a tag, and that tag."""
        found = []
        for folder in self._folders():
            stated = folder.chart_yaml
            tag = tag_of(folder.name, (stated.version if stated else None) or "")
            if tag in self.tags:
                found.append((folder, tag))
        return tuple(found)

    def at_tag(self, tag: str, path: str) -> str:
        # By commit: Git would look up and peel a tag's name anew for each of thousands of paths.
        return f"{self.tags[tag]}:{path}"

    def _folders(self) -> Iterable[ChartFolder]:
        return (folder for folder in self.tree.folders.values() if folder.record is not None)

    def _pinned_tags(self) -> Iterator[tuple[str, str, tuple[str, ...]]]:
        environments = self.estate.environments.values() if self.estate else ()
        for environment in environments:
            for name, version in environment.settings.versions.items():
                tag = tag_of(name, version)
                if tag in self.tags and not environment.settings.follows_branch(name):
                    chart = self.registry.by_name[name]
                    path = self.registry.path_of(name, self.tree.charts)
                    yield tag, path, chart.value_files_in(environment.name)


def _blobs(question: _Question, answers: Mapping[str, ObjectInfo | None]) -> Iterator[str]:
    for expression in question.chart_files:
        info = answers[expression]
        if info is not None and info.kind == "blob":
            yield info.object_id


def _statement(content: bytes | None) -> Statement | None:
    """Read name and version, line by line where both stand plainly once, else by the parser."""
    if content is None:
        return None
    text = content.decode("utf-8", errors="replace")
    found = _SIMPLE.findall(text)
    fields = dict(found)
    if len(found) == len(fields) == len(("name", "version")):
        return Statement(fields["name"], fields["version"])
    chart = chart_yaml.parse(text)
    return Statement(chart.name or "", chart.version or "")


def _merged(repository: Repository, revision: str) -> frozenset[str]:
    output = repository.run(
        "for-each-ref", "--format=%(refname:strip=2)", f"--merged={revision}", "refs/tags"
    )
    return frozenset(os.fsdecode(output).splitlines())


def _changed(
    repository: Repository, question: _Question, answers: Mapping[str, ObjectInfo | None]
) -> dict[str, tuple[str, ...]]:
    """Return the files that differ between the tag's folder and HEAD's, by folder."""
    pairs: dict[str, list[str]] = {}
    for folder, tag in question.released_folders:
        before = answers[question.at_tag(tag, folder.path)]
        after = answers[f"{question.head}:{folder.path}"]
        if before and after and before.object_id != after.object_id:
            trees = f"{before.object_id} {after.object_id}\n"
            if before.kind == after.kind == "tree":
                pairs.setdefault(trees, []).append(folder.path)
    if not pairs:
        return {}
    output = repository.run(
        "diff-tree", "--stdin", "-r", "--name-only", "-z", stdin="".join(pairs).encode("ascii")
    )
    files = parse_tree_pairs(output, pairs)
    return {path: files[trees] for trees, paths in pairs.items() for path in paths}


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


def _with_work_tree(
    question: _Question,
    changed: Mapping[str, tuple[str, ...]],
    state: State,
    tree: ChartTree,
) -> dict[str, tuple[str, ...]]:
    """Add to each folder what is not committed yet, in the work tree or among the edits."""
    dirty = sorted({*state.dirty, *tree.edits})
    result: dict[str, tuple[str, ...]] = {}
    for folder, _ in question.released_folders:
        prefix = f"{folder.path}/"
        below = [path[len(prefix) :] for path in dirty if path.startswith(prefix)] if dirty else []
        files = tuple(dict.fromkeys((*changed.get(folder.path, ()), *below)))
        if files:
            result[folder.path] = files
    return result
