"""Every case by name: at which sizes it runs, and how it is prepared."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from bench import daily, planning, preview, rendering
from bench.hmco import OWN_CHARTS
from bench.measuring import Contest
from bench.scratch import Scratch

_MANY: Final = 1_000
_PLANNED: Final = (16, 300)
_DAILY: Final = (OWN_CHARTS, _MANY)


@dataclass(frozen=True, slots=True)
class Case:
    """One case; `quick` is the size at which it says little and costs little."""

    prepare: Callable[[Scratch, int], Contest]
    sizes: tuple[int, ...]
    quick: int
    runs: int


CASES: Final[Mapping[str, Case]] = {
    "help": Case(daily.start_help, (OWN_CHARTS,), OWN_CHARTS, 15),
    "start": Case(daily.start_status, (OWN_CHARTS,), OWN_CHARTS, 15),
    "status": Case(daily.status, _DAILY, OWN_CHARTS, 5),
    "promote": Case(daily.promote, _DAILY, OWN_CHARTS, 5),
    "check": Case(daily.check, _DAILY, OWN_CHARTS, 5),
    "metrics": Case(daily.metrics, (_MANY,), OWN_CHARTS, 5),
    "report": Case(daily.report, (OWN_CHARTS,), OWN_CHARTS, 9),
    "render": Case(rendering.render, (_MANY,), OWN_CHARTS, 5),
    "plan-cold": Case(planning.plan_cold, _PLANNED, 2, 3),
    "plan-judged": Case(planning.plan_judged, _PLANNED, 2, 3),
    "plan-one": Case(planning.plan_one, _PLANNED, 2, 3),
    "plan-nothing": Case(planning.plan_nothing, _PLANNED, 2, 9),
    "preview": Case(preview.preview, (27, 3_000), 2, 3),
}
