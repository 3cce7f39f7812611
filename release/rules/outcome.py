"""What a change would break: the rules that it concerns, asked of what it would leave."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Final, NamedTuple

from release.charts.record import Registry
from release.promotion.decision import Action, Reason
from release.repository.picture import Picture
from release.rules.catalogue import all_rules, rules_on_charts, rules_on_pins
from release.rules.evaluation import run_checks
from release.rules.facts import Facts
from release.rules.rule import Finding, Rules, Severity
from release.rules.waivers import IDLE

_Place = tuple[str, str, str, str]
_MOVED: Final = ("versions", "holds", "freezes")


class Outcome(NamedTuple):
    """The errors that `hmco check` finds after a change: those it brings, those there before."""

    brought: tuple[Finding, ...]
    kept: tuple[Finding, ...]

    @property
    def reasons(self) -> Iterator[Reason]:
        """What stands against the change."""
        return (Reason(finding.rule, _fact(finding), finding.fix) for finding in self.brought)

    def remarks(self, registry: Registry, action: Action) -> Iterator[str]:
        """Yield what stood against the charts that the action moves and stops nobody now."""
        for chart in dict.fromkeys(each.chart for each in action.each):
            family = {chart, *(sub.name for sub in registry.sub_charts_of(chart))}
            facts = [
                _fact(finding)
                for finding in self.kept
                if finding.chart in family and finding.environment in {"", action.environment}
            ]
            for fact in facts[:_SHOWN]:
                yield f"check already faults {chart}: {fact}"
            if len(facts) > _SHOWN:
                yield f"and {len(facts) - _SHOWN} more: hmco check --chart {chart}"


_SHOWN: Final = 3


def judged_outcome(
    picture: Picture, edits: Mapping[str, str], today: date, *, whole: bool = True
) -> Outcome:
    """Return the errors that there would be after the edits, texts by path from their top.

    A fault that was there and only reads differently afterwards, as a version number in it moves
    on, is not new. Of an edit of charts and pins these charts alone are judged. Without `whole` a
    pin that moves is judged by the rules that look at pins, so that others' faults are not kept.
    """
    edited = picture.edited(edits)
    moved, cut = _moved(picture, edited), _cut(picture, edits)
    if moved is None or cut is None:
        asked: Rules = all_rules()
    else:
        picture, edited = (each.of(moved | cut) for each in (picture, edited))
        asked = rules_on_charts() if whole or cut else rules_on_pins()
    return _compared(Facts(picture, today), Facts(edited, today), asked)


def judged_landing(before: Facts, after: Facts) -> Outcome:
    """Return the errors that one landing brought to the charts that both pictures look at."""
    return _compared(before, after, rules_on_charts(rendered=True))


def _compared(before: Facts, edited: Facts, asked: Rules) -> Outcome:
    rules = _of_errors(asked, before.picture)
    after = _errors(edited, rules)
    known = Counter(map(_place, _before(before, after, rules)))
    brought: list[Finding] = []
    kept: list[Finding] = []
    for finding in after:
        place = _place(finding)
        (kept if known[place] > 0 else brought).append(finding)
        known[place] -= 1
    return Outcome(tuple(brought), tuple(kept))


def _fact(finding: Finding) -> str:
    return f"{finding.place}: {finding.what} ({finding.rule})"


def _moved(picture: Picture, edited: Picture) -> frozenset[str] | None:
    """Return the charts of which a pin or hold moves; None where more than that is said anew."""
    before, after = picture.usable_estate, edited.usable_estate
    if before is None or after is None or before.environments.keys() != after.environments.keys():
        return None
    moved = set[str]()
    for name, environment in after.environments.items():
        old, new = before.environments[name].settings, environment.settings
        moves = {field: getattr(new, field) for field in _MOVED}
        if old.model_copy(update=moves) != new or old.versions.keys() != new.versions.keys():
            return None
        pins = dict(old.versions.items() ^ new.versions.items())
        moved |= pins.keys() | {
            chart
            for chart in old.holds.keys() | new.holds.keys()
            if old.holds.get(chart) != new.holds.get(chart)
        }
    return frozenset(moved)


def _cut(picture: Picture, edits: Mapping[str, str]) -> frozenset[str] | None:
    """Return the charts with an edited file; None where other files than charts' are edited."""
    stacks = frozenset(picture.stack_paths().values())
    folders = {picture.folder_of(chart): chart for chart in picture.registry.by_name}
    found = set[str]()
    for path in edits.keys() - stacks:
        owner = next((c for folder, c in folders.items() if path.startswith(f"{folder}/")), None)
        if owner is None:
            return None
        found.add(owner)
    return frozenset(found)


def _of_errors(rules: Rules, picture: Picture) -> Rules:
    """Return the rules that can find an error: a milder one only as its waiver turns idle."""
    waived = {waiver.rule for waiver in picture.registry.waivers}
    return {
        name: each
        for name, each in rules.items()
        if each.severity is Severity.ERROR or name in waived
    }


def _place(finding: Finding) -> _Place:
    return finding.rule, finding.file, finding.chart, finding.environment


def _before(facts: Facts, after: Collection[Finding], rules: Rules) -> list[Finding]:
    """Return the errors that were there of the rules that are broken afterwards."""
    broken = frozenset(finding.rule for finding in after)
    if not broken:
        return []
    # Whether a waiver is idle shows only where the rule that it names is asked too.
    if IDLE not in broken:
        rules = {name: each for name, each in rules.items() if name in broken}
    return _errors(facts, rules)


def _errors(facts: Facts, rules: Rules) -> list[Finding]:
    report = run_checks(facts, rules=rules)
    return [finding for finding in report.findings if finding.severity is Severity.ERROR]
