"""The rulesets that guard branches and tags, from the registry and every stack file.

GitHub lets a bypass reach a whole ruleset and adds up what all rulesets demand ("About rulesets").
So what may be bypassed in an emergency stands in a ruleset of its own, and nothing else does.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, NamedTuple

from release.charts.record import Registry
from release.estate import Estate
from release.github.names import stack_file_path, tag_patterns
from release.github.paths import chart_folders, everything_below, program_patterns
from release.settings.governance import BreakGlass, RepositorySettings
from release.settings.governance_constraints import PLATFORM

TRUNK: Final = "hmco-trunk"
REVIEWS: Final = "hmco-reviews"
OWNERS: Final = "hmco-owners"
TAG_CREATION: Final = "hmco-tag-creation"
TAG_IMMUTABILITY: Final = "hmco-tag-immutability"


class Bypass(NamedTuple):
    """Who is not held by a ruleset: a team or an App, by slug."""

    kind: Literal["Team", "Integration"]
    slug: str
    mode: Literal["pull_request", "always"]


class RequiredReviewer(NamedTuple):
    """A team of which this many members must approve a change of any matching file."""

    team: str
    patterns: tuple[str, ...]
    approvals: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruleset:
    """One ruleset; `flags` are the rules that have no parameters, by GitHub's names.

    One of a branch says what a pull request needs, `approvals` and `reviewers`; `wire` adds
    the flags of that. `checks` must pass on a branch that is up to date, reported by the App
    `checks_app` and no other.
    """

    name: str
    target: Literal["branch", "tag"]
    enforcement: Literal["active", "disabled"]
    includes: tuple[str, ...]
    flags: tuple[str, ...] = ()
    approvals: int = 0
    reviewers: tuple[RequiredReviewer, ...] = ()
    checks: tuple[str, ...] = ()
    checks_app: int = 0
    bypass: tuple[Bypass, ...] = ()


def rulesets(
    registry: Registry, estate: Estate, repository: RepositorySettings
) -> tuple[Ruleset, ...]:
    """Return every ruleset of the repository, each name once, in a fixed order."""
    branch = Ruleset(
        name="",
        target="branch",
        enforcement=repository.enforcement,
        includes=("~DEFAULT_BRANCH",),
        # Pulumi writes files straight to the branch only where a setting says so.
        bypass=_release_app(repository) if repository.files == "pulumi" else (),
    )
    glass = repository.break_glass
    reachable = glass.environments if glass else ()
    kept = tuple(name for name in estate.environments if name not in reachable)
    tags = tuple(
        f"refs/tags/{pattern}"
        for pattern in tag_patterns(repository, (*registry.by_name, *registry.sub_by_name))
    )
    tag = replace(branch, target="tag", includes=tags, bypass=())
    return (
        replace(
            branch,
            name=TRUNK,
            flags=("deletion", "non_fast_forward", "required_linear_history"),
            checks=repository.review.checks,
            checks_app=repository.review.checks_app,
        ),
        replace(
            branch,
            name=REVIEWS,
            approvals=repository.review.approvals,
            reviewers=tuple(environment_reviewers(estate, repository, reachable)),
            bypass=(*branch.bypass, *_break_glass(glass)),
        ),
        replace(
            branch,
            name=OWNERS,
            reviewers=(
                *environment_reviewers(estate, repository, kept),
                *_owning_reviewers(registry, estate, repository),
            ),
        ),
        # Two, since a bypass of one ruleset for both would let the App move tags as well.
        replace(tag, name=TAG_CREATION, flags=("creation",), bypass=_release_app(repository)),
        replace(tag, name=TAG_IMMUTABILITY, flags=("deletion", "non_fast_forward", "update")),
    )


def environment_reviewers(
    estate: Estate, repository: RepositorySettings, names: Sequence[str]
) -> Iterator[RequiredReviewer]:
    """Yield what these environments' stack files need: one entry per team, as all must approve.

    Teams in one entry, or owners on one CODEOWNERS line, would be alternatives (GitHub, "About code
    owners"); the guide wants team lead and SRE (R18). The settings keep counts even over teams.
    """
    for name in names:
        approvals = estate.environments[name].settings.approvals
        if not approvals.count:
            continue
        for team in approvals.teams:
            yield RequiredReviewer(
                team, (stack_file_path(repository, name),), approvals.count // len(approvals.teams)
            )


def _owning_reviewers(
    registry: Registry, estate: Estate, repository: RepositorySettings
) -> Iterator[RequiredReviewer]:
    charts = next(iter(estate.environments.values())).settings.source.charts
    folders = chart_folders(registry, charts)
    patterns: dict[str, list[str]] = {
        repository.owners[PLATFORM]: list(program_patterns(repository))
    }
    for team, found in folders.items():
        mine = patterns.setdefault(repository.owners[team], [])
        mine += [each for folder in found for each in everything_below(folder)]
    for slug, each in patterns.items():
        yield RequiredReviewer(slug, tuple(each), 1)
    for rule in repository.paths:
        yield RequiredReviewer(rule.team, rule.patterns, rule.approvals)


def _break_glass(glass: BreakGlass | None) -> tuple[Bypass, ...]:
    return tuple(Bypass("Team", slug, glass.mode) for slug in glass.teams) if glass else ()


def _release_app(repository: RepositorySettings) -> tuple[Bypass, ...]:
    return (Bypass("Integration", repository.release_app.slug, "always"),)
