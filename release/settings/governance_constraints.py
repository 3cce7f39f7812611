"""What repository settings must not say: alone, beside the other stack files and the registry."""

import difflib
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any, Final

from release.settings.governance import (
    APPROVALS_CHECK,
    GITHUB_ACTIONS_APP,
    REQUIRED_CHECK,
    REVIEWERS_LIMIT,
    RepositorySettings,
)
from release.settings.model import Approvals, Settings
from release.settings.problems import Path, Violation
from release.settings.types import git_address
from release.text.counted import counted

PLATFORM: Final = "platform"
"""The registry's team that owns this program and `.github` (guide, "Maintainer: Platform Team")."""

_TAGS: Final = ("chart-0.1.0", "chart-1.0.0", "chart-23.4.10", "chart-2.0.0-rc.1")
_NO_TAGS: Final = ("chart-nightly", "xchart-1.0.0", "chartx-1.0.0", "chart", "v1.0.0", "nightly")
_ACTIONS: Final = "github-actions"
"""The slug of GitHub Actions' App."""


@dataclass(frozen=True)
class Governed:
    """The governing stack beside all that its settings must fit."""

    stack: str
    repository: RepositorySettings
    stacks: Mapping[str, Settings]
    owners: frozenset[str]

    @cached_property
    def approvals(self) -> Mapping[str, Approvals]:
        """The approvals of each stack file that states them rightly."""
        return _stated(self.stacks, "approvals")


def _stated(stacks: Mapping[str, Settings], field: str) -> dict[str, Any]:
    """Return what each stack file says of a field, but for those in which it is wrong."""
    stating = (item for item in stacks.items() if field in item[1].model_fields_set)
    return {name: getattr(settings, field) for name, settings in stating}


def governance_problems(
    stacks: Mapping[str, Settings], owners: Collection[str]
) -> Iterator[tuple[str, Violation]]:
    """Yield all that repository settings cannot mean, each with the stack that says it.

    `owners` are the teams that own a chart of the registry.
    """
    said = _stated(stacks, "repository")
    found = [name for name, repository in said.items() if repository is not None]
    for name in found[1:]:
        message = f"{found[0]} governs the repository already; remove hmco:repository from one"
        yield name, Violation(("repository",), f"{message} of them")
    if not found:
        return
    governed = Governed(found[0], said[found[0]], stacks, frozenset(owners) | {PLATFORM})
    for rule in _RULES:
        for path, message in rule(governed):
            yield governed.stack, Violation(("repository", *path), message)
    for name in governed.approvals:
        for violation in _approval_problems(governed, name):
            yield name, violation


def matches(path: str, pattern: str) -> bool:
    """Tell whether GitHub may take the path to match: `**/` stands for no folder as well.

    Python's `*` crosses slashes, which GitHub's may not; the wider reading is the careful one.
    """
    return fnmatchcase(path, pattern) or fnmatchcase(path, pattern.replace("**/", ""))


def _approval_problems(governed: Governed, name: str) -> Iterator[Violation]:
    approvals = governed.approvals[name]
    for index, team in enumerate(approvals.teams):
        yield from _unknown_team(governed, ("approvals", "teams", index), team)
    is_last = not any(name in each for each in _stated(governed.stacks, "promotes_from").values())
    if is_last and len(governed.stacks) > 1 and not (approvals.count and approvals.teams):
        yield Violation(
            ("approvals", "count" if approvals.teams else "teams"),
            f"nothing is promoted out of {name}, so it is production, and nobody would have to "
            "approve what goes there; write at least one team and count: 1",
        )
    elif approvals.count and approvals.teams and approvals.count % len(approvals.teams):
        yield Violation(
            ("approvals", "count"),
            f"{counted(approvals.count, 'approval')} cannot be split evenly among the "
            f"{len(approvals.teams)} teams, each of which must approve; write a multiple of "
            f"{len(approvals.teams)}",
        )
    elif approvals.count and not approvals.teams:
        yield Violation(
            ("approvals", "teams"),
            f"names nobody who could give {counted(approvals.count, 'approval')}",
        )
    if len(approvals.teams) > REVIEWERS_LIMIT:
        yield Violation(
            ("approvals", "teams"),
            f"a GitHub environment takes {REVIEWERS_LIMIT} reviewers, found "
            f"{len(approvals.teams)} teams; name fewer",
        )


def _unknown_team(governed: Governed, path: Path, slug: str) -> Iterator[Violation]:
    known = governed.repository.teams
    if slug not in known:
        near = difflib.get_close_matches(slug, known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"add `{slug}: null` if it is a team"
        place = f"Pulumi.{governed.stack}.yaml: repository.teams"
        yield Violation(path, f"the team {slug} is not listed in {place}; {hint}")


def _team_problems(governed: Governed) -> Iterator[Violation]:
    repository = governed.repository
    for path, slug in team_uses(repository):
        yield from _unknown_team(governed, path, slug)
    used = {slug for _, slug in team_uses(repository)}
    used.update(team for approvals in governed.approvals.values() for team in approvals.teams)
    # A stack file whose approvals are wrong may name any of them.
    is_whole = len(governed.approvals) == len(governed.stacks)
    for slug in repository.teams:
        if is_whole and slug not in used:
            yield Violation(("teams", slug), "no setting names this team; remove the line")
    numbers = Counter(number for number in repository.teams.values() if number is not None)
    for slug, number in repository.teams.items():
        if number is not None and numbers[number] > 1:
            yield Violation(
                ("teams", slug), f"another team has number {number} too; a number is one team's"
            )


def team_uses(repository: RepositorySettings) -> Iterator[tuple[Path, str]]:
    """Yield where repository settings name a team, and which."""
    for team, slug in repository.owners.items():
        yield ("owners", team), slug
    for index, rule in enumerate(repository.paths):
        yield ("paths", index, "team"), rule.team
    if repository.break_glass:
        for index, slug in enumerate(repository.break_glass.teams):
            yield ("breakGlass", "teams", index), slug


def _owner_problems(governed: Governed) -> Iterator[Violation]:
    for team in sorted(governed.owners - governed.repository.owners.keys()):
        yield Violation(
            ("owners",),
            f"the registry's team {team} has no slug; add `{team}: <its slug on GitHub>`",
        )


def _check_problems(governed: Governed) -> Iterator[Violation]:
    checks = governed.repository.review.checks
    if REQUIRED_CHECK not in checks:
        yield Violation(
            ("review", "checks"),
            f"lacks {REQUIRED_CHECK}, without which a pull request may merge unchecked; add it",
        )
    for index, name in enumerate(checks):
        if name not in {REQUIRED_CHECK, APPROVALS_CHECK}:
            yield Violation(
                ("review", "checks", index),
                f"no generated workflow reports {name!r}, so it would stay pending for ever; "
                f"{REQUIRED_CHECK} is the job that waits for all others",
            )


def _address_problems(governed: Governed) -> Iterator[Violation]:
    repository = governed.repository
    for name, source in _stated(governed.stacks, "source").items():
        read = git_address(source.repository)
        wanted = f"{repository.owner}/{repository.name}"
        if read and read.path.lower() != wanted.lower():
            yield Violation(
                ("name",),
                f"governs {wanted}, but {name} takes its charts from {read.path}; this program "
                "lies in the charts' repository, so name that one",
            )
        if source.branch is not None and source.branch != repository.default_branch:
            yield Violation(
                ("defaultBranch",),
                f"{name} follows {source.branch}, so that is the branch to guard, not "
                f"{repository.default_branch}",
            )


def _path_problems(governed: Governed) -> Iterator[Violation]:
    repository = governed.repository
    prefix = f"{repository.folder}/" if repository.folder else ""
    files = [f"{prefix}Pulumi.{name}.yaml" for name in governed.stacks]
    seen: dict[tuple[str, str], int] = {}
    for index, rule in enumerate(repository.paths):
        for place, pattern in enumerate(rule.patterns):
            path = ("paths", index, "patterns", place)
            if {"", ".", ".."} & set(pattern.split("/")):
                yield Violation(
                    path, f"{pattern!r} names no path of the repository; write it from the root"
                )
            caught = [file for file in files if matches(file, pattern)]
            if caught:
                yield Violation(
                    path,
                    f"{pattern!r} catches {', '.join(caught)} too, whose approvals are its "
                    "own and may be bypassed in an emergency; narrow the pattern",
                )
            first = seen.setdefault((pattern, rule.team), index)
            if first != index:
                yield Violation(
                    path,
                    f"paths.{first} asks {rule.team} for {pattern!r} already; keep one of them",
                )


def _break_glass_problems(governed: Governed) -> Iterator[Violation]:
    rules = governed.repository.break_glass
    if rules is None:
        return
    for index, name in enumerate(rules.environments):
        if name not in governed.stacks:
            near = difflib.get_close_matches(name, governed.stacks, n=1)
            hint = f"did you mean {near[0]}?" if near else "remove it"
            yield Violation(
                ("breakGlass", "environments", index), f"{name} is not an environment; {hint}"
            )
    if set(governed.repository.teams) <= set(rules.teams):
        yield Violation(
            ("breakGlass", "teams"),
            "every team may bypass, so the rules bind nobody; name one team",
        )


def _tag_problems(governed: Governed) -> Iterator[Violation]:
    path, pattern = ("tags", "pattern"), governed.repository.tags.pattern
    # No chart's name holds what a pattern gives a meaning to: what is true of one is true of all.
    own = pattern.replace("{chart}", "chart")
    missed = [tag for tag in _TAGS if not fnmatchcase(tag, own)]
    caught = [tag for tag in _NO_TAGS if fnmatchcase(tag, own)]
    if pattern.count("{chart}") != 1:
        yield Violation(path, f"{pattern!r} must hold {{chart}} once; write {{chart}}-[0-9]*")
    elif re.search(r"[{}]", own):
        yield Violation(path, f"{pattern!r} holds a brace that is not part of {{chart}}")
    elif missed:
        yield Violation(path, f"{pattern} misses the tag {missed[0]}; write {{chart}}-[0-9]*")
    elif caught:
        yield Violation(
            path,
            f"{pattern} would also freeze {caught[0]}, not a version of a chart; write "
            "{chart}-[0-9]*",
        )


def _delivery_problems(governed: Governed) -> Iterator[Violation]:
    repository = governed.repository
    if repository.files == "pulumi" and repository.credentials == "none":
        yield Violation(
            ("files",), "Pulumi writes no file without credentials; write files: rendered"
        )
    for index, pattern in enumerate(repository.actions.allowed):
        if pattern.partition("/")[0].lower() in {"actions", "github"}:
            yield Violation(
                ("actions", "allowed", index),
                f"{pattern} is GitHub's own, which is allowed already; remove it",
            )


def _release_app_problems(governed: Governed) -> Iterator[Violation]:
    app = governed.repository.release_app
    for key, is_actions in (("slug", app.slug == _ACTIONS), ("id", app.id == GITHUB_ACTIONS_APP)):
        if is_actions:
            yield Violation(
                ("releaseApp", key),
                f"{getattr(app, key)} is GitHub Actions itself, so that any workflow on any "
                "branch could make tags; name an App of your own",
            )


_RULES: Final[tuple[Callable[[Governed], Iterator[Violation]], ...]] = (
    _team_problems,
    _owner_problems,
    _check_problems,
    _address_problems,
    _path_problems,
    _break_glass_problems,
    _tag_problems,
    _delivery_problems,
    _release_app_problems,
)
