"""Every request of every workflow to GitHub, failing in every way, then the run once more.

The requests are those of a run without a fault, the workflows those of the generated files. What
must hold is told without our code, and our code with a fault of its own does not pass.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

import pytest
from github import GithubRetry

import release.cli.ci.tell
import release.cli.propose
import release.cli.release
import release.github.hub.propose as hub_propose
import release.github.hub.publish as hub_publish
from demo.builder import build_estate
from demo.environments import committed_environments
from release.charts.record import Registry
from release.estate import load_estate, read_stack_files
from release.github.hub.client import Hub
from release.github.unpublished import Publication
from release.registry import REGISTRY
from tests.github.forge import Forge
from tests.github.guarded import guard
from tests.github.server import Call, Fault, error, serving
from tests.workflows.invariants import DONE, harm, refs
from tests.workflows.stage import CHARTS
from tests.workflows.theatre import CASES, FILES, NUMBER, Theatre, play_once
from tests.workflows.world import Kept, look

FAULTS: Final[Mapping[str, Mapping[str, Any]]] = {
    **{str(status): {"answer": error(status, "No")} for status in (403, 404, 409, 422, 503)},
    "never arrives": {"answer": error(503, "No"), "cut": True},
    "answer is lost": {"cut": True},
}
FOR_EVER: Final = 10_000
_OWNED: Final = ("data-platform", "ml-platform")
"""One chart of each team that the stack files name and that owns none of the others."""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Theatre]:
    """Give a repository in which all is released but one version that has landed since."""
    folder = tmp_path_factory.mktemp("theatre")
    specs = [replace(spec, charts=CHARTS) for spec in committed_environments()]
    charts = Registry(tuple(REGISTRY.by_name[name] for name in (*CHARTS, *_OWNED)))
    estate = build_estate(folder / "work", charts=charts, environments=specs, commits=40)
    with estate.story() as story:
        story.hold("storage", "prod", "looking into it")
    bare = folder / "origin.git"
    estate.git("clone", "--quiet", "--bare", ".", str(bare))
    estate.git("remote", "add", "origin", str(bare))
    forge = Forge(bare=bare)
    guard(forge, load_estate(charts, read_stack_files(estate.path)), charts)
    with serving(forge) as github:
        yield Theatre(estate, forge, github, folder)
        assert github.violations == []


@pytest.fixture
def theatre(prepared: Theatre, monkeypatch: pytest.MonkeyPatch) -> Theatre:
    monkeypatch.chdir(prepared.estate.path)
    event = prepared.folder / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": NUMBER, "head": {"sha": "a" * 40}}}))
    surroundings = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_ACTOR": "ada",
        "GITHUB_TRIGGERING_ACTOR": "ada",
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_REF": f"refs/pull/{NUMBER}/merge",
        "GITHUB_REPOSITORY": f"{prepared.forge.owner}/{prepared.forge.name}",
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_RUN_ID": "1",
        "GITHUB_SHA": "b" * 40,
        "HOME": str(prepared.folder),
    }
    for name, value in surroundings.items():
        monkeypatch.setenv(name, value)
    # How long it waits before it tries again is the library's; that it does is ours.
    monkeypatch.setattr(GithubRetry, "sleep", lambda *_, **__: None)
    prepared.record(monkeypatch, release.cli.propose, "propose")
    prepared.record(monkeypatch, release.cli.release, "publish")
    return prepared


def test_every_job_that_speaks_to_github_is_tried() -> None:
    speaking = {
        (file, name)
        for file, parsed in FILES.items()
        for name, job in parsed["jobs"].items()
        if any("GITHUB_TOKEN" in step.get("env", {}) for step in job["steps"])
    }
    assert speaking == {(case.file, case.job) for case in CASES.values()}


@pytest.mark.parametrize("name", CASES)
def test_whatever_github_answers_nothing_is_twice_or_lost_and_the_next_run_finishes(
    theatre: Theatre, name: str
) -> None:
    assert list(_wrong(theatre, name)) == []


def _no(*_: object, **__: object) -> bool:
    return False


def _none(*_: object, **__: object) -> None:
    return None


def _bare(hub: Hub, publication: Publication, commit: str) -> bool:
    hub.post("/git/refs", {"ref": f"refs/tags/{publication.tag}", "sha": commit})
    return True


MUTANTS: Final = {
    "a comment is always made": ("preview again", release.cli.ci.tell, "_is_ours", _no),
    "an issue is always opened": ("drift is told anew", release.cli.ci.tell, "_is_ours", _no),
    "a pull request is never found": ("promotion", hub_propose, "_open_pull", _none),
    "labels are never put on": ("promotion", hub_propose, "_label", _none),
    "an old text stays": ("promotion again", hub_propose, "_update", _no),
    "a tag has no message": ("release", hub_publish, "_tag", _bare),
    "a version is tagged and not released": ("release", hub_publish, "_release", _no),
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_fault_of_our_own_does_not_pass(
    theatre: Theatre, monkeypatch: pytest.MonkeyPatch, mutant: str
) -> None:
    name, module, function, instead = MUTANTS[mutant]
    empty = Kept(theatre.forge)
    monkeypatch.setattr(module, function, instead)

    found = next(_wrong(theatre, name), None)
    empty.bring_back(theatre.forge)
    theatre.github.faults, theatre.github.violations[:] = [], []

    assert found is not None, mutant


def _wrong(theatre: Theatre, name: str) -> Iterator[str]:
    """Yield what is wrong after any fault at any request, and after the next run.

    A world from which the next run has finished is not tried again.
    """
    case, forge, github = CASES[name], theatre.forge, theatre.github
    empty = Kept(forge)
    case.before(theatre)
    start, before = Kept(forge), refs(forge)
    github.forget()
    result, said = play_once(theatre, case)
    requests, wanted, decided = list(github.requests), look(forge), list(theatre.calls)
    if not requests or result != "success":
        yield f"without a fault: {result}: {said}"
    yield from (f"without a fault: {each}" for each in (*harm(forge, before), *DONE[name](forge)))

    def again() -> str:
        theatre.calls[:] = decided
        return theatre.repeat() if decided else play_once(theatre, case)[1]

    converged = {wanted}
    for index, times, (kind, fault) in _faults(requests):
        at = f"{requests[index].operation} {kind} {times}"
        start.bring_back(forge)
        github.faults = [Fault(".*", after=index, times=times, **fault)]
        said = again()
        github.faults = []
        yield from (f"{at}: {each}" for each in harm(forge, before))
        left = look(forge)
        if left not in converged:
            result, told = play_once(theatre, case)
            found = [*harm(forge, before), *DONE[name](forge)]
            if result == "success" and look(forge) == wanted and not found:
                converged.add(left)
            else:
                yield f"{at}, then again: {found} {said} / {told}"
    empty.bring_back(forge)
    if not case.reads and len(converged) == 1:
        yield "no fault left anything behind"


def _faults(requests: list[Call]) -> Iterator[tuple[int, int, tuple[str, Mapping[str, Any]]]]:
    """Yield every request with every fault: GitHub fails once, or from then on."""
    for index, call in enumerate(requests):
        once = () if call.operation.startswith("GET ") else (1,)
        for times in (*once, FOR_EVER):
            yield from ((index, times, fault) for fault in FAULTS.items())
