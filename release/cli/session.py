"""What every command is given: the registry, the clock, and the workspace once it is known."""

import os
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from release.charts.record import Registry
    from release.repository.picture import Picture
    from release.repository.workspace import Workspace


def utc_now() -> datetime:
    """Return the present moment."""
    return datetime.now(UTC)


@dataclass
class Session:
    """One run of the command line; `clock` gives aware moments.

    `repo` is where the charts lie if not here, and `as_json` whether programs read the answer.
    """

    clock: Callable[[], datetime] = utc_now
    given_registry: "Registry | None" = None
    repo: Path | None = None
    as_json: bool = False

    @cached_property
    def registry(self) -> "Registry":
        """The charts: those of HMCo unless the caller brought others.

        RegistryError also for a registry that Python cannot run: its owners edit it by hand.
        """
        if self.given_registry is not None:
            return self.given_registry
        # Imported late because `hmco --help` needs no registry and should not wait for one.
        import release  # noqa: PLC0415
        from release.charts.record import RegistryError  # noqa: PLC0415

        file = os.path.relpath(Path(release.__file__).with_name("registry.py"))
        try:
            from release.registry import REGISTRY  # noqa: PLC0415
        except (SyntaxError, NameError, AttributeError, TypeError, ImportError) as error:
            message = f"{file}, line {_line_of(error)}: {error}; correct it"
            raise RegistryError(message) from error
        except RegistryError as error:
            message = str(error).replace("release/registry.py", file)
            raise RegistryError(message, error.problems) from error
        return REGISTRY

    @cached_property
    def now(self) -> datetime:
        """The moment of this run, the same for every rule."""
        return self.clock()

    @cached_property
    def workspace(self) -> "Workspace":
        """Where stack files and charts lie; WorkspaceError if that cannot be told."""
        from release.repository.workspace import find_workspace  # noqa: PLC0415 -- as above

        return find_workspace(Path.cwd(), self.repo)

    @cached_property
    def work_tree(self) -> "Picture":
        """What the files of the checkout say, committed or not."""
        from release.repository.picture import work_tree  # noqa: PLC0415 -- as above

        return work_tree(self.registry, self.workspace)

    def finish_interrupted(self) -> None:
        """Finish a write that was interrupted, before anything is read, and say what it wrote."""
        from release.cli.output import say  # noqa: PLC0415 -- as above
        from release.text.atomic import recover  # noqa: PLC0415 -- as above

        for top in dict.fromkeys((self.workspace.charts.toplevel, self.workspace.stacks.toplevel)):
            for path in recover(top):
                say(f"finished an interrupted write of {path.as_posix()}", err=True)

    def committed(self, *, finish: bool = False) -> "Picture":
        """Return what is committed, on which commands decide; SettingsError where it is refused.

        Says which environments that leaves out. `finish` first ends an interrupted write.
        """
        from release.cli.output import say  # noqa: PLC0415 -- as above
        from release.repository.picture import committed  # noqa: PLC0415 -- as above

        if finish:
            self.finish_interrupted()
        picture = committed(self.registry, self.workspace)
        if picture.is_as_it_came:
            from release.repository.workspace import WorkspaceError  # noqa: PLC0415 -- as above

            message = (
                "no stack file is committed and no chart of the registry lies here: both are as "
                "they came with the program; write yours: hmco begin ENVIRONMENT --team SLUG"
            )
            raise WorkspaceError(message)
        if picture.estate.environments:
            for name in picture.not_committed:
                left_out = name.removeprefix("Pulumi.").removesuffix(".yaml")
                command = picture.to_commit(name)
                say(f"{name} is not committed, so {left_out} is left out: {command}", err=True)
        return picture

    def with_charts(self, *, finish: bool = False) -> "Picture":
        """Return what is `committed`; WorkspaceError where no chart lies, so none has a version."""
        picture = self.committed(finish=finish)
        self.require_charts(picture)
        return picture

    def require_charts(self, picture: "Picture") -> None:
        """Raise a WorkspaceError where no chart lies."""
        from release.repository.workspace import WorkspaceError  # noqa: PLC0415 -- as above

        if not picture.has_charts:
            folder = picture.charts.clone.repository.toplevel / picture.charts_folder
            message = (
                f"no chart lies in {folder}, where hmco:source.charts says; correct that, or name "
                "the checkout that holds them with --repo"
            )
            raise WorkspaceError(message)


def _line_of(error: Exception) -> int:
    """Return the line of the registry that an error comes from."""
    if isinstance(error, SyntaxError):
        return error.lineno or 0
    lines = [
        line
        for frame, line in traceback.walk_tb(error.__traceback__)
        if frame.f_code.co_filename.endswith("registry.py")
    ]
    return lines[-1] if lines else 0
