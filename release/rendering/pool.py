"""Several workers at once: each is a process of its own that is ended when a chart overstays.

One job per line comes in, one answer per line goes out. A worker is forked, since a new Python
costs as much as a rendering. It confines itself before it reads the first job, and whatever a
chart's output does to a reader of YAML happens there.
"""

import json
import os
import select
import shlex
import signal
import time
import traceback
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, NoReturn

from release.rendering.confine import PROCESSOR_SECONDS, limit_resources, refuse_network
from release.rendering.helm import SECONDS, Job, render
from release.rendering.renderedobjects import OVERSTEPPED, Rendering, Unknown

Outcome = Rendering | Unknown
_PATIENCE: Final = 3 * SECONDS
"""Two renderings and the reading of what they print."""
_WORN: Final = PROCESSOR_SECONDS - _PATIENCE
"""Processor seconds after which a worker could not do whatever its next job may ask."""
_PIECE: Final = 1 << 20


def run_jobs(
    jobs: Sequence[Callable[[], Job]], tell: Callable[[int, Outcome], None], *, network: bool
) -> None:
    """Do all jobs on as many processes as there are processors; `tell` is called in any order.

    A job is made only when its turn comes, so that no more charts than processors lie on disk.
    """
    waiting = iter(enumerate(jobs))
    workers = [_Worker(network=network) for _ in range(min(len(jobs), os.cpu_count() or 1))]
    try:
        busy = [worker for worker in workers if worker.takes(next(waiting, None))]
        while busy:
            patience = max(0.0, min(worker.until for worker in busy) - time.monotonic())
            ready, _, _ = select.select(busy, (), (), patience)
            for worker in tuple(busy):
                outcome = worker.outcome(ready=worker in ready)
                if outcome is not None:
                    tell(worker.index, outcome)
                    if not worker.takes(next(waiting, None)):
                        busy.remove(worker)
    finally:
        for worker in workers:
            worker.end()


class _Worker:
    """One process; it is started with the first job, and anew for one that finds it ended."""

    index = 0
    until = 0.0

    def __init__(self, *, network: bool) -> None:
        self._network = network
        self._process = 0
        self._requests, self._answers = -1, -1
        self._pieces: list[bytes] = []

    def fileno(self) -> int:
        """Return where the answer comes from, for select."""
        return self._answers

    def takes(self, job: tuple[int, Callable[[], Job]] | None) -> bool:
        """Begin with a job, if there is one."""
        if job is None:
            return False
        self.index, make = job
        line = make().to_json().encode() + b"\n"
        try:
            if not self._process:
                self._start()
            os.write(self._requests, line)
        except BrokenPipeError:
            self.end()
            self._start()
            # One that cannot even begin is told by the end of its answers.
            with suppress(BrokenPipeError):
                os.write(self._requests, line)
        self.until = time.monotonic() + _PATIENCE
        self._pieces = []
        return True

    def outcome(self, *, ready: bool) -> Outcome | None:
        """Return the answer once it is whole, whatever becomes of the process."""
        piece = os.read(self._answers, _PIECE) if ready else b""
        self._pieces.append(piece)
        if piece.endswith(b"\n"):
            line = b"".join(self._pieces)
            answer = json.loads(line)
            if "unknown" in answer:
                return Unknown(*answer["unknown"])
            return Rendering.from_json(line)
        if piece or (not ready and time.monotonic() < self.until):
            return None
        self.end()
        return Rendering(failure=f"takes more memory or time than a chart may; {OVERSTEPPED}")

    def _start(self) -> None:
        theirs, self._requests = os.pipe()
        self._answers, answers = os.pipe()
        with warnings.catch_warnings():
            # From Python 3.12 on it warns of threads of a test runner: no lock of theirs is asked.
            warnings.simplefilter("ignore", DeprecationWarning)
            self._process = os.fork()
        if not self._process:
            _serve(theirs, answers, network=self._network)
        # A group of its own: Ctrl-C is for us, and what it starts ends with it.
        os.setpgid(self._process, self._process)
        os.close(theirs)
        os.close(answers)

    def end(self) -> None:
        """End the process and the Helm that it may be running."""
        if self._process:
            os.killpg(self._process, signal.SIGKILL)
            os.waitpid(self._process, 0)
            os.close(self._requests)
            os.close(self._answers)
            self._process = 0


def _answer(line: str) -> str:
    """Return the answer to one job: a rendering, or why there is none."""
    job = Job.from_json(line)
    try:
        result = render(job)
        if isinstance(result, Rendering):
            return result.to_json()
    except (MemoryError, RecursionError):
        return Rendering(failure=f"renders more than fits into memory; {OVERSTEPPED}").to_json()
    except Exception as error:  # noqa: BLE001 -- the other charts are rendered all the same
        # Its words could hold a secret; its place says as much.
        *_, place = traceback.extract_tb(error.__traceback__)
        where = f"{Path(place.filename).name}, line {place.lineno}"
        reason = f"this program fails on it, with {type(error).__name__} in {where}"
        result = Unknown(reason, f"helm template {shlex.quote(job.chart)}")
    return json.dumps({"unknown": [result.reason, result.command]})


def _serve(requests: int, answers: int, *, network: bool) -> NoReturn:
    """Turn the process that was forked just now into a worker, until the requests end."""
    try:
        # A fork inherits its parent's end of every pipe, so no requests would end with the parent.
        last = 2
        for kept in (*sorted((requests, answers)), os.sysconf("SC_OPEN_MAX")):
            os.closerange(last + 1, kept)
            last = kept
        os.environ.clear()
        limit_resources()
        if not network:
            refuse_network()
        with (
            open(requests, encoding="utf-8") as lines,
            open(answers, "w", encoding="utf-8") as told,
        ):
            for line in lines:
                answer = _answer(line)
                worn = time.process_time() > _WORN
                if worn:
                    # Before the answer: a job that follows it must find nobody here, not be lost.
                    lines.close()
                told.write(f"{answer}\n")
                told.flush()
                if worn:
                    break
    finally:
        os._exit(0)
