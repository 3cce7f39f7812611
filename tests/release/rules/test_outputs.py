"""The report as text, JSON and SARIF."""

import json
import re

import pytest
from jsonschema import Draft202012Validator

from demo.repository import EstateRepo
from release.cli.schema import schema_text
from release.rules.catalogue import all_rules
from release.rules.evaluation import Report
from release.rules.report import to_json, to_sarif
from release.rules.rule import Severity
from release.rules.terminal import BLOCKING, View, report_lines, summary
from release.text.printable import printable
from tests.release.rules.asking import IDLE_NAMESPACE, ask


@pytest.fixture
def report(estate: EstateRepo) -> Report:
    """Return a report with an error, a warning, notes and waived findings."""
    estate.edit("helm/charts/vault/Chart.yaml", '"1.16.0"', "latest")
    estate.edit("helm/charts/vault/Chart.yaml", "name: vault\ndesc", "name: hashi\ndesc")
    return ask(estate)


def test_the_json_report_keeps_its_schema(report: Report) -> None:
    document = json.loads(to_json(report, strict=False))
    Draft202012Validator(json.loads(schema_text("check"))).validate(document)
    assert document["passed"] is False
    assert document["summary"]["errors"] == report.count(Severity.ERROR)
    named = next(f for f in document["findings"] if f["rule"] == "chart-name-differs")
    assert (named["file"], named["line"]) == ("helm/charts/vault/Chart.yaml", 2)


def test_waived_findings_stand_apart_in_json(report: Report) -> None:
    document = json.loads(to_json(report, strict=False))
    assert {f["rule"] for f in document["waived"]} == {"shared-release"}
    assert all(finding["waived"] for finding in document["waived"])
    assert all(finding["waived"] is None for finding in document["findings"])


def test_sarif_has_what_github_needs(report: Report) -> None:
    log = json.loads(to_sarif(report))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules) == len(all_rules())
    for rule in rules:
        assert rule["shortDescription"]["text"]
        assert rule["help"]["text"]
        assert rule["defaultConfiguration"]["level"] in {"error", "warning", "note"}
    assert len(run["results"]) == len(report.findings) + len(report.waived)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["message"]["text"]
        (location,) = result["locations"]
        physical = location["physicalLocation"]
        assert not re.match(r"/|\w+:", physical["artifactLocation"]["uri"])
        assert physical["region"]["startLine"] >= 1


def test_sarif_suppresses_what_is_waived(report: Report) -> None:
    (run,) = json.loads(to_sarif(report))["runs"]
    suppressed = [result for result in run["results"] if "suppressions" in result]
    assert {result["ruleId"] for result in suppressed} == {"shared-release"}
    assert all(s["justification"] for result in suppressed for s in result["suppressions"])


def test_a_fingerprint_is_unique_and_does_not_move_with_its_line(estate: EstateRepo) -> None:
    prints: list[set[str]] = []
    for text in ("latest", "latest # newer"):
        path = estate.path / "helm/charts/vault/Chart.yaml"
        path.write_text(re.sub(r"appVersion: .*", f"appVersion: {text}", path.read_text()))
        if prints:
            path.write_text("# a line above\n" + path.read_text())
        (run,) = json.loads(to_sarif(ask(estate)))["runs"]
        found = {r["partialFingerprints"]["primaryLocationLineHash"]: r for r in run["results"]}
        assert len(found) == len(run["results"])
        prints.append({key for key, r in found.items() if r["ruleId"] == "app-version-mutable"})
    assert prints[0] == prints[1]


def test_a_file_name_is_quoted_in_sarif(estate: EstateRepo) -> None:
    estate.write("helm/charts/a b#c/Chart.yaml", "apiVersion: v2\n")
    (run,) = json.loads(to_sarif(ask(estate)))["runs"]
    uris = [
        r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in run["results"]
    ]
    assert "helm/charts/a%20b%23c/Chart.yaml" in uris


def _text(report: Report, *, everything: bool = False, numbers: bool = False) -> list[str]:
    view = View(everything=everything, numbers=numbers)
    return ["".join(text for text, _ in line.spans) for line in report_lines(report, view)]


def test_text_tells_each_rule_once_with_its_fix_and_its_places(report: Report) -> None:
    lines = _text(report)
    start = lines.index(
        "  error chart-name-differs: Chart.yaml's name is the registry's name and the folder's"
    )
    assert lines[start + 1] == "    fix: write the registry's name into Chart.yaml"
    assert lines[start + 2].startswith("    helm/charts/vault/Chart.yaml:2: vault calls itself")
    assert lines[-1].startswith("FAILED: ")


def _many(estate: EstateRepo) -> Report:
    estate.git("tag", "--delete", *estate.git("tag").split())
    estate.edit("helm/charts/cloudflare-tunnel/values.yaml", 'tag: "1.16.0"', "tag: latest")
    return ask(estate)


def test_what_blocks_the_next_promotion_leads_and_each_fix_stands_once(estate: EstateRepo) -> None:
    lines = _text(_many(estate))
    assert lines[0] == "blocks the next promotion"
    assert lines[1].startswith("  error pin-untagged (20)")
    assert sum(line.startswith("  error pin-untagged (20)") for line in lines) == 1
    fixes = [line for line in lines if line.startswith("    fix: ")]
    assert len(fixes) == len(set(fixes))
    assert lines.index("blocks the next promotion") < lines.index("errors")


def test_a_long_list_is_short_until_it_is_asked_for(estate: EstateRepo) -> None:
    report = _many(estate)
    more = "    … and 15 more: hmco check --rule pin-untagged"
    assert more in _text(report)
    whole = _text(report, everything=True)
    assert not [line for line in whole if "… and" in line]
    places = [line for line in whole if re.match(r"    Pulumi\.\w+\.yaml:\d+: pins ", line)]
    assert len(places) == 20
    one = _text(report.of_rules(frozenset({"pin-untagged"}), ()), everything=True)
    assert set(places) <= set(one)
    assert one[-1] == "FAILED: 20 errors, 0 warnings, 0 notes; 1 rule"


def test_the_numbers_alone_have_a_line_for_each_rule(estate: EstateRepo) -> None:
    report = _many(estate)
    lines = _text(report, numbers=True)
    assert "  20 pin-untagged: Every pinned version has its tag" in lines
    titles = {"blocks the next promotion", "errors", "warnings", "notes"}
    assert len([line for line in lines[:-1] if line not in titles]) == len(
        {(finding.rule, finding.severity) for finding in report.findings}
    )


def test_every_rule_that_blocks_is_one(report: Report) -> None:
    assert report.findings
    assert set(BLOCKING) <= set(all_rules())


def test_the_summary_counts_and_strict_decides(report: Report) -> None:
    notes_and_warnings = Report(
        tuple(f for f in report.findings if f.severity is not Severity.ERROR), (), (), report.rules
    )
    assert summary(notes_and_warnings, strict=False).startswith("passed: 0 errors, 1 warning, ")
    assert summary(notes_and_warnings, strict=True).startswith("FAILED")
    assert notes_and_warnings.count(Severity.NOTE) == sum(
        finding.rule == IDLE_NAMESPACE for finding in report.findings
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("Größe", "Größe"),
        ("a\nb", "a\\nb"),
        ("\x1b[0m", "\\x1b[0m"),
        ("x\u202ey", "x\\u202ey"),
        ("\udcff", "\\xff"),
    ],
)
def test_what_a_terminal_would_obey_is_escaped(text: str, expected: str) -> None:
    assert printable(text) == expected
