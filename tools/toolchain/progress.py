"""What a person sees while tools are fetched or built: lines, and now and then how far it is."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TextIO

# Often enough to show life, and seldom enough for a build log.
_INTERVAL = 15.0


def clock(seconds: float) -> str:
    """Write a duration as a person says it, `2 min 05 s` or `9 s`."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


class Progress:
    """Writes to a stream, from any thread."""

    def __init__(
        self, stream: TextIO | None = None, *, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._now = now
        self._lock = Lock()
        self._tasks: dict[str, tuple[float, str]] = {}
        self._last = now()

    def say(self, text: str) -> None:
        """Write lasting lines."""
        with self._lock:
            self._write(text.splitlines())

    @contextmanager
    def task(self, name: str) -> Iterator[None]:
        """Show `name` as under way, with the time it takes, until the block ends."""
        started = self._now()
        self._tasks[name] = started, ""
        try:
            yield
        finally:
            del self._tasks[name]
        # Reached only when the block did not raise.
        self.say(f"{name}: done in {clock(self._now() - started)}")

    def update(self, name: str, status: str) -> None:
        """Note how far `name` has come, and write it when it is time to."""
        if name in self._tasks:
            self._tasks[name] = self._tasks[name][0], f"{status}, "
        self.tick()

    def tick(self) -> None:
        """Write how far all is when it is time to; who waits calls this a few times a second."""
        with self._lock:
            if self._now() - self._last >= _INTERVAL:
                self._write(
                    f"... {name}: {status}{clock(self._now() - started)}"
                    for name, (started, status) in list(self._tasks.items())
                )

    def _write(self, lines: Iterable[str]) -> None:
        self._stream.writelines(f"toolchain: {line}\n" for line in lines)
        self._stream.flush()
        self._last = self._now()
