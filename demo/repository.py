"""The built estate: a checkout that tests may read, edit, commit to and continue."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from demo.environments import EnvironmentSpec
from demo.gitprogram import git
from demo.story import Story
from demo.stream import ImportStream
from release.charts.record import Registry


@dataclass
class EstateRepo:
    """A real repository of charts and stack files whose default branch is checked out.

    `until` is the time that tests take for now; the last landing is some days older. `charts` is
    the chart root, `program` the folder of the stack files (empty or with a final slash).
    """

    path: Path
    registry: Registry
    environments: tuple[EnvironmentSpec, ...]
    until: datetime
    last_landing: datetime
    next_request: int = 1
    charts: str = "helm/charts"
    program: str = ""
    branch: str = "main"
    releases: str = "https://github.com/254CARBON/HMCo/releases/tag"

    def git(self, *arguments: str) -> str:
        """Run git in the checkout and return what it prints, without the final line end."""
        return git(self.path, *arguments).rstrip("\n")

    @property
    def program_path(self) -> Path:
        """The folder of the stack files."""
        return self.path / self.program

    def stack_path(self, environment: str) -> Path:
        """Return the stack file of an environment."""
        return self.program_path / f"Pulumi.{environment}.yaml"

    def chart_path(self, chart: str) -> Path:
        """Return the folder of a chart or sub-chart."""
        return self.path / self.registry.path_of(chart, self.charts)

    def edit(self, file: str | Path, old: str, new: str) -> None:
        """Replace one text of a file of the work tree, which must hold it exactly once."""
        path = self.path / file
        text = path.read_bytes().decode()
        if text.count(old) != 1:
            raise AssertionError(f"{file} holds {old!r} {text.count(old)} times; expected once")
        path.write_bytes(text.replace(old, new).encode())

    def write(self, file: str | Path, text: str) -> None:
        """Write a file of the work tree, with the folders it needs."""
        path = self.path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())

    def commit(self, message: str, *, at: datetime | None = None) -> str:
        """Commit all of the work tree on the branch checked out; return the commit's id."""
        when = (at or self.last_landing).isoformat()
        dates = {"GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when}
        git(self.path, "add", "--all")
        git(
            self.path, "commit", "--quiet", "--allow-empty", "-F", "-",
            stdin=message.encode(), env=dates,
        )  # fmt: skip  # one command, one line
        return self.git("rev-parse", "HEAD")

    @contextmanager
    def story(self) -> Iterator[Story]:
        """Continue the history with landings; afterwards the default branch is checked out."""
        stream = ImportStream(self.branch, f"refs/heads/{self.branch}^0")
        yield Story(
            self,
            lambda path: git(self.path, "cat-file", "blob", f"{self.branch}:{path}").encode(),
            stream,
        )
        stream.write(self.path)
        git(self.path, "checkout", "--quiet", "--force", self.branch)
        git(self.path, "reset", "--quiet", "--hard")

    def copy_to(self, folder: Path) -> "EstateRepo":
        """Copy checkout and history; changes of the copy do not touch this one."""
        shutil.copytree(self.path, folder, symlinks=True)
        return replace(self, path=folder)

    def clone_to(self, folder: Path, *options: str) -> "EstateRepo":
        """Clone as people do, with `git clone` options such as --depth=5; it has a remote."""
        git(self.path, "clone", "--quiet", *options, self.path.as_uri(), str(folder))
        return replace(self, path=folder)
