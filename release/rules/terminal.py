"""The report of a check for people: what blocks a promotion first, each rule once with its fix."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final, NamedTuple

from release.rules.baseline import BASELINE
from release.rules.catalogue import all_rules
from release.rules.evaluation import Report
from release.rules.rule import Finding, Severity
from release.text.counted import counted, first_few

Span = tuple[str, str]
"""A piece of a line and its style: a word that the terminal's table knows, "" for none."""

BLOCKING: Final = (
    "registry",
    "settings",
    "unusable-file",
    "history-incomplete",
    "charts-folder-differs",
    "chart-missing",
    "chart-form",
    "chart-name-differs",
    "version-not-semver",
    "changelog-missing",
    "changelog-form",
    "release-untagged",
    "pin-untagged",
    "wrong-tag",
    "tag-off-branch",
)
"""What `hmco cut` and `hmco promote` stumble over themselves, in the order in which to mend it."""
_FEW: Final = 5
"""So many findings of one rule are shown; more only hide the next rule."""
_ORDER: Final = tuple(Severity)


class Line(NamedTuple):
    """One line of the report; what does not fit continues below, so much further in."""

    spans: tuple[Span, ...]
    indent: int = 0


class View(NamedTuple):
    """How much of the report to show: everything, one rule, or the numbers alone."""

    strict: bool = False
    everything: bool = False
    numbers: bool = False
    command: str = "hmco check"
    """The command that shows the rest of a rule, with what this one was given."""


def report_lines(report: Report, view: View) -> Iterator[Line]:
    """Yield the report line by line: what blocks a promotion, then errors, warnings and notes."""
    ordered = sorted(report.findings, key=lambda finding: (*_rank(finding), finding))
    groups = [tuple(group) for _, group in groupby(ordered, key=_rank)]
    if view.numbers:
        yield from _numbers(groups)
    else:
        for title, part in groupby(groups, key=_part):
            yield Line(((title, "file"),))
            for group in part:
                yield from _group_lines(group, view)
            yield Line((("", ""),))
        yield from _aside(report, view)
    yield Line(((summary(report, strict=view.strict), "summary"),))


def _rank(finding: Finding) -> tuple[int, int, str]:
    if finding.severity is Severity.ERROR and finding.rule in BLOCKING:
        return -1, BLOCKING.index(finding.rule), finding.rule
    return _ORDER.index(finding.severity), 0, finding.rule


def _part(group: Sequence[Finding]) -> str:
    rank = _rank(group[0])[0]
    return "blocks the next promotion" if rank < 0 else f"{_ORDER[rank].value}s"


def _group_lines(group: Sequence[Finding], view: View) -> Iterator[Line]:
    first = group[0]
    many = f" ({len(group)})" if len(group) > 1 else ""
    title = all_rules()[first.rule].title
    yield Line(
        (
            ("  ", ""),
            (first.severity.value, first.severity.value),
            (" ", ""),
            (first.rule, "rule"),
            (f"{many}: {title}", ""),
        ),
        4,
    )
    fixes = {finding.fix for finding in group}
    if len(fixes) == 1:
        yield Line(((f"    fix: {first.fix}", "fix"),), 9)
    shown = group if view.everything or len(group) <= _FEW + 1 else group[:_FEW]
    for finding in shown:
        yield Line(((f"    {finding.place}: {finding.what}", ""),), 6)
        if len(fixes) > 1:
            yield Line(((f"      fix: {finding.fix}", "fix"),), 11)
    if len(shown) < len(group):
        more = f"    … and {len(group) - len(shown)} more: {view.command} --rule {first.rule}"
        yield Line(((more, "fix"),), 6)


def _numbers(groups: Sequence[Sequence[Finding]]) -> Iterator[Line]:
    width = max((len(str(len(group))) for group in groups), default=1)
    for title, part in groupby(groups, key=_part):
        yield Line(((title, "file"),))
        for group in part:
            first = group[0]
            said = f": {all_rules()[first.rule].title}"
            yield Line(
                ((f"  {len(group):>{width}} ", ""), (first.rule, "rule"), (said, "")), width + 5
            )


def _aside(report: Report, view: View) -> Iterator[Line]:
    known = [finding for finding in report.waived if finding.waived.startswith(f"{BASELINE}: ")]
    if known:
        by_rule = Counter(finding.rule for finding in known)
        told = ", ".join(f"{name} ({many})" if many > 1 else name for name, many in by_rule.items())
        yield Line(((f"in the {BASELINE}, to be worked off", "file"),))
        yield Line(((f"  {told}", ""),), 4)
    if len(known) < len(report.waived):
        yield Line((("waived", "file"),))
        for finding in report.waived:
            if finding in known:
                continue
            told = f": {finding.what} (because: {finding.waived})"
            yield Line(((f"  {finding.place}: ", ""), (finding.rule, "rule"), (told, "")), 4)
    if report.left_out:
        yield Line((("left out", "file"),))
        for reason, rules in _by_reason(report.left_out):
            told = first_few(
                rules, len(rules) if view.everything or len(rules) <= _FEW + 1 else _FEW
            )
            yield Line(((f"  {reason}: {told}", ""),), 4)


def _by_reason(left_out: Iterable[tuple[str, str]]) -> list[tuple[str, list[str]]]:
    reasons: dict[str, list[str]] = {}
    for rule, reason in left_out:
        reasons.setdefault(reason, []).append(rule)
    return sorted(reasons.items())


def summary(report: Report, *, strict: bool) -> str:
    """Return the closing line: the verdict and how many findings there are of each kind."""
    verdict = "FAILED" if report.fails(strict=strict) else "passed"
    counts = ", ".join(counted(report.count(severity), severity.value) for severity in (*Severity,))
    waived = f", {len(report.waived)} waived" if report.waived else ""
    left_out = f", {counted(len(report.left_out), 'rule')} left out" if report.left_out else ""
    return f"{verdict}: {counts}{waived}{left_out}; {counted(report.rules, 'rule')}"
