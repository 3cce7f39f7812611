"""Questions that no panel asks, with the answers that `hmco metrics` gives all the same."""

from typing import Final

from release.monitoring.queries import deployments, landed

SOAK: Final = "hmco_landing_soak_seconds"


def share(days: str, **labels: str) -> str:
    """Return the landings with these labels of all landings."""
    told = f"count by (environment) {landed(days, **labels)}"
    return f"({told} or {deployments(days)} * 0) / {deployments(days)}"
