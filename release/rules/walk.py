"""From a base revision to here, step by step: every state of the stack files on the way, judged.

Along the branch that changes land on, commit by commit; what is not committed is the last step. Of
what has not landed only that counts which is still so at its end.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property, partial

from release.charts import changelog
from release.estate import Estate, load_past_estate
from release.promotion.chartfacts import ChartFacts, Landing, Tag
from release.promotion.judge import Fault, Step, judge
from release.repository.chartchanges import read_last_changes
from release.repository.charttree import CHANGELOG_FILE, CHART_FILE
from release.repository.clone import Clone
from release.repository.git.commits import Commit, log_commits, read_commits
from release.repository.git.objects import ABSENT
from release.repository.picture import Picture
from release.repository.pinhistory import PinHistory, read_pin_history
from release.repository.releases import Statement, statements
from release.repository.revision import Revision
from release.settings.stackfile import environment_of, parse_stack_file
from release.versions import tag_of

Texts = Mapping[str, str]
"""The stack files of one state by file name."""


def judged_steps(picture: Picture, base: str, now: datetime) -> tuple[Fault, ...]:
    """Return what every step from the base to the picture must not do, the oldest first.

    UnknownRevisionError if the base is not a commit here, HistoryIncompleteError in a clone that
    lacks what the judgement needs.
    """
    clone = picture.stacks.clone
    return tuple(_Way(picture, clone, clone.commit_of(base), now).faults())


def judged_landings(
    picture: Picture, base: str, now: datetime, policy: Estate
) -> Mapping[str, tuple[Fault, ...]]:
    """Return what each landing after the base must not have done, by commit.

    Moves are judged by the settings of the policy. A landing that is left out could not be judged:
    no promotion can be read from its stack files or from those before. Raises as `judged_steps`.
    """
    clone = picture.stacks.clone
    way = _Way(picture, clone, clone.commit_of(base), now, policy)
    return {step.commit: tuple(judge(step)) for step in way.steps()}


@dataclass(frozen=True)
class _Way:
    """The commits from the base to HEAD, and what each chart's decision needs to know on it."""

    picture: Picture
    clone: Clone
    base: str
    now: datetime
    policy: Estate | None = None

    def faults(self) -> Iterator[Fault]:
        """Yield what every step must not do, but for what a branch has taken back since."""
        steps = tuple(self.steps())
        ahead = [step for step in steps if step.commit not in self._line]
        lands = {_place(fault) for fault in judge(_whole(ahead))} if ahead else set()
        for step in steps:
            for fault in judge(step):
                if step.commit in self._line or _place(fault) in lands:
                    yield fault

    def steps(self) -> Iterator[Step]:
        """Yield the steps between states that promotions can be read from, the oldest first.

        None on a branch that brings the first stack files: whatever it says in the end is new.
        """
        here = {file.name: file.text for file in self.picture.stack_files}
        known: Estate | None = None
        texts: Texts = {}
        since = ""
        for commit, state in (*self._states().items(), ("", here)):
            if state != texts and (estate := self._estate(state)) is not None:
                if known is not None:
                    yield self._step(since, commit, known, estate)
                elif commit not in {self._chain[0], *self._line}:
                    return
                known, texts = estate, state
            since = commit

    def _step(self, before: str, commit: str, known: Estate, estate: Estate) -> Step:
        landed = commit in self._line
        return Step(
            before=known,
            after=estate,
            at=self._commits[commit].committed_at if landed else self.now,
            facts=partial(self._facts, known, before, landed=landed),
            message=partial(self._message, before, commit),
            commit=commit,
            policy=self.policy,
        )

    @cached_property
    def _head(self) -> str:
        return self.clone.commit_of("HEAD")

    @cached_property
    def _line(self) -> Mapping[str, int]:
        """The commits that landed one after the other: 0 is the newest."""
        output = self.clone.repository.run("rev-list", "--first-parent", self.clone.landed.commit)
        return {commit: place for place, commit in enumerate(output.decode().split())}

    @cached_property
    def _parents(self) -> Mapping[str, tuple[str, ...]]:
        """The commits that HEAD or the trunk holds and the base does not."""
        output = self.clone.repository.run(
            "rev-list", "--parents", self._head, self.clone.landed.commit, f"^{self.base}"
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
        return read_commits(self.clone.repository, self._chain)

    @cached_property
    def _landed(self) -> frozenset[str]:
        return self._reach(self.clone.landed.commit)

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

    def _states(self) -> Mapping[str, Texts]:
        """Return the stack files of each commit, wherever they lay before they were moved."""
        states = self._texts(self.picture, self._names(self._chain[0], self._chain[-1]))
        without = [commit for commit, texts in states.items() if not texts]
        if not without:
            return states
        older = self._texts(self.picture.at(without[-1]), self._names(without[-1]))
        return {commit: texts or older[commit] for commit, texts in states.items()}

    def _texts(self, picture: Picture, names: Iterable[str]) -> dict[str, Texts]:
        paths = {
            (commit, name): f"{commit}:{picture.stack_path(name)}"
            for commit in self._chain
            for name in names
        }
        states: dict[str, dict[str, str]] = {commit: {} for commit in self._chain}
        for (commit, name), content in self.clone.files(paths).items():
            states[commit][name] = content.decode(errors="replace")
        return dict(states)

    def _names(self, *commits: str) -> tuple[str, ...]:
        """Return the names of the stack files that one of these commits has."""
        pictures = (self.picture.at(commit) for commit in commits)
        names = {name for each in pictures for name in each.stacks.names(each.program)}
        return tuple(sorted(name for name in names if environment_of(name) is not None))

    def _estate(self, state: Texts) -> Estate | None:
        files = [parse_stack_file(*item) for item in state.items()]
        return load_past_estate(self.picture.registry, files) if files else None

    def _message(self, before: str, commit: str) -> str:
        """Return what the commit says, and what those say that it merged."""
        if not commit:
            return ""
        said = log_commits(self.clone.repository, f"{before}..{commit}", "--").values()
        return "\n\n".join(each.message for each in said)

    @cached_property
    def _history(self) -> PinHistory:
        trunk = self.clone.landed.commit
        names = self._names(trunk, self._head)
        files = {environment_of(name) or name: self.picture.stack_path(name) for name in names}
        return read_pin_history(self.clone.repository, trunk, files)

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

    def _facts(
        self, estate: Estate, before: str, chart: str, version: str, *, landed: bool
    ) -> ChartFacts:
        """Return what the commands would have known of the chart before the step."""
        charts = self.picture.charts.clone
        source = next(iter(estate.environments.values())).settings.source
        folder = self.picture.registry.path_of(chart, source.charts)
        trunk = charts.landed
        commit = before if self.picture.one_clone else trunk.commit
        followed = charts.branch(source.branch) if source.branch else trunk
        until = commit if landed and followed.commit == trunk.commit else followed.commit
        last = read_last_changes(charts.repository, until, {chart: folder}).get(chart)
        tags = self._tags(chart, version, folder, before, landed=landed)
        present = self._stated(commit, folder).version
        tagged = charts.refs.tags[tag_of(chart, present)].commit or "" if present in tags else ""
        log = Revision(charts, commit).text(f"{folder}/{CHANGELOG_FILE}")
        releases = changelog.parse(log).releases if log else ()
        return ChartFacts(
            version=present,
            trunk=trunk.name,
            tags=tags,
            changed_at=last.landed_at if last else None,
            changed_since_release=present in tags and charts.differs(folder, commit, tagged),
            has_changelog=log is not None,
            # What the new section says is there for the rules on states to judge.
            unreleased=True,
            sections=frozenset(release.version for release in releases),
            landings=self._landings(chart, before, landed=landed),
            remote=trunk.remote,
            git=charts.repository.git,
        )

    def _stated(self, commit: str, folder: str) -> Statement:
        place = f"{commit}:{folder}/{CHART_FILE}"
        return statements(self.picture.charts.clone, {"": place})[""] or Statement("", "")

    def _tags(
        self, chart: str, version: str, folder: str, before: str, *, landed: bool
    ) -> Mapping[str, Tag]:
        """Return the chart's tags without those that came with the step or after it."""
        charts = self.picture.charts.clone
        on_trunk = charts.tags_in(charts.landed.commit)
        new = frozenset(self._parents) if landed else frozenset(self._parents) - self._landed
        later = new - self._reach(before)
        found: dict[str, Tag] = {}
        for other, tag in charts.tags_of(chart).items():
            if tag.commit in later:
                continue
            carries: str | None = other
            if other == version:
                said = self._stated(tag.commit or ABSENT, folder)
                carries = said.version if said.name == chart else None
            found[other] = Tag(carries, tag.name in on_trunk)
        return found


def _whole(steps: Sequence[Step]) -> Step:
    """Return steps that land together as the one that they are then."""
    messages = [step.message for step in steps]
    return replace(
        steps[0], after=steps[-1].after, message=lambda: "\n\n".join(say() for say in messages)
    )


def _place(fault: Fault) -> tuple[str, str]:
    return fault.environment, fault.chart or fault.setting or fault.reason.code
