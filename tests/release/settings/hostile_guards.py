"""Repository settings that a careless or a nasty colleague might write, and what each is told."""

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[3]
REMOVED = object()
"""Stands for a setting that is taken out."""


def texts() -> dict[str, Any]:
    return {
        name: yaml.safe_load((ROOT / f"Pulumi.{name}.yaml").read_text())
        for name in ("dev", "staging", "prod")
    }


R = "prod/repository"
TOKEN = f"ghp_{'a1B2' * 9}"
FOREIGN = {"slug": "hmco-release", "id": 1}
PATH = {"patterns": ["terraform/*"], "team": "sre", "approvals": 1}
TEAMS = texts()["prod"]["config"]["hmco:repository"]["teams"]
GLASS = {"teams": ["on-call"], "mode": "pull_request", "environments": ["prod"]}

HOSTILE: dict[str, tuple[dict[str, object], str]] = {
    # What a single value may be.
    "unknown credentials": ({f"{R}/credentials": "password"}, "'none', 'token' or 'app'"),
    "credentials by the token itself": ({f"{R}/credentials": TOKEN}, "revoke it now"),
    "a token for the App's name": ({f"{R}/releaseApp/slug": TOKEN}, "slug: holds a token"),
    "a token as a team": ({f"{R}/owners/sre": TOKEN}, "owners.sre: holds a token"),
    "a token as a key": ({f"{R}/teams/{TOKEN}": None}, "teams: holds a token"),
    "a token in a key of its own": ({f"{R}/token": TOKEN}, "repository.token: holds a token"),
    "a token in the address": (
        {f"{R}/api": f"https://{TOKEN}@api.github.com/"},
        "repository.api: holds a token",
    ),
    "the App's key": (
        {f"{R}/releaseApp": FOREIGN | {"key": "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n"}},
        "releaseApp.key: holds a token or a private key",
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
    "an absolute folder": ({f"{R}/folder": "/srv"}, "'/srv' is not a valid folder"),
    "a folder outside": ({f"{R}/folder": "../x"}, "'../x' is not a valid folder"),
    "an unknown delivery": ({f"{R}/files": "pushed"}, "'rendered' or 'pulumi'"),
    "pulumi files without credentials": ({f"{R}/files": "pulumi"}, "writes no file without"),
    "evaluate, which guards nothing": ({f"{R}/enforcement": "evaluate"}, "'active' or 'disabled'"),
    "enforcement by a boolean": ({f"{R}/enforcement": True}, "'active' or 'disabled'"),
    "an owner slug of another alphabet": (
        {f"{R}/owners/sre": "\u0455re"},
        "'\\u0455re' is not a valid",
    ),
    "an owner slug with nothing in it": ({f"{R}/owners/sre": "s\u200bre"}, "'s\\u200bre' is not"),
    "a listed team of another alphabet": (
        {f"{R}/teams/\u0455re": None},
        "'\\u0455re' is not a valid slug",
    ),
    "an owner that reads backwards": ({f"{R}/owner": "254CARBON\u202e"}, "\\u202e' is not a valid"),
    "an owner too long": ({f"{R}/owner": "a" * 40}, "at most 39"),
    "a name of another alphabet": (
        {f"{R}/name": "HM\u0421o"},
        "'HM\\u0421o' is not a valid repository",
    ),
    "a branch of another alphabet": (
        {f"{R}/defaultBranch": "m\u0430in"},
        "'m\\u0430in' is not a valid",
    ),
    "a branch by its ref": ({f"{R}/defaultBranch": "refs/heads/main"}, "'refs/heads/main' is"),
    "an api on another host without encryption": (
        {f"{R}/api": "http://10.0.0.1/"},
        "'http://10.0.0.1/' is not",
    ),
    "a folder that is here": ({f"{R}/folder": "."}, "'.' is not a valid folder"),
    "a folder with a last slash": ({f"{R}/folder": "deploy/"}, "'deploy/' is not a valid folder"),
    "approvals below nothing": ({f"{R}/review/approvals": -1}, "found -1"),
    "approvals beyond counting": ({f"{R}/review/approvals": 10**30}, "as a number and rounds it"),
    "half an approval": ({f"{R}/review/approvals": 1.5}, "drops digits"),
    "approvals by a boolean": ({f"{R}/review/approvals": True}, "approvals: found true"),
    "a million approvals of production": ({"prod/approvals/count": 10**6}, "found 1000000"),
    "approvals of production below nothing": ({"prod/approvals/count": -2}, "found -2"),
    "approvals of production as a text": ({"prod/approvals/count": "2"}, 'found "2"'),
    "one team twice in production": (
        {"prod/approvals/teams": ["sre", "sre"]},
        "'sre' is listed 2 times",
    ),
    "a check of another alphabet": (
        {f"{R}/review/checks": ["requ\u0456red"]},
        "'requ\\u0456red' is not a",
    ),
    "a check in capitals": ({f"{R}/review/checks": ["Required"]}, "reports 'Required'"),
    "a check with its workflow": (
        {f"{R}/review/checks": ["required", "Preview / required"]},
        "reports 'Preview / required'",
    ),
    "a check of a boolean App": ({f"{R}/review/checksApp": True}, "checksApp: found true"),
    "a team by a number below zero": ({f"{R}/teams/sre": -15}, "teams.sre: found -15"),
    "a path in braces": (
        {f"{R}/paths": [PATH | {"patterns": ["{Pulumi,x}.prod.yaml"]}]},
        "no braces",
    ),
    "a path from here": ({f"{R}/paths": [PATH | {"patterns": ["./a"]}]}, "'./a' names no path"),
    "a path by a backslash": ({f"{R}/paths": [PATH | {"patterns": ["a\\b"]}]}, "'a\\\\b' is not a"),
    "a path over stack files by a class": (
        {f"{R}/paths": [PATH | {"patterns": ["P[u]lumi.*.yaml"]}]},
        "'P[u]lumi.*.yaml' catches",
    ),
    "a bypass of every environment by a star": (
        {f"{R}/breakGlass": GLASS | {"environments": ["*"]}},
        "'*' is not a valid DNS label",
    ),
    "a bypass of an environment with a slash": (
        {f"{R}/breakGlass": GLASS | {"environments": ["prod/eu"]}},
        "'prod/eu' is not a valid DNS label",
    ),
    "a bypass by a boolean": ({f"{R}/breakGlass": True}, "breakGlass: found true"),
    "every tag there is": ({f"{R}/tags/pattern": "*"}, "'*' must hold {chart} once"),
    "every tag by GitHub's word": ({f"{R}/tags/pattern": "~ALL"}, "'~ALL' is not a valid tag"),
    "tags by their refs": ({f"{R}/tags/pattern": "refs/tags/{chart}-[0-9]*"}, "'refs/tags/{chart}"),
    "tags of an open class": ({f"{R}/tags/pattern": "{chart}-[0-9*"}, "{chart}-[0-9* misses"),
    "GitHub Actions as the release App": (
        {f"{R}/releaseApp/slug": "github-actions"},
        "slug: github-actions is GitHub Actions itself",
    ),
    "GitHub Actions by its number": (
        {f"{R}/releaseApp/id": 15368},
        "id: 15368 is GitHub Actions itself",
    ),
    "a release App as its bot": ({f"{R}/releaseApp/slug": "hmco-release[bot]"}, "[bot]' is not"),
    "every action of every owner": ({f"{R}/actions/allowed": ["*/*"]}, "'*/*' is not a valid"),
    "an action of this repository": ({f"{R}/actions/allowed": ["./x"]}, "'./x' is not a valid"),
    "GitHub's own actions in capitals": (
        {f"{R}/actions/allowed": ["GitHub/x@*"]},
        "GitHub/x@* is GitHub's own",
    ),
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
    "approvals that do not divide": ({"prod/approvals/count": 3}, "cannot be split evenly"),
}


WRITTEN: dict[str, tuple[str, str, str]] = {
    # What YAML makes of it, which no single value shows.
    "a merged review": (
        "  review:\n",
        "  review:\n      <<: {approvals: 0}\n",
        "merge keys (<<) hide",
    ),
    "credentials twice": (
        "    credentials: none\n",
        "    credentials: none\n    credentials: app\n",
        "repository.credentials: appears twice",
    ),
    "the guard twice": (
        "  hmco:deployment:\n",
        "  hmco:repository: null\n  hmco:deployment:\n",
        "repository: appears twice",
    ),
    "the guard by an older key": (
        "  hmco:repository:\n",
        "  hmco:config:repository:\n",
        "write hmco:repository instead",
    ),
    "an alias": (
        "      data-platform: null\n",
        "      data-platform: &n null\n      legal: *n\n",
        "teams.legal: an alias (*) hides",
    ),
    "a tag": ("      approvals: 1\n", "      approvals: !!float 1\n", "approvals: YAML reads 1 as"),
    "a tag of Python": (
        "      approvals: 1\n",
        "      approvals: !!python/object/apply:os.system [x]\n",
        "approvals: remove the tag",
    ),
    "a word for true": ("enforcement: active", "enforcement: on", "YAML reads on as true or false"),
    "a number of base eight": ("      approvals: 1\n", "      approvals: 01\n", "YAML reads 01 as"),
    "a number of base sixteen": (
        "      approvals: 1\n",
        "      approvals: 0x1\n",
        "YAML reads 0x1 as a number in another base",
    ),
    "a null by a tilde for the checks": (
        "checks: [required, approvals]",
        "checks: ~",
        "found null",
    ),
    "a tab": ("    files: rendered\n", "\tfiles: rendered\n", "not with tabs"),
    "a second document": (
        "  hmco:deployment:\n",
        "---\nconfig:\n  hmco:deployment:\n",
        "a second document begins here",
    ),
    "a control character": (
        "    files: rendered\n",
        "    files: ren\x07dered\n",
        "control character",
    ),
}
