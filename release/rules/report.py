"""The report of a check as JSON; `hmco schema check` says what it holds, which is a contract."""

import json
from dataclasses import asdict
from typing import Final

from release.rules.evaluation import Report
from release.rules.rule import Finding, Severity

FORMAT_VERSION: Final = 1
"""Raised when a key goes away or changes its meaning; a new key does not raise it."""

_NULL_IF_EMPTY: Final = frozenset({"line", "chart", "environment", "waived"})


def to_json(report: Report, *, strict: bool) -> str:
    """Return the report as JSON text with a final line end."""
    document = {
        "format": FORMAT_VERSION,
        "passed": not report.fails(strict=strict),
        "summary": {
            **{f"{severity.value}s": report.count(severity) for severity in Severity},
            "waived": len(report.waived),
            "rules": report.rules,
        },
        "findings": [_record(finding) for finding in report.findings],
        "waived": [_record(finding) for finding in report.waived],
        "left_out": [{"rule": rule, "reason": reason} for rule, reason in report.left_out],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _record(finding: Finding) -> dict[str, object]:
    fields = asdict(finding)
    return {
        key: None if key in _NULL_IF_EMPTY and not fields[key] else fields[key] for key in fields
    }
