"""The cache outside the clone: where tools stand, and how one gets there whole or not at all.

<root>/tools/<key>/        the programs of one tool, and `origin.json` saying where they came from
<root>/home/               PULUMI_HOME; its plugin folders link to the programs above
<root>/tmp/                half-made things, swept by the next run that holds the lock
<root>/lock                held while anything above is written
"""

import fcntl
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools.toolchain.catalogue import Tool, key, target
from tools.toolchain.failure import ToolchainError, explained
from tools.toolchain.progress import Progress

_ORIGIN = "origin.json"
_POLL = 0.1


def cache_root(environment: Mapping[str, str]) -> Path:
    """Say where the cache is: `$HMCO_CACHE`, else `$XDG_CACHE_HOME/hmco`, else `~/.cache/hmco`."""
    if chosen := environment.get("HMCO_CACHE"):
        return Path(chosen).absolute()
    # The XDG base directory specification: a relative path is to be ignored.
    if (base := environment.get("XDG_CACHE_HOME")) and Path(base).is_absolute():
        return Path(base) / "hmco"
    try:
        return Path.home() / ".cache" / "hmco"
    except RuntimeError:
        raise ToolchainError(
            "no place for the tool cache: HOME is not set and this user has no home directory.\n"
            "Choose one: HMCO_CACHE=/some/dir make up"
        ) from None


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an installed tool came from: `path`, `release` or `build`, and details for people."""

    route: str
    detail: str
    fingerprint: Mapping[str, tuple[int, int]]


def fingerprint(programs: Mapping[str, Path]) -> dict[str, tuple[int, int]]:
    """Size and time of change of programs that others may replace."""
    return {
        name: ((found := path.stat()).st_size, found.st_mtime_ns) for name, path in programs.items()
    }


@dataclass(frozen=True, slots=True)
class Cache:
    """One cache directory. Reading needs no lock; `install` and `sweep` are called under `lock`."""

    root: Path

    @property
    def home(self) -> Path:
        """The engine's PULUMI_HOME."""
        return self.root / "home"

    def directory(self, tool: Tool) -> Path:
        """Where `tool` is or will be."""
        return self.root / "tools" / key(tool, target())

    def installed(self, tool: Tool) -> Path | None:
        """Give the directory with the programs of `tool`, or None when it must be got first."""
        directory = self.directory(tool)
        programs = {name: directory / name for name in tool.programs}
        try:
            origin = json.loads((directory / _ORIGIN).read_text(encoding="utf-8"))
            now = fingerprint(programs)
            linked = not tool.plugin or all(
                path.samefile(self._plugin(tool) / name) for name, path in programs.items()
            )
        except (OSError, ValueError):
            return None
        # A program of the user's own may have been upgraded since it was found to fit.
        known = {name: tuple(value) for name, value in origin["fingerprint"].items()}
        return directory if linked and known in ({}, now) else None

    @contextmanager
    def lock(
        self, progress: Progress, needless: Callable[[], bool] = lambda: False
    ) -> Iterator[None]:
        """Hold the cache for writing; waits for another run, naming it, and sweeps its leavings.

        Once `needless` says so, that run has made all that is wanted: it is waited for no longer,
        and the block runs without the lock.
        """
        with explained("use the tool cache", self.root):
            self.root.mkdir(parents=True, exist_ok=True)
            stream = (self.root / "lock").open("a+", encoding="utf-8")
        with stream:
            if not self._acquire(stream.fileno(), progress, needless):
                yield
                return
            with explained("use the tool cache", self.root):
                stream.truncate(0)
                stream.write(f"process {os.getpid()} since {time.strftime('%H:%M:%S')}")
                stream.flush()
                self.sweep()
            yield

    def _acquire(self, lock: int, progress: Progress, needless: Callable[[], bool]) -> bool:
        told = False
        while not self._locked(lock):
            if needless():
                return False
            if not told:
                holder = (self.root / "lock").read_text(encoding="utf-8") or "another process"
                progress.say(f"another run ({holder}) is filling {self.root}; waiting for it")
                told = True
            time.sleep(_POLL)
        return True

    def _locked(self, lock: int) -> bool:
        with explained("lock the tool cache", self.root):
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
        return True

    def sweep(self) -> None:
        """Remove what a killed run left behind."""
        shutil.rmtree(self.root / "tmp", ignore_errors=True)

    @contextmanager
    def stage(self, name: str) -> Iterator[Path]:
        """Give an empty directory on the cache's own file system, gone when the block ends."""
        with explained("write to the tool cache", self.root):
            (self.root / "tmp").mkdir(parents=True, exist_ok=True)
            directory = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self.root / "tmp"))
        try:
            yield directory
        finally:
            shutil.rmtree(directory, ignore_errors=True)

    def install(self, tool: Tool, staged: Path, origin: Origin) -> Path:
        """Move the staged programs of `tool` into place in one step."""
        final = self.directory(tool)
        with explained(f"install {tool.name}", final):
            record = {
                "route": origin.route,
                "detail": origin.detail,
                "fingerprint": origin.fingerprint,
            }
            (staged / _ORIGIN).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
            for name in tool.programs:
                program = staged / name
                if not program.is_symlink():
                    program.chmod(0o755)
            final.parent.mkdir(parents=True, exist_ok=True)
            if final.exists():
                final.rename(staged.with_name(staged.name + "-old"))
            # mkdtemp made it private; a shared cache is read by others.
            staged.chmod(0o755)
            staged.rename(final)
            self.home.mkdir(parents=True, exist_ok=True)
            if tool.plugin:
                self._link(tool, final)
        return final

    def _plugin(self, tool: Tool) -> Path:
        return self.home / "plugins" / tool.plugin

    def _link(self, tool: Tool, final: Path) -> None:
        """Link the programs into the plugin folder, which the engine wants to be a real folder."""
        folder = self._plugin(tool)
        folder.mkdir(parents=True, exist_ok=True)
        for name in tool.programs:
            fresh = folder / f".{name}.new"
            fresh.unlink(missing_ok=True)
            fresh.symlink_to(os.path.relpath(final / name, folder))
            fresh.replace(folder / name)
