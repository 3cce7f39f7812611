"""What a person sees while tools are being fetched or built: one live line, or plain lines."""

import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TextIO

# On a pipe a line is written this often: a build log shows life without filling up.
_PLAIN_INTERVAL = 30.0
_LIVE_INTERVAL = 0.2


def clock(seconds: float) -> str:
    """Write a duration as a person says it, `2 min 05 s` or `9 s`."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


class Progress:
    """Writes to a stream, from any thread; `live` redraws one last line, as on a terminal."""

    def __init__(
        self,
        stream: TextIO | None = None,
        *,
        live: bool | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._live = self._stream.isatty() if live is None else live
        self._now = now
        self._lock = Lock()
        self._drawn = False
        self._started: dict[str, float] = {}
        self._status: dict[str, str] = {}
        self._last = now()

    def say(self, text: str) -> None:
        """Write lasting lines."""
        with self._lock:
            self._wipe()
            for line in text.splitlines():
                self._stream.write(f"toolchain: {line}\n")
            self._stream.flush()
            self._last = self._now()

    @contextmanager
    def task(self, name: str) -> Iterator[None]:
        """Show `name` as under way, with the time it takes, until the block ends."""
        self._started[name] = self._now()
        self._status[name] = ""
        try:
            yield
        finally:
            with self._lock:
                self._wipe()
            elapsed = self._now() - self._started.pop(name)
            self._status.pop(name)
        # Reached only when the block did not raise.
        self.say(f"{name}: done in {clock(elapsed)}")

    def update(self, name: str, status: str) -> None:
        """Note how far `name` has come; drawn at once on a terminal, now and then on a pipe."""
        if name in self._status:
            self._status[name] = status
        self.tick()

    def tick(self) -> None:
        """Redraw when it is time to; callers that wait call this a few times a second."""
        with self._lock:
            now = self._now()
            if now - self._last < (_LIVE_INTERVAL if self._live else _PLAIN_INTERVAL):
                return
            self._last = now
            parts = [
                f"{name}: {status + ', ' if status else ''}{clock(now - self._started[name])}"
                for name, status in list(self._status.items())
                if name in self._started
            ]
            if not parts:
                return
            if self._live:
                self._wipe()
                self._stream.write(
                    "\r" + "  |  ".join(parts)[: shutil.get_terminal_size().columns - 1]
                )
                self._drawn = True
            else:
                self._stream.writelines(f"toolchain: ... {part}\n" for part in parts)
            self._stream.flush()

    def _wipe(self) -> None:
        if self._drawn:
            self._stream.write("\r\x1b[K")
            self._drawn = False
