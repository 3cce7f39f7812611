"""How workflows bring an environment up: its runner, the engine's backend, and the cloud login."""

from collections.abc import Iterator
from typing import Annotated, Final, Literal

from pydantic import Field

from release.settings.base import SettingsModel
from release.settings.problems import Violation
from release.settings.types import Matching

POSTGRES: Final = "postgres"
"""The backend whose address holds a password, so that only its kind stands in a stack file."""

_NAME: Final = "[A-Za-z0-9][A-Za-z0-9._-]*"

Backend = Annotated[
    str,
    Matching(
        # Each a form that `pulumi login` takes; the page on workflows shows one of every kind.
        rf"(s3|gs|azblob)://{_NAME}(/[A-Za-z0-9._/-]*)?(\?[A-Za-z0-9._=&:/%-]+)?"
        rf"|https://{_NAME}(/[A-Za-z0-9._/-]*)?|file://[A-Za-z0-9._/~-]*|{POSTGRES}",
        "backend (s3://, gs://, azblob://, https:// or file:// with a path, or postgres)",
    ),
]
Runner = Annotated[
    str, Matching(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", "label of a runner such as ubuntu-24.04")
]
WebAddress = Annotated[
    str,
    Matching(r"https://[A-Za-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9._/-]*)?", "address (https://host)"),
]


class NoLogin(SettingsModel):
    """The backend needs no cloud account: a folder, or Postgres with its own password."""

    kind: Literal["none"]


_ROLE: Final = r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[\w+=,.@/-]+"


class AwsLogin(SettingsModel):
    """Roles that trust GitHub's OIDC tokens; previews get one that may only read."""

    kind: Literal["aws"]
    region: Annotated[str, Matching(r"[a-z]{2}(-[a-z]+)+-[0-9]", "AWS region such as eu-west-1")]
    role: Annotated[str, Matching(_ROLE, "ARN of a role")]
    preview_role: Annotated[str, Matching(_ROLE, "ARN of a role")]


_PROVIDER: Final = (
    r"projects/[0-9]+/locations/global/workloadIdentityPools/[a-z0-9-]+/providers/[a-z0-9-]+"
)
_SERVICE_ACCOUNT: Final = r"[a-z0-9-]+@[a-z0-9.-]+\.gserviceaccount\.com"


class GoogleLogin(SettingsModel):
    """A workload identity provider and the service accounts that it lends."""

    kind: Literal["google"]
    provider: Annotated[str, Matching(_PROVIDER, "workload identity provider")]
    service_account: Annotated[str, Matching(_SERVICE_ACCOUNT, "service account")]
    preview_service_account: Annotated[str, Matching(_SERVICE_ACCOUNT, "service account")]


_UUID: Final = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


class AzureLogin(SettingsModel):
    """App registrations with federated credentials for GitHub."""

    kind: Literal["azure"]
    account: Annotated[str, Matching(r"[a-z0-9]{3,24}", "name of a storage account")]
    tenant: Annotated[str, Matching(_UUID, "UUID")]
    subscription: Annotated[str, Matching(_UUID, "UUID")]
    client: Annotated[str, Matching(_UUID, "UUID")]
    preview_client: Annotated[str, Matching(_UUID, "UUID")]


class PulumiLogin(SettingsModel):
    """An organisation of Pulumi Cloud that trusts GitHub, and the teams whose rights are lent."""

    kind: Literal["pulumi"]
    organization: Annotated[str, Matching(_NAME, "organisation of Pulumi Cloud")]
    team: Annotated[str, Matching(_NAME, "team of Pulumi Cloud")]
    preview_team: Annotated[str, Matching(_NAME, "team of Pulumi Cloud")]


Login = Annotated[
    NoLogin | AwsLogin | GoogleLogin | AzureLogin | PulumiLogin, Field(discriminator="kind")
]


class Deployment(SettingsModel):
    """Whether workflows preview, apply and watch the environment, and what they need for it.

    `backend` null is a folder of this clone. `applications` is Argo CD's address in a browser.
    """

    workflows: bool
    runner: Runner
    backend: Backend | None
    login: Login
    applications: WebAddress | None


_LOGINS: Final = {
    "s3": "aws",
    "gs": "google",
    "azblob": "azure",
    "https": "pulumi",
    "file": "none",
    POSTGRES: "none",
}


def deployment_problems(deployment: Deployment | None) -> Iterator[Violation]:
    """Yield what cannot work, whatever the cloud says of it."""
    if deployment is None:
        return
    backend, login = deployment.backend, deployment.login.kind
    if deployment.workflows and (backend is None or backend.startswith("file:")):
        yield Violation(
            ("deployment", "backend"),
            f"{backend or 'null'} keeps the state in a folder of one machine, and each run of a "
            "workflow gets a new machine: it would find no state, create everything once more "
            "and forget it; name a backend that every runner sees (s3://, gs://, azblob://, "
            "https:// or postgres), or write workflows: false",
        )
    needed = _LOGINS[backend.partition(":")[0]] if backend else "none"
    if login != needed:
        yield Violation(
            ("deployment", "login"),
            f"kind: {login} does not open {backend or 'a folder'}; write kind: {needed}",
        )
