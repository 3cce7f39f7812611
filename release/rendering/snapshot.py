"""The work tree as a tree of Git, made without touching the checkout, its index or its objects."""

import shutil
from pathlib import Path

from release.repository.git.checkout import Repository, open_repository
from release.repository.git.errors import GitError
from release.repository.git.program import run_git


def snapshot(checkout: Repository, folder: Path) -> tuple[Repository, str]:
    """Return a repository in `folder` and the id of a tree in it that is the work tree.

    What Git ignores is left out. The repository borrows the checkout's objects and keeps new ones
    for itself, so that reading from it reads everything; it goes with the folder. No filter that
    the checkout's own settings name is run.
    """
    folder.mkdir(parents=True, exist_ok=True)
    run_git(folder, "init", "--quiet", "--template=", "--initial-branch=snapshot", ".")
    git_dir = folder / ".git"
    objects = checkout.common_dir.resolve() / "objects"
    (git_dir / "objects" / "info").mkdir(parents=True, exist_ok=True)
    (git_dir / "objects" / "info" / "alternates").write_text(f"{objects}\n", encoding="utf-8")
    repository = open_repository(folder)
    places = (f"--git-dir={git_dir}", f"--work-tree={checkout.toplevel}")
    index = checkout.git_dir / "index"
    if index.is_file():
        # Its file times spare git the reading of what has not changed. Its own time goes with it:
        # by that git knows which files may have changed since within one tick of the clock.
        shutil.copy2(index, git_dir / "index")
    try:
        repository.run(*places, "add", "--all", "--", str(checkout.toplevel))
    except GitError:
        # A split or sparse index cannot be read away from its checkout.
        (git_dir / "index").unlink(missing_ok=True)
        repository.run(*places, "add", "--all", "--", str(checkout.toplevel))
    return repository, repository.run(*places, "write-tree").decode().strip()
