"""One chart in two environments, and promotions gone by."""

from pathlib import Path

import pytest

from demo.repository import EstateRepo
from release.cli.main import main
from tests.release.cli.driver import valid


@pytest.fixture
def here(
    estate: EstateRepo,
    own_renderings: Path,  # noqa: ARG001 -- a place of its own
    monkeypatch: pytest.MonkeyPatch,
) -> EstateRepo:
    monkeypatch.chdir(estate.path)
    return estate


@pytest.mark.usefixtures("here")
def test_one_version_in_two_environments_differs_by_their_values_alone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["plan", "--between", "staging", "prod", "api-gateway", "--json"]) == 0
    told = valid("between", capsys.readouterr().out)
    assert told["same"]
    assert told["explained"]
    assert told["unexplained"] == []
    assert "bit by bit" in told["sentence"]


@pytest.mark.usefixtures("here")
def test_two_versions_are_told_apart_by_files_and_objects(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["plan", "--between", "staging", "prod", "data-platform"]) == 1
    told = capsys.readouterr().out
    assert "data-platform in prod is not what staging runs" in told
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


@pytest.mark.usefixtures("here")
def test_past_promotions_are_judged_by_the_present_flags(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["plan", "--replay", "3", "--json"]) == 0
    told = valid("replay", capsys.readouterr().out)
    assert [(item["environment"], item["chart"], item["after"]) for item in told] == [
        ("staging", "data-platform", "1.4.0"),
        ("prod", "cloudflare-tunnel", "1.4.0"),
        ("staging", "cloudflare-tunnel", "1.4.0"),
    ]
    assert all(item["failure"] == "" for item in told)


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
    assert "prod data-platform 1.3.0 → 1.4.1: prune-needed, number-too-small" in lines[0]
    assert "staging data-platform 1.4.0 → 1.4.1: " in lines[1]
    assert lines[2].startswith("2 of 2 promotions would have been told of: ")
