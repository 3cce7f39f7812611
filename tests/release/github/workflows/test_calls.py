"""Every command that a workflow calls is one of ours, with options that it knows."""

import shlex
from collections.abc import Iterator

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


def test_the_judge_of_the_required_check_is_the_module_that_the_file_names() -> None:
    files = workflow_files(SCENES["aws"]())
    assert f"python3 -m {objections.__module__}" in files[".github/workflows/preview.yml"]
