"""The cache outside the clone: where tools stand, and how one gets there whole or not at all.

<root>/tools/<key>/        the programs of one tool, and `origin` saying where they came from
<root>/home/               PULUMI_HOME; its plugin folders link to the programs above
<root>/go/                 what the compiler keeps for the next build
<root>/tmp/                half-made things, swept by the next run that holds the lock
<root>/lock                held while anything above is written
"""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools.toolchain.failure import ToolchainError, explained
from tools.toolchain.run import Watch, alone
from tools.toolchain.tools import Tool, key, target


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
class Cache:
    """One cache directory. Reading needs no lock; `install` is called under `lock`."""

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
        found_at = self._plugin(tool) if tool.plugin else directory
        try:
            whole = all((directory / name).samefile(found_at / name) for name in tool.programs)
        except OSError:
            return None
        return directory if whole else None

    @contextmanager
    def lock(self, watch: Watch) -> Iterator[None]:
        """Hold the cache for writing; waits for another run, and sweeps what a killed one left."""
        with explained("use the tool cache", self.root):
            self.root.mkdir(parents=True, exist_ok=True)
            file = (self.root / "lock").open("a")
        waiting = f"another run is filling {self.root}; waiting for it"
        with file, alone(file.fileno(), watch, waiting):
            shutil.rmtree(self.root / "tmp", ignore_errors=True)
            yield

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

    def install(self, tool: Tool, staged: Path, origin: str) -> Path:
        """Move the staged programs of `tool` into place in one step; `origin` is for people."""
        final = self.directory(tool)
        with explained(f"install {tool.name}", final):
            (staged / "origin").write_text(f"{origin}\n", encoding="utf-8")
            for name in tool.programs:
                (staged / name).chmod(0o755)
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
