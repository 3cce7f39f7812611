"""What several workflows share: how a job begins, who it is, and how it reaches a backend."""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from release.estate import Environment, Estate
from release.github import names
from release.github.access import TOKEN, guarded
from release.github.workflows import actions
from release.github.workflows.workflow import RUNNER, Node, Noted, job
from release.settings.deployment import (
    POSTGRES,
    AwsLogin,
    AzureLogin,
    Deployment,
    GoogleLogin,
    PulumiLogin,
)
from release.settings.governance import RepositorySettings
from release.settings.model import ClusterDelivery
from release.settings.observability import TOKEN_VARIABLE, PulumiToken

PYTHON: Final = "3.13"
HMCO: Final = ".venv/bin/hmco"


class Sources(NamedTuple):
    """What workflows are made from; `folder` is the program's in the repository, "" at its root."""

    estate: Estate
    branch: str
    folder: str = ""

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
) -> list[Node]:
    """Return how a job begins: the watched runner, the code, Python, and our command line.

    `ref` is what is checked out instead of the event's own commit. All of the history comes along,
    because decisions are made on what has landed when.
    """
    code = {"persist-credentials": False, "fetch-depth": 0, "ref": ref}
    steps = [
        _action("Check out", actions.CHECKOUT, code),
        _action("Set up Python", actions.SETUP_PYTHON, {"python-version": PYTHON}),
    ]
    # The watcher is made for GitHub's own runners; others have their own network rules.
    if runner.startswith(("ubuntu-", "windows-", "macos-")):
        audit = {"egress-policy": "audit"}
        steps.insert(0, _action("Watch what the job talks to", actions.HARDEN, audit))
    if packages:
        wanted = " ".join(("ensure", *tools))
        run = f"python3 -m tools.toolchain {wanted} --venv runtime"
        steps.append({"name": "Set up hmco", "run": run})
    return steps


def _action(
    name: str,
    action: actions.Action,
    inputs: Node,
    *,
    step: str | None = None,
    condition: str | None = None,
) -> Node:
    uses = Noted(action.uses, action.tag)
    return {"name": name, "id": step, "if": condition, "uses": uses, "with": inputs}


def app_token(*, pull_requests: bool) -> Node:
    """Return the step that lends the App's token, with no more rights than the job needs."""
    rights = {"contents": "write"} | ({"pull-requests": "write"} if pull_requests else {})
    return _borrowed("the App's", "app", (names.APP_CLIENT_ID, names.APP_PRIVATE_KEY), rights)


def _borrowed(whose: str, step: str, app: tuple[str, str], rights: Mapping[str, str]) -> Node:
    """Return a step that makes a token of an hour; `app` names its client id and its key."""
    variable, secret = app
    inputs = {
        "client-id": f"${{{{ vars.{variable} }}}}",
        "private-key": f"${{{{ secrets.{secret} }}}}",
        **{f"permission-{name}": level for name, level in rights.items()},
    }
    return _action(f"Borrow {whose} token", actions.APP_TOKEN, inputs, step=step)


APP_TOKEN_ENV: Final = {"GITHUB_TOKEN": "${{ steps.app.outputs.token }}"}
TOKEN_ENV: Final = {"GITHUB_TOKEN": "${{ github.token }}"}
KEEPER: Final = {"name": names.AUTOMATION, "deployment": False}
"""Where the App's key is kept; using it deploys nothing."""


def outcomes(jobs: Iterable[str]) -> dict[str, str]:
    """Return the variable that tells how each job ended."""
    return {"OUTCOMES": " ".join(f"{job}=${{{{ needs.{job}.result }}}}" for job in jobs)}


def results(jobs: Iterable[str]) -> dict[str, str]:
    """Return one variable for what each job found, since Linux gives each at most 128 KiB."""
    return {
        f"RESULT_{job.upper().replace('-', '_')}": f"${{{{ needs.{job}.outputs.result }}}}"
        for job in jobs
    }


def _login(place: Environment, *, writes: bool) -> list[Node]:
    """Return how a job logs in to the cloud that keeps the state, by OIDC and without a key."""
    deployment = place.settings.deployment
    inputs: Node
    match deployment and deployment.login:
        case AwsLogin() as who:
            role = who.role if writes else who.preview_role
            action, inputs = actions.AWS, {"role-to-assume": role, "aws-region": who.region}
        case GoogleLogin() as who:
            account = who.service_account if writes else who.preview_service_account
            action = actions.GOOGLE
            inputs = {"workload_identity_provider": who.provider, "service_account": account}
        case AzureLogin() as who:
            action = actions.AZURE
            inputs = {
                "client-id": who.client if writes else who.preview_client,
                "tenant-id": who.tenant,
                "subscription-id": who.subscription,
            }
        case PulumiLogin() as who:
            action = actions.PULUMI
            inputs = {
                "organization": who.organization,
                "requested-token-type": "urn:pulumi:token-type:access_token:team",
                "scope": f"team:{who.team if writes else who.preview_team}",
            }
        case _:
            return []
    return [_action("Log in where the state is", action, inputs)]


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


def engine_job(  # noqa: PLR0913 -- what differs between them
    place: Environment,
    command: str,
    name: str,
    *,
    writes: bool = False,
    ref: str | None = None,
    needs: Iterable[str] = (),
    condition: str | None = None,
    then: Iterable[Node] = (),
) -> tuple[str, Node]:
    """Return the job that runs the engine by `hmco ci COMMAND` on an environment; `then` follows.

    A login that `writes` is the one that may change what the environment runs. With it alone comes
    the token that guards the repository, where that is this environment's part.
    """
    guard = guarded(place.settings) if writes else None
    deployment = deployment_of(place)
    runner = deployment.runner if deployment else RUNNER
    login = _login(place, writes=writes)
    identity = f"{command}-{place.name}"
    more: dict[str, Node] = {
        "environment": {"name": names.preview_place(place.name), "deployment": False},
        "outputs": {"result": f"${{{{ steps.{command}.outputs.result }}}}"},
    }
    if writes:
        more = {
            "environment": {"name": place.name, "url": f"${{{{ steps.{command}.outputs.url }}}}"},
            # An `up` that is cancelled leaves its lock and half of its changes behind.
            "concurrency": {"group": identity, "cancel-in-progress": False},
        }
    steps = [
        *begin("pulumi", "kubernetes", *(["github"] if guard else []), runner=runner, ref=ref),
        *login,
        *([_guards_token(guard)] if guard else []),
        {
            "name": name,
            "id": command,
            # The runner tells the shell alone that a run is cancelled, so this takes its place.
            "run": f'exec {HMCO} ci {command} -- "$STACK"',
            "env": {
                "STACK": place.name,
                **engine_env(place),
                **(_GUARDS_TOKEN_ENV if guard else {}),
            },
        },
        *then,
    ]
    return job(
        identity,
        60 if writes else 30,
        steps,
        needs=needs,
        condition=condition,
        runner=runner,
        rights={"id-token": Noted("write", "log in to the backend without a key")} if login else {},
        **more,
    )


def _guards_token(guard: RepositorySettings) -> Node:
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


def keep(name: str, what: str, path: str, days: int, condition: str | None = None) -> Node:
    """Return the step that keeps a file of a job for some days, which must be there."""
    inputs = {
        "name": what,
        "path": path,
        "if-no-files-found": "error",
        "retention-days": days,
    }
    return _action(name, actions.UPLOAD, inputs, condition=condition)
