"""The steps that run the engine: preview, deploy, drift."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

import click

from release.cli.ci.runner import add_summary, set_output
from release.cli.hub import run_page
from release.cli.live import live_lines
from release.cli.output import say
from release.cli.session import Session
from release.estate import Environment
from release.github.access import EXCLUDED, LEFT_OUT, is_left_out
from release.github.comment import Telling
from release.github.comment import comment as told
from release.github.driftissue import with_live
from release.github.enginepreview import stack_result
from release.github.links import deployed_page
from release.github.names import BACKEND_URL, KUBECONFIG
from release.github.results import StackResult, encoded
from release.github.touched import touched
from release.promotion.knownnames import require_known
from release.repository.files import split
from release.repository.picture import Picture
from release.settings.model import ClusterDelivery
from release.text.counted import counted

_LOCKED: Final = "the stack is currently locked"


@click.command
@click.argument("stack")
@click.pass_obj
def preview(session: Session, *, stack: str) -> int:
    """Preview STACK, keep all of it in build/preview, and leave the result for the comment."""
    picture, place = _place(session, stack)
    with _engine(picture) as run:
        result, said = _previewed(run, place)
    _leave(picture, "preview", result, said)
    return int(result.outcome == "failed")


@click.command
@click.argument("stack")
@click.pass_obj
def drift(session: Session, *, stack: str) -> int:
    """Compare STACK with its state, and the state with the cluster; change nothing.

    Argo CD and the cluster are asked too, where this machine reaches them, as hmco doctor does.
    """
    picture, place = _place(session, stack)
    with _engine(picture) as run:
        result, said = _previewed(run, place, "--expect-no-changes")
        if result.outcome == "unchanged" and isinstance(place.settings.delivery, ClusterDelivery):
            # Apart from the first look: where nothing can be read back, as in render mode, the
            # engine calls everything unchanged after --refresh, even what the program has changed.
            result, said = _previewed(run, place, "--refresh", "--expect-no-changes")
        lines = live_lines(picture.estate, (place.name,), run.environment)
        result = with_live(result, lines)
    _leave(picture, "drift", result, said)
    return int(result.outcome == "failed")


@click.command
@click.argument("stack")
@click.pass_obj
def deploy(session: Session, *, stack: str) -> int:
    """Bring STACK up as the commit checked out says, unless a newer one has landed for it."""
    picture, place = _place(session, stack)
    newer = _landed_since(picture, place.name)
    if newer is not None:
        say(f"{place.name} is left to the run of a newer commit, which changes {newer} too")
        return 0
    with _engine(picture) as run:
        # A backend that several machines share has no stack until somebody makes one.
        code = run("stack", "select", place.name, "--create", "--non-interactive").returncode
        code = code or _brought_up(run, place.name)
    page = deployed_page(place, _moved(picture, place), run_page())
    if code == 0 and page:
        set_output("url", page)
    return code


def _brought_up(run: "_Run", stack: str) -> int:
    """Return the exit code of `up`; of a lock, which only a person can judge, tell the way out."""
    answer = run("up", "--stack", stack, "--yes", "--non-interactive")
    if answer.returncode and _LOCKED in answer.stderr:
        say(
            f"an `up` of {stack} that was killed leaves its lock, and nothing of it is lost; if "
            "the one named above does not run any more, with this job's backend as "
            f"{BACKEND_URL}: pulumi cancel --stack {stack} --yes, then run this job again",
            err=True,
        )
    return answer.returncode


def _previewed(run: "_Run", place: Environment, *words: str) -> tuple[StackResult, str]:
    """Return what the engine would change, and everything that it said."""
    left_out = is_left_out(place.settings, run.environment)
    if left_out:
        run.environment[LEFT_OUT] = "true"
        words += tuple(f"--exclude={each}" for each in EXCLUDED)
    answer = run(
        "preview", *words, "--stack", place.name, "--json", "--non-interactive", quiet=True
    )
    result = stack_result(place.name, answer.returncode, answer.stdout, answer.stderr)
    return replace(result, guard=not left_out), f"{answer.stdout}\n{answer.stderr}"


def _leave(picture: Picture, folder: str, result: StackResult, said: str) -> None:
    """Keep all of a look in build/, and leave its result for the job that tells it."""
    markdown = told(Telling(outcomes={f"{folder}-{result.stack}": "success"}, results=[result]))
    whole = picture.program_folder / "build" / folder / f"{result.stack}.txt"
    whole.parent.mkdir(parents=True, exist_ok=True)
    whole.write_text(f"{said}\n{markdown}\n", encoding="utf-8")
    set_output("result", encoded(result))
    add_summary(markdown)
    say(f"{result.stack}: {result.outcome}, {counted(len(result.changes), 'resource')}")
    for line in result.error.splitlines():
        say(line, err=True)


def _place(session: Session, stack: str) -> tuple[Picture, Environment]:
    picture = session.committed()
    require_known(picture.estate, environments=[stack])
    return picture, picture.estate.environments[stack]


class _Run:
    """The engine's launcher in the program's folder."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder, self.environment = folder, environment

    def __call__(self, *words: str, quiet: bool = False) -> "subprocess.CompletedProcess[str]":
        """Run it, and show what it says as it comes unless it is to be `quiet`."""
        with (
            _told_to_end() as begun,
            subprocess.Popen(
                [sys.executable, "-m", "tools.engine", *words],
                cwd=self.folder,
                env=self.environment,
                text=True,
                errors="replace",
                stdout=subprocess.PIPE if quiet else None,
                stderr=subprocess.PIPE,
                # A terminal's ^C would reach the engine beside ours, and twice means at once.
                process_group=0,
            ) as running,
        ):
            begun(running)
            said = "" if quiet else "".join(map(_shown, running.stderr or ()))
            out, err = running.communicate()
        return subprocess.CompletedProcess(words, running.returncode, out, said + err)


def _shown(line: str) -> str:
    sys.stderr.write(line)
    return line


@contextmanager
def _told_to_end() -> Iterator[Callable[[subprocess.Popen[str]], None]]:
    """Tell the launcher of a run that is cancelled, so that the engine gives its lock back.

    GitHub sends SIGINT, SIGTERM after 7.5 seconds, and kills after ten (actions/runner,
    ProcessInvoker). The engine finishes what it is at on the first, and stops at once on the next.
    What is given takes the launcher once it has begun, and tells it what came meanwhile.
    """
    ours = (signal.SIGINT, signal.SIGTERM)
    came: list[int] = []
    started: list[subprocess.Popen[str]] = []

    def tell(number: int, _frame: object) -> None:
        came.append(number)
        for each in started:
            each.terminate()

    def begun(launcher: "subprocess.Popen[str]") -> None:
        started.append(launcher)
        if came:
            launcher.terminate()

    before = {each: signal.signal(each, tell) for each in ours}
    try:
        yield begun
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


@contextmanager
def _engine(picture: Picture) -> Iterator[_Run]:
    """Give the launcher; a kubeconfig that came as text is a private file while it runs."""
    environment = {name: value for name, value in os.environ.items() if name != KUBECONFIG}
    environment["PYTHONPATH"] = str(picture.program_folder)
    text = os.environ.get(KUBECONFIG)
    with tempfile.TemporaryDirectory(prefix="hmco-") as folder:
        if text:
            file = Path(folder) / "kubeconfig"
            file.touch(mode=0o600)
            file.write_text(text, encoding="utf-8")
            environment["HMCO_KUBECONFIG"] = str(file)
        yield _Run(picture.program_folder, environment)


def _landed_since(picture: Picture, stack: str) -> str | None:
    """Return a file of newer commits on the trunk that can touch the stack: approval takes time."""
    clone, where = picture.stacks.clone, (picture.program, picture.charts_folder)
    trunk, head = clone.trunk.commit, clone.state.commit or "HEAD"
    files = split(clone.repository.run("diff", "--name-only", "-z", f"{head}...{trunk}"))
    return next((file for file in files if touched([file], [stack], *where)), None)


def _moved(picture: Picture, place: Environment) -> tuple[str, ...]:
    """Return the charts whose pin the last landing moved here."""
    commit, pins = picture.stacks.clone.state.commit, picture.pins
    pins.require_complete()
    return tuple(
        chart
        for chart in place.settings.versions
        if any(each.moved and each.commit == commit for each in pins.of(place.name, chart))
    )
