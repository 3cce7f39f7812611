"""Where access to GitHub comes from: variables of our own, so that no other tool's token counts."""

from collections.abc import Mapping
from typing import Final, Literal

from release.settings.governance import RepositorySettings
from release.settings.model import Settings

TOKEN: Final = "HMCO_GITHUB_TOKEN"  # noqa: S105 -- a variable's name
KEY: Final = "HMCO_GITHUB_APP_PEM_FILE"
"""The key itself: the provider calls it a file, and reads it as the text of one."""
APP: Final = ("HMCO_GITHUB_APP_ID", "HMCO_GITHUB_APP_INSTALLATION_ID", KEY)
LEFT_OUT: Final = "HMCO_GITHUB_LEFT_OUT"
"""Set where a look at a stack leaves the guard out; a run that writes takes no notice of it."""
EXCLUDED: Final = ("**platform:github:RepositoryGovernance**", "**pulumi:providers:github**")
"""What the engine must not take for deleted then: the guard and its provider, as `--exclude`."""


def guarded(settings: Settings) -> RepositorySettings | None:
    """Return what a stack says of the repository that Pulumi guards with it, None if of none."""
    repository = settings.repository
    return None if repository is None or repository.credentials == "none" else repository


def is_left_out(settings: Settings, environment: Mapping[str, str]) -> bool:
    """Tell whether a look at a stack that guards the repository was given no access to that."""
    return guarded(settings) is not None and not any(map(environment.get, (TOKEN, *APP)))


def ungiven(credentials: Literal["token", "app"], environment: Mapping[str, str]) -> str | None:
    """Return what is missing of the access that the settings name, or too much; None if nothing.

    The provider silently prefers an App to a token, so both at once are refused.
    """
    token, app = bool(environment.get(TOKEN)), [name for name in APP if environment.get(name)]
    if credentials == "token":
        if app:
            return f"a token is to be used, but {app[0]} is set too; unset it"
        return None if token else f"no token is given; run: export {TOKEN}=<token>"
    if token:
        return f"an App is to be used, but {TOKEN} is set too; unset it"
    missing = [name for name in APP if name not in app]
    if missing:
        return f"the App is not given; set {', '.join(missing)}"
    if "BEGIN RSA PRIVATE KEY" in environment[KEY]:
        return None
    return f'{KEY} is not a key as GitHub gives it to an App; run: export {KEY}="$(cat KEY.pem)"'


def provider_variables(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that the provider reads, from ours."""
    return {
        name.removeprefix("HMCO_"): environment[name]
        for name in (TOKEN, *APP)
        if environment.get(name)
    }
