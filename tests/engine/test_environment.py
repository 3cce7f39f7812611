"""Whole environments through the real engine and the real Kubernetes provider."""

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from release.argocd.manifestfiles import file_name
from release.argocd.manifests import environment_manifests
from release.estate import load_estate, read_stack_files
from release.registry import REGISTRY
from tests.engine.program import SECONDS, Program, copy_program

CHANGED = "api-gateway: 1.0.0"


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return copy_program(tmp_path)


def test_an_environment_comes_up_and_a_second_run_changes_nothing(program: Program) -> None:
    clone = program.snapshot()

    preview = program.pulumi("preview", "--stack", "dev")
    assert preview.code == 0, preview.text
    assert "18 to create" in preview.out
    assert "warning" not in preview.text
    assert program.snapshot() == clone, "a preview writes nothing"

    first = program.pulumi("up", "--stack", "dev", "--yes", "--suppress-outputs")
    assert first.code == 0, first.text
    assert "8 files, each as the settings say" in first.err
    assert "\nnext: kubectl apply --server-side " in first.err
    assert {n: t for n, t in program.snapshot().items() if not n.startswith("build/")} == clone

    second = program.up("dev", "--expect-no-changes")
    assert second.code == 0, second.text

    for operation in (("refresh", "--yes"), ("preview", "--refresh", "--expect-no-changes")):
        answer = program.pulumi(operation[0], "--stack", "dev", *operation[1:])
        assert answer.code == 0, answer.text

    shutil.rmtree(program.folder / "build")
    again = program.up("dev")
    assert again.code == 0, again.text
    assert "18 created" in again.out


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_the_engine_delivers_object_for_object_what_the_builders_say(
    program: Program, stack: str
) -> None:
    answer = program.up(stack)
    assert answer.code == 0, answer.text
    environment = load_estate(REGISTRY, read_stack_files(program.folder)).environments[stack]
    expected = environment_manifests(REGISTRY, environment).all
    assert program.manifests(stack) == {file_name(manifest): manifest for manifest in expected}

    table = program.pulumi("stack", "output", "applications", "--json", "--stack", stack)
    assert table.code == 0, table.text
    assert table.out.count('"revision"') == len(environment.settings.versions)


def test_one_changed_pin_changes_one_application_in_one_environment(program: Program) -> None:
    for stack in ("staging", "dev"):
        assert program.up(stack).code == 0
    before = {stack: program.snapshot("build", stack) for stack in ("staging", "dev")}

    program.edit("staging", CHANGED, "api-gateway: 1.1.0")
    assert program.steps("staging") == {"api-gateway-staging-application": "update"}
    assert program.steps("dev") == {}
    assert program.up("staging").code == 0

    after = program.snapshot("build", "staging")
    changed = {name for name in after if after[name] != before["staging"][name]}
    assert changed == {
        "1-manifest/argoproj.io_v1alpha1-application-argocd-api-gateway-staging.yaml"
    }
    assert program.snapshot("build", "dev") == before["dev"]

    program.edit("staging", "    api-gateway: 1.1.0\n", "")
    answer = program.up("staging")
    assert answer.code == 0, answer.text
    assert not changed & set(program.snapshot("build", "staging"))

    gone = program.pulumi("destroy", "--stack", "staging", "--yes")
    assert gone.code == 0, gone.text
    assert program.manifests("staging") == {}


def test_files_that_somebody_touched_are_named_with_their_fix(program: Program) -> None:
    assert program.up("dev").code == 0
    folder = program.folder / "build" / "dev" / "1-manifest"
    prefix = "argoproj.io_v1alpha1-application-argocd"
    (folder / f"{prefix}-storage-dev.yaml").unlink()
    edited = folder / f"{prefix}-monitoring-dev.yaml"
    edited.write_text(edited.read_text().replace("enabled: true", "enabled: false"))
    (folder / "mine.yaml").write_text("a: 1\n")

    answer = program.up("dev")
    assert answer.code == 1
    assert f"{prefix}-storage-dev.yaml: was missing, made again\n" in answer.err
    assert f"{prefix}-monitoring-dev.yaml: was changed, made again\n" in answer.err
    assert "mine.yaml: foreign; no stack file makes it; remove it: rm build/dev" in answer.err

    (folder / "mine.yaml").unlink()
    again = program.up("dev")
    assert again.code == 0, again.text
    assert "8 files, each as the settings say" in again.err


def test_a_targeted_up_calls_the_rest_not_applied_yet(program: Program) -> None:
    assert program.up("staging").code == 0
    program.edit("staging", CHANGED, "api-gateway: 1.1.0")
    program.edit("staging", "    storage: 1.0.0", "    storage: 1.1.0")
    answer = program.up("staging", "--target", "**::storage-staging-application")
    assert answer.code == 0, answer.text
    assert "api-gateway-staging.yaml: not applied yet\n" in answer.err
    assert answer.err.count("not applied yet") == 1
    assert "to apply the rest: pulumi up --stack staging\n" in answer.err
    assert program.steps("staging") == {"api-gateway-staging-application": "update"}


@pytest.mark.parametrize("operation", ["preview", "up"])
def test_an_unedited_copy_of_a_stack_file_is_refused_before_any_resource(
    program: Program, operation: str
) -> None:
    assert program.up("prod").code == 0
    shutil.copy(program.folder / "Pulumi.prod.yaml", program.folder / "Pulumi.prod-us.yaml")
    before = program.snapshot()
    for stack in ("prod-us", "prod"):
        answer = program.pulumi(operation, "--stack", stack)
        assert answer.code == 1
        assert "prod-us already has project production" in answer.err
        assert "prod-us already writes to build/prod" in answer.err
        assert "rm " not in answer.text
    assert program.snapshot() == before


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("  hmco:soak: 2h", "\thmco:soak: 2h", "Pulumi.dev.yaml:9:"),
        ("  hmco:soak: 2h", "   hmco:soak: 2h", "Pulumi.dev.yaml:9:"),
    ],
    ids=["tab", "indent"],
)
def test_broken_yaml_is_told_with_file_and_line_before_the_engine_starts(
    program: Program, before: str, after: str, told: str
) -> None:
    program.edit("dev", before, after)
    answer = program.up("dev")
    assert answer.code == 1
    assert told in answer.err
    assert not (program.folder / "build" / ".engine" / "settings" / "Pulumi.dev.yaml").exists()


def test_a_broken_project_file_is_told_with_its_line_before_the_engine_starts(
    program: Program,
) -> None:
    path = program.folder / "Pulumi.yaml"
    path.write_text(path.read_text().replace("  name: python", "\tname: python"))
    for arguments in (("preview", "--stack", "dev"), ("stack", "ls")):
        answer = program.pulumi(*arguments)
        assert answer.code == 1
        assert answer.err.startswith("pulumi: Pulumi.yaml:4: found character")
    path.write_bytes(b"name: \xff\n")
    assert program.pulumi("stack", "ls").err.startswith("pulumi: Pulumi.yaml: is not UTF-8 text;")
    assert not (program.folder / "build").exists()


def test_protected_production_objects_survive_a_destroy(program: Program) -> None:
    assert program.up("prod").code == 0
    before = program.snapshot("build", "prod")
    answer = program.pulumi("destroy", "--stack", "prod", "--yes")
    assert answer.code != 0
    assert "protected" in answer.text
    assert program.snapshot("build", "prod") == before


def test_wrong_settings_are_told_all_at_once_before_anything_is_made(program: Program) -> None:
    program.edit("dev", "soak: 2h", "soak: soon")
    program.edit("dev", "    storage: main", "    storage: latest")
    answer = program.up("dev")
    assert answer.code != 0
    assert "'soon' is not a duration" in answer.text
    assert "'latest' is not an exact version" in answer.text
    assert not (program.folder / "build" / "dev").exists()


def test_a_mistake_in_another_stacks_file_is_told_as_that_with_why_it_stops_this_one(
    program: Program,
) -> None:
    program.edit("prod", "    storage: 1.0.0", "    storage: latest")
    answer = program.pulumi("preview", "--stack", "dev")
    assert answer.code == 1
    assert "Pulumi.prod.yaml:" in answer.err
    assert "None of this is in Pulumi.dev.yaml, but one stack file may take" in answer.err
    assert "None of this" not in program.pulumi("preview", "--stack", "prod").err


def test_a_stack_without_a_file_is_refused_with_the_known_ones(program: Program) -> None:
    answer = program.up("production")
    assert answer.code == 1
    assert "there is no stack production; the stacks are dev, prod, staging" in answer.err


def test_a_killed_run_is_taken_up_by_the_next_one(program: Program) -> None:
    engine = subprocess.Popen(
        program.command("up", "--stack", "prod", "--yes", "--skip-preview"),
        cwd=program.folder,
        env=program.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    rendered = program.folder / "build" / "prod" / "1-manifest"
    deadline = time.monotonic() + SECONDS
    while not (rendered.is_dir() and any(rendered.iterdir())):
        assert time.monotonic() < deadline, "the run to be killed never began to write"
        assert engine.poll() is None, "the run to be killed ended by itself"
        time.sleep(0.005)
    os.killpg(engine.pid, signal.SIGKILL)
    engine.wait()
    _end_orphans(program.folder)

    answer = program.up("prod")
    assert answer.code == 0, answer.text
    assert "14 files, each as the settings say" in answer.err
    assert program.up("prod", "--expect-no-changes").code == 0


@pytest.mark.parametrize("left", [None, b"", b'{"version": 3, "chec'])
def test_a_run_killed_while_it_writes_the_state_loses_nothing(
    program: Program, left: bytes | None
) -> None:
    assert program.up("dev").code == 0
    engine = program.folder / "build/.engine/state/.pulumi"
    state = engine / "stacks/hmco/dev.json"
    state.rename(engine / "stacks/hmco/dev.json.bak")
    if left is not None:
        state.write_bytes(left)
        state.with_name("dev.json.attrs").write_bytes(b"")
    lock = engine / "locks/organization/hmco/dev/0000.json"
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.write_text('{"pid"')

    answer = program.up("dev", "--expect-no-changes")
    assert answer.code == 0, answer.text
    assert "the last run was killed; taking up where it stopped" in answer.err


def _end_orphans(folder: Path) -> None:
    """End the provider that a killed engine leaves behind: it runs in a group of its own."""
    listing = subprocess.run(
        ["ps", "-eo", "pid=,args="], check=True, capture_output=True, text=True
    )
    for line in listing.stdout.splitlines():
        pid, _, command = line.strip().partition(" ")
        if command.startswith(str(folder)):
            os.kill(int(pid), signal.SIGTERM)


def test_a_run_whose_launcher_alone_was_killed_is_waited_for(program: Program) -> None:
    launcher = subprocess.Popen(
        program.command("up", "--stack", "dev", "--yes", "--skip-preview"),
        cwd=program.folder,
        env=program.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    engine = _engine_at_work(program.folder / "build/.engine")
    os.kill(engine, signal.SIGSTOP)
    launcher.kill()
    launcher.wait()

    with subprocess.Popen(
        program.command("up", "--stack", "dev", "--yes", "--skip-preview"),
        cwd=program.folder,
        env=program.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as following:
        assert following.stderr is not None
        assert following.stdout is not None
        assert (
            following.stderr.readline() == f"pulumi: process {engine} still works on dev; waiting\n"
        )
        os.kill(engine, signal.SIGCONT)
        assert "18 unchanged" in following.stdout.read()
    assert following.returncode == 0


def _engine_at_work(work: Path) -> int:
    """Wait until an `up` holds the engine's lock, and return the process that took it."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        # The copy of the stack file is made once the stack is there: making one takes a lock too.
        if (work / "settings" / "Pulumi.dev.yaml").exists():
            for path in (work / "state/.pulumi/locks/organization/hmco/dev").glob("*.json"):
                if text := path.read_text():
                    return int(json.loads(text)["pid"])
        time.sleep(0.005)
    pytest.fail("the engine never took its lock")


def test_two_runs_at_once_wait_for_each_other(program: Program) -> None:
    runs = [
        subprocess.Popen(
            program.command("up", "--stack", "dev", "--yes", "--skip-preview"),
            cwd=program.folder,
            env=program.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    answers = [run.communicate(timeout=SECONDS) for run in runs]
    assert [run.returncode for run in runs] == [0, 0], answers
    assert sum("waiting for it" in err for _, err in answers) == 1
    assert sum("18 created" in out for out, _ in answers) == 1
