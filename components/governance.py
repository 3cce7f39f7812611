"""Whether this stack guards the repository, and the provider that does it."""

import os
from typing import Final

import pulumi

from release.charts.record import Registry
from release.estate import Environment, Estate
from release.github.access import LEFT_OUT, ungiven

_SECRETS: Final = ("GITHUB_TOKEN", "GITHUB_BASE_URL")
"""What the provider's own process reads from its environment and the SDK would copy into state."""


def govern(registry: Registry, estate: Estate, environment: Environment) -> None:
    """Register the repository's guard if this stack's settings say so and give access.

    Without credentials nothing of GitHub is imported, asked or registered.
    """
    repository = environment.settings.repository
    if repository is None or repository.credentials == "none":
        return
    if LEFT_OUT in os.environ and pulumi.runtime.is_dry_run():
        return
    problem = ungiven(repository.credentials, os.environ)
    if problem:
        raise pulumi.RunError(f"{environment.stack_file.name}: repository.credentials: {problem}")
    # The launcher gives the token to the provider's process; as an input it would be in the state.
    for name in _SECRETS:
        os.environ.pop(name, None)
    # The SDK takes half a second that no other stack needs.
    import pulumi_github  # noqa: PLC0415

    from components.github import (  # noqa: PLC0415
        RepositoryGovernance,
        RepositoryGovernanceArgs,
        looked_up,
        present,
    )

    name = f"{environment.name}-github"
    provider = pulumi_github.Provider(
        name,
        base_url=repository.api,
        owner=repository.owner,
        # A second between writes keeps github.com's secondary rate limit away; loopback has none.
        write_delay_ms=1000 if repository.api.startswith("https://") else 0,
    )
    RepositoryGovernance(
        f"{repository.name}-governance",
        RepositoryGovernanceArgs(
            registry=registry,
            estate=estate,
            repository=repository,
            numbers=looked_up(environment.name, repository, provider),
            present=present(estate, repository, provider),
        ),
        pulumi.ResourceOptions(
            provider=provider, protect=environment.settings.deletion.protect or None
        ),
    )
