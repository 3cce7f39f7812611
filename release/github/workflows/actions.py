"""The actions that workflows use: the one table of commits, each with the tag that it is."""

from typing import Final, NamedTuple


class Action(NamedTuple):
    """An action pinned by commit; `tag` is what that commit is called in its own repository."""

    repository: str
    commit: str
    tag: str

    @property
    def uses(self) -> str:
        """The reference that a step names; the tag is a comment beside it."""
        return f"{self.repository}@{self.commit}"


CHECKOUT: Final = Action("actions/checkout", "3d3c42e5aac5ba805825da76410c181273ba90b1", "v7.0.1")
SETUP_PYTHON: Final = Action(
    "actions/setup-python", "5fda3b95a4ea91299a34e894583c3862153e4b97", "v7.0.0"
)
APP_TOKEN: Final = Action(
    "actions/create-github-app-token", "1b10c78c7865c340bc4f6099eb2f838309f1e8c3", "v3.1.1"
)
UPLOAD: Final = Action(
    "actions/upload-artifact", "bbbca2ddaa5d8feaa63e36b76fdaad77386f024f", "v7.0.0"
)
HARDEN: Final = Action(
    "step-security/harden-runner", "b09bb98e06d4d774595224525879c09bc6e98c40", "v2.20.1"
)
AWS: Final = Action(
    "aws-actions/configure-aws-credentials", "e6de054238d6b7531b4efff3b6587d9aade6a06c", "v6.2.3"
)
GOOGLE: Final = Action(
    "google-github-actions/auth", "7c6bc770dae815cd3e89ee6cdf493a5fab2cc093", "v3.0.0"
)
AZURE: Final = Action("azure/login", "532459ea530d8321f2fb9bb10d1e0bcf23869a43", "v3.0.0")
PULUMI: Final = Action("pulumi/auth-actions", "141415910c3beb54e03b48e9057c204c97b956f2", "v2.1.0")
