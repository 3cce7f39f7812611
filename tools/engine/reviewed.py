"""Whether what comes up is what was reviewed: a pinned environment runs what the trunk says."""

from collections.abc import Iterator
from pathlib import Path

from release.estate import Environment
from release.repository.git.checkout import Repository, open_repository
from release.repository.git.errors import GitError, NotACheckoutError
from release.repository.git.refs import default_branch, read_refs


def unlanded(program: Path, environment: Environment) -> Iterator[str]:
    """Yield how the environment's stack file differs from what has landed, each with its command.

    Nothing is said of an environment that follows a branch, or of a program in no checkout.
    """
    if environment.settings.source.branch is not None:
        return
    name = environment.stack_file.name
    try:
        yield from _differences(open_repository(program), program.resolve() / name)
    except NotACheckoutError:
        return
    except GitError as error:
        yield f"cannot tell whether {name} has landed: {error}"


def _differences(repository: Repository, stack_file: Path) -> Iterator[str]:
    path = stack_file.relative_to(repository.toplevel.resolve()).as_posix()
    # What a person types is read from the top, wherever they stand.
    anywhere = f":/{path}"
    if repository.run("status", "--porcelain", "--", path):
        yield (
            f"{stack_file.name} has changes that are not committed, so nobody reviewed what comes "
            f"up; see: git status -- {anywhere}"
        )
    trunk = default_branch(read_refs(repository))
    if repository.run("diff", "--name-only", "HEAD", trunk.commit, "--", path):
        short = trunk.ref.split("/", 2)[2]
        yield (
            f"{stack_file.name} of this checkout is not what {short} says; see: "
            f"git diff HEAD {short} -- {anywhere}"
        )
