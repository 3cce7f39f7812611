"""GitHub's environments: one per stack, the second gate before its secrets are handed out."""

from dataclasses import dataclass

from release.estate import Estate
from release.github.names import AUTOMATION, preview_place
from release.github.workflows.parts import deployment_of
from release.settings.governance import RepositorySettings


@dataclass(frozen=True, slots=True)
class DeploymentEnvironment:
    """An environment of GitHub and the teams of which any one member lets a job into it.

    What all of them share is in the component: nobody approves their own run, and administrators
    are not let through (GitHub, "Managing environments for deployment": by default they are).
    """

    name: str
    reviewers: tuple[str, ...]
    branch: str | None
    """The one branch that may use it; None where a preview runs for any pull request.

    It is named. "Protected branches only" would count classic protection rules alone, and let every
    branch in where there is none, whatever rulesets say (GitHub, "Deployments and environments").
    """


def environments(
    estate: Estate, repository: RepositorySettings
) -> tuple[DeploymentEnvironment, ...]:
    """Return an environment for each stack; one whose file asks for no approval has no reviewers.

    Any one reviewer suffices to GitHub, so that all teams approve is the rulesets' work. Beside
    them is one for the App's key, and one for the reading credentials of each stack that workflows
    preview.
    """
    stacks = (
        DeploymentEnvironment(
            name,
            environment.settings.approvals.teams if environment.settings.approvals.count else (),
            repository.default_branch,
        )
        for name, environment in estate.environments.items()
    )
    previews = (
        DeploymentEnvironment(preview_place(name), (), None)
        for name, environment in estate.environments.items()
        if deployment_of(environment) is not None
    )
    automation = DeploymentEnvironment(AUTOMATION, (), repository.default_branch)
    return (*stacks, automation, *previews)


def branch_policy(environment: DeploymentEnvironment) -> dict[str, bool] | None:
    """Return what GitHub's API calls the choice of branches; their names are asked for apart."""
    if environment.branch is None:
        return None
    return {"protected_branches": False, "custom_branch_policies": True}
