"""The engine's commands one by one: as its users know them, or refused with the way to do it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from release.estate import load_estate, read_stack_files
from release.registry import REGISTRY
from release.settings.model import Settings
from tests.engine.program import SECONDS, Program, copy_program
from tools.engine.environment import Places, engine_environment
from tools.toolchain.locate import locate

WORKS = {
    "select a stack that has a file": (("stack", "select", "dev"), ""),
    "preview the selected stack": (("preview",), "18 to create"),
    "name the selected stack": (("stack", "--show-name"), "dev"),
    "create a stack": (("stack", "init", "staging"), "Created stack"),
    "list stacks": (("stack", "ls"), "staging"),
    "read the settings": (("config", "--stack", "dev"), "development"),
    "read one setting": (("config", "get", "project", "--stack", "dev"), "development"),
    "bring up": (("up", "--stack", "dev", "--yes", "--skip-preview"), "18 created"),
    "look at the outputs": (("stack", "output", "project", "--stack", "dev"), "development"),
    "export the state": (("stack", "export", "--stack", "dev"), '"deployment"'),
    "refresh": (("refresh", "--stack", "dev", "--yes"), "18 unchanged"),
    "change the secrets": (
        ("stack", "change-secrets-provider", "passphrase", "--stack", "dev"),
        "",
    ),
    "look at the history": (("stack", "history", "--stack", "dev"), "succeeded"),
    "cancel nothing": (("cancel", "dev", "--yes"), ""),
    "destroy": (("destroy", "--stack", "dev", "--yes"), "18 deleted"),
    "remove a stack": (("stack", "rm", "dev", "--yes"), "has been removed"),
}
"""In the order in which one person runs them: what they do -> arguments and what is printed."""

REFUSED = {
    "config set soak 3h --stack dev": "edit Pulumi.dev.yaml, then: hmco check",
    "config rm soak -s dev": "edit Pulumi.dev.yaml",
    "config set-all --plaintext a=b": "edit Pulumi.STACK.yaml",
    "config rm-all a": "edit Pulumi.STACK.yaml",
    "config cp --dest prod": "edit Pulumi.STACK.yaml",
    "config refresh --force": "edit Pulumi.STACK.yaml",
    "config env add x": "edit Pulumi.STACK.yaml",
    "up --stack dev --config hmco:soak=0s": "edit Pulumi.dev.yaml, then: hmco check",
    "preview -s dev -c hmco:soak=0s": "edit Pulumi.dev.yaml",
    "up --stack dev --config-file=other.yaml": "edit Pulumi.dev.yaml",
    "stack rename test": "docs/runbooks/new-environment.md",
    "watch --stack dev": "pulumi up --stack dev",
    "new kubernetes-python": "outside this clone",
    "destroy --stack dev --remove": "pulumi destroy --stack dev && pulumi stack rm dev",
    "-C /tmp preview": "to work elsewhere: deactivate",
}
"""Command line -> what the refusal tells to do."""


def _files(program: Program) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in program.folder.glob("Pulumi*")}


@pytest.mark.parametrize("team", [False, True], ids=["embedded", "team"])
def test_a_command_works_as_its_users_know_it_and_leaves_every_stack_file_alone(
    tmp_path: Path, *, team: bool
) -> None:
    (tmp_path / "backend").mkdir()
    backend = {"HMCO_BACKEND_URL": f"file://{tmp_path / 'backend'}"} if team else {}
    program = copy_program(tmp_path / "program", backend)
    before = _files(program)
    if team:
        created = program.pulumi("stack", "init", "dev")
        assert created.code == 0, created.text
    for what, (arguments, printed) in WORKS.items():
        answer = program.pulumi(*arguments)
        assert answer.code == 0, f"{what}: {answer.text}"
        assert printed in answer.text, what
        assert _files(program) == before, f"{what}: a stack file was written"


@pytest.mark.parametrize("line", REFUSED)
def test_a_command_that_would_write_a_stack_file_is_refused_with_the_way_to_do_it(
    tmp_path: Path, line: str
) -> None:
    program = copy_program(tmp_path)
    before = _files(program)
    answer = program.pulumi(*line.split())
    assert answer.code == 1
    assert REFUSED[line] in answer.err
    assert _files(program) == before


def test_a_program_in_a_folder_is_run_from_the_top_of_its_checkout(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    program = copy_program(tmp_path / "platform")
    at_top = Program(tmp_path, {"PYTHONPATH": str(program.folder)})
    answer = at_top.up("dev")
    assert answer.code == 0, answer.text
    assert (program.folder / "build" / "dev").is_dir()

    shutil.rmtree(tmp_path / ".git")
    outside = at_top.up("dev")
    assert outside.code == 1
    assert f"cd {program.folder}" in outside.err


def settings_of(program: Program) -> list[Settings]:
    estate = load_estate(REGISTRY, read_stack_files(program.folder))
    return [environment.settings for environment in estate.environments.values()]


def test_stack_files_that_the_bare_engine_wrote_anew_mean_what_they_meant(tmp_path: Path) -> None:
    program = copy_program(tmp_path / "program")
    before = settings_of(program)
    tools = locate(("pulumi", "kubernetes"))
    ambient = {
        **os.environ,
        "HMCO_BACKEND_URL": f"file://{tmp_path}",
        "PULUMI_CONFIG_PASSPHRASE": "of a team",
    }
    path = (*tools.path, Path(sys.prefix) / "bin")
    places = Places(tmp_path / "work", tools.plugins, path, ambient)
    variables = engine_environment(places)
    del variables["PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER"]
    places.home.mkdir(parents=True)
    (places.home / "plugins").symlink_to(tools.plugins)
    for stack in ("dev", "staging"):
        for words in (
            ("stack", "init", stack),
            ("up", "--stack", stack, "--yes", "--skip-preview"),
        ):
            done = subprocess.run(
                ["pulumi", *words, "--non-interactive"],
                cwd=program.folder,
                env=variables,
                check=False,
                capture_output=True,
                text=True,
                timeout=SECONDS,
            )
            assert done.returncode == 0, done.stdout + done.stderr
        text = (program.folder / f"Pulumi.{stack}.yaml").read_text()
        assert 'hmco:revisionHistoryLimit: "10"\n' in text
        assert "\nencryptionsalt: v1:" in text
    assert settings_of(program) == before
    answer = program.up("dev")
    assert answer.code == 0, answer.text
