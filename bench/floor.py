"""The least that a command can cost: parse the same YAML files, make the same calls of git.

`python floor.py RECORD`, where RECORD holds what `bench.recording` wrote down of one run.
"""

import contextlib
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO

import yaml


def main(record: Path) -> int:
    """Do it all once; what git prints is read as far as the command read it, and dropped."""
    for name in os.fsdecode((record / "files").read_bytes()).split("\0"):
        yaml.load(Path(name).read_bytes(), Loader=yaml.CSafeLoader)
    for log in sorted((record / "git").iterdir()):
        _replay(log)
    return 0


def _replay(log: Path) -> None:
    given = (log / "in").read_bytes()
    wanted = (log / "out").stat().st_size
    with subprocess.Popen(
        ["git", *os.fsdecode((log / "argv").read_bytes()).split("\0")],
        cwd=os.fsdecode((log / "folder").read_bytes()),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as git:
        if (log / "ended").exists():
            git.communicate(given)
            return
        if git.stdin is None or git.stdout is None:
            raise AssertionError
        feeder = threading.Thread(target=_feed, args=(git.stdin, given))
        feeder.start()
        git.stdout.read(wanted)
        git.kill()
        feeder.join()


def _feed(stdin: IO[bytes], given: bytes) -> None:
    with contextlib.suppress(BrokenPipeError):
        stdin.write(given)
    with contextlib.suppress(BrokenPipeError):
        stdin.close()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
