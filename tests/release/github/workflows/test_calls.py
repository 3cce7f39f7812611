"""Every command that a workflow calls is one of ours, with options that it knows."""

import re
import shlex
from collections.abc import Iterator
from typing import Final

import click
import pytest
from ruamel.yaml import YAML

from release.cli.main import hmco
from release.github.workflows.listed import workflow_files
from release.github.workflows.required import objections
from tests.release.github.workflows.sources import SCENES


def calls() -> Iterator[tuple[str, str]]:
    for path, text in workflow_files(SCENES["aws"]()).items():
        for job in YAML(typ="safe", pure=True).load(text)["jobs"].values():
            for step in job["steps"]:
                if ".venv/bin/hmco" in step.get("run", ""):
                    yield path, step["run"]


CALLS = sorted(set(calls()))


@pytest.mark.parametrize(("path", "run"), CALLS)
def test_the_command_line_knows_the_call(path: str, run: str) -> None:
    _, *words = shlex.split(run.removeprefix("exec ").replace('"$', '"x'))
    command: click.Command = hmco
    while isinstance(command, click.Group):
        name, words = words[0], words[1:]
        found = command.get_command(click.Context(command), name)
        assert found is not None, f"{path}: {name}"
        command = found
    command.make_context(str(command.name), list(words), resilient_parsing=False).close()


_STACKS: Final = ("dev", "staging", "prod")
_APP: Final = {"HMCO_APP_PRIVATE_KEY"}
_STATE: Final = {"HMCO_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE"}
SECRETS: Final = {
    **dict.fromkeys(("promotion", "rollback", "hold", "unhold", "release"), _APP),
    "deploy-dev": _STATE,
    "deploy-staging": _STATE,
    "deploy-prod": _STATE | {"HMCO_GOVERNANCE_PRIVATE_KEY"},
    **{f"{kind}-{name}": _STATE for kind in ("preview", "drift") for name in _STACKS},
}


def test_each_secret_reaches_the_jobs_that_need_it_alone() -> None:
    found = {
        name: secrets
        for text in workflow_files(SCENES["postgres"]()).values()
        for name, job in YAML(typ="safe", pure=True).load(text)["jobs"].items()
        if (secrets := set(re.findall(r"secrets\.(\w+)", str(job))))
    }

    assert found == SECRETS


def test_the_judge_of_the_required_check_is_the_module_that_the_file_names() -> None:
    files = workflow_files(SCENES["aws"]())
    assert f"python3 -m {objections.__module__}" in files[".github/workflows/preview.yml"]
