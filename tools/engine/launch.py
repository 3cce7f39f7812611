"""Starts the engine for this project: `.venv/bin/pulumi` is a two-line script that calls main.

Around the real engine it does what the embedded default needs: it creates the stack when there is
none, keeps the engine from writing the stack files, lets one run wait for another, gives previews
a private copy of the state, judges all stack files together before the engine sees one, and
compares the delivered files after `up`.
"""

import contextlib
import fcntl
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePath
from typing import Final

import yaml

from release.argocd.manifestfiles import repair_directory
from release.argocd.verify import carrying_command, verify_delivery
from release.estate import Environment, Estate, load_estate, read_stack_files
from release.github.access import LEFT_OUT, guarded
from release.monitoring.whole import whole_environment
from release.registry import REGISTRY
from release.settings.problems import SettingsError
from tools.engine.arguments import ABOUT_A_STACK, Request, read_arguments, refusal
from tools.engine.environment import Places, engine_environment
from tools.engine.reviewed import unlanded
from tools.toolchain.failure import ToolchainError
from tools.toolchain.locate import locate

PROGRAM: Final = Path(__file__).resolve().parents[2]
_NEEDED: Final = ("pulumi", "kubernetes")
_POLL_SECONDS: Final = 0.2
_SALT: Final = re.compile(rb"^encryptionsalt:.*\n?", re.MULTILINE)


class LaunchError(Exception):
    """The engine cannot be started; the message says why and what to do."""


def main(arguments: Sequence[str] = tuple(sys.argv[1:])) -> int:
    """Run the engine with these arguments and return its exit code, or 1 after a refusal."""
    try:
        return run(arguments, os.environ)
    except (LaunchError, ToolchainError) as error:
        sys.stderr.write(f"pulumi: {error}\n")
        return 1
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"pulumi: cannot use {error.filename}: {error.strerror}\n")
        return 1


def run(arguments: Sequence[str], ambient: Mapping[str, str]) -> int:
    """Run one command of the engine; see the module for what happens around it."""
    tools = locate(_NEEDED, ambient)
    if tools.missing:
        raise LaunchError(f"{', '.join(tools.missing)} not installed; run: make -C {PROGRAM} setup")
    request = read_arguments(arguments)
    if request.changes_folder or not Path.cwd().is_relative_to(_checkout()):
        raise LaunchError(
            f"this pulumi runs {PROGRAM} alone: cd {PROGRAM}; to work elsewhere: deactivate"
        )
    reason = None if request.asks_for_help else refusal(request)
    if reason:
        raise LaunchError(reason)
    _judge_project_file()
    # The language host takes the first Python on PATH, whatever Pulumi.yaml says.
    path = (*tools.path, Path(sys.prefix) / "bin")
    work = PROGRAM / "build" / ".engine"
    places = Places(work=work, plugins=tools.plugins, path=path, ambient=ambient)
    if request.operation is None or request.asks_for_help:
        return _command(arguments, request, places)
    if request.stack is None:
        stack = _selected(places)
        arguments = [*arguments, "--stack", stack]
        request = replace(request, stack=stack)
    if places.backend:
        return _operate(arguments, request, places)
    if request.operation == "preview":
        with tempfile.TemporaryDirectory(prefix="hmco-preview-") as scratch:
            copy = Path(scratch) / "engine"
            if work.is_dir():
                shutil.copytree(work, copy, symlinks=True, ignore=_past)
            return _operate(arguments, request, replace(places, work=copy))
    with _exclusive(work):
        _take_over(request.stack or "", places)
        return _operate(arguments, request, places)


def _judge_project_file() -> None:
    """Refuse a Pulumi.yaml that is not YAML, for which the engine names a wrong line."""
    try:
        yaml.load((PROGRAM / "Pulumi.yaml").read_bytes(), Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
        place = f"Pulumi.yaml:{mark.line + 1}" if mark else "Pulumi.yaml"
        why = error.problem if isinstance(error, yaml.MarkedYAMLError) else "is not UTF-8 text"
        raise LaunchError(f"{place}: {why}; correct it and run the same command again") from error


def _checkout() -> Path:
    """Return the top of the checkout that the program lies in, or its own folder if in none."""
    tops = (folder for folder in (PROGRAM, *PROGRAM.parents) if (folder / ".git").exists())
    return next(tops, PROGRAM)


def _command(arguments: Sequence[str], request: Request, places: Places) -> int:
    _prepare(places)
    if not request.words or request.words[0] not in ABOUT_A_STACK or request.asks_for_help:
        return _call(arguments, places)
    if request.words[:2] == ("stack", "select") and not places.backend:
        name = request.stack or "".join(request.words[2:3])
        stack_file = PROGRAM / f"Pulumi.{name}.yaml"
        if stack_file.is_file() and not (places.stacks / f"{name}.json").is_file():
            _create(name, places)
    return _call(arguments, places, folder=_project(places))


def _project(places: Places) -> Path:
    """Make fresh copies of the project's files, and return their folder.

    It is always the same one, by which the engine remembers the selected stack.
    """
    places.project.mkdir(exist_ok=True)
    for left in places.project.iterdir():
        left.unlink()
    for source in (PROGRAM / "Pulumi.yaml", *PROGRAM.glob("Pulumi.*.yaml")):
        _copy(source, places.project, places)
    return places.project


def _copy(source: Path, folder: Path, places: Places) -> Path:
    """Copy a file of the project; a salt in it is of a passphrase that the embedded state lacks."""
    text = source.read_bytes()
    copy = folder / source.name
    copy.write_bytes(text if places.backend else _SALT.sub(b"", text))
    return copy


def _past(_folder: str, names: list[str]) -> set[str]:
    """Name what a preview's copy of the state can do without, since that grows with every run."""
    return {"backups", "history", "logs", "locks"}.intersection(names)


def _prepare(places: Places) -> None:
    for folder in (places.home, places.state, places.settings):
        folder.mkdir(parents=True, exist_ok=True)
    plugins = places.home / "plugins"
    if not plugins.is_symlink() or plugins.readlink() != places.plugins:
        with contextlib.suppress(FileNotFoundError):
            plugins.unlink()
        plugins.symlink_to(places.plugins)


def _operate(arguments: Sequence[str], request: Request, places: Places) -> int:
    _prepare(places)
    stack = request.stack or ""
    stack_file = PROGRAM / f"Pulumi.{stack}.yaml"
    if not stack_file.is_file():
        known = ", ".join(sorted(path.name.split(".")[1] for path in PROGRAM.glob("Pulumi.*.yaml")))
        raise LaunchError(
            f"there is no stack {stack}; the stacks are {known} (Pulumi.<stack>.yaml)"
        )
    estate = _estate(stack_file.name)
    if not (request.operation == "preview" and LEFT_OUT in places.ambient):
        _demand_provider(estate.environments[stack], places)
    warnings = ""
    if request.operation in {"up", "preview"}:
        told = unlanded(PROGRAM, estate.environments[stack], request.operation)
        warnings = "".join(f"warning: {difference}\n" for difference in told)
    sys.stderr.write(warnings)
    if not places.backend:
        _mend(stack, places)
        if not (places.stacks / f"{stack}.json").is_file():
            _create(stack, places)
    settings = ("--config-file", str(_copy(stack_file, places.settings, places)))
    code = _call([*arguments, *settings], places, refreshes=request.refreshes)
    if code:
        return code
    # Once more at the end, for the engine's lines have pushed the first away.
    sys.stderr.write(warnings)
    if request.operation != "up":
        return 0
    return _verify(estate, estate.environments[stack], is_partial=request.is_partial)


def _estate(stack_file: str) -> Estate:
    """Return all environments; of a mistake in another stack's file also tell why it counts."""
    try:
        return load_estate(REGISTRY, read_stack_files(PROGRAM))
    except SettingsError as error:
        if any(problem.file == stack_file for problem in error.problems):
            raise
        raise LaunchError(
            f"{error}\nNone of this is in {stack_file}, but one stack file may take the project, "
            "directory or Application of another, so nothing is brought up before all can be read"
        ) from error


def _demand_provider(environment: Environment, places: Places) -> None:
    """Refuse a stack that governs the repository where the provider for that is not there."""
    if guarded(environment.settings) and locate(("github",), places.ambient).missing:
        raise LaunchError(
            f"the GitHub provider is not installed; run: make -C {PROGRAM} setup-github"
        )


def _verify(estate: Estate, environment: Environment, *, is_partial: bool) -> int:
    """Look at the delivered files after `up`, and make those again that somebody touched."""
    manifests = whole_environment(REGISTRY, estate, environment, PROGRAM)
    report = verify_delivery(PROGRAM, environment, manifests)
    # Where the program is a folder of a checkout, nobody knows in which one its user stands.
    below = not (PROGRAM / ".git").exists() and any((p / ".git").exists() for p in PROGRAM.parents)
    carry = carrying_command(environment.settings.delivery, PROGRAM if below else PurePath())
    if report is None or carry is None:
        return 0
    if is_partial:
        told = [f"{report.directory}/{path}: not applied yet" for path in report.faults]
        if told:
            told.append(f"to apply the rest: pulumi up --stack {environment.name}")
        sys.stderr.write("".join(f"{line}\n" for line in told))
    else:
        # The provider rewrites a file only when its object changes in the state.
        repair_directory(PROGRAM / report.directory, manifests.all, report.faults)
        for path, fault in report.faults.items():
            if fault != "foreign":
                sys.stderr.write(f"{report.directory}/{path}: was {fault}, made again\n")
        report = report._replace(faults={p: f for p, f in report.faults.items() if f == "foreign"})
        sys.stderr.write("".join(f"{line}\n" for line in report.lines()))
        if report.faults:
            return 1
    sys.stderr.write(f"next: {carry}  # into Argo CD's cluster\n")
    return 0


def _selected(places: Places) -> str:
    if places.work.is_dir():
        _prepare(places)
        answer = _ask(("stack", "--show-name"), places, _project(places))
        if not answer.returncode and (name := answer.stdout.strip().rpartition("/")[2]):
            return name
    raise LaunchError("no stack is named and none is selected; add --stack dev (or another one)")


def _create(stack: str, places: Places) -> None:
    """Create the stack beside copies of the program's files, which then get the engine's salt."""
    answer = _ask(("stack", "init", stack, "--no-select"), places, _project(places))
    if answer.returncode:
        raise LaunchError(f"the stack {stack} cannot be created:\n{answer.stderr.strip()}")


def _ask(words: Sequence[str], places: Places, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["pulumi", *words, "--non-interactive"],
        env=engine_environment(places),
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
    )


def _take_over(stack: str, places: Places) -> None:
    """Remove the lock of an engine that was killed, once it is dead; our own lock is held."""
    locks = places.state / ".pulumi" / "locks" / "organization" / "hmco" / stack
    left = sorted(locks.glob("*.json")) if locks.is_dir() else []
    for lock in left:
        _wait_for_end(stack, lock)
    remaining = [lock for lock in left if lock.exists()]
    for lock in remaining:
        lock.unlink()
        lock.with_name(f"{lock.name}.attrs").unlink(missing_ok=True)
    if remaining:
        sys.stderr.write("pulumi: the last run was killed; taking up where it stopped\n")


def _mend(stack: str, places: Places) -> None:
    """Repair what a killed engine leaves of its state.

    That can be no state or half of one beside the whole backup, since it moves the old file there
    before it writes the new one; and half a description (`.attrs`) of either, which it does not
    need but cannot read.
    """
    state = places.stacks / f"{stack}.json"
    backup = state.with_name(f"{state.name}.bak")
    if backup.is_file() and not _is_whole(state):
        shutil.copyfile(backup, state)
    for attributes in places.stacks.glob(f"{stack}.json*.attrs"):
        if not _is_whole(attributes):
            attributes.unlink()


def _is_whole(document: Path) -> bool:
    try:
        json.loads(document.read_bytes())
    except (OSError, ValueError):
        return False
    return True


def _wait_for_end(stack: str, lock: Path) -> None:
    try:
        holder = int(json.loads(lock.read_bytes())["pid"])
    except (OSError, ValueError, KeyError):
        # Gone since, or torn by the kill that left it: nobody holds it.
        return
    if _is_engine(holder):
        sys.stderr.write(f"pulumi: process {holder} still works on {stack}; waiting\n")
    while _is_engine(holder):
        time.sleep(_POLL_SECONDS)


def _is_engine(process: int) -> bool:
    """Tell whether the process lives; where /proc exists, also whether it is an engine at all."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    name = Path("/proc", str(process), "comm")
    return not name.is_file() or name.read_text(encoding="utf-8").strip() == "pulumi"


@contextlib.contextmanager
def _exclusive(work: Path) -> Iterator[None]:
    """Hold this clone's embedded state; another run waits here and says so."""
    work.mkdir(parents=True, exist_ok=True)
    with (work / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.stderr.write(f"pulumi: another run uses {work}; waiting for it\n")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _call(
    arguments: Sequence[str], places: Places, *, refreshes: bool = False, folder: Path = PROGRAM
) -> int:
    environment = engine_environment(places, refreshes=refreshes)
    engine = subprocess.Popen(["pulumi", *arguments], env=environment, cwd=folder)
    # Nothing but us is sent this one; the engine then gives its lock back.
    signal.signal(signal.SIGTERM, lambda *_: engine.terminate())
    while True:
        try:
            return engine.wait()
        except KeyboardInterrupt:
            # The terminal has sent it to the engine too, which ends in good order.
            continue
