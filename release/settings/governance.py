"""What a stack file may say about the repository itself: who guards which part of it on GitHub."""

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from release.settings.base import SettingsModel
from release.settings.types import DIRECTORY, Branch, DnsLabel, Matching, without_password

REQUIRED_CHECK: Final = "required"
"""The check that a pull request must pass, and the `name:` of the workflow job that reports it.

A check run is called what the job's `name:` says; the job's id counts only where there is none
(GitHub, "Troubleshooting required status checks"). Both sides take the name from here.
"""
APPROVALS_CHECK: Final = "approvals"
"""The check that counts approvals without those who started the promotion; also a job's name."""
GITHUB_ACTIONS_APP: Final = 15368
"""GitHub Actions' App on github.com: a required check pinned to it cannot be reported by others."""
REVIEWERS_LIMIT: Final = 6
"""How many teams and users a GitHub environment takes as reviewers."""

_LOGIN: Final = "[A-Za-z0-9]([A-Za-z0-9-]{0,37}[A-Za-z0-9])?"

Id = Annotated[int, Field(gt=0, lt=2**53)]
"""A number that GitHub gave to a team or an App."""
Slug = Annotated[
    str, Matching(r"[a-z0-9][a-z0-9_-]{0,99}", "slug (lower-case letters, digits, '-' and '_')")
]
Glob = Annotated[
    str,
    Matching(
        # What File.fnmatch gives a meaning to; a leading slash or `!` would match no path, and
        # braces mean something only with a flag of which GitHub does not say that it sets it.
        r"[A-Za-z0-9._*?\[\]-][A-Za-z0-9._*?\[\]/-]*",
        "path pattern from the root of the repository (fnmatch; no leading '/' or '!', no braces, "
        "no spaces)",
    ),
]
CheckName = Annotated[
    str, Matching(r"[A-Za-z0-9][A-Za-z0-9 ._/()-]{0,98}", "name of a check (no '*', on one line)")
]


ActionPattern = Annotated[
    str,
    Matching(
        r"[A-Za-z0-9-]+/([A-Za-z0-9._-]+(/[A-Za-z0-9._/-]+)?@[A-Za-z0-9._*-]+|\*)",
        "action pattern (owner/name@ref, owner/name@* or owner/*)",
    ),
]


class App(SettingsModel):
    """A GitHub App by its slug; a null `id` is asked of GitHub by the slug."""

    slug: Slug
    id: Id | None


class Review(SettingsModel):
    """What every pull request to the default branch needs, whatever it changes."""

    approvals: int = Field(ge=1, le=10)
    checks: Annotated[tuple[CheckName, ...], Field(min_length=1)]
    checks_app: Id


class PathRule(SettingsModel):
    """Files that nobody changes without approvals of this team, beside the paths we derive."""

    patterns: Annotated[tuple[Glob, ...], Field(min_length=1)]
    team: Slug
    approvals: int = Field(ge=1, le=10)


class BreakGlass(SettingsModel):
    """Who may merge a change of these environments' stack files without the approvals above.

    GitHub's rules cannot tell a rollback from a promotion: a bypass is of whole rulesets. So the
    approvals of these stack files stand in a ruleset of their own, which alone can be bypassed.
    """

    teams: Annotated[tuple[Slug, ...], Field(min_length=1)]
    mode: Literal["pull_request", "always"]
    environments: Annotated[tuple[DnsLabel, ...], Field(min_length=1)]


class Tags(SettingsModel):
    """How a version's tag looks; `{chart}` stands for each chart's name in turn."""

    pattern: Annotated[
        str,
        Matching(
            r"[A-Za-z0-9._*?{}\[\]-]+", "tag pattern such as {chart}-[0-9]* (fnmatch, no spaces)"
        ),
    ]


class ActionsPolicy(SettingsModel):
    """Which actions may run beside GitHub's own and those that our workflows name."""

    allowed: tuple[ActionPattern, ...]


class RepositorySettings(SettingsModel):
    """The guard of the repository on GitHub; in exactly one stack file, null in the others.

    `credentials: none` keeps Pulumi away from GitHub; files can be rendered all the same. `folder`
    is where this program lies in the repository. `owners` gives each team of the chart registry
    its slug on GitHub; `teams` lists every slug used anywhere, with its number or null to ask.
    """

    credentials: Literal["none", "token", "app"]
    api: Annotated[
        str,
        AfterValidator(without_password),
        Matching(
            r"https://[A-Za-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9._/-]*)?"
            r"|http://127\.0\.0\.1:[0-9]+/",
            "address of GitHub's API (https://host/)",
        ),
    ]
    owner: Annotated[str, Matching(_LOGIN, "GitHub owner (letters, digits and '-', at most 39)")]
    name: Annotated[
        str,
        Matching(
            r"(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}",
            "repository name (letters, digits, '.', '_' and '-')",
        ),
    ]
    default_branch: Branch
    folder: Annotated[
        str,
        Matching(
            rf"({DIRECTORY})?",
            "folder of the repository (\"\" for its root; no leading or last '/', no part that "
            "begins with '.' or '-')",
        ),
    ]
    files: Literal["rendered", "pulumi"]
    enforcement: Literal["active", "disabled"]
    review: Review
    owners: Mapping[DnsLabel, Slug]
    teams: Mapping[Slug, Id | None]
    paths: tuple[PathRule, ...]
    break_glass: BreakGlass | None
    tags: Tags
    release_app: App
    actions: ActionsPolicy
