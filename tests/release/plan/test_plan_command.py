"""`hmco plan` on a repository with months of releases, by the real Git and the real Helm."""

import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from demo.repository import EstateRepo
from release.cli.main import main
from release.cli.schema import schema_text
from release.rendering.secrets import LAST_APPLIED

ROOT = Path(__file__).resolve().parents[3]
PLANTED = "Tr0ub4dor-and-3"
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: more}\n"


def plan(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> dict[str, Any]:
    """Return what `hmco plan --json` prints, checked against its schema."""
    assert main(["plan", "--json", *arguments]) == code
    printed: dict[str, Any] = json.loads(capsys.readouterr().out)
    Draft202012Validator(json.loads(schema_text("plan"))).validate(printed)
    return printed


def text(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["plan", *arguments]) == 0
    return capsys.readouterr().out


def told(printed: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {item["application"]: item for item in printed["applications"]}


def promote(here: EstateRepo, chart: str = "data-platform", old: str = "1.3.0") -> None:
    """Pin the newest version of a chart in production."""
    here.edit(here.stack_path("prod"), f"    {chart}: {old}\n", f"    {chart}: 1.4.0\n")


@pytest.mark.usefixtures("here")
def test_a_state_against_itself_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    printed = plan(capsys, "--base", "HEAD", "--exit-code")
    assert printed["empty"]
    assert printed["unchanged"] == 27


def test_a_move_of_the_program_changes_nothing(
    here: EstateRepo, capsys: pytest.CaptureFixture[str]
) -> None:
    here.write("cloud/Pulumi.yaml", "name: hmco-network\n")
    here.write("broken/Pulumi.yaml", "name: [hmco\n")
    here.commit("Other programs\n")
    (here.path / "ops").mkdir()
    here.git("mv", *(path.name for path in here.path.glob("Pulumi*.yaml")), "ops/")
    here.commit("Move the program\n")
    printed = plan(capsys, "--base", "HEAD~1", "--exit-code")
    assert (printed["empty"], printed["unchanged"]) == (True, 27)


def test_a_promotion_shows_what_it_moves_and_what_it_does(
    here: EstateRepo, capsys: pytest.CaptureFixture[str]
) -> None:
    promote(here)
    made = plan(capsys, "--exit-code", code=1)
    assert list(told(made)) == ["data-platform-prod"]
    change = told(made)["data-platform-prod"]
    assert (change["before"]["version"], change["after"]["version"]) == ("1.3.0", "1.4.0")
    assert [item["fate"] for item in change["objects"]] == ["changed"]
    assert change["summary"] == "1 object changes, none removed, no risk flag"


def test_the_way_back_mirrors_the_way_there(
    here: EstateRepo, capsys: pytest.CaptureFixture[str]
) -> None:
    promote(here)
    here.commit("Promote\n")
    there = told(plan(capsys, "--base", "HEAD~1", "--head", "HEAD"))["data-platform-prod"]
    back = told(plan(capsys, "--base", "HEAD", "--head", "HEAD~1"))["data-platform-prod"]
    assert (there["before"], there["after"]) == (back["after"], back["before"])
    for one, other in zip(there["objects"], back["objects"], strict=True):
        for place, mirrored in zip(one["places"], other["places"], strict=True):
            assert (place["before"], place["after"]) == (mirrored["after"], mirrored["before"])


def test_an_uncommitted_template_changes_only_who_follows_the_branch(
    here: EstateRepo, capsys: pytest.CaptureFixture[str]
) -> None:
    here.write(
        "helm/charts/api-gateway/templates/more.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: more}\n",
    )
    made = told(plan(capsys))
    assert list(made) == ["api-gateway-dev"]
    assert [(item["fate"], item["name"]) for item in made["api-gateway-dev"]["objects"]] == [
        ("added", "more")
    ]
    assert here.git("status", "--porcelain") == "?? helm/charts/api-gateway/templates/more.yaml"


def test_a_version_that_is_cut_and_not_tagged_yet_renders_from_this_branch(
    here: EstateRepo, capsys: pytest.CaptureFixture[str]
) -> None:
    chart = here.chart_path("vault") / "Chart.yaml"
    old = re.search(r"(?m)^version: (.*)$", chart.read_text())
    assert old
    here.edit(chart, f"version: {old[1]}\n", "version: 9.0.0\n")
    here.edit(here.stack_path("prod"), "    vault: ", "    vault: 9.0.0 #")
    made = plan(capsys)
    assert "vault-9.0.0 is not tagged yet" in made["remarks"]


def test_a_tag_that_is_not_here_is_unknown_and_never_unchanged(
    here: EstateRepo, capsys: pytest.CaptureFixture[str]
) -> None:
    promote(here)
    here.git("tag", "--delete", "data-platform-1.4.0")
    here.edit(here.chart_path("data-platform") / "Chart.yaml", "version: 1.4.0", "version: 1.5.0")
    change = told(plan(capsys))["data-platform-prod"]
    assert change["unknown"] == [
        {"reason": "the tag data-platform-1.4.0 is not here", "command": "git fetch --tags"}
    ]
    assert change["summary"].startswith("unknown: ")


def test_a_dependency_that_nobody_vendored_is_unknown_with_its_command(
    here: EstateRepo, capsys: pytest.CaptureFixture[str]
) -> None:
    chart = here.chart_path("api-gateway") / "Chart.yaml"
    chart.write_text(
        chart.read_text()
        + "dependencies:\n- {name: far, version: 1.0.0, repository: 'https://c.example'}\n"
    )
    change = told(plan(capsys))["api-gateway-dev"]
    assert change["unknown"][0]["command"] == (
        "helm repo add far https://c.example && helm dependency build helm/charts/api-gateway"
    )


def test_a_changed_cluster_renders_everything_there_anew(
    here: EstateRepo, capsys: pytest.CaptureFixture[str]
) -> None:
    here.write(
        "helm/charts/api-gateway/templates/more.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: more}\n"
        "data: {version: '{{ .Capabilities.KubeVersion.Version }}'}\n",
    )
    here.commit("More\n")
    here.edit(here.stack_path("dev"), 'version: "1.34.2"', 'version: "1.35.0"')
    made = told(plan(capsys, "--base", "HEAD"))
    places = made["api-gateway-dev"]["objects"][0]["places"]
    assert [(p["path"], p["before"], p["after"]) for p in places] == [
        ("data.version", "v1.34.2", "v1.35.0")
    ]


def test_what_is_equally_bad_is_told_in_the_order_of_promotion(
    here: EstateRepo, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("prod", "dev", "staging"):
        here.edit(here.stack_path(name), "  hmco:purpose: ", "  hmco:purpose: A place, ")
        here.edit(here.stack_path(name), "revisionHistoryLimit: 1", "revisionHistoryLimit: 2")
    printed = plan(capsys)
    for kind in ("applications", "projects"):
        order = dict.fromkeys(item["environment"] for item in printed[kind])
        assert [*order] == ["dev", "staging", "prod"], kind


def test_a_sentence_is_broken_between_words_on_a_terminal(
    here: EstateRepo, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    here.edit(here.stack_path("prod"), "    vault: 1.0.0\n", "    vault: 9.9.9\n")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "60")
    told = re.sub(r"\x1b\[[0-9;]*m", "", text(capsys))
    assert "  ! unknown: the tag vault-9.9.9 is not here; run:\n    git fetch --tags\n" in told


@pytest.mark.parametrize("form", [(), ("--json",), ("--markdown",), ("--summary",)])
def test_no_planted_secret_is_told_or_kept(
    here: EstateRepo,
    capsys: pytest.CaptureFixture[str],
    form: tuple[str, ...],
    own_renderings: Path,
) -> None:
    values = here.chart_path("api-gateway") / "values.yaml"
    values.write_text(values.read_text() + f"\nplanted:\n  password: {PLANTED}\n")
    here.write(
        "helm/charts/api-gateway/templates/planted.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n"
        "stringData: {p: '{{ .Values.planted.password }}'}\n---\n"
        "apiVersion: v1\nkind: Secret\nmetadata: {name: t}\n"
        f"data: {{p: '{{{{ \"{PLANTED}\" | b64enc }}}}'}}\n---\n"
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\n  annotations:\n"
        f"    {LAST_APPLIED}: '{{{{ dict \"x\" .Values.planted.password | toJson }}}}'\n"
        "data: {copy: '{{ .Values.planted.password }}'}\n",
    )
    assert main(["plan", *form]) == 0
    said = capsys.readouterr()
    assert "Secret s" in said.out + said.err or '"name": "s"' in said.out
    kept = [path for path in own_renderings.rglob("*") if path.is_file()]
    assert kept
    everything = said.out + said.err + "".join(map(str, kept))
    everything += "".join(path.read_text(errors="replace") for path in kept if path.name != "key")
    assert PLANTED not in everything


def test_a_change_of_the_generator_shows_as_what_it_does_to_every_application(
    here: EstateRepo, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(
        ROOT / "release", here.path / "release", ignore=shutil.ignore_patterns("__pycache__")
    )
    here.commit("Bring the program\n")
    here.edit(
        here.path / "release/argocd/manifests.py",
        '"revisionHistoryLimit": settings.revision_history_limit',
        '"revisionHistoryLimit": settings.revision_history_limit + 1',
    )
    made = told(plan(capsys, "--base", "HEAD"))
    assert len(made) == 27
    for change in made.values():
        assert [field["path"] for field in change["fields"]] == ["spec.revisionHistoryLimit"]
        assert change["objects"] == []


def test_a_program_that_fails_at_a_revision_is_told(
    here: EstateRepo, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(
        ROOT / "release", here.path / "release", ignore=shutil.ignore_patterns("__pycache__")
    )
    here.write("release/cli/render.py", "raise SystemExit('broken on purpose')\n")
    here.commit("Break the program\n")
    assert main(["plan", "--base", "HEAD", "--head", "HEAD"]) == 1
    assert "the program of HEAD makes no Applications: broken" in capsys.readouterr().err
    here.write(
        "release/cli/render.py", 'print(\'{"reasons": [{"fact": "a bad pin"}]}\'); exit(1)\n'
    )
    here.commit("Refuse the stack files\n")
    assert main(["plan", "--base", "HEAD", "--head", "HEAD"]) == 1
    assert "the program of HEAD makes no Applications: a bad pin; " in capsys.readouterr().err


def test_where_the_program_comes_with_the_change_everything_is_new(
    here: EstateRepo, capsys: pytest.CaptureFixture[str]
) -> None:
    here.git("branch", "adopted")
    here.git("rm", "--quiet", "--", "Pulumi.*.yaml")
    here.commit("Before the program\n")
    here.git("branch", "--force", "before")
    here.git("restore", "--source", "adopted", "--staged", "--worktree", "--", ".")
    here.commit("Adopt the program\n")

    data = plan(capsys, "--base", "before")
    assert len(told(data)) == 27
    assert {change["before"] for change in data["applications"]} == {None}
    assert {change["environment"] for change in data["projects"]} == {"dev", "staging", "prod"}
    assert data["remarks"] == ["before has no stack files, so it makes no Application"]
    lines = text(capsys, "--base", "before", "--summary").splitlines()
    assert lines[-1] == ("before → the work tree: 27 of 27 Applications and 3 AppProjects change")
    assert main(["diff", "--base", "before"]) == 0
    assert "prod: 14 objects change" in capsys.readouterr().err


def test_stack_files_of_the_base_that_are_refused_are_told_to_be_its_own(
    here: EstateRepo, capsys: pytest.CaptureFixture[str]
) -> None:
    here.edit(here.path / "Pulumi.prod.yaml", "hmco:project:", "hmco:projekt:")
    here.commit("A slip\n")
    here.edit(here.path / "Pulumi.prod.yaml", "hmco:projekt:", "hmco:project:")
    for command in ("plan", "diff"):
        assert main([command, "--base", "HEAD"]) == 1
        said = capsys.readouterr().err
        assert said.startswith(
            f"hmco {command}: the program here refuses the stack files of HEAD: Pulumi.prod"
        )
        assert "choose a base whose stack files the program accepts" in said


def test_where_no_chart_lies_nothing_can_be_said_to_stay(
    here: EstateRepo, capsys: pytest.CaptureFixture[str]
) -> None:
    here.git("rm", "-r", "--quiet", "--", "helm")
    here.commit("The program alone\n")
    assert main(["plan", "--base", "HEAD"]) == 1
    assert capsys.readouterr().err == (
        "hmco plan: no chart lies in the work tree; name the checkout that holds them with --repo\n"
    )


def test_where_nothing_changes_one_line_names_the_base_as_people_do(
    here: EstateRepo, capsys: pytest.CaptureFixture[str]
) -> None:
    commit = here.git("rev-parse", "HEAD")
    assert text(capsys, "--base", commit) == (
        f"{commit[:12]} → the work tree: nothing changes for any cluster "
        "(27 Applications compared)\n"
    )
    assert plan(capsys, "--base", commit)["base"] == commit


@pytest.mark.usefixtures("here")
def test_a_revision_that_is_not_here_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    for asked in (["plan", "--base"], ["plan", "--head"], ["check", "--base"], ["diff", "--base"]):
        assert main([*asked, "nowhere"]) == 2
        said = capsys.readouterr().err
        assert said.startswith(f"hmco {asked[0]}: usage error, nothing was changed\n")
        assert "'nowhere' names no commit here" in said


def test_the_text_begins_with_the_table_and_ends_with_one_sentence(
    here: EstateRepo, capsys: pytest.CaptureFixture[str]
) -> None:
    promote(here)
    lines = text(capsys, "--base", "HEAD").splitlines()
    assert lines[0].split() == ["ENV", "CHART", "VERSION", "OBJECTS", "NUMBER", "RISK"]
    assert lines[1].split()[:5] == ["prod", "data-platform", "1.3.0", "→", "1.4.0"]
    assert lines[-1] == "HEAD → the work tree: 1 of 27 Applications changes"


def test_an_unknown_flag_is_misuse_that_names_the_nearest(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["plan", "--explain", "data-remove"]) == 2
    assert "Did you mean data-removed," in capsys.readouterr().err
    assert main(["plan", "--explain", "data-removed"]) == 0
    assert "data-removed (danger)" in capsys.readouterr().out


def test_a_promotion_says_on_request_what_it_does(
    here: EstateRepo, capsys: pytest.CaptureFixture[str], own_renderings: Path
) -> None:
    asked = ["promote", "data-platform", "--to", "prod", "--dry-run"]
    line = "1 object changes, none removed, no risk flag; details: hmco plan"
    verdict = "data-platform in prod is what staging ran, bit by bit"
    main(asked)
    unasked = capsys.readouterr().err
    assert line not in unasked
    assert "note: --plan tells what it changes, and whether it is what its source ran" in unasked
    assert list(own_renderings.rglob("*")) == []
    main([*asked, "--plan"])
    told = capsys.readouterr().err
    assert line in told
    assert verdict in told
    assert "--plan tells" not in told
    assert here.git("status", "--porcelain") == ""


@pytest.mark.usefixtures("here")
def test_status_says_on_request_what_promoting_would_do(
    capsys: pytest.CaptureFixture[str],
) -> None:
    line = "data-platform to prod: 1 object changes, none removed, no risk flag; details: hmco plan"
    for more in ((), ("--plan",)):
        assert main(["status", "data-platform", *more]) == 0
        assert (line in capsys.readouterr().out) is bool(more)


@pytest.mark.usefixtures("here")
def test_a_rollback_says_on_request_what_it_takes_back(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main(["rollback", "data-platform", "--env", "prod", "--dry-run", "--plan"])
    assert "details: hmco plan" in capsys.readouterr().err


def test_beside_the_charts_it_shows_what_the_branches_of_both_checkouts_do(
    here: EstateRepo, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    charts = here.copy_to(tmp_path / "charts")
    charts.git("rm", "--quiet", "Pulumi.yaml", "Pulumi.*.yaml")
    charts.commit("Charts alone\n")
    left = charts.git("rev-parse", "HEAD")
    here.git("rm", "--quiet", "-r", "helm")
    here.commit("The program alone\n")
    beside = ("--repo", str(charts.path))
    assert plan(capsys, *beside)["empty"]
    charts.git("switch", "--quiet", "--create", "more")
    charts.write("helm/charts/storage/templates/more.yaml", CONFIG)
    charts.commit("feat(storage): more\n")
    promote(here)
    printed = plan(capsys, *beside)
    assert told(printed).keys() == {"storage-dev", "data-platform-prod"}
    assert printed["remarks"] == [f"../charts: {left[:12]} → the work tree"]
    printed = plan(capsys, *beside, "--base", "HEAD")
    assert told(printed).keys() == {"data-platform-prod"}
    (remark,) = printed["remarks"]
    assert remark.startswith("../charts: the work tree before and after, since --base")
