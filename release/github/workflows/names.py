"""What workflows, settings of the repository and the pages for people must call alike."""

from typing import Final

AUTOMATION: Final = "automation"
"""The GitHub environment that keeps the App's key; only the default branch may use it."""

APP_CLIENT_ID: Final = "HMCO_APP_CLIENT_ID"
"""The variable that holds the client id of the GitHub App."""
APP_PRIVATE_KEY: Final = "HMCO_APP_PRIVATE_KEY"
"""The secret of the environment `automation` that holds the App's private key."""
PASSPHRASE: Final = "PULUMI_CONFIG_PASSPHRASE"  # noqa: S105 -- the name of one
"""The secret that opens the engine's secrets in backends that have no key service."""
BACKEND_URL: Final = "HMCO_BACKEND_URL"
"""The secret that holds the address of a Postgres backend, password and all."""
KUBECONFIG: Final = "HMCO_KUBECONFIG_TEXT"
"""The secret that holds the kubeconfig where Pulumi itself writes to the cluster."""


def preview_place(environment: str) -> str:
    """Return the GitHub environment whose credentials may read an environment's state."""
    return f"{environment}-preview"
