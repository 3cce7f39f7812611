"""Repository settings that would guard nothing, or somebody else: each refused in its own words."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from release.estate import load_estate
from release.registry import REGISTRY
from release.settings.problems import SettingsError
from release.settings.stackfile import parse_stack_file

ROOT = Path(__file__).parents[3]
REMOVED = object()
NOTE = "Pulumi.prod.yaml"


class Plain(yaml.SafeDumper):
    """Writes equal values out, as people do."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 -- PyYAML's signature
        return True


def texts() -> dict[str, Any]:
    return {
        name: yaml.safe_load((ROOT / f"Pulumi.{name}.yaml").read_text())
        for name in ("dev", "staging", "prod")
    }


def problems(changes: Mapping[str, object]) -> str:
    """Return what is told of the committed files with these dotted keys of any stack replaced."""
    stacks = texts()
    for key, value in changes.items():
        stack, *path, last = key.split("/")
        place = stacks[stack]["config"]
        path[:1], last = [f"hmco:{path[0]}"] if path else [], last if path else f"hmco:{last}"
        for part in path:
            place = place[part]
        if value is REMOVED:
            del place[last]
        else:
            place[last] = value
    files = [
        parse_stack_file(f"Pulumi.{name}.yaml", yaml.dump(text, Dumper=Plain, sort_keys=False))
        for name, text in stacks.items()
    ]
    try:
        load_estate(REGISTRY, files)
    except SettingsError as error:
        return str(error)
    return ""


def test_the_committed_settings_are_sound() -> None:
    assert problems({}) == ""


def test_the_committed_files_have_no_key_without_value_of_which_the_engine_would_warn() -> None:
    empty = {
        key for text in texts().values() for key, value in text["config"].items() if value is None
    }
    assert empty == set()


R = "prod/repository"
FOREIGN = {"slug": "hmco-release", "id": 1}
PATH = {"patterns": ["terraform/*"], "team": "sre", "approvals": 1}
TEAMS = texts()["prod"]["config"]["hmco:repository"]["teams"]
GLASS = {"teams": ["on-call"], "mode": "pull_request", "environments": ["prod"]}

HOSTILE: dict[str, tuple[dict[str, object], str]] = {
    # What a single value may be.
    "unknown credentials": ({f"{R}/credentials": "password"}, "'none', 'token' or 'app'"),
    "credentials by the token itself": (
        {f"{R}/credentials": "ghp_abc"},
        "'none', 'token' or 'app'",
    ),
    "plain http": ({f"{R}/api": "http://github.example/"}, "address of GitHub's API"),
    "an api with a password": (
        {f"{R}/api": "https://me:secret@github.example/"},
        "holds a password",
    ),
    "an api with a line end": ({f"{R}/api": "https://github.example/\nx"}, "address of GitHub's"),
    "no owner": ({f"{R}/owner": ""}, "GitHub owner"),
    "an owner with a line end": ({f"{R}/owner": "a\nb"}, "GitHub owner"),
    "an owner with a star": ({f"{R}/owner": "acme*"}, "GitHub owner"),
    "an owner with a slash": ({f"{R}/owner": "a/b"}, "GitHub owner"),
    "an owner that ends in a hyphen": ({f"{R}/owner": "acme-"}, "GitHub owner"),
    "a name that is a folder up": ({f"{R}/name": ".."}, "repository name"),
    "a name with a line end": ({f"{R}/name": "charts\n"}, "repository name"),
    "a name with a star": ({f"{R}/name": "cha*rts"}, "repository name"),
    "HEAD as the branch": ({f"{R}/defaultBranch": "HEAD"}, "names no branch of its own"),
    "a pattern as the branch": (
        {f"{R}/defaultBranch": "release/*"},
        "branch that a label can hold",
    ),
    "another branch than dev follows": ({f"{R}/defaultBranch": "trunk"}, "dev follows main"),
    "an absolute folder": ({f"{R}/folder": "/srv"}, "path below the program's folder"),
    "a folder outside": ({f"{R}/folder": "../x"}, "path below the program's folder"),
    "an unknown delivery": ({f"{R}/files": "pushed"}, "'rendered' or 'pulumi'"),
    "pulumi files without credentials": ({f"{R}/files": "pulumi"}, "writes no file without"),
    "evaluate, which guards nothing": ({f"{R}/enforcement": "evaluate"}, "'active' or 'disabled'"),
    "enforcement by a boolean": ({f"{R}/enforcement": True}, "'active' or 'disabled'"),
    "no approval at all": ({f"{R}/review/approvals": 0}, "greater than or equal to 1"),
    "more approvals than GitHub counts": (
        {f"{R}/review/approvals": 11},
        "less than or equal to 10",
    ),
    "approvals as text": ({f"{R}/review/approvals": "1"}, "a whole number without quotes"),
    "no check": ({f"{R}/review/checks": []}, "at least one entry"),
    "a check that nobody reports": ({f"{R}/review/checks": ["required", "e2e"]}, "reports 'e2e'"),
    "ours is missing": ({f"{R}/review/checks": ["e2e"]}, "lacks required"),
    "a check by pattern": ({f"{R}/review/checks": ["*"]}, "name of a check"),
    "a check on two lines": ({f"{R}/review/checks": ["required\n"]}, "name of a check"),
    "a check twice": ({f"{R}/review/checks": ["required", "required"]}, "is listed 2 times"),
    "a check of no App": ({f"{R}/review/checksApp": 0}, "greater than 0"),
    "a check of any App": ({f"{R}/review/checksApp": None}, "found null"),
    "an owner team without slug": ({f"{R}/owners/sre": REMOVED}, "team sre has no slug"),
    "the platform team without slug": ({f"{R}/owners/platform": REMOVED}, "platform has no slug"),
    "an owner slug in capitals": ({f"{R}/owners/sre": "SRE"}, "is not a valid slug"),
    "an owner slug with an at sign": ({f"{R}/owners/sre": "@acme/sre"}, "is not a valid slug"),
    "an owner slug with a line end": ({f"{R}/owners/sre": "sre\n* @evil"}, "is not a valid slug"),
    "a team that is not listed": ({f"{R}/owners/sre": "reliability"}, "team reliability is not"),
    "a misspelt team of production": (
        {"prod/approvals/teams": ["team-lead", "sre"]},
        "did you mean team-leads?",
    ),
    "an unknown team of dev": ({"dev/approvals/teams": ["nobody"]}, "add `nobody: null`"),
    "a listed team that nothing names": ({f"{R}/teams/legal": None}, "no setting names this team"),
    "a team by number zero": ({f"{R}/teams/sre": 0}, "greater than 0"),
    "a team by a text": ({f"{R}/teams/sre": "15"}, "a whole number without quotes"),
    "two teams of one number": (
        {f"{R}/teams/sre": 5, f"{R}/teams/platform": 5},
        "has number 5 too",
    ),
    "a path from the root": ({f"{R}/paths": [PATH | {"patterns": ["/x/*"]}]}, "path pattern"),
    "a negated path": ({f"{R}/paths": [PATH | {"patterns": ["!x"]}]}, "path pattern"),
    "a path on two lines": ({f"{R}/paths": [PATH | {"patterns": ["a\nb"]}]}, "path pattern"),
    "a path that leaves": ({f"{R}/paths": [PATH | {"patterns": ["a/../b"]}]}, "names no path of"),
    "a path without pattern": ({f"{R}/paths": [PATH | {"patterns": []}]}, "at least one entry"),
    "a path of no team": ({f"{R}/paths": [PATH | {"team": "ghosts"}]}, "team ghosts is not listed"),
    "a path without approval": ({f"{R}/paths": [PATH | {"approvals": 0}]}, "greater than or equal"),
    "a path over stack files": (
        {f"{R}/paths": [PATH | {"patterns": ["*"]}]},
        "'*' catches Pulumi.",
    ),
    "a path over one stack file": (
        {f"{R}/paths": [PATH | {"patterns": ["Pulumi.prod.yaml"]}]},
        "whose approvals are its own",
    ),
    "one path rule twice": ({f"{R}/paths": [PATH, PATH]}, "paths.0 asks sre for 'terraform/*'"),
    "one pattern twice": (
        {f"{R}/paths": [PATH | {"patterns": ["x/*", "x/*"]}]},
        "'x/*' is listed 2 times",
    ),
    "a bypass for nobody": ({f"{R}/breakGlass": GLASS | {"teams": []}}, "at least one entry"),
    "a bypass for everybody": (
        {f"{R}/breakGlass": GLASS | {"teams": [*TEAMS]}},
        "every team may bypass",
    ),
    "a bypass by a role": (
        {f"{R}/breakGlass": GLASS | {"teams": ["RepositoryRole:5"]}},
        "not a valid slug",
    ),
    "a bypass that leaves no trace": ({f"{R}/breakGlass": GLASS | {"mode": "exempt"}}, "allowed:"),
    "a bypass of no environment": (
        {f"{R}/breakGlass": GLASS | {"environments": ["production"]}},
        "production is not an environment; remove it",
    ),
    "a bypass of nothing": (
        {f"{R}/breakGlass": GLASS | {"environments": []}},
        "at least one entry",
    ),
    "a bypass twice": (
        {f"{R}/breakGlass": GLASS | {"environments": ["prod", "prod"]}},
        "'prod' is listed 2 times",
    ),
    "a bypass by a team not listed": (
        {f"{R}/breakGlass": GLASS | {"teams": ["oncall"]}},
        "did you mean on-call?",
    ),
    "tags of no chart": ({f"{R}/tags/pattern": "v[0-9]*"}, "must hold {chart} once"),
    "tags of two charts": ({f"{R}/tags/pattern": "{chart}-{chart}-*"}, "must hold {chart} once"),
    "tags that miss": ({f"{R}/tags/pattern": "{chart}-[0-9].[0-9].[0-9]"}, "misses the tag"),
    "tags that miss by a letter": ({f"{R}/tags/pattern": "{chart}-v*"}, "misses the tag"),
    "tags that catch too much": ({f"{R}/tags/pattern": "{chart}-*"}, "would also freeze"),
    "tags that catch everything": ({f"{R}/tags/pattern": "*{chart}*"}, "would also freeze"),
    "tags with another brace": ({f"{R}/tags/pattern": "{chart}-{version}"}, "holds a brace"),
    "tags on two lines": ({f"{R}/tags/pattern": "{chart}-[0-9]*\n"}, "tag pattern such as"),
    "a release App without slug": ({f"{R}/releaseApp/slug": ""}, "is not a valid slug"),
    "a release App by number zero": ({f"{R}/releaseApp/id": 0}, "greater than 0"),
    "any action": ({f"{R}/actions/allowed": ["*"]}, "action pattern"),
    "an action by web address": ({f"{R}/actions/allowed": ["https://x/y@v1"]}, "action pattern"),
    "GitHub's own actions again": ({f"{R}/actions/allowed": ["actions/*"]}, "allowed already"),
    "an action twice": ({f"{R}/actions/allowed": ["a/*", "a/*"]}, "is listed 2 times"),
    "an unknown key": ({f"{R}/codeowners": True}, "unknown setting"),
    "a missing key": ({f"{R}/review": REMOVED}, "is missing"),
    "text in place of settings": ({"prod/repository": "on"}, "write a mapping of settings"),
    # What only shows beside the other files.
    "two stacks that govern": (
        {"dev/repository": texts()["prod"]["config"]["hmco:repository"]},
        "dev governs the repository already",
    ),
    "another repository than the charts'": ({f"{R}/name": "other"}, "governs 254CARBON/other, but"),
    "production without approval": ({"prod/approvals/count": 0}, "so it is production"),
    "production without teams": (
        {"prod/approvals/teams": [], "prod/approvals/count": 0},
        "write at least one team",
    ),
    "approvals by nobody": ({"staging/approvals/teams": []}, "names nobody who could give"),
    "approvals that do not divide": ({"prod/approvals/count": 3}, "cannot be shared out evenly"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_settings_are_refused_in_words_of_their_own(name: str) -> None:
    changes, told = HOSTILE[name]
    message = problems(changes)
    assert told in message
    assert NOTE in message or "Pulumi.dev.yaml" in message or "Pulumi.staging.yaml" in message


def test_there_are_at_least_sixty_of_them_and_each_is_told_apart() -> None:
    assert len(HOSTILE) >= 60
    told = {problems(changes) for changes, _ in HOSTILE.values()}
    assert len(told) == len(HOSTILE)


def test_a_secret_in_the_address_is_not_repeated() -> None:
    assert "secret" not in problems(HOSTILE["an api with a password"][0])
    assert "ghp_abc" not in problems(HOSTILE["credentials by the token itself"][0])
