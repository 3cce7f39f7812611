"""The report of a check for machines: JSON, a contract, and SARIF 2.1.0, which GitHub shows."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from typing import Final
from urllib.parse import quote

from release.rules.catalogue import all_rules
from release.rules.evaluation import Report
from release.rules.rule import Finding, Rule, Severity

FORMAT_VERSION: Final = 1
"""Raised when a key goes away or changes its meaning; a new key does not raise it."""

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_ROOT: Final = "%SRCROOT%"
_LARGEST: Final = 5000
"""GitHub shows no more results of one run, and drops the rest itself (SARIF support)."""
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
    fields = finding._asdict()
    return {
        key: None if key in _NULL_IF_EMPTY and not fields[key] else fields[key] for key in fields
    }


def to_sarif(report: Report) -> str:
    """Return the report as SARIF text; findings of the same file and rule keep their identity.

    A fingerprint is made of rule, file and words, without the line: an edit above a finding does
    not turn it into a new one.
    """
    rules = all_rules().values()
    indexes = {rule.id: index for index, rule in enumerate(rules)}
    log = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "hmco check",
                        "informationUri": "https://github.com/254CARBON/HMCo",
                        "rules": [_rule(rule) for rule in rules],
                    }
                },
                "originalUriBaseIds": {
                    _ROOT: {"description": {"text": "The root of the checkout"}}
                },
                "columnKind": "unicodeCodePoints",
                "results": list(_results((*report.findings, *report.waived), indexes)),
            }
        ],
    }
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _rule(rule: Rule) -> dict[str, object]:
    text = f"{rule.title}.\n\n{rule.why}\n\nFix: {rule.fix}.\n\nSource: {rule.source}."
    markdown = f"{rule.title}.\n\n{rule.why}\n\n**Fix:** {rule.fix}.\n\n*Source: {rule.source}.*"
    return {
        "id": rule.id,
        "name": "".join(part.capitalize() for part in rule.id.split("-")),
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why},
        "help": {"text": text, "markdown": markdown},
        "defaultConfiguration": {"level": rule.severity.value},
        "properties": {"tags": ["release"]},
    }


def _results(findings: Iterable[Finding], indexes: dict[str, int]) -> Iterable[dict[str, object]]:
    seen: Counter[str] = Counter()
    for finding in tuple(findings)[:_LARGEST]:
        words = f"{finding.rule}\0{finding.file}\0{finding.environment}\0{finding.what}"
        digest = hashlib.sha256(words.encode()).hexdigest()[:32]
        seen[digest] += 1
        result: dict[str, object] = {
            "ruleId": finding.rule,
            "ruleIndex": indexes[finding.rule],
            "level": finding.severity.value,
            "message": {"text": f"{finding.what}. Fix: {finding.fix}"},
            "locations": [_location(finding)],
            "partialFingerprints": {"primaryLocationLineHash": f"{digest}:{seen[digest]}"},
        }
        if finding.waived:
            result["suppressions"] = [
                {"kind": "external", "status": "accepted", "justification": finding.waived}
            ]
        yield result


def _location(finding: Finding) -> dict[str, object]:
    # GitHub shows a result only at a line; what concerns a whole file stands at its first.
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(finding.file), "uriBaseId": _ROOT},
            "region": {"startLine": max(finding.line, 1)},
        }
    }
