"""One chart in two environments, and promotions gone by."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from demo.repository import EstateRepo
from release.cli.main import main
from release.plan.replay import Replayed, to_lines
from release.repository.pinhistory import PinChange
from tests.release.cli.driver import valid


@pytest.mark.usefixtures("here")
def test_one_version_in_two_environments_differs_by_their_values_alone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["plan", "--between", "staging", "prod", "api-gateway", "--json"]) == 0
    told = valid("between", capsys.readouterr().out)
    assert told["same"]
    assert told["explained"]
    assert told["unexplained"] == []
    assert "bit by bit; " in told["sentence"]


@pytest.mark.usefixtures("here")
def test_two_versions_are_told_apart_by_files_and_objects(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["plan", "--between", "staging", "prod", "data-platform"]) == 1
    told = capsys.readouterr().out
    assert "data-platform in prod (1.3.0) is not what staging runs (1.4.0): 3 files differ" in told
    assert "by other files: changed ConfigMap data-platform-data-platform-settings" in told


@pytest.mark.usefixtures("here")
def test_a_chart_that_does_not_run_there_is_misuse(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "--between", "staging", "nowhere", "api-gateway"]) == 2
    assert "api-gateway does not run in nowhere" in capsys.readouterr().err


def test_an_image_without_digest_is_said_to_be_open(
    here: EstateRepo, capsys: pytest.CaptureFixture[str]
) -> None:
    here.write(
        "helm/charts/api-gateway/templates/pod.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n"
        "spec: {containers: [{name: c, image: 'x:1'}]}\n",
    )
    for name in ("staging", "prod"):
        text = here.stack_path(name).read_text()
        here.stack_path(name).write_text(text.replace("branch: null", "branch: main", 1))
        here.edit(here.stack_path(name), "    api-gateway: 1.4.0", "    api-gateway: main")
    main(["plan", "--between", "staging", "prod", "api-gateway"])
    said = capsys.readouterr()
    assert "image x:1 (no digest)" in said.out, said.err


def replay(capsys: pytest.CaptureFixture[str], count: int) -> list[dict[str, Any]]:
    """Return what `hmco plan --replay --json` prints, checked against its schema."""
    assert main(["plan", "--replay", str(count), "--json"]) == 0
    printed: list[dict[str, Any]] = valid("replay", capsys.readouterr().out)
    return printed


def rules(entry: dict[str, Any]) -> list[str]:
    return [refusal["rule"] for refusal in entry["refusals"]]


def by_hand(here: EstateRepo, chart: str, old: str, new: str, *, after: timedelta) -> None:
    """Land another pin in production, so long after the newest landing."""
    here.edit(here.stack_path("prod"), f"    {chart}: {old}\n", f"    {chart}: {new}\n")
    here.commit(f"Promote {chart} {new} to prod\n", at=here.last_landing + after)


@pytest.mark.usefixtures("here")
def test_promotions_by_the_commands_pass_the_present_rules(
    capsys: pytest.CaptureFixture[str],
) -> None:
    told = replay(capsys, 3)
    assert [(item["environment"], item["chart"], item["after"]) for item in told] == [
        ("staging", "data-platform", "1.4.0"),
        ("prod", "cloudflare-tunnel", "1.4.0"),
        ("staging", "cloudflare-tunnel", "1.4.0"),
    ]
    assert [item["verdict"] for item in told] == ["passes"] * 3


def test_a_landing_by_hand_before_its_soak_is_over_would_be_refused(
    here: EstateRepo, capsys: pytest.CaptureFixture[str]
) -> None:
    here.last_landing = landed_at(here, "staging")
    by_hand(here, "data-platform", "1.3.0", "1.4.0", after=timedelta(hours=1))
    (told,) = replay(capsys, 1)
    assert (told["environment"], told["verdict"], rules(told)) == ("prod", "refused", ["soak"])
    assert main(["plan", "--replay", "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["LANDED", "ENV", "CHART", "FROM", "TO", "VERDICT"]
    assert lines[1].endswith("would be refused by soak")
    assert "prod data-platform 1.4.0: staging has run data-platform 1.4.0 since" in lines[2]
    assert "0 pass, 0 flagged, 1 would be refused, 0 unknown" in lines[3]


def test_a_longer_soak_shows_its_cost_before_it_is_committed(
    here: EstateRepo, capsys: pytest.CaptureFixture[str]
) -> None:
    here.last_landing = landed_at(here, "staging")
    by_hand(here, "data-platform", "1.3.0", "1.4.0", after=timedelta(hours=30))
    assert [item["verdict"] for item in replay(capsys, 1)] == ["passes"]
    here.edit(here.stack_path("staging"), "hmco:soak: 24h", "hmco:soak: 40h")
    assert [rules(item) for item in replay(capsys, 1)] == [["soak"]]


def test_a_landing_by_hand_against_a_hold_would_be_refused(
    here: EstateRepo, capsys: pytest.CaptureFixture[str]
) -> None:
    hold = "hmco:holds:\n    data-platform: {reason: leaks, by: Ann}\n"
    here.edit(here.stack_path("prod"), "hmco:holds: {}\n", hold)
    here.commit("Hold data-platform in prod\n")
    by_hand(here, "data-platform", "1.3.0", "1.4.0", after=timedelta(days=3))
    (told,) = replay(capsys, 1)
    assert rules(told) == ["hold"]


def test_a_release_that_rendering_finds_fault_with_would_be_refused(
    here: EstateRepo, capsys: pytest.CaptureFixture[str]
) -> None:
    template = here.chart_path("data-platform") / "templates" / "nothing.yaml"
    template.write_text("metadata:\n  name: without-a-kind\n")
    here.edit(here.chart_path("data-platform") / "Chart.yaml", "version: 1.4.0", "version: 1.4.1")
    here.commit("Cut data-platform 1.4.1\n")
    here.git("tag", "data-platform-1.4.1")
    pin = "    data-platform: "
    here.edit(here.stack_path("staging"), f"{pin}1.4.0", f"{pin}1.4.1")
    here.commit("Promote data-platform 1.4.1\n", at=here.last_landing + timedelta(days=3))
    (told,) = replay(capsys, 1)
    assert "rendered-document" in rules(told)


def test_a_landing_that_nobody_can_read_is_unknown_and_never_passed(
    here: EstateRepo, capsys: pytest.CaptureFixture[str]
) -> None:
    text = here.stack_path("dev").read_text()
    here.edit(here.stack_path("dev"), "hmco:soak: 2h", "hmco:soak: soon")
    here.edit(here.stack_path("prod"), "    data-platform: 1.3.0", "    data-platform: 1.4.0")
    here.commit("Promote data-platform 1.4.0\n", at=here.last_landing + timedelta(days=3))
    here.stack_path("dev").write_text(text)
    here.commit("Mend\n", at=here.last_landing + timedelta(days=4))
    (told,) = replay(capsys, 1)
    assert told["verdict"] == "unknown"
    assert told["failure"]


def landed_at(here: EstateRepo, environment: str) -> datetime:
    """Return when the newest change of an environment's stack file landed."""
    file = here.stack_path(environment).name
    return datetime.fromisoformat(here.git("log", "-1", "--first-parent", "--format=%cI", file))


def test_a_promotion_that_the_present_flags_would_stop_is_found(
    here: EstateRepo, capsys: pytest.CaptureFixture[str]
) -> None:
    template = here.chart_path("data-platform") / "templates" / "settings.yaml"
    template.write_text("{{- /* nothing */}}\n")
    here.edit(here.chart_path("data-platform") / "Chart.yaml", "version: 1.4.0", "version: 1.4.1")
    here.commit("Cut data-platform 1.4.1\n")
    here.git("tag", "data-platform-1.4.1")
    for name, old in (("staging", "1.4.0"), ("prod", "1.3.0")):
        pin = "    data-platform: "
        here.edit(here.stack_path(name), f"{pin}{old}", f"{pin}1.4.1")
    here.commit("Promote data-platform 1.4.1\n")
    assert main(["plan", "--replay", "2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    rows = [line.split() for line in lines[1:3]]
    assert [row[1:5] for row in rows] == [
        ["prod", "data-platform", "1.3.0", "1.4.1"],
        ["staging", "data-platform", "1.4.0", "1.4.1"],
    ]
    assert all(line.endswith("flagged by prune-needed, number-too-small") for line in lines[1:3])
    assert "; reported: soak 2, prune-needed 2, number-too-small 2" in lines[-1]


def test_of_promotions_that_pass_nothing_is_reported() -> None:
    now = datetime.now(tz=UTC)
    change = PinChange("prod", "vault", "1.0.0", "1.1.0", None, None, commit="1a", landed_at=now)
    passed = Replayed(change, (), ())
    (line,) = to_lines([passed])
    assert line.startswith("1 promotion: 1 ")
    assert "reported" not in line
