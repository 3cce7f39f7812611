"""The program in a checkout beside that of the charts: what it says there fits where one stands."""

import os
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from demo.repository import EstateRepo
from tests.release.cli.driver import Hmco, Result
from tests.release.cli.situations import TO_PROD, clone, follow, land, no_tags, with_a_change
from tests.release.cli.test_fixes import FIXES, fixes
from tests.release.cli.test_remedies import CASES

pytestmark = pytest.mark.usefixtures("somebody")


@dataclass
class Beside(Hmco):
    """The command line in the checkout of the program; `repo` is that of the charts."""

    program: EstateRepo = field(kw_only=True)

    @property
    def place(self) -> Path:
        """Where the commands are run."""
        return self.program.path

    def __call__(self, *args: str, cwd: Path | None = None) -> Result:
        """Run a command beside the charts."""
        self.monkeypatch.setenv("HMCO_REPO", os.path.relpath(self.repo.path, self.place))
        return super().__call__(*args, cwd=cwd or self.place)


@pytest.fixture
def beside(hmco: Hmco, tmp_path: Path) -> Beside:
    """Return hmco in a copy of the estate: from now on one has the charts, the other the rest."""
    program = hmco.repo.copy_to(tmp_path / "program")
    program.git("rm", "--quiet", "-r", "helm")
    program.commit("The program alone", at=program.until)
    hmco.repo.git("rm", "--quiet", "Pulumi.yaml", "Pulumi.*.yaml")
    hmco.repo.commit("Charts alone", at=hmco.repo.until)
    return Beside(hmco.repo, hmco.capsys, hmco.monkeypatch, hmco.now, program=program)


CUT: Final = ("cut", "monitoring", "minor")
ASKED: Final[dict[str, tuple[str, ...]]] = {
    "tags that the remote has": (),
    "a tag that nobody has": (),
    "the trunk's name is ahead": (),
    "a chart that is not committed": (),
    "a changelog that is not committed": (),
    "a chart outside a sparse checkout": (),
    "a shallow clone": (),
    "a partial clone": (),
    "a clone of another branch alone": (),
    "two branches may be the trunk": (),
    "two branches of the remote may be the trunk": (),
    "a merge": CUT,
    "a bisection": CUT,
}
"""Situations of the charts' checkout, and what is asked there if not what its case asks."""


@pytest.mark.parametrize("name", ASKED)
def test_what_is_advised_for_the_charts_is_done_in_their_checkout(
    name: str, beside: Beside, tmp_path: Path
) -> None:
    case = CASES[name]
    with_a_change(beside)
    case.situation(beside, tmp_path)
    command = ASKED[name] or case.command
    said = beside(*command)
    assert said.code == 1, said.out
    charts = os.path.relpath(beside.repo.path, beside.place)
    advice = case.advice.replace("(git ", f"(git -C {charts} ")
    found = re.search(advice, said.err, flags=re.MULTILINE)
    assert found, said.err
    follow(beside, found[1])
    assert beside(*command).err != said.err


@pytest.mark.parametrize("rule", ["lock-stale", "pin-untagged", "sub-chart-twice"])
def test_the_fix_of_a_finding_in_the_charts_is_done_in_their_checkout(
    rule: str, beside: Beside, tmp_path: Path
) -> None:
    FIXES[rule](beside, tmp_path)
    found = fixes(beside, rule)
    assert found
    for fix in dict.fromkeys(found):
        follow(beside, fix)
    assert fixes(beside, rule) == []


def test_the_first_tags_are_made_in_the_checkout_of_the_charts(beside: Beside) -> None:
    beside.repo.git("tag", "--delete", *beside.repo.git("tag").split())
    told = beside.done("adopt").out
    lines = re.findall(r"^  (git .* tag -a .*)  #", told, flags=re.MULTILINE)
    for line in lines:
        follow(beside, line)
    assert len(beside.repo.git("tag").split()) == len(lines) > 1


def test_from_a_folder_of_the_checkout_git_is_called_by_its_name_alone(
    hmco: Hmco, tmp_path: Path
) -> None:
    no_tags(hmco, tmp_path)
    for folder in (hmco.repo.path, hmco.repo.path / "helm"):
        assert "fetch it: git fetch --tags;" in hmco(*TO_PROD, cwd=folder).err
    away = hmco(*TO_PROD, "--repo", str(hmco.repo.path), cwd=tmp_path)
    assert "fetch it: git -C clone fetch --tags;" in away.err


def test_status_tells_what_the_charts_trunk_holds_and_when_that_was_fetched(
    beside: Beside, tmp_path: Path
) -> None:
    landed = beside.done("status", "monitoring").out
    clone(beside, tmp_path)
    beside.repo.git("fetch", "--quiet")
    with_a_change(beside)
    beside.done(*CUT)
    land(beside, "Cut it")
    charts = os.path.relpath(beside.repo.path, beside.place)
    beside.now = beside.repo.until
    assert beside.done("status", "monitoring").out == landed
    beside.now = datetime.now(UTC) + timedelta(days=9)
    told = beside.done("status", "monitoring").out
    assert re.search(
        rf"^the charts were last fetched 9 d ago, .*: git -C {charts} fetch$", told, re.MULTILINE
    )


def test_what_is_of_github_is_left_out(beside: Beside) -> None:
    told = "workflows work in one repository that holds charts and stack files, and these are two"
    for options in ((), ("--check",)):
        assert told in beside.refused("workflows", *options)
    assert not (beside.place / ".github/workflows/release.yml").exists()
    assert "workflow files" not in beside("doctor").out
    said = beside.refused(*TO_PROD, "--pull-request")
    assert "leave --pull-request out" in said


def test_workflows_ask_where_the_charts_are(beside: Beside) -> None:
    beside.monkeypatch.delenv("HMCO_REPO", raising=False)
    alone = Hmco(beside.program, beside.capsys, beside.monkeypatch)
    assert "name the checkout that holds them with --repo" in alone.refused("workflows", code=2)


def test_a_promotion_that_would_cut_leads_to_the_cut(beside: Beside) -> None:
    with_a_change(beside)
    beside.now = beside.repo.until + timedelta(days=9)
    said = beside.refused("promote", "monitoring", "minor", "--to", "staging")
    (cut,) = re.findall(r"cut the version there first: (hmco cut .*);", said)
    follow(beside, cut)
    assert beside.repo.git("status", "--porcelain").split() == [
        *("M", "helm/charts/monitoring/CHANGELOG.md"),
        *("M", "helm/charts/monitoring/Chart.yaml"),
    ]


def test_a_finding_names_its_file_as_it_is_found_from_where_one_stands(beside: Beside) -> None:
    (beside.place / "ops").mkdir()
    files = [path.name for path in beside.place.glob("Pulumi*.yaml")]
    beside.program.git("mv", *files, "ops")
    beside.program.commit("Move the program into a folder", at=beside.program.until)
    beside.repo.git("tag", "--delete", "service-mesh-1.2.0")
    beside.repo.write(
        "helm/charts/stray/Chart.yaml", "apiVersion: v2\nname: stray\nversion: 1.0.0\n"
    )
    told = beside("check", "--all").out
    places = re.findall(r"^    ((?:ops|\.\.)/\S+\.yaml):\d+: ", told, flags=re.MULTILINE)
    assert {"ops/Pulumi.prod.yaml", "../repository/helm/charts/stray/Chart.yaml"} <= set(places)
    for place in places:
        assert (beside.place / place).is_file(), place
    assert "add a record to ops/release/registry.py" in told
    found = beside("check", "--json").json["findings"]
    assert {each["file"].split("/")[0] for each in found} == {"ops", "helm"}
