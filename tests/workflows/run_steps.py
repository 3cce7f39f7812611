"""Every step of every workflow: it fails, or the run ends before it; then the run once more.

The same step with the same values in the same world does the same, so it is done once; one that
leaves the world alone is not done again in another either.
"""

import json
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import pytest
from ruamel.yaml import YAML

from tests.github.world import WRITER
from tests.release.github.workflows.house import ACTIONS
from tests.workflows.acting import pull_event
from tests.workflows.play import Job, Parsed, play
from tests.workflows.stage import INPUTS, STAND_INS, Ran, Stage
from tests.workflows.world import Kept, look

Values = Mapping[str, str]
_STATUS: Final = ("always()", "cancelled()")


@dataclass
class Rehearsal:
    """One workflow on its machines, one a job, and what each step was seen to do."""

    stage: Stage
    file: str
    event: str
    inputs: Values = field(default_factory=dict)
    payload: Mapping[str, Any] = field(default_factory=dict)
    commit: str = "main"
    said: list[str] = field(default_factory=list)
    moments: dict[tuple[str, int], Kept] = field(default_factory=dict)
    """The world before each step of the run without a fault."""
    known: dict[str, Mapping[str, str] | None] = field(default_factory=dict)
    seen: dict[tuple[str, str], tuple[Mapping[str, str] | None, Kept]] = field(default_factory=dict)
    """The world after each step that was done in another one, as often as it was another."""
    changing: set[tuple[str, int]] = field(default_factory=set)
    """Steps that were seen to change the world."""
    fails: tuple[str, int] | None = None
    recording: bool = False

    @property
    def parsed(self) -> Parsed:
        text = self.stage.text(f".github/workflows/{self.file}", self.commit)
        found: Parsed = YAML(typ="safe", pure=True).load(text)
        return found

    def look(self) -> str:
        return look(self.stage.forge, self.stage.folder / "state")

    def run(self) -> dict[str, str]:
        """Perform the whole file and return the result of each job."""
        repository = f"{self.stage.forge.owner}/{self.stage.forge.name}"
        secrets = {"GITHUB_TOKEN": WRITER, **self.stage.secrets}
        github = {
            "token": WRITER,
            "event": self.payload,
            "event_name": self.event,
            "repository": repository,
        }
        context = {
            "github": github,
            "inputs": {"again": "", "version": "", "reason": "", "until": "", **self.inputs},
            "vars": {"HMCO_APP_CLIENT_ID": "client"},
            "secrets": secrets,
        }
        played = play(self.parsed, context, self.perform)
        return {name: each.result for name, each in played}

    def act(self, **options: Any) -> Ran:
        """Let act run the file."""
        return self.stage.run(
            self.file,
            self.event,
            inputs=self.inputs,
            payload=self.payload,
            commit=self.commit,
            **options,
        )

    def perform(
        self, job: Job, index: int, step: Parsed, values: Values
    ) -> Mapping[str, str] | None:
        place = job.name, index
        if place == self.fails:
            return None
        if self.recording:
            copy = self.stage.folder / f"moment-{job.name}-{index}"
            self.moments[place] = Kept(self.stage.forge, self.stage.folder / "state", copy)
        asked = json.dumps([*place, dict(values)])
        if asked in self.known:
            return self.known[asked]
        forge, state, before = self.stage.forge, self.stage.folder / "state", self.look()
        if (asked, before) in self.seen:
            outputs, after = self.seen[asked, before]
            after.bring_back(forge)
            return outputs
        outputs = self._really(job.name, step, values)
        if self.look() != before:
            self.changing.add(place)
        elif place not in self.changing:
            self.known[asked] = outputs
        copy = self.stage.folder / f"after-{self.file}-{len(self.seen)}"
        self.seen[asked, before] = outputs, Kept(forge, state, copy)
        return outputs

    def _really(self, job: str, step: Parsed, values: Values) -> Mapping[str, str] | None:
        """Do a step in bash as a runner does, on the machine of its job."""
        machine = self.stage.folder / "machines" / job
        machine.mkdir(parents=True, exist_ok=True)
        event, output = machine.with_suffix(".json"), machine.with_suffix(".output")
        event.write_text(json.dumps({"inputs": self.inputs, **self.payload}))
        output.write_text("")
        script, given = step.get("run", ""), dict(values)
        if "uses" in step:
            (action,) = [each for each in ACTIONS if each.uses == step["uses"]]
            script = STAND_INS.get(action, "true")
            given = {name: str(values.get(key, "")) for name, key in INPUTS.items()}
        sha = self.stage.forge.git("rev-parse", self.commit)
        runner = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTOR": "ada",
            "GITHUB_EVENT_PATH": str(event),
            "GITHUB_OUTPUT": str(output),
            "GITHUB_REF": self.commit if self.commit.startswith("refs/") else "refs/heads/main",
            "GITHUB_REPOSITORY": f"{self.stage.forge.owner}/{self.stage.forge.name}",
            "GITHUB_RUN_ID": "1",
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_SHA": sha,
        }
        answer = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=machine,
            env={**self.stage.environment(), **self.stage.variables("ada", sha), **runner, **given},
            check=False,
            capture_output=True,
            text=True,
            errors="replace",
        )
        self.said.append(f"{job}, {step['name']}: {answer.stdout}{answer.stderr}"[-1500:])
        if answer.returncode:
            return None
        pairs = (line.partition("=") for line in output.read_text().splitlines())
        return {name: value for name, _, value in pairs}


def _promotion(stage: Stage) -> Rehearsal:
    inputs = {
        "chart_name": "monitoring",
        "new_version": "1.4.0",
        "source_env": "dev",
        "target_env": "staging",
    }
    return Rehearsal(stage, "promotion.yml", "workflow_dispatch", inputs)


def _rollback(stage: Stage) -> Rehearsal:
    inputs = {"chart_name": "vault", "environment": "prod"}
    return Rehearsal(stage, "rollback.yml", "workflow_dispatch", inputs)


def _hold(stage: Stage) -> Rehearsal:
    inputs = {"chart_name": "vault", "environment": "prod", "reason": "keys are rotated"}
    return Rehearsal(stage, "hold.yml", "workflow_dispatch", inputs)


def _unhold(stage: Stage) -> Rehearsal:
    hold = _hold(stage)
    assert set(hold.run().values()) == {"success"}, hold.said
    (number,) = stage.forge.pulls
    stage.forge.merge(number)
    return Rehearsal(stage, "unhold.yml", "workflow_dispatch", hold.inputs)


def _release(stage: Stage) -> Rehearsal:
    return Rehearsal(stage, "release.yml", "push")


def engine(stage: Stage, *words: str) -> None:
    """Run the launcher where a person works."""
    subprocess.run(
        [stage.folder / "venv" / "bin" / "python", "-m", "tools.engine", *words],
        cwd=stage.work,
        env={**stage.environment(), **stage.variables("ada", "main"), **stage.secrets},
        check=True,
        capture_output=True,
    )


def _begin(stage: Stage, *names: str) -> None:
    """Give stacks a state in which nothing is yet, so that all of them differ from their files."""
    for name in names:
        engine(stage, "stack", "select", name, "--create", "--non-interactive")


def _preview(stage: Stage) -> Rehearsal:
    _begin(stage, "staging")
    text = stage.text("Pulumi.staging.yaml").replace("Limit: 10", "Limit: 11")
    head = stage.push("change", {"Pulumi.staging.yaml": text}, "Keep one more")
    payload = pull_event(stage, 7, head)
    return Rehearsal(
        stage, "preview.yml", "pull_request", payload=payload, commit="refs/pull/7/merge"
    )


def _drift(stage: Stage) -> Rehearsal:
    _begin(stage, "dev", "staging", "prod")
    return Rehearsal(stage, "drift.yml", "schedule")


REHEARSALS: Final[Mapping[str, Callable[[Stage], Rehearsal]]] = {
    "promotion": _promotion,
    "rollback": _rollback,
    "hold": _hold,
    "unhold": _unhold,
    "release": _release,
    "preview": _preview,
    "drift": _drift,
}


@pytest.mark.parametrize("name", REHEARSALS)
def test_after_a_fault_at_any_step_the_next_run_ends_where_one_without_does(
    stage: Stage, name: str
) -> None:
    rehearsal = REHEARSALS[name](stage)
    start = Kept(stage.forge, stage.folder / "state", stage.folder / "start")
    rehearsal.recording = True
    results = rehearsal.run()
    rehearsal.recording = False
    assert set(results.values()) <= {"success", "skipped"}, rehearsal.said
    wanted = rehearsal.look()
    converged, wrong, lives = {wanted}, [], 0

    def again(place: tuple[str, int], fault: str) -> None:
        left = rehearsal.look()
        if left in converged:
            return
        results = rehearsal.run()
        if rehearsal.look() == wanted and set(results.values()) <= {"success", "skipped"}:
            converged.add(left)
        else:
            wrong.append(f"{fault} at {place}: {results} {rehearsal.said[-3:]}")

    for place, moment in rehearsal.moments.items():
        moment.bring_back(stage.forge)
        again(place, "the run ends")
    for place in _steps_that_others_outlive(rehearsal.parsed):
        lives += 1
        start.bring_back(stage.forge)
        rehearsal.fails = place
        rehearsal.run()
        rehearsal.fails = None
        again(place, "the step fails")
    assert wrong == []
    assert len(converged) > 1
    assert bool(lives) == (name in {"preview", "drift"})


def _steps_that_others_outlive(parsed: Parsed) -> Iterator[tuple[str, int]]:
    """Yield every step of a file in which something starts after a failure.

    In the others a step that fails leaves what a run leaves that ends before it.
    """
    if not any(word in str(parsed["jobs"]) for word in _STATUS):
        return
    for name, job in parsed["jobs"].items():
        yield from ((name, index) for index in range(len(job["steps"])))


def test_the_rehearsal_leaves_what_act_leaves(stage: Stage) -> None:
    rehearsal = _promotion(stage)
    start = Kept(stage.forge)
    rehearsal.act().done()
    acted = look(stage.forge)
    start.bring_back(stage.forge)

    assert set(rehearsal.run().values()) == {"success"}, rehearsal.said

    run = "/actions/runs/1"
    assert look(stage.forge).replace(run, "") == acted.replace(run, "")
