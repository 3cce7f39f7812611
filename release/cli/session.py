"""What every command is given: the registry, the clock, and the workspace once it is known."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from release.charts.record import Registry
    from release.repository.workspace import Workspace


@dataclass
class Session:
    """One run of the command line; `clock` gives aware moments."""

    clock: Callable[[], datetime]
    given_registry: "Registry | None" = None

    @cached_property
    def registry(self) -> "Registry":
        """The charts: those of HMCo unless the caller brought others."""
        if self.given_registry is not None:
            return self.given_registry
        # Imported late because `hmco --help` needs no registry and should not wait for one.
        from release.registry import REGISTRY  # noqa: PLC0415

        return REGISTRY

    @cached_property
    def now(self) -> datetime:
        """The moment of this run, the same for every rule."""
        return self.clock()

    def workspace(self, repo: Path | None) -> "Workspace":
        """Return where stack files and charts lie; WorkspaceError if that cannot be told."""
        from release.repository.workspace import find_workspace  # noqa: PLC0415 -- as above

        return find_workspace(Path.cwd(), repo)
