"""A bad workflow for each rule: one edit of a good file, and who must notice it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Bad:
    """`old` becomes `new` in the first file that holds it; `rule` is what must then be told."""

    file: str
    old: str
    new: str
    rule: str


_PYTHON: Final = "uses: actions/setup-python@5fda3b95a4ea91299a34e894583c3862153e4b97"
_CALL: Final = 'run: .venv/bin/hmco ci touched --base="$BASE"'

ZIZMOR: Final[Mapping[str, Bad]] = {
    "injection": Bad("promotion.yml", '"$CHART"', "${{ inputs.chart_name }}", "template-injection"),
    "tag": Bad("preview.yml", "@5fda3b95a4ea91299a34e894583c3862153e4b97", "@v7", "unpinned-uses"),
    "wide token": Bad("drift.yml", "permissions: {}", "permissions: write-all", "excessive-perm"),
    "credentials": Bad(
        "preview.yml", "persist-credentials: false", "persist-credentials: true", "artipacked"
    ),
    "app": Bad(
        "promotion.yml",
        "          permission-contents: write\n          permission-pull-requests: write\n",
        "",
        "github-app",
    ),
    "secret": Bad(
        "promotion.yml",
        "    environment:\n      name: automation\n      deployment: false\n",
        "",
        "secrets-outside-env",
    ),
    "target": Bad("preview.yml", "  pull_request:\n", "  pull_request_target:\n", "dangerous-trig"),
    "reason": Bad("drift.yml", " # keep the one issue that reports drift", "", "undocumented-perm"),
    "inherit": Bad("drift.yml", "concurrency:\n  group: drift\n", "env:\n  A: 1\n", "concurrency"),
}
SCHEMA: Final[Mapping[str, Bad]] = {
    "key": Bad("preview.yml", "    runs-on:", "    run-on:", "run-on"),
    "timeout": Bad("preview.yml", "    timeout-minutes: 15\n", "", "timeout-minutes"),
}
ACTIONLINT: Final[Mapping[str, Bad]] = {
    "needs": Bad(
        "release.yml", "      - deploy-dev", "      - deploy-development", "does not exist"
    ),
    "context": Bad("preview.yml", "steps.touched.outputs", "steps.touhced.outputs", "touhced"),
    "runner": Bad("preview.yml", "runs-on: ubuntu-24.04", "runs-on: ubuntu-24.4", "24.4"),
    "shell": Bad("preview.yml", _CALL, "run: echo $BASE", "SC2086"),
}
HOUSE: Final[Mapping[str, Bad]] = {
    "two calls": Bad("preview.yml", _CALL, f"{_CALL} && true", "run is one call"),
    "foreign": Bad("preview.yml", _CALL, "run: make", "run is one call"),
    "option": Bad("promotion.yml", '-- "$CHART"', '"$CHART"', "options end before values"),
    "action": Bad("preview.yml", _PYTHON, "uses: other/setup@" + "0" * 40, "action is in the"),
    "top": Bad("drift.yml", "permissions: {}", "permissions: read-all", "nothing is allowed"),
    "time": Bad("drift.yml", "    timeout-minutes: 30\n", "", "job names its scopes"),
    "keeps": Bad(
        "preview.yml", "persist-credentials: false", "persist-credentials: true", "checkout keeps"
    ),
    "merge code": Bad(
        "preview.yml",
        "ref: ${{ github.event.pull_request.base.sha }}",
        "ref: ${{ github.event.pull_request.head.sha }}",
        "pull request code writes nothing",
    ),
    "trigger": Bad("preview.yml", "  pull_request:\n", "  workflow_run:\n", "dangerous triggers"),
    "secret": Bad(
        "promotion.yml",
        "    environment:\n      name: automation\n      deployment: false\n",
        "",
        "secret needs an environment",
    ),
    "production": Bad("preview.yml", "name: prod-preview", "name: prod", "production secrets stay"),
    "login": Bad("drift.yml", "      id-token: write", "      id-token: none", "token request"),
    "rights": Bad(
        "promotion.yml", "permission-contents", "permission-administration", "app token names"
    ),
    "guard's key": Bad(
        "release.yml",
        "secrets.HMCO_APP_PRIVATE_KEY",
        "secrets.HMCO_GOVERNANCE_PRIVATE_KEY",
        "administration is for",
    ),
    "guard's token": Bad(
        "release.yml",
        "HMCO_GITHUB_TOKEN: ${{ steps.guard.outputs.token }}",
        "HMCO_GITHUB_TOKEN: ${{ secrets.HMCO_GOVERNANCE_PRIVATE_KEY }}",
        "administration is for",
    ),
    "guard's place": Bad(
        "release.yml", "      name: prod\n", "      name: dev\n", "administration"
    ),
    "token": Bad(
        "promotion.yml",
        "GITHUB_TOKEN: ${{ steps.app.outputs.token }}",
        "GITHUB_TOKEN: ${{ github.token }}",
        "pull requests come",
    ),
    "cancel": Bad(
        "release.yml",
        "      group: deploy-prod\n      cancel-in-progress: false",
        "      group: deploy-prod\n      cancel-in-progress: true",
        "up is never cancelled",
    ),
    "dropped": Bad("rollback.yml", "  queue: max\n", "", "dispatches queue"),
    "queue": Bad("preview.yml", "  merge_group: {}\n", "", "required workflow always starts"),
    "paths": Bad(
        "preview.yml",
        "    branches:\n      - main\n",
        "    branches:\n      - main\n    paths:\n      - helm/**\n",
        "required workflow always starts",
    ),
    "skipped": Bad("preview.yml", "    if: ${{ always() }}\n", "", "required job sees all"),
    "unseen": Bad(
        "preview.yml",
        "      - preview-prod\n    if: ${{ always() }}",
        "    if: ${{ always() }}",
        "required job sees all",
    ),
    "cache": Bad(
        "preview.yml",
        'python-version: "3.13"',
        'python-version: "3.13"\n          cache: pip',
        "nothing is cached",
    ),
    "hour": Bad("drift.yml", "23 4 *", "0 4 *", "clock is off the hour"),
}
