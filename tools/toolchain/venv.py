"""The project's virtual environment, exactly as the lock files say."""

import hashlib
import os
import platform
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from tools.toolchain.failure import ToolchainError, explained
from tools.toolchain.run import ProgramFailedError, Watch, alone, run

STAMP = ".hmco-installed"

# What a user's settings may hold that would send the files elsewhere.
_UNSET = ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_REQUIREMENT", "PIP_CONSTRAINT")
_SET = {"PIP_REQUIRE_VIRTUALENV": "0", "PIP_USER": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}

Locks = tuple[Path, ...]
"""A compiled requirements file, and those that hold all its packages and more."""

DEVELOPMENT: Locks = (Path("requirements-dev.txt"),)
RUNTIME: Locks = (Path("requirements.txt"), *DEVELOPMENT)


def is_current(folder: Path, locks: Locks) -> bool:
    """Say whether a finished installation of one of the lock files stands in `folder`."""
    stamped = _read(folder)
    return stamped[:1] == [_python()] and stamped[1:] in [[_digest(file)] for file in locks]


def ensure_venv(folder: Path, locks: Locks, environment: Mapping[str, str], watch: Watch) -> None:
    """Make `folder` hold the packages of the first lock file.

    Its stamp is written last: after a kill, or with another Python, all is made anew. Raises
    ToolchainError when this Python cannot make one or pip cannot install.
    """
    # The folder around it is what is locked: it is there already, and stays when ours is replaced.
    around = os.open(folder.absolute().parent, os.O_RDONLY)
    try:
        with alone(around, watch, f"another run works on {folder}; waiting for it"):
            if not is_current(folder, locks):
                _make(folder, locks[0], environment, watch)
    finally:
        os.close(around)


def _make(folder: Path, lock: Path, environment: Mapping[str, str], watch: Watch) -> None:
    with watch.progress.task(f"Python packages in {folder}"):
        if _read(folder)[:1] != [_python()]:
            with explained("replace the virtual environment", folder):
                if folder.exists():
                    shutil.rmtree(folder)
            create_venv(folder, environment, watch)
        with explained("write the virtual environment", folder):
            (folder / STAMP).unlink(missing_ok=True)
        pip_install(folder, lock, environment, watch)
        with explained("write the virtual environment", folder):
            (folder / STAMP).write_text(f"{_python()}\n{_digest(lock)}\n", encoding="utf-8")


def create_venv(folder: Path, environment: Mapping[str, str], watch: Watch) -> None:
    """Make a virtual environment with pip in it; says what to install where Python cannot."""
    python = _interpreter()
    try:
        run([python, "-I", "-m", "venv", str(folder)], cwd=Path.cwd(), env=environment, watch=watch)
    except ProgramFailedError as error:
        version = ".".join(platform.python_version_tuple()[:2])
        raise ToolchainError(
            f"{python} cannot make the virtual environment {folder}:\n{error}\n"
            f"If its venv module is missing, install it (Debian, Ubuntu: apt install "
            f"python{version}-venv) or name another Python: make PYTHON=python3.12 up"
        ) from error


def pip_install(
    folder: Path, file: Path, environment: Mapping[str, str], watch: Watch, *options: str
) -> None:
    """Install what a lock file names by the pip of the virtual environment in `folder`.

    The user's index, proxy and certificates count; where else pip should put things does not.
    """
    arguments = [str(folder.absolute() / "bin" / "python"), "-I", "-m", "pip", "install"]
    arguments += ["--quiet", "--require-hashes", "--requirement", str(file), *options]
    clean = {name: value for name, value in environment.items() if name not in _UNSET} | _SET
    try:
        run(arguments, cwd=Path.cwd(), env=clean, watch=watch)
    except ProgramFailedError as error:
        raise ToolchainError(
            f"pip cannot install {file}:\n{error}\n"
            "Check that the Python package index can be reached (pip config list), then run the "
            "same command again."
        ) from error


def _read(folder: Path) -> list[str]:
    try:
        return (folder / STAMP).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def _interpreter() -> str:
    """Give the Python below the virtual environment this may be running in."""
    if sys.prefix == sys.base_prefix:
        return sys.executable
    name = "python" + ".".join(platform.python_version_tuple()[:2])
    return str(Path(sys.base_prefix) / "bin" / name)


def _python() -> str:
    """Name the interpreter below any virtual environment this happens to run in."""
    return f"{sys.base_prefix} {sys.version.split()[0]}"


def _digest(file: Path) -> str:
    with explained("read the lock file", file):
        return hashlib.sha256(file.read_bytes()).hexdigest()
