"""The names on which rulesets, files and workflows must agree; each stands here and nowhere else.

The default branch, the repository and the release App are settings: `RepositorySettings` of the
governing stack. The required check is `REQUIRED_CHECK` of `release.settings.governance`, which is
the `name:` of the workflow job that reports it.
"""

from collections.abc import Iterable
from typing import Final

from release.settings.governance import RepositorySettings

WORKFLOWS: Final = ".github/workflows"
"""Where GitHub looks for workflow files; it reads nothing below a folder in it."""
RULESETS: Final = ".github/rulesets"
"""Where the rulesets lie for GitHub's "Import a ruleset"."""
CODEOWNERS: Final = ".github/CODEOWNERS"
"""The first of the three places where GitHub looks for owners."""

AUTOMATION: Final = "automation"
"""The GitHub environment that keeps the App's key; only the default branch may use it."""

APP_CLIENT_ID: Final = "HMCO_APP_CLIENT_ID"
"""The variable that holds the client id of the GitHub App."""
APP_PRIVATE_KEY: Final = "HMCO_APP_PRIVATE_KEY"
"""The secret of the environment `automation` that holds the App's private key."""
GOVERNANCE_CLIENT_ID: Final = "HMCO_GOVERNANCE_CLIENT_ID"
"""The variable that holds the client id of the App which guards the repository."""
GOVERNANCE_PRIVATE_KEY: Final = "HMCO_GOVERNANCE_PRIVATE_KEY"
"""The secret that holds its private key, in the environment of the governing stack alone."""
PASSPHRASE: Final = "PULUMI_CONFIG_PASSPHRASE"  # noqa: S105 -- the name of one
"""The secret that opens the engine's secrets in backends that have no key service."""
BACKEND_URL: Final = "HMCO_BACKEND_URL"
"""The secret that holds the address of a Postgres backend, password and all."""
KUBECONFIG: Final = "HMCO_KUBECONFIG_TEXT"
"""The secret that holds the kubeconfig where Pulumi itself writes to the cluster."""
DRIFT_FILE: Final = "drift.yml"
"""The workflow that looks at every environment daily."""


def stack_file_path(repository: RepositorySettings, stack: str) -> str:
    """Return the path of a stack file from the root of the repository."""
    return below(repository, f"Pulumi.{stack}.yaml")


def below(repository: RepositorySettings, path: str) -> str:
    """Return the path of a file of this program from the root of the repository."""
    return f"{repository.folder}/{path}" if repository.folder else path


def tag_patterns(repository: RepositorySettings, charts: Iterable[str]) -> tuple[str, ...]:
    """Return the pattern of each chart's tags, in the order of their names."""
    return tuple(repository.tags.pattern.replace("{chart}", chart) for chart in sorted(charts))


def preview_place(environment: str) -> str:
    """Return the GitHub environment whose credentials may read an environment's state."""
    return f"{environment}-preview"
