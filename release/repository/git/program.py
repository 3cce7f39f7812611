"""Running the `git` program so that no setting of the user or the machine changes its answers."""

import os
import re
import subprocess
from collections.abc import Container, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, Final

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

_LINK: Final = "120000 "
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
        return _lacking(folder, f"git {arguments[0]} needs an object that is not here")
    reason = stderr.strip().removeprefix("fatal: ") or "it says nothing more"
    return GitError(f"git {arguments[0]} failed in {folder}: {reason}")


def _lacking(folder: Path, what: str) -> GitError:
    """Return the error that fits how the clone was made: cut short, or without its files."""
    shallow = run_git(folder, "rev-parse", "--is-shallow-repository").strip() == b"true"
    return HistoryIncompleteError(what) if shallow else ObjectsMissingError(what)


@dataclass(frozen=True)
class Repository:
    """A checkout: its top folder, and where Git keeps its data (shared between work trees)."""

    toplevel: Path
    git_dir: Path
    common_dir: Path

    def run(self, *arguments: str, stdin: bytes = b"") -> bytes:
        """Return what git prints; GitError or a kind of it when it fails."""
        return run_git(self.toplevel, *arguments, stdin=stdin)

    def naming(self, words: Iterable[str], commit: str = "") -> tuple[str, ...]:
        """Return the files with one of these words, of a commit or tracked in the work tree.

        And every link: Git looks behind none.
        """
        wanted = [part for word in words for part in ("-e", word)]
        options = ("--no-color", "--text", "--files-with-matches", "-z", "--fixed-strings")
        # It ends with 1 where it finds nothing.
        arguments = (*options, *wanted, *filter(None, [commit]))
        output = run_git(self.toplevel, "grep", *arguments, good=(0, 1)) if wanted else b""
        found = [path.removeprefix(f"{commit}:") for path in os.fsdecode(output).split("\0")]
        listing = ("ls-tree", "-r", "-z", commit) if commit else ("ls-files", "--stage", "-z")
        listed = os.fsdecode(self.run(*listing)).split("\0")
        found += [each.partition("\t")[2] for each in listed if each.startswith(_LINK)]
        return tuple(filter(None, found))

    @contextmanager
    def start(
        self, *arguments: str, stdin: IO[bytes] | int = subprocess.PIPE
    ) -> Iterator["subprocess.Popen[bytes]"]:
        """Start git with pipes; it is ended when the block is left, wherever it has got to."""
        with _start(self.toplevel, arguments, stdin) as process:
            try:
                yield process
            finally:
                process.kill()

    def lacks(self, what: str) -> GitError:
        """Return the error for an object that this clone does not hold."""
        return _lacking(self.toplevel, what)

    def fail(self, arguments: tuple[str, ...], stderr: IO[bytes] | None) -> GitError:
        """Return the error of a started git that stopped too early."""
        text = stderr.read().decode(errors="replace") if stderr else ""
        return explain(self.toplevel, arguments, text)

    @cached_property
    def shallow_boundary(self) -> frozenset[str]:
        """The commits whose parents a shallow clone has left out; empty for a whole history."""
        try:
            text = (self.common_dir / "shallow").read_text(encoding="ascii")
        except FileNotFoundError:
            return frozenset()
        return frozenset(text.split())


def run_git(
    folder: Path, *arguments: str, stdin: bytes = b"", good: Container[int] = (0,)
) -> bytes:
    """Return what git prints when it runs in the folder; GitError or a kind of it otherwise."""
    with _start(folder, arguments) as process:
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


def open_repository(folder: Path) -> Repository:
    """Return the checkout that the folder is in, with one call of git.

    Raises NotACheckoutError outside of one or in a bare repository.
    """
    output = run_git(
        folder, "rev-parse", "--show-toplevel", "--absolute-git-dir", "--git-common-dir"
    )
    lines = os.fsdecode(output).split("\n")
    if len(lines) != len(("toplevel", "git_dir", "common_dir", "end")):
        raise NotACheckoutError(f"{folder}: a path of its repository holds a line end; rename it")
    toplevel, git_dir, common_dir = (Path(line) for line in lines[:3])
    return Repository(toplevel, git_dir, folder / common_dir)


def _start(
    folder: Path, arguments: tuple[str, ...], stdin: IO[bytes] | int = subprocess.PIPE
) -> "subprocess.Popen[bytes]":
    try:
        return subprocess.Popen(
            ["git", "--no-pager", *_OPTIONS, *arguments],
            cwd=folder,
            env=clean_environment(),
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    except FileNotFoundError as error:
        if folder.is_dir():
            raise GitError("there is no git program on PATH; install Git") from error
        raise NotACheckoutError(f"{folder} does not exist; name a checkout") from error
    except NotADirectoryError as error:
        raise NotACheckoutError(f"{folder} is a file; name the folder of a checkout") from error
