"""What a move does to the cluster, in one line: for whoever asks, and where it is known anyway."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

from release.cli.rendering import open_renderer, tool_chain
from release.plan.remembered import Remembered, Step
from release.promotion.decision import Action, Decision
from release.promotion.status import PlaceStatus
from release.rendering.cache import known_cache, open_cache
from release.repository.picture import Picture

if TYPE_CHECKING:
    from release.plan.step import Steps

_BY_TWO: Final = 2
"""Approvals from which on an environment is one whose reviewers want to know: the same bits?"""
_TO_KNOW: Final = "--plan tells what it changes, and whether it is what its source ran, bit by bit"


@dataclass(frozen=True)
class PlanLines:
    """Tells of steps what is remembered; with `ask` it renders the rest and remembers that."""

    picture: Picture
    ask: bool

    def with_lines(self, decision: Decision) -> Decision:
        """Return the decision with remarks on what its moves do to the cluster.

        A promotion into an environment that two people approve also says whether it is what the
        source ran, bit by bit, or how to know.
        """
        action = decision
        if not isinstance(action, Action) or action.done_already or not action.environment:
            return decision
        said = [
            (f"{each.chart}: {line}" if action.parts else line) if line else _TO_KNOW
            for each in action.each
            for line in self._of(each)
        ]
        return replace(action, remarks=(*action.remarks, *dict.fromkeys(said)))

    def on(self, places: list[PlaceStatus]) -> Iterator[str]:
        """Yield a line for each place that is behind a source: what promoting it would do."""
        settings = {place.name: place.settings for place in self.picture.environments}
        for place in places:
            behind = [r.source for r in place.relations if r.standing.value == "behind"]
            for source in behind[:1] if place.pinned else ():
                after = settings[source].versions[place.chart]
                told = self._told(Step(place.chart, place.environment, place.runs, after))
                if told:
                    yield f"{place.chart} to {place.environment}: {told}"

    def _of(self, action: Action) -> Iterator[str]:
        """Yield what is known of a move, "" for a verdict that nobody asked for yet."""
        if action.before is None or action.after is None or not action.environment:
            return
        step = Step(action.chart, action.environment, action.before, action.after)
        told = self._told(step)
        if told:
            yield told
        target = self.picture.estate.environments[action.environment].settings
        if action.command == "promote" and action.source and target.approvals.count >= _BY_TWO:
            yield self._told(replace(step, source=action.source))

    def _told(self, step: Step) -> str:
        known = self._remembered.get(step) if self._remembered else None
        if known is not None or not self.ask:
            return known or ""
        sentence = (
            self._steps.verdict(step.chart, step.source, step.environment)
            if step.source
            else self._steps.line(step.chart, step.environment, step.before, step.after)
        )
        if self._remembered:
            self._remembered.keep(step, sentence)
        return sentence

    @cached_property
    def _remembered(self) -> Remembered | None:
        """What is remembered on this machine; None before anything was rendered here."""
        root, _, version = tool_chain()
        cache = open_cache(root) if self.ask else known_cache(root)
        return Remembered(cache, version, self.picture) if cache else None

    @cached_property
    def _steps(self) -> "Steps":
        from release.plan.step import Steps  # noqa: PLC0415 -- who renders waits for it anyway

        return Steps(self.picture, open_renderer())
