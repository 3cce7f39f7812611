"""The Python this runs on: its pip, and virtual environments made by it."""

import platform
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tools.toolchain.failure import ToolchainError
from tools.toolchain.run import ProgramFailedError, Watch, run

_PROBE_SECONDS = 20
# What a user's settings may hold that would send the files elsewhere.
_UNSET = ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_REQUIREMENT", "PIP_CONSTRAINT")
_SET = {"PIP_REQUIRE_VIRTUALENV": "0", "PIP_USER": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def pip_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Keep the user's index, proxy and certificates; drop where else pip should put things."""
    return {k: v for k, v in environment.items() if k not in _UNSET} | _SET


def interpreter() -> str:
    """Give the Python below the virtual environment this may be running in."""
    if sys.prefix == sys.base_prefix:
        return sys.executable
    name = "python" + ".".join(platform.python_version_tuple()[:2])
    return str(Path(sys.base_prefix) / "bin" / name)


def create_venv(folder: Path, environment: Mapping[str, str], watch: Watch) -> None:
    """Make a virtual environment with pip in it; says what to install where Python cannot."""
    arguments = [interpreter(), "-I", "-m", "venv", str(folder)]
    try:
        run(arguments, cwd=Path.cwd(), env=environment, watch=watch)
    except ProgramFailedError as error:
        version = ".".join(platform.python_version_tuple()[:2])
        raise ToolchainError(
            f"{interpreter()} cannot make the virtual environment {folder}:\n{error}\n"
            f"If its venv module is missing, install it (Debian, Ubuntu: apt install "
            f"python{version}-venv) or name another Python: make PYTHON=python3.12 up"
        ) from error


def find_pip(scratch: Path, environment: Mapping[str, str], watch: Watch) -> list[str]:
    """Give this Python's pip, or one in a throw-away virtual environment where it has none."""
    own = [interpreter(), "-I", "-m", "pip"]
    try:
        answer = subprocess.run(
            [*own, "--version"],
            env=environment,
            capture_output=True,
            timeout=_PROBE_SECONDS,
            check=False,
        )
        if answer.returncode == 0:
            return own
    except (OSError, subprocess.TimeoutExpired):
        pass
    folder = scratch / "venv"
    create_venv(folder, environment, watch)
    return [str(folder / "bin" / "python"), "-I", "-m", "pip"]
