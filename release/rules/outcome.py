"""What a change would break: every rule, asked of the repository as it is and as it would be."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import date

from release.promotion.plan import Reason
from release.repository.files import Edited, Files
from release.repository.picture import Picture
from release.rules.facts import Facts
from release.rules.model import Finding, Severity
from release.rules.runner import errors_of, run_checks
from release.rules.waivers import IDLE

_Place = tuple[str, str, str, str]


def outcome_reasons(picture: Picture, edits: Mapping[str, str], today: date) -> Iterator[Reason]:
    """Yield each error that `hmco check` would find after the edits and does not find before them.

    `edits` are texts by path from the top of their checkout. A fault that was there and only reads
    otherwise afterwards, as a version number in it moves on, is no new one.
    """
    charts: Files = Edited(picture.charts, edits)
    stacks = charts if picture.one_clone else Edited(picture.stacks, edits)
    edited = replace(picture, stacks=stacks, charts=charts)
    after = _errors(edited, today, errors_of(picture.registry))
    known = Counter(map(_place, _before(picture, after, today)))
    for finding in after:
        place = _place(finding)
        if known[place]:
            known[place] -= 1
        else:
            line = f":{finding.line}" if finding.line else ""
            fact = f"{finding.file}{line}: {finding.what} ({finding.rule})"
            yield Reason(finding.rule, fact, finding.fix)


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
