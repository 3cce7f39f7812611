"""Getting tools: from the vendor's releases, else built from Go modules."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools.toolchain.cache import Cache
from tools.toolchain.downloads import Releases
from tools.toolchain.failure import NoReleaseError, explained
from tools.toolchain.gobuild import Builder, find_go, go_environment
from tools.toolchain.run import Watch
from tools.toolchain.tools import Tool, target


@dataclass(frozen=True, slots=True)
class Installer:
    """Brings tools into one cache: released ones unless `builds_all`, the others built."""

    cache: Cache
    watch: Watch
    releases: Releases
    environment: Mapping[str, str]
    builds_all: bool = False

    def missing(self, tools: Sequence[Tool]) -> tuple[Tool, ...]:
        """Say which of `tools` are not in the cache."""
        return tuple(tool for tool in tools if self.cache.installed(tool) is None)

    def ensure(self, tools: Sequence[Tool]) -> None:
        """Install each of `tools` that is missing, while the caller holds the cache's lock.

        Raises ToolchainError: the tool that failed is then not there at all, those before it stay.
        """
        missing = self.missing(tools)
        if not self.builds_all:
            missing = tuple(tool for tool in missing if not self._released(tool))
        if missing:
            self._build(missing)

    def _released(self, tool: Tool) -> bool:
        """Install the vendor's release; where there is none, say why the tool will be built."""
        try:
            with self.cache.stage(tool.name) as staged:
                source = self.releases.fetch(tool, target(), staged, self.watch)
                self.cache.install(tool, staged, source)
        except NoReleaseError as refused:
            self.watch.progress.say(
                f"{tool.name} {tool.version} will be built, about {tool.minutes:g} min on two "
                f"cores the first time: {refused}"
            )
            return False
        self.watch.progress.say(f"{tool.name} {tool.version}: installed from {source}")
        return True

    def _build(self, tools: tuple[Tool, ...]) -> None:
        go = find_go(self.cache, self.environment, self.watch)
        surroundings = go_environment(self.environment, target(), self.cache.root / "go")
        builder = Builder(go, surroundings, self.watch)
        with self.cache.stage("prefetch") as scratch, _beside(builder, tools, scratch):
            for tool in tools:
                with self.cache.stage(tool.name) as staged, self.watch.progress.task(tool.name):
                    programs, work = staged / "programs", staged / "work"
                    with explained("build", staged):
                        programs.mkdir()
                        work.mkdir()
                    builder.build(tool, programs, work)
                    self.cache.install(tool, programs, f"built by {go}")


@contextmanager
def _beside(builder: Builder, tools: tuple[Tool, ...], scratch: Path) -> Iterator[None]:
    """Download for later builds beside the first one; ends with the block, however it ends."""
    over = threading.Event()
    thread = threading.Thread(target=builder.prefetch, args=(tools, scratch, over))
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
