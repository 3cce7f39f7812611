"""The project's virtual environment, exactly as the lock files say."""

import fcntl
import hashlib
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools.toolchain.failure import ToolchainError, explained
from tools.toolchain.python import create_venv, pip_environment
from tools.toolchain.run import ProgramFailedError, Watch, run

STAMP = ".hmco-installed"
_POLL = 0.1


@dataclass(frozen=True, slots=True)
class Lock:
    """A compiled requirements file, and the one that holds all its packages and more."""

    file: Path
    wider: Path | None = None


RUNTIME = Lock(Path("requirements.txt"), wider=Path("requirements-dev.txt"))
DEVELOPMENT = Lock(Path("requirements-dev.txt"))


def is_current(folder: Path, lock: Lock) -> bool:
    """Say whether a finished installation of `lock`, or of the wider one, stands in `folder`."""
    stamped = _read(folder)
    files = (lock.file, lock.wider) if lock.wider else (lock.file,)
    return stamped[:1] == [_python()] and stamped[1:] in [[_digest(file)] for file in files]


def ensure_venv(
    folder: Path,
    lock: Lock,
    environment: Mapping[str, str],
    watch: Watch,
) -> None:
    """Make `folder` hold the packages of `lock`.

    Its stamp is written last: after a kill, or with another Python, all is made anew. Raises
    ToolchainError when this Python cannot make one or pip cannot install.
    """
    with _alone(folder, watch):
        if not is_current(folder, lock):
            _make(folder, lock, environment, watch)


@contextmanager
def _alone(folder: Path, watch: Watch) -> Iterator[None]:
    """Wait for another run that works on the same folder; the tool cache is no concern of it.

    The folder around it is what is locked: it is there already, and stays when ours is replaced.
    """
    around = os.open(folder.absolute().parent, os.O_RDONLY)
    try:
        told = False
        while not _locked(around):
            if watch.stop.wait(_POLL):
                raise ToolchainError(f"stopped while another run worked on {folder}")
            if not told:
                watch.progress.say(f"another run works on {folder}; waiting for it")
                told = True
        yield
    finally:
        os.close(around)


def _locked(folder: int) -> bool:
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _make(folder: Path, lock: Lock, environment: Mapping[str, str], watch: Watch) -> None:
    with watch.progress.task(f"Python packages in {folder}"):
        if _read(folder)[:1] != [_python()]:
            with explained("replace the virtual environment", folder):
                if folder.exists():
                    shutil.rmtree(folder)
            create_venv(folder, environment, watch)
        with explained("write the virtual environment", folder):
            (folder / STAMP).unlink(missing_ok=True)
        _install(folder, lock, environment, watch)
        with explained("write the virtual environment", folder):
            (folder / STAMP).write_text(f"{_python()}\n{_digest(lock.file)}\n", encoding="utf-8")


def _install(
    folder: Path,
    lock: Lock,
    environment: Mapping[str, str],
    watch: Watch,
) -> None:
    arguments = [str(folder.absolute() / "bin" / "python"), "-I", "-m", "pip", "install"]
    arguments += ["--quiet", "--require-hashes", "--requirement", str(lock.file)]
    try:
        run(
            arguments,
            cwd=Path.cwd(),
            env=pip_environment(environment),
            watch=watch,
        )
    except ProgramFailedError as error:
        raise ToolchainError(
            f"pip cannot install {lock.file} into {folder}:\n{error}\n"
            "Check that the Python package index can be reached (pip config list), then run the "
            "same command again."
        ) from error


def _read(folder: Path) -> list[str]:
    try:
        return (folder / STAMP).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def _python() -> str:
    """Name the interpreter below any virtual environment this happens to run in."""
    return f"{sys.base_prefix} {sys.version.split()[0]}"


def _digest(file: Path) -> str:
    with explained("read the lock file", file):
        return hashlib.sha256(file.read_bytes()).hexdigest()
