"""Waiting for a long program or for another run: watched, and stopped with all that was started."""

import fcntl
import os
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tools.toolchain.failure import ToolchainError
from tools.toolchain.progress import Progress

_TAIL = 25
_PATIENCE_WITH_A_STOPPED_PROGRAM = 5.0
_BEAT = 0.2


class ProgramFailedError(Exception):
    """A program could not be started or ended with an error; the message is its last output."""


@dataclass(frozen=True, slots=True)
class Watch:
    """What keeps an eye on running programs: the display, and the event that stops them all."""

    progress: Progress
    stop: threading.Event


@contextmanager
def alone(file: int, watch: Watch, waiting: str) -> Iterator[None]:
    """Hold the lock of an open file or folder; says `waiting` once where another run holds it."""
    told = False
    while not _locked(file):
        if not told:
            watch.progress.say(waiting)
            told = True
        if watch.stop.wait(_BEAT):
            raise ToolchainError("stopped while another run was waited for")
    yield


def _locked(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def run(
    arguments: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    watch: Watch,
    on_line: Callable[[str], object] = lambda _line: None,
) -> None:
    """Run a program to its end, giving `on_line` each line it prints.

    Whatever ends the wait ends the program and its children as well.
    """
    tail: deque[str] = deque(maxlen=_TAIL)
    try:
        program = subprocess.Popen(
            arguments,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
    except OSError as error:
        raise ProgramFailedError(f"{arguments[0]}: {error.strerror}") from error

    def read() -> None:
        for line in program.stdout or ():
            tail.append(line.rstrip())
            on_line(line.rstrip())

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        while True:
            with suppress(subprocess.TimeoutExpired):
                program.wait(_BEAT)
                break
            watch.progress.tick()
            if watch.stop.is_set():
                raise ProgramFailedError(f"{arguments[0]}: stopped")
    finally:
        _end(program)
    reader.join(_PATIENCE_WITH_A_STOPPED_PROGRAM)
    if program.stdout and not reader.is_alive():
        program.stdout.close()
    if program.returncode:
        raise ProgramFailedError(
            "\n".join(tail) or f"{arguments[0]} ended with code {program.returncode}"
        )


def _end(program: subprocess.Popen[str]) -> None:
    """Stop the whole process group, politely first."""
    if program.poll() is not None:
        return
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(program.pid, sign)
        with suppress(subprocess.TimeoutExpired):
            program.wait(_PATIENCE_WITH_A_STOPPED_PROGRAM)
            return
