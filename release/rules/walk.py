"""From a base revision to here, step by step: every state of the stack files on the way, judged.

Along the branch that changes land on, commit by commit; what is not committed is the last step.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path

from release.charts import changelog, chart_yaml
from release.charts.record import Registry
from release.estate import Estate, load_past_estate
from release.promotion.facts import ChartFacts, Landing, Tag
from release.promotion.judge import Fault, Step, judge
from release.repository.chartchanges import folders_at, read_last_changes, tags_reaching
from release.repository.git.commits import Commit, read_commits
from release.repository.git.errors import DefaultBranchError, GitError
from release.repository.git.objects import read_blobs, resolve
from release.repository.git.program import Repository
from release.repository.git.refs import DefaultBranch, Refs, default_branch, read_refs
from release.repository.pinhistory import PinHistory, read_pin_history
from release.repository.workspace import Workspace
from release.settings.stackfile import StackFile, environment_of, parse_stack_file
from release.versions import is_version, tag_of

Texts = Mapping[str, str]
"""The stack files of one state by file name."""


class UnknownBaseError(Exception):
    """The base names no commit here; the message says how to get it."""


def judged_steps(
    registry: Registry, workspace: Workspace, base: str, now: datetime
) -> tuple[Fault, ...]:
    """Return what every step from the base to the work tree must not do, the oldest first.

    UnknownBaseError if the base is no commit here, HistoryIncompleteError in a clone that lacks
    what the judgement needs.
    """
    way = _Way(registry, workspace, base, now)
    return tuple(fault for step in way.steps() for fault in judge(step))


def _work_tree(program: Path) -> Texts:
    return {
        path.name: path.read_bytes().decode("utf-8", errors="replace")
        for path in sorted(program.glob("Pulumi.*.yaml"))
        if environment_of(path.name) is not None and path.is_file()
    }


@dataclass(frozen=True)
class _Way:
    """The commits from the base to HEAD, and what each chart's decision needs to know on it."""

    registry: Registry
    workspace: Workspace
    base: str
    now: datetime

    def steps(self) -> Iterator[Step]:
        """Yield the steps between states that promotions can be read from, the oldest first."""
        commits = self._chain
        states: list[tuple[str, Texts]] = list(self._states(commits))
        states.append(("", _work_tree(self.workspace.program)))
        known: Estate | None = None
        texts: Texts = {}
        since = ""
        for commit, state in states:
            if state != texts and (estate := self._estate(state)) is not None:
                if known is not None:
                    yield self._step(since, commit, known, estate)
                known, texts = estate, state
            since = commit

    def _step(self, before: str, commit: str, known: Estate, estate: Estate) -> Step:
        landed = commit in self._line
        at = self._commits[commit].committer.when if landed else self.now
        return Step(
            before=known,
            after=estate,
            at=at,
            facts=partial(self._facts, known, before, landed=landed),
            message=partial(self._message, before, commit),
            commit=commit,
        )

    @property
    def stacks(self) -> Repository:
        """The checkout of the stack files."""
        return self.workspace.stacks

    @property
    def charts(self) -> Repository:
        """The checkout of the charts."""
        return self.workspace.charts

    def _path(self, name: str) -> str:
        """Return a stack file's path as Git names it."""
        return (self.workspace.program / name).relative_to(self.stacks.toplevel).as_posix()

    @cached_property
    def _refs(self) -> Refs:
        return read_refs(self.stacks)

    @cached_property
    def _head(self) -> str:
        return self._commit("HEAD")

    @cached_property
    def _trunk(self) -> DefaultBranch:
        try:
            return default_branch(self._refs)
        except DefaultBranchError:
            # In a copy with a detached head, what is here has landed.
            return DefaultBranch("HEAD", "HEAD", self._head)

    @cached_property
    def _line(self) -> Mapping[str, int]:
        """The commits that landed one after the other: 0 is the newest."""
        output = self.stacks.run("rev-list", "--first-parent", self._trunk.commit)
        return {commit: place for place, commit in enumerate(output.decode().split())}

    @cached_property
    def _parents(self) -> Mapping[str, tuple[str, ...]]:
        """The commits that HEAD or the trunk holds and the base does not."""
        base = self._commit(self.base)
        output = self.stacks.run(
            "rev-list", "--parents", self._head, self._trunk.commit, f"^{base}"
        )
        lines = (line.split() for line in output.decode().splitlines())
        return {commit: tuple(parents) for commit, *parents in lines}

    @cached_property
    def _chain(self) -> tuple[str, ...]:
        """The states from the base to HEAD, oldest first.

        A branch that took the trunk in is judged by what it adds to that.
        """
        chain = [self._head]
        while parents := self._parents.get(chain[-1], ()):
            chain.append(next((each for each in parents if each in self._line), parents[0]))
        return tuple(reversed(chain))

    @cached_property
    def _commits(self) -> Mapping[str, Commit]:
        return read_commits(self.stacks, self._chain)

    @cached_property
    def _landed(self) -> frozenset[str]:
        return self._reach(self._trunk.commit)

    def _reach(self, commit: str) -> frozenset[str]:
        """Return what the commit holds and the base does not."""
        seen: set[str] = set()
        pending = [commit]
        while pending:
            each = pending.pop()
            if each in self._parents and each not in seen:
                seen.add(each)
                pending += self._parents[each]
        return frozenset(seen)

    def _commit(self, name: str) -> str:
        try:
            output = self.stacks.run(
                "rev-parse", "--verify", "--end-of-options", f"{name}^{{commit}}"
            )
        except GitError as error:
            message = (
                f"{name!r} names no commit here; name a branch, tag or commit of this checkout, "
                "such as origin/main (git fetch origin brings what is missing)"
            )
            raise UnknownBaseError(message) from error
        return output.decode().strip()

    def _states(self, commits: Iterable[str]) -> Iterator[tuple[str, Texts]]:
        commits = tuple(commits)
        names = sorted({*self._names(commits[0]), *self._names(commits[-1])})
        paths = {
            (commit, name): f"{commit}:{self._path(name)}" for commit in commits for name in names
        }
        found = resolve(self.stacks, paths.values())
        blobs = {
            key: info.object_id
            for key, path in paths.items()
            if (info := found[path]) is not None and info.kind == "blob"
        }
        contents = read_blobs(self.stacks, blobs.values())
        texts = {blob: content.decode(errors="replace") for blob, content in contents.items()}
        for commit in commits:
            yield commit, {n: texts[blobs[commit, n]] for n in names if (commit, n) in blobs}

    def _names(self, commit: str) -> Iterator[str]:
        below = self._path("x").removesuffix("x").rstrip("/")
        place = f"{commit}:{below}"
        if resolve(self.stacks, [place])[place] is None:
            return
        for name in os.fsdecode(self.stacks.run("ls-tree", "-z", "--name-only", place)).split("\0"):
            if environment_of(name) is not None:
                yield name

    def _estate(self, state: Texts) -> Estate | None:
        files = [self._parsed(name, text) for name, text in state.items()]
        return load_past_estate(self.registry, files) if files else None

    @cached_property
    def _known(self) -> dict[tuple[str, str], StackFile]:
        return {}

    def _parsed(self, name: str, text: str) -> StackFile:
        if (name, text) not in self._known:
            self._known[name, text] = parse_stack_file(name, text)
        return self._known[name, text]

    def _message(self, before: str, commit: str) -> str:
        """Return what the commit says, and what those say that it merged."""
        if not commit:
            return ""
        output = self.stacks.run("log", "--format=%B", f"{before}..{commit}", "--")
        return output.decode("utf-8", errors="replace")

    @cached_property
    def _history(self) -> PinHistory:
        names = {*self._names(self._trunk.commit), *self._names(self._head)}
        files = {environment_of(n) or n: self._path(n) for n in sorted(names)}
        return read_pin_history(self.stacks, self._trunk.commit, files)

    def _landings(
        self, chart: str, before: str, *, landed: bool
    ) -> Mapping[str, tuple[Landing, ...]]:
        """Return what landed until the step; one that has not landed comes after all of it."""
        newest = self._line[before] if landed else 0
        found: dict[str, list[Landing]] = {}
        for change in reversed(self._history.changes):
            if change.chart == chart and change.moved and self._line[change.commit] >= newest:
                landing = Landing(change.after, change.landed_at, change.commit)
                found.setdefault(change.environment, []).append(landing)
        return {environment: tuple(landings) for environment, landings in found.items()}

    @cached_property
    def _chart_refs(self) -> Refs:
        return self._refs if self._one_tree else read_refs(self.charts)

    @property
    def _one_tree(self) -> bool:
        return self.stacks.toplevel == self.charts.toplevel

    @cached_property
    def _on_trunk(self) -> frozenset[str]:
        trunk = self._trunk if self._one_tree else default_branch(self._chart_refs)
        return tags_reaching(self.charts, trunk.commit)

    def _facts(
        self, estate: Estate, before: str, chart: str, version: str, *, landed: bool
    ) -> ChartFacts:
        """Return what the commands would have known of the chart before the step."""
        source = next(iter(estate.environments.values())).settings.source
        folder = self.registry.path_of(chart, source.charts)
        trunk = self._trunk if self._one_tree else default_branch(self._chart_refs)
        commit = before if self._one_tree else trunk.commit
        tags = self._tags(chart, version, folder, before, landed=landed)
        stated = self._text(commit, f"{folder}/Chart.yaml")
        present = (chart_yaml.parse(stated).version if stated else None) or ""
        log = self._text(commit, f"{folder}/CHANGELOG.md")
        return ChartFacts(
            version=present,
            trunk=trunk.name,
            tags=tags,
            changed_at=self._changed_at(chart, folder, commit, source.branch, landed=landed),
            changed_since_release=self._changed(chart, present, folder, commit, tags),
            has_changelog=log is not None,
            # What the new section says is there for the rules on states to judge.
            unreleased=True,
            sections=frozenset(s.version for s in changelog.parse(log).releases)
            if log
            else frozenset(),
            landings=self._landings(chart, before, landed=landed),
            remote=trunk.remote,
        )

    def _text(self, commit: str, path: str) -> str | None:
        place = f"{commit}:{path}"
        found = resolve(self.charts, [place])[place]
        if found is None or found.kind != "blob":
            return None
        return read_blobs(self.charts, [found.object_id])[found.object_id].decode(errors="replace")

    def _tags(
        self, chart: str, version: str, folder: str, before: str, *, landed: bool
    ) -> Mapping[str, Tag]:
        """Return the chart's tags without those that came with the step or after it."""
        later = (
            frozenset(self._parents) if landed else frozenset(self._parents) - self._landed
        ) - self._reach(before)
        found: dict[str, Tag] = {}
        for name, tag in self._chart_refs.tags.items():
            other = name.removeprefix(f"{chart}-")
            if other == name or not is_version(other) or tag.commit in later:
                continue
            carries: str | None = other
            if other == version:
                text = self._text(tag.commit, f"{folder}/Chart.yaml") if tag.commit else None
                said = chart_yaml.parse(text or "")
                carries = said.version if said.name == chart else None
            found[other] = Tag(carries, name in self._on_trunk)
        return found

    def _changed(
        self, chart: str, version: str, folder: str, commit: str, tags: Mapping[str, Tag]
    ) -> bool:
        tag = self._chart_refs.tags.get(tag_of(chart, version))
        if version not in tags or tag is None or tag.commit is None:
            return False
        return (
            len(set(folders_at(self.charts, [(commit, folder), (tag.commit, folder)]).values())) > 1
        )

    def _changed_at(
        self, chart: str, folder: str, commit: str, branch: str | None, *, landed: bool
    ) -> datetime | None:
        """Return when the folder last changed on the branch that is followed, until the step."""
        trunk = self._trunk if self._one_tree else default_branch(self._chart_refs)
        followed = default_branch(self._chart_refs, branch) if branch else trunk
        until = commit if landed and followed.commit == trunk.commit else followed.commit
        last = read_last_changes(self.charts, until, {chart: folder}).last(chart)
        return last.landed_at if last else None
