"""Pages that people are sent to."""

from collections.abc import Sequence
from urllib.parse import quote

from release.estate import Environment


def deployed_page(place: Environment, moved: Sequence[str], run: str | None) -> str:
    """Return where a deployment can be seen: the one Application that moved, or all of the project.

    Without an address of Argo CD it is the workflow's run, "" outside of one.
    """
    deployment = place.settings.deployment
    base = deployment.applications if deployment else None
    if base is None:
        return run or ""
    base = base.rstrip("/")
    if len(moved) == 1:
        name = f"{moved[0]}-{place.name}"
        return f"{base}/applications/{quote(place.settings.argocd.namespace)}/{quote(name)}"
    return f"{base}/applications?proj={quote(place.settings.project)}"
