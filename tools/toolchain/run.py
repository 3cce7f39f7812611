"""Running a long program: watched, logged, and stopped with everything it started."""

import os
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

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


def _ignore(_line: str) -> None:
    """Take no notice of a line of output."""


def run(
    arguments: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    watch: Watch,
    on_line: Callable[[str], None] = _ignore,
) -> None:
    """Run a program to its end, giving `on_line` each line it prints.

    Whatever ends the wait, a signal or `watch.stop`, ends the program and its children as well.
    """
    tail: deque[str] = deque(maxlen=_TAIL)
    deliver = _hold_signals()
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
        deliver()
        raise ProgramFailedError(f"{arguments[0]}: {error.strerror}") from error

    def read() -> None:
        for line in program.stdout or ():
            tail.append(line.rstrip())
            on_line(line.rstrip())

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        deliver()
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


def _hold_signals() -> Callable[[], None]:
    """Keep the signals that end a run until the returned function is called.

    One that arrives while a program is being started would leave the program behind: it runs, and
    nobody has got hold of it yet.
    """
    if threading.current_thread() is not threading.main_thread():
        return lambda: None
    arrived: list[int] = []
    handlers = {
        sign: signal.signal(sign, lambda number, _frame: arrived.append(number))
        for sign in (signal.SIGINT, signal.SIGTERM)
    }

    def deliver() -> None:
        for sign, handler in handlers.items():
            signal.signal(sign, handler)
        if arrived:
            signal.raise_signal(arrived[0])

    return deliver


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
