"""The landings on a branch: first parents only, newest first, with the files each one changed."""

import os
from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from typing import IO, Final, NamedTuple

from release.repository.git.checkout import Repository
from release.repository.git.commits import Commit, log_commits, moment, read_commits
from release.repository.git.objects import ABSENT
from release.repository.git.program import explain, start

_CHUNK: Final = 1 << 16
_LOG: Final = (
    "log",
    "--first-parent",
    "--diff-merges=first-parent",
    "--raw",
    "-r",
    "-z",
    "--no-abbrev",
    "--no-renames",
    "--no-ext-diff",
    "--no-textconv",
    "--root",
    "--format=%H %ct",
)


class FileChange(NamedTuple):
    """One file of a landing: its object before and after, None where it was absent."""

    path: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Landing:
    """One commit on the branch's first-parent line and what it changed there.

    A merge commit counts as one landing with all that it brought, at the time of the merge.
    """

    commit: str
    seconds: int
    changes: tuple[FileChange, ...]

    @cached_property
    def landed_at(self) -> datetime:
        """The committer's date: when GitHub merged, squashed or rebased, or somebody pushed."""
        return moment(str(self.seconds))


def landings(repository: Repository, revision: str, *paths: str) -> Generator[Landing, None, None]:
    """Yield the landings that touched the files or folders, newest first, as git finds them.

    Paths are taken literally. Stopping early ends git early.
    """
    arguments = (*_LOG, "--end-of-options", revision, "--", *paths)
    with start(repository.toplevel, *arguments) as process:
        if process.stdout is None or process.stderr is None:
            return
        try:
            yield from parse_log(_tokens(process.stdout))
            if process.wait():
                errors = process.stderr.read().decode(errors="replace")
                raise explain(repository.toplevel, ("log",), errors)
        finally:
            process.kill()


def brought_by(repository: Repository, revision: str) -> Mapping[str, tuple[str, datetime]]:
    """Return for every commit of the branch that ends in this one the landing that brought it.

    That is its id and its time. A commit that several merges hold was brought by the oldest.
    """
    output = repository.run("log", "--format=%H %ct %P", "--end-of-options", revision, "--")
    times: dict[str, str] = {}
    parents: dict[str, list[str]] = {}
    for line in output.decode("ascii").splitlines():
        commit, time, *rest = line.split(" ")
        times[commit], parents[commit] = time or "0", [parent for parent in rest if parent]
    line_of_landings = [revision]
    while above := parents[line_of_landings[-1]]:
        line_of_landings.append(above[0])
    found: dict[str, tuple[str, datetime]] = {}
    for commit in reversed(line_of_landings):
        landing, waiting = (commit, moment(times[commit])), [commit]
        while waiting:
            reached = waiting.pop()
            if reached not in found:
                found[reached] = landing
                waiting += parents[reached]
    return found


def read_landings(
    repository: Repository, revision: str, landed: Iterable[str], paths: Iterable[str]
) -> dict[str, Commit]:
    """Return these landings on the branch by id; a merge says what it merged, too.

    The messages of the merged commits that touched the paths follow its own, newest first. The
    first of them is its body where it has none, which is how Git itself words a merge. Three git
    processes at most, however many merges there are.
    """
    commits = read_commits(repository, landed)
    if all(len(commit.parents) <= 1 for commit in commits.values()):
        return commits
    brought = brought_by(repository, revision)
    wanted = ("--no-merges", "--full-history", "--end-of-options", revision, "--", *paths)
    for each in log_commits(repository, *wanted).values():
        landing, _ = brought[each.object_id]
        merge = commits.get(landing)
        if merge is not None and landing != each.object_id:
            message = f"{merge.message}\n\n{each.message}"
            commits[landing] = merge._replace(body=merge.body or each.message, message=message)
    return commits


def moved_from(repository: Repository, landing: str, path: str) -> str | None:
    """Return where the file lay that a landing brought here from another folder, None if nowhere.

    It is the only one of its name that the same landing took away, however much was edited besides.
    """
    name = path.rpartition("/")[2]
    gone = [other for other in _gone(repository, landing) if other.rpartition("/")[2] == name]
    return gone[0] if len(gone) == 1 else None


@lru_cache(maxsize=64)
def _gone(repository: Repository, landing: str) -> tuple[str, ...]:
    output = repository.run(*_LOG, "-1", "--diff-filter=D", "--end-of-options", landing)
    log = parse_log(iter(os.fsdecode(output).split("\0")))
    return tuple(change.path for each in log for change in each.changes)


def _tokens(stdout: IO[bytes]) -> Iterator[str]:
    rest = b""
    while chunk := stdout.read1(_CHUNK) if hasattr(stdout, "read1") else stdout.read(_CHUNK):
        *complete, rest = (rest + chunk).split(b"\0")
        for token in complete:
            yield token.decode("utf-8", errors="surrogateescape")


def parse_log(tokens: Iterator[str]) -> Iterator[Landing]:
    """Parse the NUL-ended parts of `git log --raw -z`; no part of a message is among them."""
    commit, seconds = "", 0
    changes: list[FileChange] = []
    for token in tokens:
        text = token.lstrip("\n")
        if text.startswith(":"):
            _, _, before, after, _ = text.split(" ")
            changes.append(FileChange(next(tokens), _present(before), _present(after)))
            continue
        if commit:
            yield Landing(commit, seconds, tuple(changes))
        commit, _, date = text.partition(" ")
        seconds, changes = int(date or 0), []
    if commit:
        yield Landing(commit, seconds, tuple(changes))


def _present(object_id: str) -> str | None:
    return None if object_id.startswith(ABSENT) else object_id
