"""Writes down which YAML files and which calls of git one command needs, for its floor.

Run as a program it is `hmco` that notes each file it opens:
`python -P bench/recording.py FILES CHARTS PRESENT ARGUMENT...`.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from bench.measuring import CannotRunError

_HERE: Final = Path(__file__).parent
_YAML: Final = (".yaml", ".yml", ".lock")


def record(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], to: Path
) -> Mapping[str, str]:
    """Run `hmco` once with both ears open; return the environment that git had."""
    real = shutil.which("git", path=environment["PATH"])
    if real is None:
        raise CannotRunError("there is no git program on PATH; install Git")
    first = to / "path"
    first.mkdir(parents=True)
    wrapper = first / "git"
    recorder = _HERE / "gitrecorder.py"
    wrapper.write_text(
        f'#!/bin/sh\nexec "{sys.executable}" -I -S "{recorder}" "{real}" "{to / "git"}" "$@"\n'
    )
    wrapper.chmod(0o755)
    (to / "git").mkdir()
    done = subprocess.run(
        [sys.executable, "-P", str(_HERE / "recording.py"), str(to / "files"), *command],
        cwd=folder,
        env={**environment, "PATH": f"{first}:{environment['PATH']}"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise CannotRunError(
            f"hmco {' '.join(command)} ended with {done.returncode}: {done.stderr.decode()}"
        )
    # A file that was looked for in vain costs the floor nothing.
    noted = os.fsdecode((to / "files").read_bytes()).split("\0")
    found = [name for name in noted if name and Path(name).is_file()]
    (to / "files").write_bytes(os.fsencode("\0".join(found)))
    from release.repository.git.program import clean_environment  # noqa: PLC0415 -- not in the noting child

    return clean_environment(environment)


def _note_files(files: Path) -> None:
    noted: dict[str, None] = {}
    written = files.open("wb", buffering=0)
    top = str(Path(sys.prefix))

    def note(event: str, arguments: tuple[object, ...]) -> None:
        if event != "open":
            return
        path, mode, flags = arguments
        if not isinstance(path, str) or not path.endswith(_YAML) or path.startswith(top):
            return
        # Templates are no YAML yet, and a file that is written is not read.
        if "/templates/" in path or path in noted:
            return
        writes = "w" in mode if isinstance(mode, str) else bool(int(str(flags)) & os.O_WRONLY)
        if not writes:
            noted[path] = None
            written.write(os.fsencode(str(Path.cwd() / path)) + b"\0")

    sys.addaudithook(note)


if __name__ == "__main__":
    from bench.hmco import run

    _note_files(Path(sys.argv[1]))
    sys.exit(run(int(sys.argv[2]), sys.argv[3], sys.argv[4:]))
