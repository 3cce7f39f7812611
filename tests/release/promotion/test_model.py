"""Random sequences of commands over random estates, against the plain reference model."""

from collections.abc import Callable, Mapping
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from release.charts import changelog
from release.promotion.cut import CutRequest, decide_cut
from release.promotion.decision import Action, Decision, Refusal
from release.promotion.hold import HoldRequest, decide_hold, decide_unhold
from release.promotion.judge import Step, judge
from release.promotion.nextsteps import commit_body
from release.promotion.promote import decide_promote
from release.promotion.rollback import decide_rollback
from release.promotion.route import PromoteRequest
from release.promotion.texts import TextChange
from release.versions import is_version
from tests.release.promotion.reference import TRUNK, ChartModel, Model, PlaceModel, Version
from tests.release.promotion.situations import REGISTRY, spec
from tests.release.promotion.world import CHARTS, ConflictError, World

NAMES = ("one", "two", "three", "four", "five", "six")
FITTING = "fitting"
KINDS = st.sampled_from([*([FITTING] * 6), None, "major", "minor", "patch"])
"""Mostly what the source's state asks for, since most other words are refused at once."""
CHART = st.sampled_from([*([CHARTS[0]] * 4), *CHARTS[1:]])
"""Mostly one chart, so that its commands meet."""
PLACE = st.integers(min_value=0, max_value=len(NAMES) - 1)


@st.composite
def estates(draw: Callable[[st.SearchStrategy[Any]], Any]) -> dict[str, tuple[str, ...]]:
    """Draw three to six environments, each promoted from any of the ones before it."""
    names = NAMES[: draw(st.sampled_from([3, 3, 3, 4, 4, 5, 6]))]
    sources: dict[str, tuple[str, ...]] = {names[0]: ()}
    for index, name in enumerate(names[1:], start=1):
        choice = st.lists(st.sampled_from(names[:index]), min_size=1, max_size=2, unique=True)
        sources[name] = tuple(draw(choice))
    return sources


def text_of(version: Version) -> str:
    """Return a version as the product writes it."""
    return ".".join(map(str, version))


class Releases(RuleBasedStateMachine):
    """The product's decisions and texts in a world, next to the model that predicts them."""

    @initialize(sources=estates(), follows=st.booleans(), soak=st.sampled_from([0, 0, 2]))
    def begin(self, sources: dict[str, tuple[str, ...]], *, follows: bool, soak: int) -> None:
        names = tuple(sources)
        self.world = World(
            [
                spec(
                    name,
                    sources[name],
                    soak=f"{soak}h",
                    follows_branch=follows and name == names[0],
                    template="dev" if name == names[0] else "staging",
                )
                for name in names
            ]
        )
        self.model = Model(
            sources=sources,
            soak=dict.fromkeys(names, float(soak)),
            charts={chart: ChartModel() for chart in CHARTS},
            places={
                (name, chart): PlaceModel(pin=TRUNK)
                if follows and name == names[0]
                else PlaceModel(pin=(1, 0, 0), trail=[(1, 0, 0)])
                for name in names
                for chart in CHARTS
            },
        )
        self.names = names
        self.landed: list[tuple[Action, Mapping[str, TextChange]]] = []

    # What happens around the commands.

    @rule(hours=st.sampled_from([1, 5, 30]))
    def time_passes(self, hours: int) -> None:
        self.world.pass_time(hours)
        self.model.now += hours

    @rule(chart=CHART)
    def a_change_lands(self, chart: str) -> None:
        self.world.change_chart(chart)
        state = self.model.charts[chart]
        state.changed, state.changed_at = True, self.model.now

    # The commands.

    @rule(chart=CHART, kind=st.sampled_from(["major", "minor", "patch"]))
    def cut(self, chart: str, kind: str) -> None:
        state = self.model.charts[chart]
        decision = decide_cut(
            REGISTRY, CutRequest(chart, kind), lambda: self.world.facts(chart), self.world.now
        )
        self.settle(decision, "accepted" if state.changed else "refused")
        if state.changed:
            state.cut(state.bump(kind), self.model.now)

    @rule(chart=CHART, place=PLACE, choice=PLACE, kind=KINDS)
    def promote(self, chart: str, place: int, choice: int, kind: str | None) -> None:
        source, target = self.way(place, choice)
        kind = self.fitting(chart, source) if kind == FITTING else kind
        expected = self.model.promotes(chart, source, target, kind)
        decision = self.promotion(chart, source, target, kind)
        self.settle(decision, expected)
        version = self.model.promoted(chart, source, kind)
        if expected == "accepted" and version is not None:
            self.adopt(chart, target, version)

    @rule(chart=CHART, far=PLACE, hours=st.sampled_from([0, 1, 5, 5]))
    def a_change_goes_a_long_way(self, chart: str, far: int, hours: int) -> None:
        self.a_change_lands(chart)
        for place in range(far % len(self.names) + 1):
            self.time_passes(hours)
            self.promote(chart, place, 0, FITTING)

    @rule(chart=CHART, place=PLACE, lifted=st.booleans())
    def two_bad_releases_in_a_row(self, chart: str, place: int, *, lifted: bool) -> None:
        for _ in range(2):
            self.a_change_goes_a_long_way(chart, place, 5)
            self.roll_back(chart, place, named=False)
            if lifted:
                self.unhold(chart, place)

    @rule(chart=CHART, place=PLACE, named=st.booleans())
    def roll_back(self, chart: str, place: int, *, named: bool) -> None:
        name = self.names[place % len(self.names)]
        target = self.model.back_to(chart, name)
        request = HoldRequest(chart=chart, environment=name, reason="", by="Ann")
        asked = text_of(target) if named and target else None
        decision = decide_rollback(
            self.world.estate, request, asked, lambda: self.world.facts(chart), self.world.now
        )
        before = self.world.estate.environments[name].settings.holds.get(chart)
        spot = self.model.places[name, chart]
        repeated = not named and spot.held and spot.trail[-1:] < spot.trail[-2:-1]
        accepted = target and not repeated
        self.settle(decision, "accepted" if accepted else "refused")
        if target and accepted:
            spot.move(target, self.model.now)
            spot.held = True
            after = self.world.estate.environments[name].settings.holds[chart]
            assert before is None or before.reason in after.reason, "a hold was lost silently"

    @rule(chart=CHART, place=PLACE)
    def hold(self, chart: str, place: int) -> None:
        name = self.names[place % len(self.names)]
        spot = self.model.places[name, chart]
        request = HoldRequest(chart=chart, environment=name, reason="incident", by="Bob")
        same = self.world.estate.environments[name].settings.holds.get(chart)
        unchanged = same is not None and (same.reason, same.by) == ("incident", "Bob")
        expected = "unchanged" if unchanged else "refused" if spot.held else "accepted"
        self.settle(decide_hold(self.world.estate, request, self.world.now), expected)
        spot.held = True

    @rule(chart=CHART, place=PLACE)
    def unhold(self, chart: str, place: int) -> None:
        # A held place if there is one, else holds would soon stop everything.
        held = [name for name in self.names if self.model.places[name, chart].held]
        choices = held or self.names
        name = choices[place % len(choices)]
        spot = self.model.places[name, chart]
        decision = decide_unhold(self.world.estate, chart, name, "settled")
        self.settle(decision, "accepted" if spot.held else "unchanged")
        spot.held = False

    @precondition(lambda self: bool(self.landed))
    @rule(index=st.integers(min_value=0, max_value=99))
    def revert_an_earlier_command(self, index: int) -> None:
        action, changes = self.landed[index % len(self.landed)]
        place = action.environment or ""
        before = self.world.estate.environments[place].settings
        undone = {path: TextChange(c.after, c.before) for path, c in changes.items()}
        try:
            self.world.land(undone)
        except ConflictError:
            return
        after = self.world.estate.environments[place].settings
        others = [name for name in before.versions if name != action.chart]
        assert all(after.versions[name] == before.versions[name] for name in others)
        if action.before != action.after:
            assert after.versions[action.chart] == action.before
        spot = self.model.places[place, action.chart]
        if after.versions[action.chart] != before.versions[action.chart]:
            major, minor, patch = map(int, after.versions[action.chart].split("."))
            spot.move((major, minor, patch), self.model.now)
        spot.held = action.chart in after.holds

    @rule(first=st.tuples(CHART, PLACE, PLACE, KINDS), second=st.tuples(CHART, PLACE, PLACE, KINDS))
    def two_promotions_from_one_base(
        self, first: tuple[str, int, int, str | None], second: tuple[str, int, int, str | None]
    ) -> None:
        prepared = []
        for chart, place, choice, asked in (first, second):
            source, target = self.way(place, choice)
            kind = self.fitting(chart, source) if asked == FITTING else asked
            decision = self.promotion(chart, source, target, kind)
            if isinstance(decision, Action) and decision.edits:
                version = self.model.promoted(chart, source, kind)
                assert version is not None
                prepared.append((self.world.edits(decision), chart, target, version))
        for changes, chart, target, version in prepared:
            try:
                self.world.land(changes)
            except ConflictError:
                continue
            self.adopt(chart, target, version)

    # What holds after every step.

    @invariant()
    def every_version_has_been_in_each_source_before(self) -> None:
        if not hasattr(self, "world"):
            return
        for name, place in self.world.estate.environments.items():
            for chart in CHARTS:
                pin = place.settings.versions[chart]
                for source in place.settings.promotes_from if is_version(pin) else ():
                    assert self.ran(source, chart, pin), f"{name} got {chart} {pin} past {source}"

    @invariant()
    def the_files_say_what_the_model_says(self) -> None:
        if not hasattr(self, "world"):
            return
        for (name, chart), spot in self.model.places.items():
            told = self.world.estate.environments[name].settings
            expected = "main" if isinstance(spot.pin, str) else text_of(spot.pin)
            assert told.versions[chart] == expected
            assert (chart in told.holds) == spot.held

    @invariant()
    def every_pin_has_its_tag_and_every_chart_one_section_for_its_version(self) -> None:
        if not hasattr(self, "world"):
            return
        for place in self.world.estate.environments.values():
            for chart in CHARTS:
                pin = place.settings.versions[chart]
                assert pin == "main" or pin in self.world.tags[chart]
        for chart in CHARTS:
            log = changelog.parse(self.world.texts[self.world.file(chart, "CHANGELOG.md")])
            versions = [release.version for release in log.releases]
            assert not log.problems
            assert versions[0] == self.world.version(chart)
            assert sorted(set(versions)) == sorted(self.world.tags[chart]), "cut but not tagged"

    # Helpers.

    def way(self, place: int, choice: int) -> tuple[str | None, str]:
        target = self.names[place % len(self.names)]
        sources = self.model.sources[target]
        return (sources[choice % len(sources)] if sources else None), target

    def fitting(self, chart: str, source: str | None) -> str | None:
        """Return the word that a person who knows the source's state would say."""
        running = TRUNK if source is None else self.model.places[source, chart].pin
        return "minor" if running == TRUNK and self.model.charts[chart].changed else None

    def promotion(self, chart: str, source: str | None, target: str, kind: str | None) -> Decision:
        request = PromoteRequest(chart, target, kind, source)
        facts = self.world.facts(chart)
        return decide_promote(self.world.estate, request, lambda _: facts, self.world.now)

    def settle(self, decision: Decision, expected: str) -> None:
        """Compare the decision with the model's and land an accepted one."""
        if isinstance(decision, Refusal):
            assert expected == "refused", [str(reason) for reason in decision.reasons]
            return
        assert expected == ("unchanged" if decision.done_already else "accepted"), decision
        if not decision.done_already:
            changes = self.world.edits(decision)
            kept = dict(self.world.texts)
            before, known = self.world.estate, self.world.facts(decision.chart)
            self.world.land(changes)
            step = Step(
                before=before,
                after=self.world.estate,
                at=self.world.now,
                facts=lambda _chart, _version: known,
                message=lambda: commit_body(decision),
                commit="landed",
            )
            assert list(judge(step)) == [], "the judge of steps forbids what the command did"
            touched = {path for path in kept if kept[path] != self.world.texts[path]}
            assert touched == set(changes), "a command changed a file that it did not name"
            if not decision.cut and decision.environment:
                self.landed.append((decision, changes))

    def adopt(self, chart: str, target: str, version: Version) -> None:
        """Let the model follow a promotion that landed."""
        state, spot = self.model.charts[chart], self.model.places[target, chart]
        if version not in state.tags:
            state.cut(version, self.model.now)
        if spot.pin != version:
            spot.move(version, self.model.now)

    def ran(self, environment: str, chart: str, version: str) -> bool:
        spot = self.model.places[environment, chart]
        if spot.pin == TRUNK:
            return version in self.world.tags[chart]
        return any(text_of(item) == version for item in spot.trail)


Releases.TestCase.settings = settings(
    max_examples=60,
    stateful_step_count=40,
)
TestReleases = Releases.TestCase
