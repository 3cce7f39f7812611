"""Where the tools are, without getting any: for launchers and tests."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.toolchain.cache import Cache, cache_root
from tools.toolchain.failure import ToolchainError
from tools.toolchain.tools import TOOLS, Tool


@dataclass(frozen=True, slots=True)
class Location:
    """Where things are.

    `bins` maps each tool that is ready to the folder of its programs, `missing` names the others.
    `path` is what goes first on PATH; plugins are not in it, the engine finds them by itself.
    """

    plugins: Path
    bins: Mapping[str, Path]
    missing: tuple[str, ...]

    @property
    def path(self) -> tuple[Path, ...]:
        """The folders that belong on PATH."""
        return tuple(bin_ for name, bin_ in self.bins.items() if not TOOLS[name].plugin)


def chosen(names: Iterable[str]) -> tuple[Tool, ...]:
    """Look tools up by name, refusing all unknown names at once."""
    wanted = tuple(dict.fromkeys(names))
    if unknown := sorted(set(wanted) - set(TOOLS)):
        raise ToolchainError(
            f"unknown tool {', '.join(unknown)}: the tools are {', '.join(TOOLS)}."
        )
    return tuple(TOOLS[name] for name in wanted)


def locate(names: Iterable[str], environment: Mapping[str, str] = os.environ) -> Location:
    """Say where the named tools are; touches nothing and starts no program."""
    cache = Cache(cache_root(environment))
    found = {tool.name: cache.installed(tool) for tool in chosen(names)}
    return Location(
        plugins=cache.home / "plugins",
        bins={name: place for name, place in found.items() if place is not None},
        missing=tuple(name for name, place in found.items() if place is None),
    )
