"""Getting tools: from PATH, else from the vendor's releases, else built from Go modules."""

import os
import shutil
import subprocess
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools.toolchain.cache import Cache, Origin, fingerprint
from tools.toolchain.catalogue import Tool, target
from tools.toolchain.downloads import Releases
from tools.toolchain.failure import RouteRefusedError, explained
from tools.toolchain.gobuild import Builder, go_environment
from tools.toolchain.golang import find_go
from tools.toolchain.run import Watch

ROUTES = ("path", "release", "build")
_PROBE_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Installer:
    """Brings tools into one cache by the allowed routes, always tried in the order of `ROUTES`."""

    cache: Cache
    watch: Watch
    releases: Releases
    environment: Mapping[str, str]
    routes: Collection[str] = ROUTES

    def missing(self, tools: Sequence[Tool]) -> tuple[Tool, ...]:
        """Say which of `tools` are not in the cache."""
        return tuple(tool for tool in tools if self.cache.installed(tool) is None)

    def ensure(self, tools: Sequence[Tool]) -> None:
        """Install each of `tools` that is missing, while the caller holds the cache's lock.

        Raises ToolchainError: the tool that failed is then not there at all, those before it stay.
        """
        unserved = tuple(tool for tool in self.missing(tools) if not self._without_building(tool))
        if unserved:
            self._build(unserved)

    def _without_building(self, tool: Tool) -> bool:
        refusals: list[str] = []
        for route, attempt in (("path", self._from_path), ("release", self._from_release)):
            if route not in self.routes:
                refusals.append(f"{route}: not asked for")
                continue
            try:
                attempt(tool)
            except RouteRefusedError as refused:
                refusals.append(f"{route}: {refused}")
            else:
                return True
        self.watch.progress.say(
            f"{tool.name} {tool.version} will be built, about {tool.minutes:g} min on two cores "
            f"the first time\n  " + "\n  ".join(refusals)
        )
        return False

    def _from_path(self, tool: Tool) -> None:
        """Link to the user's own programs when they are exactly what is locked."""
        if tool.plugin:
            raise RouteRefusedError("not looked at, the engine would take any version from there")
        if not tool.probe:
            raise RouteRefusedError("not looked at, its programs do not come as one set")
        found, programs = self._whole_set(tool)
        answer = self._ask((found, *tool.probe[1:]))
        if answer.removeprefix("v") != tool.version:
            raise RouteRefusedError(f"{found} is {answer or 'silent about its version'}")
        with self.cache.stage(tool.name) as staged:
            links = staged / "programs"
            with explained("link", links):
                links.mkdir()
                for name, path in programs.items():
                    (links / name).symlink_to(path)
            self.cache.install(tool, links, Origin("path", found, fingerprint(programs)))
        self.watch.progress.say(f"{tool.name} {tool.version}: using {found}")

    def _whole_set(self, tool: Tool) -> tuple[str, dict[str, Path]]:
        """Find the first folder of PATH whose program stands beside all the others of the tool.

        A launcher of the same name, such as the one in our own virtual environment, does not.
        """
        program = tool.probe[0]
        for entry in self.environment.get("PATH", os.defpath).split(os.pathsep):
            if (found := shutil.which(program, path=entry)) is not None:
                folder = Path(found).resolve().parent
                programs = {name: folder / name for name in tool.programs}
                if all(path.is_file() for path in programs.values()):
                    return found, programs
        others = [name for name in tool.programs if name != program]
        raise RouteRefusedError(
            f"no {program}" + (f" with {', '.join(others)} beside it" if others else "")
        )

    def _ask(self, arguments: Sequence[str]) -> str:
        try:
            answer = subprocess.run(
                arguments,
                env={**self.environment, "PULUMI_SKIP_UPDATE_CHECK": "true"},
                capture_output=True,
                text=True,
                timeout=_PROBE_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return ""
        return answer.stdout.strip()

    def _from_release(self, tool: Tool) -> None:
        if not tool.releases:
            raise RouteRefusedError("no vendor publishes it by itself")
        with self.cache.stage(tool.name) as staged:
            programs = staged / "programs"
            with explained("unpack", programs):
                programs.mkdir()
            source = self.releases.fetch(tool, target(), programs, self.watch.progress)
            self.cache.install(tool, programs, Origin("release", source, {}))
        self.watch.progress.say(f"{tool.name} {tool.version}: installed from {source}")

    def _build(self, tools: tuple[Tool, ...]) -> None:
        go = find_go(self.cache, self.environment, self.watch)
        surroundings = go_environment(go, self.environment, target(), self.cache.root / "go")
        builder = Builder(go, surroundings, self.watch)
        with self.cache.stage("prefetch") as scratch, _beside(builder, tools, scratch):
            for tool in tools:
                with self.cache.stage(tool.name) as staged, self.watch.progress.task(tool.name):
                    programs, work = staged / "programs", staged / "work"
                    with explained("build", staged):
                        programs.mkdir()
                        work.mkdir()
                    builder.build(tool, programs, work)
                    self.cache.install(tool, programs, Origin("build", str(go), {}))


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
