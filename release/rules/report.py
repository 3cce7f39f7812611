"""The report of a check as JSON: what it holds is a contract, written down as a schema."""

from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from release.rules.model import Finding, Severity
from release.rules.runner import Report

FORMAT_VERSION: Final = 1
"""Raised when a key goes away or changes its meaning; a new key does not raise it."""


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FindingRecord(_Model):
    """One place where a rule is broken."""

    rule: str = Field(description="The rule's id; `hmco check --explain RULE` explains it in full.")
    severity: Literal["error", "warning", "note"]
    file: str = Field(description="Path from the root of the checkout.")
    line: int | None = Field(description="Counted from 1; null where no line can be named.")
    chart: str | None
    environment: str | None
    what: str
    why: str
    fix: str
    waived: str | None = Field(description="The reason of the waiver; null if the finding counts.")


class LeftOut(_Model):
    """A rule that could not be asked."""

    rule: str
    reason: str


class Summary(_Model):
    """How many findings count, by severity."""

    errors: int
    warnings: int
    notes: int
    waived: int
    rules: int = Field(description="How many rules there are, left out ones included.")


class CheckReport(_Model):
    """What `hmco check --format json` prints."""

    format: Literal[1] = FORMAT_VERSION
    passed: bool
    summary: Summary
    findings: tuple[FindingRecord, ...]
    waived: tuple[FindingRecord, ...]
    left_out: tuple[LeftOut, ...]


def check_report(report: Report, *, strict: bool) -> CheckReport:
    """Return the report in the form of its schema."""
    return CheckReport(
        passed=not report.fails(strict=strict),
        summary=Summary(
            errors=report.count(Severity.ERROR),
            warnings=report.count(Severity.WARNING),
            notes=report.count(Severity.NOTE),
            waived=len(report.waived),
            rules=report.rules,
        ),
        findings=tuple(_record(finding) for finding in report.findings),
        waived=tuple(_record(finding) for finding in report.waived),
        left_out=tuple(LeftOut(rule=rule, reason=reason) for rule, reason in report.left_out),
    )


def to_json(report: Report, *, strict: bool) -> str:
    """Return the report as JSON text with a final line end."""
    return check_report(report, strict=strict).model_dump_json(indent=2) + "\n"


def json_schema() -> dict[str, object]:
    """Return the JSON Schema of the report, as `hmco schema check` prints it."""
    schema: dict[str, object] = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return schema | CheckReport.model_json_schema(mode="serialization")


def _record(finding: Finding) -> FindingRecord:
    return FindingRecord(
        rule=finding.rule,
        severity=finding.severity.value,
        file=finding.file,
        line=finding.line or None,
        chart=finding.chart or None,
        environment=finding.environment or None,
        what=finding.what,
        why=finding.why,
        fix=finding.fix,
        waived=finding.waived or None,
    )
