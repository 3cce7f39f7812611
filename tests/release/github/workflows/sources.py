"""Repositories whose workflows the tests look at: each backend, a folder, six environments."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from release.estate import Environment, Estate, load_estate, read_stack_files
from release.github.workflows.parts import Sources
from release.registry import REGISTRY
from release.settings.deployment import Deployment
from release.settings.model import ClusterDelivery
from release.settings.observability import Notifier

ROOT: Final = Path(__file__).resolve().parents[4]
_ARN: Final = "arn:aws:iam::123456789012:role"
OWN_RUNNER: Final = "hmco-cluster"
_UUID: Final = "01234567-89ab-cdef-0123-456789abcdef"

_NOTIFIER: Final = Notifier.model_validate(
    {
        "argocdUrl": "https://argocd.example.org/",
        "slackApi": None,
        "token": {"kind": "pulumi"},
    }
)

BACKENDS: Final[Mapping[str, tuple[str, Mapping[str, Any]]]] = {
    "aws": (
        "s3://hmco-state?region=eu-west-1",
        {
            "kind": "aws",
            "region": "eu-west-1",
            "role": f"{_ARN}/hmco-up",
            "previewRole": f"{_ARN}/hmco-look",
        },
    ),
    "google": (
        "gs://hmco-state",
        {
            "kind": "google",
            "provider": "projects/1/locations/global/workloadIdentityPools/git/providers/hub",
            "serviceAccount": "up@hmco.iam.gserviceaccount.com",
            "previewServiceAccount": "look@hmco.iam.gserviceaccount.com",
        },
    ),
    "azure": (
        "azblob://state",
        {
            "kind": "azure",
            "account": "hmcostate",
            "tenant": _UUID,
            "subscription": _UUID,
            "client": _UUID,
            "previewClient": _UUID,
        },
    ),
    "pulumi": (
        "https://api.pulumi.com",
        {"kind": "pulumi", "organization": "hmco", "team": "up", "previewTeam": "look"},
    ),
    "postgres": ("postgres", {"kind": "none"}),
}
"""Every backend that workflows can use, with the login that opens it."""


def deployment(backend: str, **fields: Any) -> Deployment:
    """Return how workflows bring an environment up whose state is in this kind of backend."""
    url, login = BACKENDS[backend]
    given = {
        "workflows": True,
        "runner": "ubuntu-24.04",
        "backend": url,
        "login": login,
        "applications": "https://argocd.example.org",
    }
    return Deployment.model_validate({**given, **fields})


def committed() -> Estate:
    """Return the estate of the committed stack files."""
    return load_estate(REGISTRY, read_stack_files(ROOT))


def with_backend(backend: str, **fields: Any) -> Sources:
    """Return the committed estate, brought up by workflows from this kind of backend.

    What guards the repository is brought up with it.
    """
    estate = committed()
    places = {
        name: _with(place, deployment(backend, **fields))
        for name, place in estate.environments.items()
    }
    return Sources(replace(estate, environments=places), "main")


def into_a_cluster() -> Sources:
    """Return an estate below a folder, written to clusters and Slack by runners of its own."""
    sources = with_backend("aws", runner=OWN_RUNNER)
    places = {
        name: replace(
            place,
            settings=place.settings.model_copy(
                update={
                    "delivery": ClusterDelivery(kind="cluster", context="prod"),
                    "notifier": _NOTIFIER,
                }
            ),
        )
        for name, place in sources.estate.environments.items()
    }
    return Sources(replace(sources.estate, environments=places), "main", "deploy/hmco")


def _with(place: Environment, chosen: Deployment) -> Environment:
    said: dict[str, Any] = {"deployment": chosen}
    if place.settings.repository is not None:
        said["repository"] = place.settings.repository.model_copy(update={"credentials": "token"})
    return replace(place, settings=place.settings.model_copy(update=said))


SCENES: Final[Mapping[str, Any]] = {
    "committed": lambda: Sources(committed(), "main"),
    **{name: (lambda name=name: with_backend(name)) for name in BACKENDS},
    "cluster": into_a_cluster,
}
"""Every repository that the linters judge."""
