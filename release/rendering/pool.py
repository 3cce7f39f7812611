"""Several workers at once: each is a process of its own that is ended when a chart overstays."""

import json
import os
import queue
import selectors
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from release.rendering.helm import SECONDS, Job
from release.rendering.renderedobjects import OVERSTEPPED, Rendering, Unknown

Outcome = Rendering | Unknown
_PATIENCE: Final = 3 * SECONDS
"""Two renderings and the reading of what they print."""
_PROGRAM: Final = Path(__file__).parents[2]
_FEW: Final = 3
_PIECE: Final = 1 << 20


def run_jobs(
    jobs: Sequence[Callable[[], Job]], tell: Callable[[int, Outcome], None], *, network: bool
) -> None:
    """Do all jobs on as many processes as there are processors; `tell` is called in any order.

    A job is made only when its turn comes, so that no more charts than processors lie on disk.
    """
    waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
    for index in range(len(jobs)):
        waiting.put(index)
    failures: list[BaseException] = []

    def work() -> None:
        try:
            with _worker(network=network) as worker:
                while not failures:
                    try:
                        index = waiting.get_nowait()
                    except queue.Empty:
                        return
                    tell(index, worker.ask(jobs[index]()))
        except BaseException as error:  # noqa: BLE001 -- raised again by the thread that waits
            failures.append(error)

    # Starting a worker costs about as much as a rendering.
    count = min(-(-len(jobs) // _FEW), os.cpu_count() or 1)
    threads = [threading.Thread(target=work, daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


class _Worker:
    """One process; it is started with the first job and anew after one that had to be ended."""

    def __init__(self, *, network: bool) -> None:
        self._network = network
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, job: Job) -> Outcome:
        """Return the answer to a job, whatever becomes of the process."""
        process = self._process or self._start()
        line = _exchange(process, job.to_json())
        if line is None:
            self.end()
            return Rendering(failure=f"takes more memory or time than a chart may; {OVERSTEPPED}")
        answer = json.loads(line)
        if "unknown" in answer:
            return Unknown(*answer["unknown"])
        return Rendering.from_json(line)

    def _start(self) -> "subprocess.Popen[bytes]":
        options = ("--network",) if self._network else ()
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "release.rendering.worker", *options],
            env={"PYTHONPATH": str(_PROGRAM), "PATH": os.devnull, "PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        return self._process

    def end(self) -> None:
        """End the process and the Helm that it may be running."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.poll() is None:
            os.killpg(process.pid, 9)
        for pipe in (process.stdin, process.stdout):
            if pipe:
                pipe.close()
        process.wait()


def _exchange(process: "subprocess.Popen[bytes]", line: str) -> bytes | None:
    """Send one line and return the one that answers; None if it takes too long or never comes."""
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("a worker was started without pipes")
    try:
        process.stdin.write(line.encode() + b"\n")
        process.stdin.flush()
    except BrokenPipeError:
        return None
    pieces: list[bytes] = []
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while not (pieces and pieces[-1].endswith(b"\n")):
            if not selector.select(_PATIENCE):
                return None
            piece = os.read(process.stdout.fileno(), _PIECE)
            if not piece:
                return None
            pieces.append(piece)
    return b"".join(pieces)


@contextmanager
def _worker(*, network: bool) -> Iterator[_Worker]:
    worker = _Worker(network=network)
    try:
        yield worker
    finally:
        worker.end()
