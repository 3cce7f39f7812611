"""Every case at its smallest size: it runs, and both sides do the same work."""

import subprocess
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import pytest
import yaml

from bench.cases import CASES
from bench.hmco import OWN_CHARTS
from bench.measuring import Command, Contest, compare
from bench.scratch import Scratch

PLANS = ("plan-cold", "plan-judged", "plan-one", "plan-nothing")
SMALLEST = {"render": 4, "preview": 1, **dict.fromkeys(PLANS, 4)}


Contests = Callable[[str], Contest]


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Scratch:
    return Scratch(tmp_path_factory.mktemp("bench"))


@pytest.fixture(scope="module")
def contests(scratch: Scratch) -> Contests:
    return lru_cache(lambda name: CASES[name].prepare(scratch, SMALLEST.get(name, OWN_CHARTS)))


def output(command: Command) -> str:
    done = subprocess.run(
        command.argv,
        cwd=command.folder,
        env=command.environment,
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("name", [name for name in CASES if name != "preview"])
def test_the_case_runs(name: str, contests: Contests) -> None:
    contest = contests(name)
    results = compare(contest, runs=1, warm_ups=0)
    assert [result.peer for result in results] == [peer.command.name for peer in contest.peers]
    assert all(result.cpu_ratio > 0 for result in results)


def test_helm_and_the_floor_render_the_same_objects_as_hmco(contests: Contests) -> None:
    contest = contests("render")
    output(contest.subject)
    out = Path(contest.subject.argv[-1])
    ours = {path.read_text() for path in out.rglob("*.yaml")}
    rendered = [yaml.safe_load(text) for text in ours]
    helm, floor = (
        [item for item in yaml.safe_load_all(output(peer.command)) if item is not None]
        for peer in contest.peers
    )
    by_name = sorted(rendered, key=str)
    assert sorted(floor, key=str) == by_name
    applications = [item for item in by_name if item["kind"] == "Application"]
    assert {a["metadata"]["name"]: a for a in helm} == {
        a["metadata"]["name"]: a for a in applications
    }
    assert len(applications) == 3 * SMALLEST["render"]


def test_a_floor_repeats_the_files_and_git_calls_of_its_command(
    contests: Contests, scratch: Scratch
) -> None:
    contest = contests("promote")
    notes = scratch.folder / f"promote-{OWN_CHARTS}"
    files = (notes / "files").read_text().split("\0")
    assert {Path(name).name for name in files} >= {f"Pulumi.{n}.yaml" for n in ("dev", "prod")}
    calls = [(log / "argv").read_bytes().split(b"\0") for log in (notes / "git").iterdir()]
    assert any(b"status" in call for call in calls)
    assert any(b"for-each-ref" in call for call in calls)
    output(contest.peers[0].command)


def test_a_preview_shows_the_same_resources_on_both_sides(contests: Contests) -> None:
    contest = contests("preview")
    # The stack, the provider, and for the project and the Application a component and an object.
    assert "6 to create" in output(contest.subject)
    assert "6 to create" in output(contest.peers[0].command)
