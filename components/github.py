"""The repository's guard on GitHub as resources; what it says is decided in `release.github`."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import pulumi
import pulumi_github as github

from release.charts.record import Registry
from release.estate import Estate
from release.github.environments import branch_policy, environments
from release.github.generated import repository_files
from release.github.labels import labels
from release.github.permissions import allowed_actions
from release.github.rulesets import rulesets
from release.github.wire import Numbers, provider_inputs
from release.settings.governance import RepositorySettings
from release.text.counted import counted


@dataclass(frozen=True, slots=True)
class Present:
    """What GitHub refuses a second one of, so that what is already there is taken over as ours.

    `policies` are the numbers by which environments know the default branch. The engine leaves an
    import alone that its state knows. Rulesets cannot be taken over this way: their number in the
    state is not what imports them, which it would take for a replacement.
    """

    labels: frozenset[str]
    policies: Mapping[str, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class RepositoryGovernanceArgs:
    """All environments, what the governing stack says, and what GitHub has of all it names."""

    registry: Registry
    estate: Estate
    repository: RepositorySettings
    numbers: Numbers
    present: Present


class RepositoryGovernance(pulumi.ComponentResource):
    """Rulesets, environments, labels, Actions permissions and files of one repository.

    Environments, labels and permissions stay when the stack goes: they may have been there before,
    and destroying the permissions would allow all actions (facts of terraform-provider-github).
    """

    def __init__(
        self,
        name: str,
        args: RepositoryGovernanceArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("platform:github:RepositoryGovernance", name, None, opts)
        self._name, self._args = name, args
        self._repository = args.repository.name
        files = self._files() if args.repository.files == "pulumi" else []
        self._rulesets(after=files)
        self._environments()
        self._labels()
        self._actions()
        self.register_outputs({})

    def _kept(self, imported: str | None = None) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, retain_on_delete=True, import_=imported)

    def _rulesets(self, after: list[github.RepositoryFile]) -> None:
        args = self._args
        for each in rulesets(args.registry, args.estate, args.repository):
            github.RepositoryRuleset(
                f"{self._name}-{each.name}",
                repository=self._repository,
                **provider_inputs(each, args.numbers),
                opts=pulumi.ResourceOptions(parent=self, depends_on=after),
            )

    def _environments(self) -> None:
        for each in environments(self._args.estate, self._args.repository):
            teams = [self._args.numbers.teams[slug] for slug in each.reviewers]
            made = github.RepositoryEnvironment(
                f"{self._name}-{each.name}",
                repository=self._repository,
                environment=each.name,
                reviewers=[{"teams": teams}] if teams else [],
                wait_timer=0,
                prevent_self_review=True,
                can_admins_bypass=False,
                deployment_branch_policy=github.RepositoryEnvironmentDeploymentBranchPolicyArgs(
                    **policy
                )
                if (policy := branch_policy(each))
                else None,
                opts=self._kept(),
            )
            if each.branch is not None:
                number = self._args.present.policies.get(each.name)
                github.RepositoryEnvironmentDeploymentPolicy(
                    f"{self._name}-{each.name}-{each.branch}",
                    repository=self._repository,
                    environment=made.environment,
                    branch_pattern=each.branch,
                    opts=self._kept(f"{self._repository}:{each.name}:{number}" if number else None),
                )

    def _labels(self) -> None:
        for each in labels(self._args.estate):
            github.IssueLabel(
                f"{self._name}-{each.name}",
                repository=self._repository,
                name=each.name,
                color=each.color,
                description=each.description,
                opts=self._kept(
                    f"{self._repository}:{each.name}"
                    if each.name in self._args.present.labels
                    else None
                ),
            )

    def _actions(self) -> None:
        args = self._args
        found = repository_files(args.registry, args.estate)
        patterns = allowed_actions(args.repository, found.workflows)
        github.ActionsRepositoryPermissions(
            f"{self._name}-actions",
            repository=self._repository,
            enabled=True,
            allowed_actions="selected",
            allowed_actions_config={
                "github_owned_allowed": True,
                "verified_allowed": False,
                "patterns_alloweds": list(patterns),
            },
            sha_pinning_required=True,
            opts=self._kept(),
        )
        github.WorkflowRepositoryPermissions(
            f"{self._name}-workflows",
            repository=self._repository,
            default_workflow_permissions="read",
            can_approve_pull_request_reviews=False,
            opts=self._kept(),
        )

    def _files(self) -> list[github.RepositoryFile]:
        """Write each file after the one before it: two at once are a conflict to GitHub (409)."""
        args = self._args
        made: list[github.RepositoryFile] = []
        for path, text in repository_files(args.registry, args.estate).files.items():
            made.append(
                github.RepositoryFile(
                    f"{self._name}-{path}",
                    repository=self._repository,
                    branch=args.repository.default_branch,
                    file=path,
                    content=text,
                    commit_message=f"Write {path} as the stack files say",
                    overwrite_on_create=True,
                    opts=pulumi.ResourceOptions(
                        parent=self, depends_on=made[-1:], retain_on_delete=True
                    ),
                )
            )
        return made


def looked_up(stack: str, repository: RepositorySettings, provider: github.Provider) -> Numbers:
    """Return every number, asking GitHub for those that the settings leave open.

    RunError names all teams and Apps that GitHub does not know, each with its file and setting.
    """
    opts = pulumi.InvokeOptions(provider=provider)
    app = repository.release_app
    problems: list[str] = []

    def asked(setting: str, kind: str, slug: str, question: Callable[[], str]) -> int:
        try:
            return int(question())
        except Exception as error:  # noqa: BLE001 -- the SDK raises nothing narrower
            reason = " ".join(str(error).split())
            problems.append(f"Pulumi.{stack}.yaml: repository.{setting}: {kind} {slug}: {reason}")
            return 0

    def team(slug: str) -> str:
        return str(github.get_team(slug=slug, summary_only=True, opts=opts).id)

    teams = {
        slug: number or asked(f"teams.{slug}", "team", slug, partial(team, slug))
        for slug, number in repository.teams.items()
    }
    number = app.id or asked(
        "releaseApp", "App", app.slug, lambda: github.get_github_app(app.slug, opts=opts).id
    )
    if problems:
        listing = "\n".join(f"  - {problem}" for problem in problems)
        raise pulumi.RunError(
            f"GitHub cannot tell {counted(len(problems), 'number')}, nothing was changed:\n"
            f"{listing}\nCorrect the slug, or create the team or App, then run the command again"
        )
    return Numbers(teams, {app.slug: number})


def present(estate: Estate, repository: RepositorySettings, provider: github.Provider) -> Present:
    """Return what is there already; RunError where GitHub does not list the labels."""
    address = f"repos/{repository.owner}/{repository.name}"

    def asked(path: str) -> tuple[object, str]:
        answer = github.get_rest_api(
            endpoint=f"{address}/{path}?per_page=100",
            opts=pulumi.InvokeOptions(provider=provider),
        )
        return json.loads(answer.body), answer.status

    labelled, status = asked("labels")
    if not isinstance(labelled, list):
        raise pulumi.RunError(
            f"GitHub does not list the labels of {repository.owner}/{repository.name}: {status}; "
            "check that repository.owner and name are right and that the token may read it"
        )
    policies: dict[str, int] = {}
    for each in environments(estate, repository):
        if each.branch is None:
            continue
        found, _ = asked(f"environments/{each.name}/deployment-branch-policies")
        for policy in found.get("branch_policies", ()) if isinstance(found, dict) else ():
            if each.branch == policy["name"] and policy.get("type", "branch") == "branch":
                policies[each.name] = policy["id"]
    return Present(frozenset(each["name"] for each in labelled), policies)
