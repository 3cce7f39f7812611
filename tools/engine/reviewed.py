"""Whether what comes up is what was reviewed: a pinned environment runs what the trunk says."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from release.estate import Environment
from release.repository.clone import Clone
from release.repository.git.checkout import open_repository
from release.repository.git.errors import GitError, NotACheckoutError
from release.repository.pins import UnreadableStackFileError, read_document
from release.text.counted import first_few
from release.versions import tag_of

_NAMED = 3


def unlanded(program: Path, environment: Environment) -> Iterator[str]:
    """Yield how what comes up differs from what has landed and is tagged, each with its command.

    Edits are nothing to tell of an environment that follows a branch, and nothing is in no
    checkout.
    """
    name = environment.stack_file.name
    try:
        clone = Clone(open_repository(program))
        if environment.settings.source.branch is None:
            yield from _differences(clone, environment, program.resolve() / name)
        yield from _untagged(clone, environment)
    except NotACheckoutError:
        return
    except GitError as error:
        yield f"cannot tell whether {name} has landed: {error}"


def _differences(clone: Clone, environment: Environment, stack_file: Path) -> Iterator[str]:
    path = stack_file.relative_to(clone.repository.toplevel.resolve()).as_posix()
    # What a person types is read from the top, wherever they stand.
    anywhere, run = f":/{path}", clone.repository.run
    here = _versions(clone, f"HEAD:{path}")
    if run("status", "--porcelain", "--", path):
        yield (
            f"{stack_file.name} has changes that are not committed"
            f"{_moves(here, environment.settings.versions)}, so nobody reviewed what comes up; "
            f"see: git status -- {anywhere}"
        )
    trunk = clone.trunk
    if run("diff", "--name-only", "HEAD", trunk.commit, "--", path):
        short = trunk.ref.split("/", 2)[2]
        yield (
            f"{stack_file.name} of this checkout is not what {short} says"
            f"{_moves(_versions(clone, f'{trunk.commit}:{path}'), here)}; see: "
            f"git diff HEAD {short} -- {anywhere}"
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
    tags = clone.tags_of(pins)
    # Without any the charts lie in another repository, or the clone has none, as a workflow's.
    if any(tags.values()):
        for chart, version in pins.items():
            if version not in tags[chart]:
                yield (
                    f"{environment.stack_file.name} pins {chart} {version}, but there is no tag "
                    f"{tag_of(chart, version)} here, which Argo CD looks for; run: git fetch "
                    f"--tags, and if nobody has it: hmco check --chart {chart}"
                )
