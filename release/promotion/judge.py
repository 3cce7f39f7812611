"""The judge of steps: what a change from one estate to the next moves, and what forbids it.

A pin, a hold, a freeze or a soak may be moved by a command, by hand, by a merge or by a revert;
all of them are asked the commands' own questions of the older estate, at the time of the step.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Final, NamedTuple

from release.estate import Environment, Estate
from release.promotion.chartfacts import ChartFacts
from release.promotion.commitlines import Saying, about_chart, saying, sayings
from release.promotion.decision import Reason
from release.promotion.gates import day_of, ends_sooner, gate_reasons, is_expired, told_hold
from release.promotion.promote import move_reasons
from release.promotion.rollback import target_reasons
from release.promotion.route import PromoteRequest, Route, going_back, sources_of
from release.settings.loosenings import loosenings
from release.settings.model import Freeze
from release.versions import is_version, lower

_OF_THE_CHECKOUT: Final = frozenset({"not-the-trunk"})
"""What the commands refuse because of where they stand, and no step can break."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One change of the estate, from the state that its author had to the one it leaves.

    `facts` answers for a chart and a version as things were before the step; `message` is what
    the commits say. `commit` is empty for what is not committed yet and can still say something.
    Moves are judged by the settings of `policy` where it is given, but for what history knows
    better: pins, holds, freezes and where the charts lay.
    """

    before: Estate
    after: Estate
    at: datetime
    facts: Callable[[str, str], ChartFacts]
    message: Callable[[], str] = lambda: ""
    commit: str = ""
    policy: Estate | None = None

    @cached_property
    def reasons(self) -> Mapping[tuple[str, str], str]:
        """The reasons that the commits give."""
        return sayings(self.message())

    @property
    def today(self) -> date:
        """The day by which holds and freezes count."""
        return day_of(self.at)

    @cached_property
    def lifted(self) -> Estate:
        """The older estate without the holds and freezes that the step lifts for a reason."""
        environments = {
            name: self._lifted(place, self.after.environments.get(name))
            for name, place in self.before.environments.items()
        }
        return Estate(self.before.registry, environments)

    def _lifted(self, place: Environment, after: Environment | None) -> Environment:
        if after is None:
            return place
        holds = {
            chart: hold
            for chart, hold in place.settings.holds.items()
            if chart in after.settings.holds
            or (Saying.UNHOLD, about_chart(chart, place.name)) not in self.reasons
        }
        said = (Saying.UNFREEZE, place.name) in self.reasons
        freezes = after.settings.freezes if said else place.settings.freezes
        known = {name: getattr(place.settings, name) for name in ("versions", "source")}
        settings = self._asking(place).settings.model_copy(
            update={**known, "holds": holds, "freezes": freezes}
        )
        return Environment(place.name, settings, place.stack_file)

    def _asking(self, place: Environment) -> Environment:
        """Return what asks of the moves: the policy, unless its sources were not there yet."""
        asking = self.policy.environments.get(place.name) if self.policy else None
        if asking is None or not self.before.environments.keys() >= {
            *asking.settings.promotes_from
        }:
            return place
        return asking


class Fault(NamedTuple):
    """One thing that a step must not do; `commit` is empty for what is not committed yet.

    `pending` marks what the commit's message can still make right. `setting` is the dotted key of
    what is no chart's.
    """

    reason: Reason
    environment: str
    move: str
    chart: str = ""
    commit: str = ""
    setting: str = ""
    pending: bool = False


def judge(step: Step) -> Iterator[Fault]:
    """Yield everything that forbids the step, each thing once."""
    for one in JUDGES:
        yield from dict.fromkeys(one(step))


def _both(step: Step) -> Iterator[tuple[Environment, Environment]]:
    """Yield each environment that is there before and after; a new one has moved nothing."""
    for name, before in step.before.environments.items():
        after = step.after.environments.get(name)
        if after is not None:
            yield before, after


def dropped_holds(step: Step) -> Iterator[Fault]:
    """Yield holds in force that are gone or end sooner without a reason."""
    for before, after in _both(step):
        for chart, hold in before.settings.holds.items():
            still = after.settings.holds.get(chart)
            if is_expired(hold, step.today) or not ends_sooner(still, hold):
                continue
            move = f"the hold on {chart} {'ends sooner' if still else 'is gone'}"
            fact = f"{before.name} held {chart}: {told_hold(hold)}; nothing says why it may move"
            why = (Saying.UNHOLD, about_chart(chart, before.name))
            yield from _unsaid(step, before, move, fact, why, chart=chart)


def lifted_freezes(step: Step) -> Iterator[Fault]:
    """Yield freezes that are gone or shorter before they are over, without a reason."""
    for before, after in _both(step):
        for freeze in before.settings.freezes:
            if _still_frozen(freeze, after.settings.freezes, step.today):
                continue
            fact = (
                f"{before.name} was to be frozen from {freeze.first} to {freeze.last}: "
                f"{freeze.reason}; nothing says why it is not"
            )
            why = (Saying.UNFREEZE, before.name)
            move = "a freeze is gone or shorter"
            yield from _unsaid(step, before, move, fact, why, setting="freezes")


def _still_frozen(freeze: Freeze, now: Iterable[Freeze], today: date) -> bool:
    """Tell whether the days of the freeze that are not over are frozen still, by any freezes."""
    first = max(freeze.first, today.isoformat())
    for other in sorted(now, key=lambda other: other.first):
        if other.first <= first <= other.last:
            if other.last >= freeze.last:
                return True
            first = (date.fromisoformat(other.last) + timedelta(days=1)).isoformat()
    return first > freeze.last


def loosened_guards(step: Step) -> Iterator[Fault]:
    """Yield every other setting that asks for less than before without a reason."""
    old, new = (
        {name: place.settings for name, place in estate.environments.items()}
        for estate in (step.before, step.after)
    )
    for each in loosenings(old, new):
        move = f"hmco:{each.setting} is loosened"
        fact = f"hmco:{each.setting} of {each.stack} asks for less: {each.lost}; nothing says why"
        place = step.before.environments.get(each.stack) or step.after.environments[each.stack]
        why = (Saying.LOOSEN, f"{each.setting} in {each.stack}")
        yield from _unsaid(step, place, move, fact, why, setting=each.setting)


def forbidden_moves(step: Step) -> Iterator[Fault]:
    """Yield pins that moved in a way that no command would have moved them."""
    for name, before in step.lifted.environments.items():
        after = step.after.environments.get(name)
        had = before.settings.versions
        has = after.settings.versions if after is not None else {}
        for chart in sorted({*had, *has}):
            old, new = had.get(chart), has.get(chart)
            if old == new:
                continue
            move = f"{chart} {old or 'not deployed'} -> {new or 'not deployed'}"
            for reason in dict.fromkeys(_against(step, before, after, chart)):
                if not reason.misuse and reason.code not in _OF_THE_CHECKOUT:
                    yield Fault(
                        reason=reason, environment=name, move=move, chart=chart, commit=step.commit
                    )


JUDGES: Final = (
    dropped_holds,
    lifted_freezes,
    loosened_guards,
    forbidden_moves,
)
"""Everything that is asked of two whole estates; a further guard is one more function here."""


def _against(
    step: Step, before: Environment, after: Environment | None, chart: str
) -> Iterator[Reason]:
    had = before.settings.versions.get(chart, "")
    has = after.settings.versions.get(chart, "") if after is not None else ""
    if chart not in step.before.registry.by_name or not is_version(has):
        yield from gate_reasons(before, chart, step.today)
    elif lower(has, had):
        hold = after.settings.holds.get(chart) if after is not None else None
        if hold is None or is_expired(hold, step.today):
            yield going_back(before, chart, has)
        yield from target_reasons(before, chart, has, step.facts(chart, has))
    else:
        yield from _promotion(step, before, chart, has)


def _promotion(step: Step, place: Environment, chart: str, version: str) -> Iterator[Reason]:
    """Yield what `hmco promote` refuses; of several sources the one that runs the version counts.

    A chart that no source runs is new: a reviewed change of the stack file brings it.
    """
    estate = step.lifted
    sources = sources_of(estate, chart, place)
    source = next(
        (each for each in sources if each.settings.versions[chart] == version),
        sources[0] if sources else None,
    )
    if source is None and (place.settings.promotes_from or chart not in place.settings.versions):
        yield from gate_reasons(place, chart, step.today)
        return
    facts = step.facts(chart, version)
    about = about_chart(chart, place.name, version)
    again = step.reasons.get((Saying.AGAIN, about))
    route = Route(chart, source, place)
    request = PromoteRequest(chart, place.name, version, again=again)
    yield from move_reasons(estate, route, request, facts, step.at)


UNSAID: Final = {
    Saying.UNHOLD: "hold-dropped",
    Saying.UNFREEZE: "freeze-lifted",
    Saying.LOOSEN: "guard-loosened",
}
"""The code of what lacks such a line in a commit's message."""


def _unsaid(  # noqa: PLR0913 -- what a fault tells
    step: Step,
    place: Environment,
    move: str,
    fact: str,
    why: tuple[Saying, str],
    *,
    chart: str = "",
    setting: str = "",
) -> Iterator[Fault]:
    """Yield the fault of a move that must be given a reason, unless a commit says this why."""
    if why not in step.reasons:
        remedy = f"say why on a line of the commit's message: {saying(*why, 'REASON')}"
        yield Fault(
            reason=Reason(UNSAID[why[0]], fact, remedy),
            environment=place.name,
            move=move,
            chart=chart,
            commit=step.commit,
            setting=setting,
            pending=not step.commit,
        )
