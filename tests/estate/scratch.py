"""A small repository that a test fills commit by commit, with times of its choosing."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from demo.gitprogram import git, make_repository
from release.repository.git.checkout import Repository, open_repository

START: Final = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


class Scratch:
    """An empty repository on branch main; every commit is an hour after the one before."""

    def __init__(self, path: Path) -> None:
        make_repository(path)
        self.path = path
        self.now = START

    @property
    def repository(self) -> Repository:
        """The checkout as the product sees it."""
        return open_repository(self.path)

    def git(self, *arguments: str, env: Mapping[str, str] | None = None) -> str:
        """Run git at the present time of the scratch and return what it prints."""
        when = self.now.isoformat()
        dates = {"GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when}
        return git(self.path, *arguments, env={**dates, **(env or {})}).rstrip("\n")

    def write(self, files: Mapping[str, str | bytes | None]) -> None:
        """Write or (None) delete files of the work tree."""
        for name, content in files.items():
            path = self.path / name
            if content is None:
                path.unlink()
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)

    def commit(self, files: Mapping[str, str | bytes | None], message: str = "Change\n") -> str:
        """Commit files on the branch checked out and return the commit's id."""
        self.now += timedelta(hours=1)
        self.write(files)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--cleanup=verbatim", "-m", message)
        return self.git("rev-parse", "HEAD")

    def merge(self, branch: str, message: str = "Merge\n") -> str:
        """Merge a branch with a merge commit and return its id."""
        self.now += timedelta(hours=1)
        self.git("merge", "--quiet", "--no-ff", "-m", message, branch)
        return self.git("rev-parse", "HEAD")
