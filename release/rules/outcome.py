"""What a change would break: every rule, asked of the repository as it is and as it would be."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date

from release.promotion.plan import Reason
from release.repository.files import Edited, Files
from release.repository.picture import Picture
from release.rules.facts import Facts
from release.rules.model import Finding, Severity
from release.rules.runner import run_checks

_Place = tuple[str, str, str, str]


def outcome_reasons(picture: Picture, edits: Mapping[str, str], today: date) -> Iterator[Reason]:
    """Yield each error that `hmco check` would find after the edits and does not find before them.

    `edits` are texts by path from the top of their checkout. A fault that was there and only reads
    otherwise afterwards, as a version number in it moves on, is no new one.
    """
    known = Counter(map(_place, _errors(picture, today)))
    charts: Files = Edited(picture.charts, edits)
    stacks = charts if picture.one_clone else Edited(picture.stacks, edits)
    for finding in _errors(replace(picture, stacks=stacks, charts=charts), today):
        place = _place(finding)
        if known[place]:
            known[place] -= 1
        else:
            line = f":{finding.line}" if finding.line else ""
            fact = f"{finding.file}{line}: {finding.what} ({finding.rule})"
            yield Reason(finding.rule, fact, finding.fix)


def _place(finding: Finding) -> _Place:
    return finding.rule, finding.file, finding.chart, finding.environment


def _errors(picture: Picture, today: date) -> list[Finding]:
    report = run_checks(Facts(picture, today))
    return [finding for finding in report.findings if finding.severity is Severity.ERROR]
