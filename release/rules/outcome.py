"""What a change would break: every rule, asked of the repository as it is and as it would be."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from release.charts.record import Registry
from release.promotion.plan import Plan, Reason
from release.repository.files import Edited, Files
from release.repository.picture import Picture
from release.rules.facts import Facts
from release.rules.model import Finding, Severity
from release.rules.runner import errors_of, run_checks
from release.rules.waivers import IDLE

_Place = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The errors that `hmco check` finds after a change: those it brings, those there before."""

    brought: tuple[Finding, ...]
    kept: tuple[Finding, ...]

    @property
    def reasons(self) -> Iterator[Reason]:
        """What stands against the change."""
        return (Reason(finding.rule, _fact(finding), finding.fix) for finding in self.brought)

    def remarks(self, registry: Registry, plan: Plan) -> Iterator[str]:
        """Yield what stood against the charts that the plan moves and stops nobody now."""
        for chart in dict.fromkeys(each.chart for each in plan.each):
            family = {chart, *(sub.name for sub in registry.sub_charts_of(chart))}
            facts = [
                _fact(finding)
                for finding in self.kept
                if finding.chart in family and finding.environment in {"", plan.environment}
            ]
            for fact in facts[:_SHOWN]:
                yield f"check holds against {chart} already: {fact}"
            if len(facts) > _SHOWN:
                yield f"and {len(facts) - _SHOWN} more: hmco check --chart {chart}"


_SHOWN: Final = 3


def judged_outcome(picture: Picture, edits: Mapping[str, str], today: date) -> Outcome:
    """Return the errors that there would be after the edits, texts by path from their top.

    A fault that was there and only reads otherwise afterwards, as a version number in it moves on,
    is no new one.
    """
    charts: Files = Edited(picture.charts, edits)
    stacks = charts if picture.one_clone else Edited(picture.stacks, edits)
    edited = replace(picture, stacks=stacks, charts=charts)
    after = _errors(edited, today, errors_of(picture.registry))
    known = Counter(map(_place, _before(picture, after, today)))
    brought: list[Finding] = []
    kept: list[Finding] = []
    for finding in after:
        place = _place(finding)
        (kept if known[place] > 0 else brought).append(finding)
        known[place] -= 1
    return Outcome(tuple(brought), tuple(kept))


def _fact(finding: Finding) -> str:
    line = f":{finding.line}" if finding.line else ""
    return f"{finding.file}{line}: {finding.what} ({finding.rule})"


def _place(finding: Finding) -> _Place:
    return finding.rule, finding.file, finding.chart, finding.environment


def _before(picture: Picture, after: Collection[Finding], today: date) -> list[Finding]:
    """Return the errors that were there of the rules that are broken afterwards."""
    broken = frozenset(finding.rule for finding in after)
    if not broken:
        return []
    # Whether a waiver is idle shows only where the rule that it names is asked too.
    return _errors(picture, today, errors_of(picture.registry) if IDLE in broken else broken)


def _errors(picture: Picture, today: date, rules: Collection[str]) -> list[Finding]:
    report = run_checks(Facts(picture, today), rules=rules)
    return [finding for finding in report.findings if finding.severity is Severity.ERROR]
