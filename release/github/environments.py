"""GitHub's environments: one a stack, the second gate before its secrets are handed out."""

from dataclasses import dataclass

from release.estate import Estate


@dataclass(frozen=True, slots=True)
class DeploymentEnvironment:
    """An environment of GitHub and the teams of which any one member lets a job into it.

    What all of them share is in the component: nobody approves his own run, administrators are not
    let through, and only protected branches deploy (GitHub, "Managing environments for deployment";
    administrators bypass by default there).
    """

    name: str
    reviewers: tuple[str, ...]


def environments(estate: Estate) -> tuple[DeploymentEnvironment, ...]:
    """Return an environment for each stack; one whose file asks for no approval has no reviewers.

    Any one reviewer suffices to GitHub, so that all teams approve is the rulesets' work.
    """
    return tuple(
        DeploymentEnvironment(
            name,
            environment.settings.approvals.teams if environment.settings.approvals.count else (),
        )
        for name, environment in estate.environments.items()
    )
