"""Whether what comes up was reviewed: a pinned environment's stack file, and the registry."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from release.estate import Environment
from release.repository.clone import Clone
from release.repository.git.checkout import open_repository
from release.repository.git.errors import GitError, NotACheckoutError
from release.repository.picture import REGISTRY_FILE
from release.repository.pins import UnreadableStackFileError, read_document
from release.text.counted import first_few
from release.versions import tag_of

_NAMED = 3


def unlanded(program: Path, environment: Environment, operation: str) -> Iterator[str]:
    """Yield how what comes up differs from what has landed and is tagged, each with its command.

    Edits are nothing to tell of an environment that follows a branch, and nothing is in no
    checkout. A `preview` is of what has yet to land, so it tells of edits and tags alone.
    """
    name = environment.stack_file.name
    try:
        clone = Clone(open_repository(program))
        if environment.settings.source.branch is None:
            yield from _differences(clone, environment, program.resolve(), operation)
        yield from _untagged(clone, environment)
    except NotACheckoutError:
        return
    except GitError as error:
        yield f"cannot tell whether {name} has landed: {error}"


def _differences(
    clone: Clone, environment: Environment, program: Path, operation: str
) -> Iterator[str]:
    run, stack_file = clone.repository.run, environment.stack_file.name
    below = program.relative_to(clone.repository.toplevel.resolve())
    paths = {name: (below / name).as_posix() for name in (stack_file, REGISTRY_FILE)}
    here = _versions(clone, f"HEAD:{paths[stack_file]}")
    # What a person types is read from the top (`:/`), wherever they stand.
    for name, path in paths.items():
        moves = _moves(here, environment.settings.versions) if name == stack_file else ""
        if run("status", "--porcelain", "--", path):
            yield (
                f"{name} has changes that are not committed{moves}, so nobody has reviewed "
                f"them; see: git status -- :/{path}"
            )
    if operation != "up":
        return
    trunk = clone.trunk
    short = trunk.ref.split("/", 2)[2]
    there = _versions(clone, f"{trunk.commit}:{paths[stack_file]}")
    for name, path in paths.items():
        moves = _moves(there, here) if name == stack_file else ""
        if run("diff", "--name-only", "HEAD", trunk.commit, "--", path):
            yield (
                f"{name} of this checkout is not what {short} says{moves}; see: "
                f"git diff HEAD {short} -- :/{path}"
            )


def _versions(clone: Clone, place: str) -> Mapping[str, str]:
    try:
        return read_document(clone.files({place: place}).get(place, b"{}")).pins.versions
    except UnreadableStackFileError:
        return {}


def _moves(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    moves = [
        f"{chart} {before.get(chart, 'not deployed')} -> {after.get(chart, 'not deployed')}"
        for chart in sorted({*before, *after})
        if before.get(chart) != after.get(chart)
    ]
    return f" ({first_few(moves, _NAMED)})" if moves else ""


def _untagged(clone: Clone, environment: Environment) -> Iterator[str]:
    pins = environment.settings.pins
    # Without any the charts lie in another repository, or the clone has none, as a workflow's.
    if any(map(clone.tags_of, pins)):
        for chart, version in pins.items():
            if version not in clone.tags_of(chart):
                yield (
                    f"{environment.stack_file.name} pins {chart} {version}, but there is no tag "
                    f"{tag_of(chart, version)} here, which Argo CD looks for; run: git fetch "
                    f"--tags, and if nobody has it: hmco check --chart {chart}"
                )
