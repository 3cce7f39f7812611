"""Every request of every workflow to GitHub, failing in every way, then the run once more.

The requests are those of a run without a fault, the workflows those of the generated files. The
outcome must be the world that a run without a fault leaves: nothing twice, nothing lost.
"""

import contextlib
import io
import json
import os
import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import pytest
from github import GithubRetry
from ruamel.yaml import YAML

import release.cli.propose
import release.cli.release
from demo.builder import build_estate
from demo.environments import committed_environments
from demo.repository import EstateRepo
from release.charts.record import Registry
from release.cli.main import main
from release.github.hub.client import Hub, HubError, connect
from release.github.results import Change, StackResult, encoded, pack
from release.github.workflows.listed import workflow_files
from release.registry import REGISTRY
from tests.github.forge import Forge
from tests.github.guarded import guard
from tests.github.history import BOT
from tests.github.issues import comment
from tests.github.pulls import review
from tests.github.server import Call, FakeGitHub, Fault, error, serving
from tests.github.world import WRITER
from tests.release.github.workflows.sources import SCENES
from tests.workflows.play import Job, Parsed, play_job
from tests.workflows.stage import CHARTS
from tests.workflows.world import Kept, look

FILES: Final[Mapping[str, Parsed]] = {
    Path(path).name: YAML(typ="safe", pure=True).load(text)
    for path, text in workflow_files(SCENES["postgres"]()).items()
}
FAULTS: Final[Mapping[str, Mapping[str, Any]]] = {
    **{str(status): {"answer": error(status, "No")} for status in (403, 404, 409, 422, 503)},
    "never arrives": {"answer": error(503, "No"), "cut": True},
    "answer is lost": {"cut": True},
}
FOR_EVER: Final = 10_000
EVERYTHING: Final = ("+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*")
NUMBER: Final = 7
_OWNED: Final = ("data-platform", "ml-platform")
"""One chart of each team that the stack files name and that owns none of the others."""


@dataclass
class Theatre:
    """A checkout, its bare origin and the fake GitHub in front of that.

    `calls` are what a run without a fault decided to do on GitHub, which asks GitHub nothing and
    takes long: the same is then done under every fault.
    """

    estate: EstateRepo
    forge: Forge
    github: FakeGitHub
    folder: Path
    calls: list[Callable[[Hub], object]] = field(default_factory=list)

    def record(self, monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> None:
        """Keep every call of a function that does what was decided."""
        real = getattr(module, name)

        def recorded(hub: Hub, what: object) -> object:
            self.calls.append(lambda again: real(again, what))
            return real(hub, what)

        monkeypatch.setattr(module, name, recorded)

    def repeat(self) -> str:
        """Do what was decided once more; return what GitHub did not do."""
        repository = f"{self.forge.owner}/{self.forge.name}"
        hub = connect(repository, WRITER, f"{self.github.url}api/v3")
        untold = []
        for call in self.calls:
            try:
                call(hub)
            except HubError as error:
                untold.append(str(error))
        return "\n".join(untold)

    def perform(self, job: Job, _: int, step: Parsed, values: Mapping[str, str]) -> Any:
        """Do a step that speaks to GitHub; the others prepare a machine that is ready here."""
        if "GITHUB_TOKEN" not in step.get("env", {}):
            return {"token": WRITER}
        words = shlex.split(step["run"])[1:]
        arguments = [word.replace(*_named(word, values)) for word in words]
        said = io.StringIO()
        given = {**values, "GITHUB_API_URL": f"{self.github.url}api/v3"}
        before = dict(os.environ)
        os.environ.update(given)
        try:
            with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
                code = main(
                    arguments, registry=self.estate.registry, clock=lambda: self.estate.until
                )
        finally:
            os.environ.clear()
            os.environ.update(before)
        job.context["said"].append(said.getvalue())
        assert code in {0, 1}, f"{arguments}: {code}: {said.getvalue()}"
        return {} if code == 0 else None


def _named(word: str, values: Mapping[str, str]) -> tuple[str, str]:
    _, _, name = word.partition("$")
    return f"${name}", values[name] if name else ""


def nothing(_: Theatre) -> None:
    """Leave the world as it is."""


@dataclass(frozen=True)
class Case:
    """One job of a file, what started it and what it finds."""

    file: str
    job: str
    inputs: Mapping[str, str] = field(default_factory=dict)
    needs: Mapping[str, Any] = field(default_factory=dict)
    before: Callable[[Theatre], None] = nothing
    reads: bool = False


def needs(**outcomes: StackResult | str) -> dict[str, Any]:
    """Return what jobs leave for the one that tells."""
    return {
        name.replace("_", "-"): {
            "result": "success",
            "outputs": {"result": encoded(each) if isinstance(each, StackResult) else each},
        }
        for name, each in outcomes.items()
    }


_QUIET: Final = {
    name: StackResult(stack=name, outcome="unchanged") for name in ("dev", "staging", "prod")
}
_MOVED: Final = StackResult(
    stack="prod", outcome="changed", changes=(Change("update", "Application", "vault-prod"),)
)
_CHECKED: Final = pack(
    {"findings": [], "left": 0, "stale": [], "outlook": "", "sarif": '{"version": "2.1.0"}'}
)
_DRIFT: Final = {f"drift_{name}": each for name, each in _QUIET.items()}
_PREVIEWS: Final = {f"preview_{name}": each for name, each in _QUIET.items()}
_REPORT: Final = needs(changes="", check=_CHECKED, **{**_PREVIEWS, "preview_prod": _MOVED})


def _landed(theatre: Theatre) -> None:
    """Let one version be new."""
    theatre.forge.git("update-ref", "-d", "refs/tags/vault-1.3.0")


def _drifted(theatre: Theatre) -> None:
    play_once(theatre, CASES["drift is opened"])


def _told(theatre: Theatre) -> None:
    comment(theatre.forge, NUMBER, "<!-- hmco:preview --> mine", "mallory")
    play_once(theatre, replace(CASES["preview"], needs=needs(changes="", check="", **_PREVIEWS)))


def _proposed(theatre: Theatre) -> None:
    play_once(theatre, _PROMOTION)
    (pull,) = theatre.forge.pulls.values()
    review(theatre.forge, pull["number"], "grace")


def _stale(theatre: Theatre) -> None:
    """Let the trunk move under a proposal."""
    play_once(theatre, _PROMOTION)
    (pull,) = theatre.forge.pulls.values()
    pull["body"], pull["labels"] = "Words of an earlier run", []
    tree = theatre.forge.git("rev-parse", f"{pull['head']['ref']}^{{tree}}")
    older = theatre.forge.git("rev-parse", "main~1")
    message = theatre.forge.git("show", "-s", "--format=%B", pull["head"]["ref"])
    made = theatre.forge.git("commit-tree", tree, "-p", older, "-m", message, env=BOT)
    theatre.forge.git("update-ref", f"refs/heads/{pull['head']['ref']}", made)


_PROMOTION: Final = Case(
    "promotion.yml",
    "promotion",
    {
        "chart_name": "monitoring",
        "new_version": "1.4.0",
        "source_env": "dev",
        "target_env": "staging",
        "again": "",
    },
)
CASES: Final[Mapping[str, Case]] = {
    "promotion": _PROMOTION,
    "promotion again": replace(_PROMOTION, before=_stale),
    "rollback": Case(
        "rollback.yml",
        "rollback",
        {"chart_name": "vault", "environment": "prod", "version": "", "reason": "", "until": ""},
    ),
    "hold": Case(
        "hold.yml",
        "hold",
        {"chart_name": "vault", "environment": "prod", "reason": "why", "until": "2026-12-31"},
    ),
    "unhold": Case(
        "unhold.yml",
        "unhold",
        {"chart_name": "storage", "environment": "prod", "reason": "over"},
    ),
    "release": Case("release.yml", "release", before=_landed),
    "preview": Case("preview.yml", "report", needs=_REPORT),
    "preview again": Case("preview.yml", "report", needs=_REPORT, before=_told),
    "approvals": Case("approvals.yml", "approvals", before=_proposed, reads=True),
    "drift is opened": Case("drift.yml", "issue", needs=needs(**{**_DRIFT, "drift_prod": _MOVED})),
    "drift is told anew": Case(
        "drift.yml",
        "issue",
        needs=needs(**{**_DRIFT, "drift_prod": _MOVED, "drift_dev": replace(_MOVED, stack="dev")}),
        before=_drifted,
    ),
    "drift is gone": Case("drift.yml", "issue", needs=needs(**_DRIFT), before=_drifted),
}


def play_once(theatre: Theatre, case: Case) -> tuple[str, str]:
    """Run the job of a case on a fresh machine; return its result and what it said."""
    estate, forge = theatre.estate, theatre.forge
    theatre.calls.clear()
    estate.git("fetch", "--quiet", "--prune", "origin", *EVERYTHING)
    number = next(iter(forge.pulls), NUMBER)
    event = {"pull_request": {"number": number, "base": {"sha": ""}}}
    context = {
        "inputs": case.inputs,
        "needs": case.needs,
        "github": {"token": WRITER, "event": event},
        "secrets": {},
        "vars": {},
        "said": [],
    }
    job = Job(case.job, context)
    played = play_job(job, FILES[case.file]["jobs"][case.job], theatre.perform)
    return played.result, "\n".join(context["said"])


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
    guard(forge)
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
def test_whatever_github_answers_the_next_run_ends_where_one_without_a_fault_does(
    theatre: Theatre, name: str
) -> None:
    case, forge, github = CASES[name], theatre.forge, theatre.github
    empty = Kept(forge)
    case.before(theatre)
    start = Kept(forge)
    github.forget()
    result, said = play_once(theatre, case)
    assert result == "success", said
    requests, wanted, decided = list(github.requests), look(forge), list(theatre.calls)
    assert requests

    def again() -> str:
        theatre.calls[:] = decided
        return theatre.repeat() if decided else play_once(theatre, case)[1]

    converged, wrong = {wanted}, []
    for index, times, (kind, fault) in _faults(requests):
        start.bring_back(forge)
        github.faults = [Fault(".*", after=index, times=times, **fault)]
        said = again()
        github.faults = []
        left = look(forge)
        if left not in converged:
            result, told = play_once(theatre, case)
            if result == "success" and look(forge) == wanted:
                converged.add(left)
            else:
                wrong.append(f"{requests[index].operation} {kind} {times}: {said} / {told}")
    empty.bring_back(forge)
    assert wrong == []
    assert case.reads or len(converged) > 1


def _faults(requests: list[Call]) -> Iterator[tuple[int, int, tuple[str, Mapping[str, Any]]]]:
    """Yield every request with every fault: GitHub fails once, or from then on."""
    for index, call in enumerate(requests):
        once = () if call.operation.startswith("GET ") else (1,)
        for times in (*once, FOR_EVER):
            yield from ((index, times, fault) for fault in FAULTS.items())
