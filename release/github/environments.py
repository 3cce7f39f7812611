"""GitHub's environments: one a stack, the second gate before its secrets are handed out."""

from dataclasses import dataclass

from release.estate import Estate
from release.github.workflows.names import AUTOMATION, preview_place
from release.github.workflows.parts import deployment_of


@dataclass(frozen=True, slots=True)
class DeploymentEnvironment:
    """An environment of GitHub and the teams of which any one member lets a job into it.

    What all of them share is in the component: nobody approves his own run, administrators are not
    let through, and only protected branches deploy (GitHub, "Managing environments for deployment";
    administrators bypass by default there).
    """

    name: str
    reviewers: tuple[str, ...]
    protected: bool = True
    """Whether protected branches alone may use it; a preview runs for any pull request."""


def environments(estate: Estate) -> tuple[DeploymentEnvironment, ...]:
    """Return an environment for each stack; one whose file asks for no approval has no reviewers.

    Any one reviewer suffices to GitHub, so that all teams approve is the rulesets' work. Beside
    them is one for the App's key, and one for the reading credentials of each stack that workflows
    preview.
    """
    stacks = (
        DeploymentEnvironment(
            name,
            environment.settings.approvals.teams if environment.settings.approvals.count else (),
        )
        for name, environment in estate.environments.items()
    )
    previews = (
        DeploymentEnvironment(preview_place(name), (), protected=False)
        for name, environment in estate.environments.items()
        if deployment_of(environment) is not None
    )
    return (*stacks, DeploymentEnvironment(AUTOMATION, ()), *previews)
