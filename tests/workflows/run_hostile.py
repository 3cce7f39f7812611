"""Hostile dispatch inputs: the very step of each workflow, with the very values, in bash.

A refusal happens inside the step, so the step is what is run: the line of the parsed file under the
shell that GitHub uses, with the values where the file puts them. Nothing is pushed or opened.
"""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.github.world import WRITER
from tests.release.github.hostile import CANARY, TEXTS
from tests.workflows.stage import ROOT, Stage
from tools.engine.scripts import install

SOUND = {
    "promotion": {
        "chart_name": "monitoring",
        "new_version": "1.4.0",
        "source_env": "dev",
        "target_env": "staging",
        "again": "",
    },
    "rollback": {
        "chart_name": "vault",
        "environment": "prod",
        "version": "",
        "reason": "",
        "until": "",
    },
    "hold": {"chart_name": "vault", "environment": "prod", "reason": "why", "until": ""},
}
NAMES = {
    "promotion": ("chart_name", "new_version", "source_env", "target_env"),
    "rollback": ("chart_name", "environment", "version"),
    "hold": ("chart_name", "environment"),
}
"""Inputs that name something; the others are free text and may say what they like."""


@pytest.fixture(scope="module")
def checkout(shared: Stage) -> Path:
    """Give a checkout as the workflow makes it, set up and ready."""
    place = shared.folder / "checkout"
    subprocess.run(["git", "clone", "--quiet", shared.forge.bare, place], check=True)
    subprocess.run(["git", "-C", place, "switch", "--quiet", "--detach", "origin/main"], check=True)
    subprocess.run(["cp", "-a", shared.folder / "venv", place / ".venv"], check=True)
    install(place)
    return place


def step_of(workflow: str) -> dict[str, Any]:
    text = (ROOT / ".github" / "workflows" / f"{workflow}.yml").read_text(encoding="utf-8")
    (job,) = YAML(typ="safe", pure=True).load(text)["jobs"].values()
    step: dict[str, Any] = job["steps"][-1]
    return step


def run_step(stage: Stage, checkout: Path, workflow: str, inputs: dict[str, str]) -> Any:
    step = step_of(workflow)
    values = {
        name: inputs[expression.split("inputs.")[1].split(" ")[0]]
        for name, expression in step["env"].items()
        if "inputs." in expression
    }
    github = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_ACTOR": "ada",
        "GITHUB_TRIGGERING_ACTOR": "ada",
        "GITHUB_TOKEN": WRITER,
        "GITHUB_API_URL": f"{stage.github.url}api/v3",
        "GITHUB_REPOSITORY": "example-org/charts",
        "GITHUB_OUTPUT": str(stage.folder / "output"),
        "HOME": str(stage.folder / "home"),
    }
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        cwd=checkout,
        env={**os.environ, **github, **values},
        check=False,
        capture_output=True,
        text=True,
        errors="replace",
    )


def usable(text: str) -> bool:
    """Tell whether a variable of a process can hold it at all: GitHub could not pass it on."""
    return "\0" not in text and len(text.encode()) < 131_000


CASES = [
    (workflow, field, index)
    for index, text in enumerate(TEXTS)
    if usable(text)
    for workflow, fields in NAMES.items()
    for field in (fields[index % len(fields)],)
    if index % 3 == list(NAMES).index(workflow) or index < 12
]


@pytest.mark.parametrize(("workflow", "field", "index"), CASES)
def test_a_name_that_is_none_is_refused_before_anything_is_done(
    shared: Stage, checkout: Path, workflow: str, field: str, index: int
) -> None:
    shared.github.forget()
    refs = shared.forge.git("for-each-ref")

    answer = run_step(shared, checkout, workflow, {**SOUND[workflow], field: TEXTS[index]})

    assert answer.returncode in {1, 2}, answer.stdout + answer.stderr
    assert "Traceback" not in answer.stderr
    assert shared.github.writes() == []
    assert shared.forge.git("for-each-ref") == refs
    assert not Path(CANARY).exists()
    assert not (shared.folder / "output").exists()


def test_there_are_at_least_sixty_of_them() -> None:
    assert len({index for _, _, index in CASES}) >= 60


@pytest.mark.parametrize("index", range(0, len(TEXTS), 6))
def test_free_text_is_refused_or_shown_harmless(shared: Stage, checkout: Path, index: int) -> None:
    text = TEXTS[index]
    if not usable(text):
        return
    trunk = shared.forge.git("rev-parse", "main")

    answer = run_step(shared, checkout, "hold", {**SOUND["hold"], "reason": text})

    assert answer.returncode in {0, 1, 2}
    assert "Traceback" not in answer.stderr
    assert not Path(CANARY).exists()
    assert {p["head"]["ref"] for p in shared.forge.open_pulls()} <= {"hold/vault-in-prod"}
    assert shared.forge.git("rev-parse", "main") == trunk
    for pull in shared.forge.open_pulls():
        assert pull["body"].startswith("<!-- hmco:proposal -->")
        shown = shared.forge.git("diff", "--name-only", "main", "hold/vault-in-prod")
        assert shown == "Pulumi.prod.yaml"
