"""The report of a check for people: grouped by file, in colour only where somebody looks at it."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final

from release.rules.model import Severity
from release.rules.runner import Finding, Report

Span = tuple[str, str]
"""A piece of a line and its style: a word that the terminal's table knows, "" for none."""

STYLES: Final = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.NOTE: "note",
}


def report_lines(report: Report, *, strict: bool) -> Iterator[tuple[Span, ...]]:
    """Yield the report line by line, each as pieces with their style."""
    for file, group in groupby(report.findings, key=lambda finding: finding.file):
        yield ((file, "file"),)
        for finding in group:
            yield from _finding_lines(finding)
    if report.waived:
        yield (("waived", "file"),)
        for finding in report.waived:
            told = f": {finding.what} (because: {finding.waived})"
            yield ((f"  {_place(finding)}: ", ""), (finding.rule, "rule"), (told, ""))
    if report.left_out:
        yield (("left out", "file"),)
        for reason, rules in _by_reason(report.left_out):
            yield ((f"  {reason}: {', '.join(rules)}", ""),)
    yield ((summary(report, strict=strict), "summary"),)


def _finding_lines(finding: Finding) -> Iterator[tuple[Span, ...]]:
    line = str(finding.line) if finding.line else "-"
    yield (
        (f"  {line}: ", ""),
        (finding.severity.value, STYLES[finding.severity]),
        (" ", ""),
        (finding.rule, "rule"),
        (f": {finding.what}", ""),
    )
    yield ((f"      fix: {finding.fix}", "fix"),)


def _place(finding: Finding) -> str:
    return f"{finding.file}:{finding.line}" if finding.line else finding.file


def _by_reason(left_out: Iterable[tuple[str, str]]) -> list[tuple[str, list[str]]]:
    reasons: dict[str, list[str]] = {}
    for rule, reason in left_out:
        reasons.setdefault(reason, []).append(rule)
    return sorted(reasons.items())


def summary(report: Report, *, strict: bool) -> str:
    """Return the closing line: the verdict and how many findings there are of each kind."""
    verdict = "FAILED" if report.fails(strict=strict) else "passed"
    counts = ", ".join(_count(report.count(severity), severity.value) for severity in (*Severity,))
    waived = f", {len(report.waived)} waived" if report.waived else ""
    left_out = f", {len(report.left_out)} rules left out" if report.left_out else ""
    return f"{verdict}: {counts}{waived}{left_out}; {report.rules} rules"


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
