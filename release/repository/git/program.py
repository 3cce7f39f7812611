"""Running the `git` program so that no setting of the user or the machine changes its answers."""

import os
import re
import shlex
import subprocess
from collections.abc import Container, Iterator, Mapping
from pathlib import Path
from typing import Final

from release.repository.git.errors import (
    GitError,
    HistoryIncompleteError,
    NotACheckoutError,
    ObjectsMissingError,
)

_KEPT: Final = re.compile(
    r"(?!GIT_)|GIT_(?:CEILING_|CONFIG_(?:COUNT|GLOBAL|KEY_|NOSYSTEM|SYSTEM|VALUE_)|EXEC_PATH|TEST_|TRACE)"
)
"""No other variable of Git's reaches it, as a hook has them: they would point git at another
repository or change what a path means."""
_FORCED: Final[Mapping[str, str]] = {
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
_SETTINGS: Final = (
    "color.ui=false",
    "core.fsmonitor=false",  # would start a program of the repository's choice
    f"core.hooksPath={os.devnull}",
    "core.quotePath=false",
    "core.useReplaceRefs=false",
    "diff.ignoreSubmodules=dirty",
    f"diff.orderFile={os.devnull}",
    "diff.renames=false",
    "grep.threads=1",  # several take twice the processor time
    "i18n.logOutputEncoding=UTF-8",
    "log.follow=false",
    "log.mailmap=false",
    "log.showRoot=true",
    "log.showSignature=false",
    "protocol.allow=never",  # a partial clone would fetch in the middle of a read
    "submodule.recurse=false",
)
_OPTIONS: Final = tuple(part for setting in _SETTINGS for part in ("-c", setting))

_TOO_OLD: Final = "unknown option `batch-command'"
_UNTRUSTED: Final = ("dubious ownership", "unsafe repository")
_NO_CHECKOUT: Final = ("not a git repository", "must be run in a work tree")
_MISSING: Final = (
    "bad object",
    "could not fetch",
    "lazy fetching disabled",
    "missing blob object",
    "promisor",
    "unable to read tree",
)


def clean_environment(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the environment for git: the user's, less what would redirect it."""
    kept = {name: value for name, value in environment.items() if _KEPT.match(name)}
    return {**kept, **_FORCED}


def explain(folder: Path, arguments: tuple[str, ...], stderr: str) -> GitError:
    """Return the error that fits what git printed."""
    if any(sign in stderr for sign in _UNTRUSTED):
        return GitError(
            f"Git does not trust {folder}, because it belongs to another user. If you trust it, "
            f"run: git config --global --add safe.directory '{folder}'"
        )
    if any(sign in stderr for sign in _NO_CHECKOUT):
        return NotACheckoutError(
            f"{folder} is not in a checkout of a Git repository; name one with --repo"
        )
    if any(sign in stderr for sign in _MISSING):
        return lacking(folder, f"git {arguments[0]} needs an object that is not here")
    if _TOO_OLD in stderr:
        return GitError("Git is older than 2.36; install a newer one")
    reason = stderr.strip().removeprefix("fatal: ") or "it says nothing more"
    return GitError(f"git {arguments[0]} failed in {folder}: {reason}")


def lacking(folder: Path, what: str) -> GitError:
    """Return the error that fits how the clone was made: cut short, or without its files."""
    shallow = run_git(folder, "rev-parse", "--is-shallow-repository").strip() == b"true"
    kind = HistoryIncompleteError if shallow else ObjectsMissingError
    return kind(what, called(folder))


def called(top: Path) -> str:
    """Return how a person calls git for a checkout: with -C from outside of it."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        if folder == top.resolve():
            return "git"
        if (folder / ".git").exists():
            break
    return f"git -C {shlex.quote(os.path.relpath(top))}"


def run_git(
    folder: Path, *arguments: str, stdin: bytes = b"", good: Container[int] = (0,)
) -> bytes:
    """Return what git prints when it runs in the folder; GitError or a kind of it otherwise."""
    with start(folder, *arguments) as process:
        output, errors = process.communicate(stdin)
    if process.returncode not in good:
        raise explain(folder, arguments, errors.decode(errors="replace"))
    return output


def records(text: str, width: int) -> Iterator[list[str]]:
    """Yield records of so many fields from what git printed with each field ended by NUL."""
    fields = text.split("\0")
    for start in range(0, len(fields) - width, width):
        first, *others = fields[start : start + width]
        yield [first.lstrip("\n"), *others]


def start(folder: Path, *arguments: str) -> "subprocess.Popen[bytes]":
    """Start git in the folder with a pipe each way; GitError or a kind of it if it cannot be."""
    try:
        return subprocess.Popen(
            ["git", "--no-pager", *_OPTIONS, *arguments],
            cwd=folder,
            env=clean_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    except FileNotFoundError as error:
        if folder.is_dir():
            raise GitError("there is no git program on PATH; install Git") from error
        raise NotACheckoutError(f"{folder} does not exist; name a checkout") from error
    except NotADirectoryError as error:
        raise NotACheckoutError(f"{folder} is a file; name the folder of a checkout") from error
