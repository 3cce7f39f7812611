"""Asking every rule, and sorting what they say into findings, waived ones and rules left out."""

from collections.abc import Callable, Collection, Iterable
from typing import Final, NamedTuple

from release.charts.record import RegistryError, Waiver
from release.repository.picture import REGISTRY_FILE
from release.rules.baseline import BASELINE, gone, recorded
from release.rules.catalogue import all_rules
from release.rules.facts import Facts
from release.rules.rule import Breach, Finding, Judged, Rule, Rules, Severity, registered_rules
from release.rules.step_rules import broken_by_steps
from release.rules.waivers import IDLE, idle_waivers
from release.text.printable import printable

_READ_WITHOUT_HELM: Final = frozenset({"chart-unloadable", "values-refused"})
"""Rules that say what Helm would say; `rendering-fails` says it where Helm was asked."""
OF_ALL: Final = frozenset({"settings", "registry", "history-incomplete"})
"""Rules whose breach leaves other rules out, whatever the chart."""
UNRECORDED: Final = OF_ALL | {"chart-missing", "pin-untagged"}
"""Rules that no baseline takes: until their breach is mended, nothing is judged or nothing runs."""


class Report(NamedTuple):
    """Everything that one check found; `left_out` says which rules could not be asked, and why."""

    findings: tuple[Finding, ...]
    waived: tuple[Finding, ...]
    left_out: tuple[tuple[str, str], ...]
    rules: int

    def count(self, severity: Severity) -> int:
        """Return how many findings of that severity count."""
        return sum(1 for finding in self.findings if finding.severity is severity)

    def fails(self, *, strict: bool) -> bool:
        """Tell whether the check fails: on errors, and if strict on warnings too."""
        return bool(self.count(Severity.ERROR) or (strict and self.count(Severity.WARNING)))

    def of_rules(self, rules: frozenset[str], unasked: Iterable[tuple[str, str]]) -> "Report":
        """Return the report of these rules alone, with those `unasked` and why as left out."""
        left_out = {*(pair for pair in self.left_out if pair[0] in rules), *unasked}
        return self._replace(
            findings=tuple(finding for finding in self.findings if finding.rule in rules),
            waived=tuple(finding for finding in self.waived if finding.rule in rules),
            left_out=tuple(sorted(left_out)),
            rules=len(rules),
        )

    def told(self, path: Callable[[str], str]) -> "Report":
        """Return the report for people, to whom `path` tells where a file is."""
        told = [
            tuple(each._replace(file=path(each.file)) for each in part)
            for part in (self.findings, self.waived)
        ]
        return self._replace(findings=told[0], waived=told[1])

    def only(self, charts: frozenset[str]) -> "Report":
        """Return the report of these charts, and what keeps the check from judging them."""
        return self._replace(
            findings=tuple(f for f in self.findings if f.chart in charts or f.rule in OF_ALL),
            waived=tuple(finding for finding in self.waived if finding.chart in charts),
        )


def run_checks(facts: Facts, *, baseline: bool = True, rules: Rules | None = None) -> Report:
    """Ask every rule whose needs the facts meet; equal facts give an equal report.

    Without the `baseline`, what it records counts as any other finding does. Only `rules` are
    asked, where they are given; waivers and baseline are judged by what these find.
    """
    known_rules = all_rules() if rules is None else rules
    waivers = {(waiver.rule, waiver.chart): waiver for waiver in facts.registry.waivers}
    used = set[Waiver]()
    asked = set[str]()
    findings: list[Finding] = []
    waived: list[Finding] = []
    left_out: list[tuple[str, str]] = []
    for name, rule in known_rules.items():
        if not _asked(rule, facts):
            continue
        lacking = sorted(filter(facts.lacks, rule.needs))
        if lacking:
            left_out.append((name, f"needs {' and '.join(lacking)}"))
            continue
        asked.add(name)
        shown = _won(name, tuple(rule.check(facts)), facts)
        told = {(breach.chart, breach.environment) for breach in shown}
        moved = (b for b in broken_by_steps(facts, name) if (b.chart, b.environment) not in told)
        for breach in (*shown, *moved):
            waiver = waivers.get((name, breach.chart))
            if waiver is None:
                findings.append(_finding(rule, breach))
            else:
                used.add(waiver)
                waived.append(_finding(rule, breach, waiver.reason))
    if IDLE in known_rules:
        findings += [
            _finding(known_rules[IDLE], breach) for breach in idle_waivers(facts, asked, used)
        ]
    if baseline:
        findings, known = _against_baseline(facts, findings, asked)
        waived += known
    # A rule knows the registry by its name in the program alone.
    registry = facts.picture.stack_path(REGISTRY_FILE)
    placed = (
        finding._replace(fix=finding.fix.replace(REGISTRY_FILE, registry)) for finding in findings
    )
    return Report(
        tuple(sorted(placed)), tuple(sorted(waived)), tuple(left_out), len(asked) + len(left_out)
    )


def _against_baseline(
    facts: Facts, findings: list[Finding], asked: Collection[str]
) -> tuple[list[Finding], list[Finding]]:
    """Return the findings that count, the baseline's own among them, and those it records."""
    text = facts.baseline
    if text is None:
        return findings, []
    # Its form is another model of pydantic's, and most repositories have no baseline.
    from release.rules.baselinefile import BaselineError, parse_baseline  # noqa: PLC0415

    judge, file = registered_rules()[BASELINE], facts.baseline_path
    try:
        entries = parse_baseline(text)
    except BaselineError as error:
        breach = Breach(
            file=file,
            what=str(error),
            fix="correct it by hand, or undo it: "
            f"{facts.picture.stacks.clone.repository.git} restore -- :/{file}",
            severity=Severity.ERROR,
        )
        return [*findings, _finding(judge, breach)], []
    counting, found, left_over = recorded(sorted(findings), entries)
    no_rules = {entry.rule for entry in left_over} - all_rules().keys()
    told = [_finding(judge, breach) for breach in gone(file, left_over, {*asked, *no_rules})]
    waived = [finding._replace(waived=f"{BASELINE}: {reason}") for finding, reason in found]
    return [*counting, *told], waived


def _won(name: str, breaches: tuple[Breach, ...], facts: Facts) -> tuple[Breach, ...]:
    """Return the breaches less those that Helm itself has judged by rendering."""
    if facts.rendered is None or name not in _READ_WITHOUT_HELM:
        return breaches
    judged = facts.rendered.judged
    return tuple(b for b in breaches if not judged(b.chart, b.environment))


def _asked(rule: Rule, facts: Facts) -> bool:
    """Tell whether the rule judges what this check looks at."""
    if rule.judges is Judged.RENDERING:
        return facts.rendered is not None
    return rule.judges is Judged.STATE or facts.faults is not None


def registry_report(error: RegistryError, file: str = REGISTRY_FILE) -> Report:
    """Return the report of a registry that contradicts itself: nothing else can be asked."""
    rules = all_rules()
    findings = tuple(
        _finding(rules["registry"], Breach(file=file, what=problem)) for problem in error.problems
    )
    left_out = tuple(
        (name, "needs a registry without problems")
        for name, rule in rules.items()
        if rule.judges is Judged.STATE
    )
    return Report(findings, (), left_out, len(left_out))


def _finding(rule: Rule, breach: Breach, waived: str = "") -> Finding:
    return Finding(
        file=printable(breach.file),
        line=breach.line,
        rule=rule.id,
        what=printable(breach.what),
        severity=breach.severity or rule.severity,
        why=rule.why,
        fix=printable(breach.fix or rule.fix),
        chart=printable(breach.chart),
        environment=printable(breach.environment),
        waived=waived,
    )
