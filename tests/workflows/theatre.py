"""One job at a time without a runner: a checkout, the fake GitHub, and what each job is given."""

import contextlib
import io
import os
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import pytest
from ruamel.yaml import YAML

from demo.repository import EstateRepo
from release.cli.main import main
from release.github.hub.client import Hub, HubError, connect
from release.github.results import Change, StackResult, encoded, pack
from release.github.workflows.listed import workflow_files
from tests.github.forge import Forge
from tests.github.history import BOT
from tests.github.issues import comment
from tests.github.pulls import review
from tests.github.server import FakeGitHub
from tests.github.world import WRITER
from tests.release.github.workflows.sources import SCENES
from tests.workflows.play import Job, Parsed, play_job

FILES: Final[Mapping[str, Parsed]] = {
    Path(path).name: YAML(typ="safe", pure=True).load(text)
    for path, text in workflow_files(SCENES["postgres"]()).items()
}
EVERYTHING: Final = ("+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*")
NUMBER: Final = 7


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
