"""Where a command works: the folder of the stack files and the checkout of the charts."""

import os
from pathlib import Path
from typing import Final, NamedTuple

import yaml

from release.repository.git.checkout import Repository, open_repository
from release.repository.git.errors import GitError
from release.settings.stackfile import PROJECT
from release.text import yaml_loading

PROJECT_FILE: Final = "Pulumi.yaml"


class WorkspaceError(Exception):
    """There is no place to work in; the message names the folder and what to do."""


class Workspace(NamedTuple):
    """The places that a command reads and writes.

    `program` holds Pulumi.yaml and the stack files. `stacks` and `charts` are the checkouts of
    these and of the chart tree; they are one and the same unless another one was named.
    """

    program: Path
    stacks: Repository
    charts: Repository


def find_workspace(start: Path, repo: Path | None = None) -> Workspace:
    """Return the workspace of the folder `start`, or of the checkout `repo`.

    The program's folder is the nearest one upwards whose Pulumi.yaml names our project, else the
    only one below. A `repo` with a program of its own gives both places; one without gives the
    charts, and the stack files come from `start`. WorkspaceError if that finds none or several.
    """
    other = _checkout(repo, "--repo") if repo else None
    program = _only_below(other) if other else None
    if other and program:
        return Workspace(_inside(program, other), other, other)
    here = _checkout(start, "the current folder")
    program = _above(start, here) or _only_below(here)
    if program is None:
        raise WorkspaceError(
            f"{here.toplevel} holds no {PROJECT_FILE} with `name: {PROJECT}`; go to the checkout "
            "that does, or name it with --repo"
        )
    return Workspace(_inside(program, here), here, other or here)


def _checkout(folder: Path, what: str) -> Repository:
    if not folder.exists():
        raise WorkspaceError(f"{what}: {folder} does not exist; name the folder of a checkout")
    if not folder.is_dir():
        raise WorkspaceError(f"{what}: {folder} is a file; name the folder of a checkout")
    try:
        return open_repository(folder.resolve())
    except GitError as error:
        raise WorkspaceError(f"{what}: {error}") from error


def _above(start: Path, checkout: Repository) -> Path | None:
    """Return the nearest folder from `start` up to the top of its checkout that is a program."""
    top = checkout.toplevel.resolve()
    folder = start.resolve()
    while True:
        if _is_program(folder):
            return folder
        if folder in {top, folder.parent}:
            return None
        folder = folder.parent


def _only_below(checkout: Repository) -> Path | None:
    """Return the program's folder: the top one if it is one, else that among the tracked files."""
    top = checkout.toplevel
    if _is_program(top):
        return top
    names = os.fsdecode(checkout.run("ls-files", "-z")).split("\0")
    folders = [(top / name).parent for name in names if name.endswith(f"/{PROJECT_FILE}")]
    programs = sorted(folder for folder in folders if _is_program(folder, strict=False))
    if len(programs) > 1:
        listing = ", ".join(str(program.relative_to(top)) for program in programs)
        raise WorkspaceError(
            f"{top} holds {len(programs)} programs named {PROJECT} ({listing}); "
            "go into the folder of the one you mean"
        )
    return next(iter(programs), None)


def _is_program(folder: Path, *, strict: bool = True) -> bool:
    """Tell whether a folder is our program; unless `strict`, a broken file belongs to another."""
    path = folder / PROJECT_FILE
    try:
        return names_program(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError, yaml.YAMLError) as error:
        if not strict:
            return False
        raise WorkspaceError(f"{path} cannot be read: {error}; correct or remove it") from error


def names_program(text: str | bytes) -> bool:
    """Tell whether a Pulumi.yaml is that of our program; YAMLError where it is no YAML."""
    content = yaml_loading.load(text)
    return isinstance(content, dict) and content.get("name") == PROJECT


def _inside(program: Path, checkout: Repository) -> Path:
    """Return the program's folder by its real path; it must lie in the checkout, file and all."""
    top = checkout.toplevel.resolve()
    for path in (program.resolve(), (program / PROJECT_FILE).resolve()):
        if not path.is_relative_to(top):
            raise WorkspaceError(
                f"{program / PROJECT_FILE} is a link to {path}, out of the checkout {top}; "
                "put the file itself there"
            )
    return program.resolve()
