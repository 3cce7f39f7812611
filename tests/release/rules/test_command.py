"""`hmco check` as people and workflows call it."""

import json
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from demo.repository import EstateRepo
from release.charts.record import Registry, RegistryError
from release.cli.main import main
from release.cli.session import Session

VAULT = "helm/charts/vault/Chart.yaml"


def check(estate: EstateRepo, *arguments: str, registry: Registry | None = None) -> int:
    """Run the command on the estate's own day and return its exit code."""
    return main(
        ["check", "--repo", str(estate.path), *arguments],
        registry=registry or estate.registry,
        clock=lambda: estate.until,
    )


def test_a_clean_estate_passes(
    estate_template: EstateRepo, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check(estate_template, "--strict") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1].startswith("passed: 0 errors, 0 warnings")
    assert "\x1b" not in "".join(lines), "no colour on a pipe"


def test_an_error_fails(estate: EstateRepo, capsys: pytest.CaptureFixture[str]) -> None:
    estate.edit(VAULT, "version: 1.0.0", "version: 0.9.0")
    assert check(estate) == 1
    assert "error version-below-first" in capsys.readouterr().out


def test_a_warning_fails_only_if_strict(estate: EstateRepo) -> None:
    estate.edit(
        "Pulumi.prod.yaml",
        "holds: {}",
        'holds:\n    vault: {reason: x, by: rita, until: "2026-01-01"}',
    )
    assert check(estate) == 0
    assert check(estate, "--strict") == 1


@pytest.mark.parametrize("arguments", [("--format", "json"), ("--json",)])
def test_json_is_one_document_on_stdout(
    arguments: tuple[str, ...], estate_template: EstateRepo, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check(estate_template, *arguments) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["passed"] is True
    assert captured.err == ""


def test_sarif_is_one_document_on_stdout(
    estate_template: EstateRepo, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check(estate_template, "--format", "sarif") == 0
    assert json.loads(capsys.readouterr().out)["version"] == "2.1.0"


def test_one_chart_can_be_asked_for_with_its_sub_charts(
    estate: EstateRepo, capsys: pytest.CaptureFixture[str]
) -> None:
    estate.edit(VAULT, "version: 1.0.0", "version: 0.9.0")
    assert check(estate, "--chart", "data-platform") == 0
    assert "vault" not in capsys.readouterr().out
    assert check(estate, "--chart", "vault") == 1


def test_refused_settings_fail_whatever_the_chart(estate: EstateRepo) -> None:
    estate.edit("Pulumi.prod.yaml", "vault: 1.0.0", 'vault: "1.0"')
    assert check(estate, "--chart", "trino") == 1


def test_an_unknown_chart_is_wrong_use(
    estate_template: EstateRepo, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check(estate_template, "--chart", "vualt") == 2
    assert "did you mean vault?" in capsys.readouterr().err


def test_a_rule_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--explain", "released-files-changed"]) == 0
    text = capsys.readouterr().out
    for word in ("Why:", "Fix:", "Source:", "fault F16"):
        assert word in text


@pytest.mark.parametrize(
    ("name", "near"), [("changelog-mising", "changelog-missing"), ("wrong", "wrong-tag")]
)
def test_an_unknown_rule_is_wrong_use_and_near_ones_are_named(
    name: str, near: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "--explain", name]) == 2
    assert near in capsys.readouterr().err


@pytest.mark.parametrize("width", [40, 80, 120, 200])
def test_a_terminal_cuts_no_word_and_continues_further_in(
    width: int,
    estate: EstateRepo,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    estate.git("tag", "--delete", *estate.git("tag").split())
    check(estate)
    piped = capsys.readouterr().out
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", str(width))
    check(estate)
    shown = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)
    assert "".join(shown.split()) == "".join(piped.split()), "nothing is cut or dropped"
    long = [line.strip() for line in shown.splitlines() if len(line) > width]
    assert [line for line in long if " " in line and not line.startswith(("git ", "hmco "))] == []
    if width == 80:
        fitting = [word for word in piped.split() if len(word) < width // 2]
        assert [word for word in fitting if word not in shown.split()] == [], "words stay whole"
        fix = next(line for line in piped.splitlines() if "fix: " in line and len(line) > width)
        lines = [line.rstrip() for line in shown.splitlines()]
        first = next(n for n, line in enumerate(lines) if line and fix.startswith(line))
        assert lines[first + 1].startswith("         "), "it continues further in"


def test_one_rule_is_shown_in_full_and_judged_alone(
    estate: EstateRepo, capsys: pytest.CaptureFixture[str]
) -> None:
    estate.git("tag", "--delete", *estate.git("tag").split())
    assert check(estate, "--rule", "pin-untagged") == 1
    assert capsys.readouterr().out.count(": pins ") == 20
    assert check(estate, "--rule", "image-mutable") == 0
    assert check(estate, "--rule", "pin-untaged") == 2
    assert "pin-untagged" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("rule", "asked"), [("soak", "--base REV"), ("rendering-fails", "--rendered")]
)
def test_a_rule_that_is_asked_only_on_request_is_told_to_be_left_out(
    estate: EstateRepo, capsys: pytest.CaptureFixture[str], rule: str, asked: str
) -> None:
    assert check(estate, "--rule", rule) == 0
    told = capsys.readouterr().out
    assert f"asked with {asked}: {rule}" in told
    assert told.endswith("notes, 1 rule left out; 1 rule\n")


def test_the_short_report_changes_nothing_for_programs(
    estate: EstateRepo, capsys: pytest.CaptureFixture[str]
) -> None:
    estate.git("tag", "--delete", *estate.git("tag").split())
    check(estate, "--json")
    whole = capsys.readouterr().out
    check(estate, "--json", "--summary")
    assert capsys.readouterr().out == whole
    assert sum(f["rule"] == "pin-untagged" for f in json.loads(whole)["findings"]) == 20


def test_a_folder_that_is_no_checkout_is_wrong_use(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "--repo", str(tmp_path)]) == 2
    assert capsys.readouterr().err


def test_the_checkout_is_left_as_it_was(estate: EstateRepo) -> None:
    before = estate.git("status", "--porcelain")
    check(estate)
    assert estate.git("status", "--porcelain") == before == ""


def test_a_registry_without_waivers_fails(estate_template: EstateRepo) -> None:
    assert check(estate_template, registry=replace(estate_template.registry, waivers=())) == 1


def test_a_refused_registry_is_named_by_its_path_and_not_lost_among_what_is_left_out(
    estate: EstateRepo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(_: Session) -> Registry:
        raise RegistryError("1 problem", ("redis: 2 records carry this name",))

    monkeypatch.setattr(Session, "registry", property(refused))
    (estate.path / "ops").mkdir()
    estate.git("mv", *(path.name for path in estate.path.glob("Pulumi*.yaml")), "ops/")
    assert check(estate) == 1
    told = capsys.readouterr().out
    assert "ops/release/registry.py: redis: 2 records carry this name" in told
    assert re.search(r"needs a registry without problems: (\S+, ){4}\S+ and \d\d more\n", told)
    assert check(estate, "--all") == 1
    assert re.search(r"needs a registry without problems: (\S+, ){60}", capsys.readouterr().out)
