"""What several workflows share: how a job begins, who it is, and how it reaches a backend."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from release.estate import Environment, Estate
from release.github import names
from release.github.access import TOKEN, guarded
from release.github.workflows import actions
from release.github.workflows.workflow import Place, Scope, Step
from release.settings.deployment import (
    POSTGRES,
    AwsLogin,
    AzureLogin,
    Deployment,
    GoogleLogin,
    PulumiLogin,
)
from release.settings.model import ClusterDelivery
from release.settings.observability import TOKEN_VARIABLE, PulumiToken
from release.settings.repository import RepositorySettings

RUNNER: Final = "ubuntu-24.04"
"""For jobs that touch no cluster and no backend."""
PYTHON: Final = "3.13"
HMCO: Final = ".venv/bin/hmco"

READ_CODE: Final = Scope("contents", "read", "check this repository out")


@dataclass(frozen=True)
class Sources:
    """What workflows are made from; `folder` is the program's in the repository, "" at its root."""

    estate: Estate
    branch: str
    folder: str = ""

    @property
    def charts(self) -> tuple[str, ...]:
        """The charts that environments run, in the registry's order of names."""
        return tuple(sorted(self.estate.registry.by_name))

    @property
    def applied(self) -> tuple[Environment, ...]:
        """The environments that workflows bring up, sources before their targets."""
        return tuple(
            place for place in self.estate.environments.values() if deployment_of(place) is not None
        )


def deployment_of(place: Environment) -> Deployment | None:
    """Return how workflows bring the environment up, None where they leave it alone."""
    deployment = place.settings.deployment
    return deployment if deployment is not None and deployment.workflows else None


def begin(
    *tools: str, runner: str = RUNNER, ref: str | None = None, packages: bool = True
) -> tuple[Step, ...]:
    """Return how a job begins: the watched runner, the code, Python, and our command line.

    `ref` is what is checked out instead of the event's own commit. All of the history comes along,
    because decisions are made on what has landed when.
    """
    code: dict[str, str | bool | int] = {"persist-credentials": False, "fetch-depth": 0}
    if ref is not None:
        code["ref"] = ref
    # The watcher is made for GitHub's own runners; others have their own network rules.
    watched = runner.startswith(("ubuntu-", "windows-", "macos-"))
    watch = Step(
        name="Watch what the job talks to", uses=actions.HARDEN, inputs={"egress-policy": "audit"}
    )
    steps = [
        *([watch] if watched else []),
        Step(name="Check out", uses=actions.CHECKOUT, inputs=code),
        Step(name="Set up Python", uses=actions.SETUP_PYTHON, inputs={"python-version": PYTHON}),
    ]
    if packages:
        wanted = " ".join(("ensure", *tools))
        steps.append(
            Step(
                name="Set up hmco",
                run=f"python3 -m tools.toolchain {wanted} --venv runtime",
            )
        )
    return tuple(steps)


def app_token(*, pull_requests: bool) -> Step:
    """Return the step that lends the App's token, with no more rights than the job needs."""
    rights = {"contents": "write"} | ({"pull-requests": "write"} if pull_requests else {})
    return _borrowed("the App's", "app", (names.APP_CLIENT_ID, names.APP_PRIVATE_KEY), rights)


def _borrowed(whose: str, step: str, app: tuple[str, str], rights: Mapping[str, str]) -> Step:
    """Return a step that makes a token of an hour; `app` names its client id and its key."""
    variable, secret = app
    return Step(
        name=f"Borrow {whose} token",
        id=step,
        uses=actions.APP_TOKEN,
        inputs={
            "client-id": f"${{{{ vars.{variable} }}}}",
            "private-key": f"${{{{ secrets.{secret} }}}}",
            **{f"permission-{name}": level for name, level in rights.items()},
        },
    )


APP_TOKEN_ENV: Final = {"GITHUB_TOKEN": "${{ steps.app.outputs.token }}"}
KEEPER: Final = Place(name=names.AUTOMATION, deployment=False)
"""Where the App's key is kept; using it deploys nothing."""


def login(place: Environment, *, writes: bool) -> tuple[Step, ...]:
    """Return how a job logs in to the cloud that keeps the state, by OIDC and without a key."""
    deployment = place.settings.deployment
    who = deployment.login if deployment else None
    inputs: Mapping[str, str | bool]
    match who:
        case AwsLogin():
            action, inputs = (
                actions.AWS,
                {
                    "role-to-assume": who.role if writes else who.preview_role,
                    "aws-region": who.region,
                },
            )
        case GoogleLogin():
            account = who.service_account if writes else who.preview_service_account
            action, inputs = (
                actions.GOOGLE,
                {"workload_identity_provider": who.provider, "service_account": account},
            )
        case AzureLogin():
            action, inputs = (
                actions.AZURE,
                {
                    "client-id": who.client if writes else who.preview_client,
                    "tenant-id": who.tenant,
                    "subscription-id": who.subscription,
                },
            )
        case PulumiLogin():
            action, inputs = (
                actions.PULUMI,
                {
                    "organization": who.organization,
                    "requested-token-type": "urn:pulumi:token-type:access_token:team",
                    "scope": f"team:{who.team if writes else who.preview_team}",
                },
            )
        case _:
            return ()
    return (Step(name="Log in where the state is", uses=action, inputs=inputs),)


def login_scopes(place: Environment) -> tuple[Scope, ...]:
    """Return the right to ask for an OIDC token, where the job logs in with one."""
    return (
        (Scope("id-token", "write", "log in to the backend without a key"),)
        if login(place, writes=False)
        else ()
    )


def engine_env(place: Environment) -> dict[str, str]:
    """Return the variables by which the engine finds and opens the state, and reaches the rest."""
    deployment = place.settings.deployment
    backend = (deployment.backend if deployment else None) or ""
    env = {
        "HMCO_BACKEND_URL": f"${{{{ secrets.{names.BACKEND_URL} }}}}"
        if backend == POSTGRES
        else backend
    }
    if not backend.startswith("https:"):
        # Pulumi Cloud keeps the key itself; everywhere else a passphrase is needed.
        env[names.PASSPHRASE] = f"${{{{ secrets.{names.PASSPHRASE} }}}}"
    if deployment and isinstance(deployment.login, AzureLogin):
        env["AZURE_STORAGE_ACCOUNT"] = deployment.login.account
    if isinstance(place.settings.delivery, ClusterDelivery):
        env[names.KUBECONFIG] = f"${{{{ secrets.{names.KUBECONFIG} }}}}"
    notifier = place.settings.notifier
    if notifier and isinstance(notifier.token, PulumiToken):
        env[TOKEN_VARIABLE] = f"${{{{ secrets.{TOKEN_VARIABLE} }}}}"
    return env


def runner_of(place: Environment) -> str:
    """Return where a job runs that reaches the environment's cluster."""
    deployment = deployment_of(place)
    return deployment.runner if deployment else RUNNER


def engine_steps(
    place: Environment, name: str, command: str, *, writes: bool = False, ref: str | None = None
) -> tuple[Step, ...]:
    """Return how a job begins that runs the engine, and the step that does; it has `command` as id.

    A login that `writes` is the one that may change what the environment runs. With it alone comes
    the token that guards the repository, where that is this environment's part.
    """
    guard = guarded(place.settings) if writes else None
    tools = ("pulumi", "kubernetes", *(("github",) if guard else ()))
    return (
        *begin(*tools, runner=runner_of(place), ref=ref),
        *login(place, writes=writes),
        *((_guards_token(guard),) if guard else ()),
        Step(
            name=name,
            id=command,
            # The runner tells the shell alone that a run is cancelled, so this takes its place.
            run=f'exec {HMCO} ci {command} -- "$STACK"',
            env={"STACK": place.name, **engine_env(place), **(_GUARDS_TOKEN_ENV if guard else {})},
        ),
    )


def _guards_token(guard: RepositorySettings) -> Step:
    """Return the step that lends the token of the App which guards the repository."""
    rights = {
        # Rulesets, environments, what Actions may do.
        "administration": "write",
        # The labels.
        "issues": "write",
        # The environments as they are, and the numbers of teams.
        "actions": "read",
        "members": "read",
        **({"contents": "write", "workflows": "write"} if guard.files == "pulumi" else {}),
    }
    app = (names.GOVERNANCE_CLIENT_ID, names.GOVERNANCE_PRIVATE_KEY)
    return _borrowed("the guard's", "guard", app, rights)


_GUARDS_TOKEN_ENV: Final = {TOKEN: "${{ steps.guard.outputs.token }}"}


def keep(name: str, what: str, path: str, days: int, condition: str | None = None) -> Step:
    """Return the step that keeps a file of a job for some days, which must be there."""
    return Step(
        name=name,
        uses=actions.UPLOAD,
        condition=condition,
        inputs={
            "name": what,
            "path": path,
            "if-no-files-found": "error",
            "retention-days": days,
        },
    )
