"""Stands first on PATH as `git`: runs the real one and writes down what went in and came out.

`python gitrecorder.py REAL_GIT LOGS ARGUMENT...`; each call gets a folder in LOGS with `argv`
(NUL between), `folder`, `in`, `out`, and `ended` unless the caller ended git before it was through.
"""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

_PIECE = 65_536


def main(real: str, logs: Path, arguments: list[str]) -> int:
    """Run git in between and return its exit code."""
    log = logs / f"{time.monotonic_ns():020}-{os.getpid()}"
    log.mkdir(parents=True)
    (log / "argv").write_bytes(b"\0".join(map(os.fsencode, arguments)))
    (log / "in").touch()
    (log / "folder").write_bytes(os.fsencode(Path.cwd()))
    with subprocess.Popen([real, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as git:
        if git.stdin is None or git.stdout is None:
            raise AssertionError
        feeder = threading.Thread(
            target=_pump, args=(0, git.stdin.fileno(), log / "in", git.stdin.close), daemon=True
        )
        feeder.start()
        _pump(git.stdout.fileno(), 1, log / "out")
        code = git.wait()
    (log / "ended").touch()
    return code


def _pump(source: int, target: int, copy: Path, close: object = None) -> None:
    with copy.open("wb", buffering=0) as written:
        while piece := os.read(source, _PIECE):
            written.write(piece)
            try:
                os.write(target, piece)
            except BrokenPipeError:
                break
    if callable(close):
        close()


if __name__ == "__main__":
    code = main(sys.argv[1], Path(sys.argv[2]), sys.argv[3:])
    sys.stdout.flush()
    os._exit(code)  # the feeder may still wait for input that never comes
