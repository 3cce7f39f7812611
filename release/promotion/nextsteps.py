"""What a person does after a command: the branch, the commit, the review, and Argo CD."""

import hashlib
import shlex
from collections.abc import Iterator
from pathlib import PurePath

from release.argocd.verify import carrying_command
from release.estate import Environment, Estate
from release.promotion.commitlines import Saying, about_chart, saying
from release.promotion.decision import Plan
from release.text.counted import counted
from release.versions import tag_of


def branch_name(plan: Plan) -> str:
    """Return the branch that the change belongs on (guide R16, R28)."""
    if plan.command == "promote":
        moves = [f"{each.chart}-{each.after}" for each in plan.each]
        named = "-and-".join(moves)
        if len(moves) > _NAMED_IN_A_BRANCH:
            # Other charts make another branch, and with it another pull request.
            named = f"{len(moves)}-charts-{hashlib.sha256(named.encode()).hexdigest()[:8]}"
        return f"promote/{named}-to-{plan.environment}"
    if plan.command == "rollback":
        return f"rollback/{plan.chart}-{plan.after}-in-{plan.environment}"
    if plan.command == "cut":
        return f"cut/{plan.chart}-{plan.after}"
    if not plan.chart:
        return f"{plan.command}/{plan.environment}"
    return f"{plan.command}/{plan.chart}-in-{plan.environment}"


def labels(plan: Plan) -> tuple[str, ...]:
    """Return the labels of the pull request (guide R16, R28)."""
    if plan.command == "promote":
        return ("promotion", plan.environment or "", *(each.chart for each in plan.each))
    if plan.command == "rollback":
        return ("rollback", "urgent", plan.environment or "", plan.chart)
    return tuple(filter(None, (plan.command, plan.environment, plan.chart)))


def commit_subject(plan: Plan) -> str:
    """Return the first line of the commit; it reads the same in `git log` and on the PR."""
    return plan.summary if _fits(plan) else _short(plan)


def commit_body(plan: Plan) -> str:
    """Return what the commit says besides: reasons, as lines to find where no file keeps them."""
    return "\n\n".join(_paragraphs(plan))


def _paragraphs(plan: Plan) -> list[str]:
    """Return the body as `git commit` takes it in one line of a shell, each with its own -m."""
    moves = () if _fits(plan) else (part.summary for part in plan.parts)
    return list(filter(None, (*moves, _reason(plan), plan.accepted)))


def _reason(plan: Plan) -> str:
    if not plan.reason or plan.environment is None:
        return plan.reason or ""
    if plan.command == "hold" and _fits(plan):
        return ""  # its subject says it
    if plan.command == "unfreeze":
        return saying(Saying.UNFREEZE, plan.environment, plan.reason)
    if plan.command == "unhold":
        return saying(Saying.UNHOLD, about_chart(plan.chart, plan.environment), plan.reason)
    if plan.command == "promote":
        about = about_chart(plan.chart, plan.environment, plan.after or "")
        return saying(Saying.AGAIN, about, plan.reason)
    return plan.reason


def next_steps(plan: Plan, estate: Estate, files: tuple[str, ...]) -> tuple[str, ...]:
    """Return the lines for the shell that lead from the edited files to the pull request.

    They are run in the checkout's top, by which `files`, the changed ones, are named. Nothing is
    committed where the branch cannot be made, and nothing but these files. What a person must know
    besides stands behind a `#`.
    """
    branch = branch_name(plan)
    body = "".join(f" -m {shlex.quote(text)}" for text in _paragraphs(plan))
    paths = " ".join(map(shlex.quote, files))
    labelled = f" with the labels {', '.join(labels(plan))}" if _moves(plan) else ""
    review = labelled + _review(plan, estate)
    return (
        f"git switch -c {branch} &&",
        f"git commit -m {shlex.quote(commit_subject(plan))}{body} -- {paths} &&",
        f"git push -u origin {branch}  # then open a pull request{review}",
    )


def merged_steps(plan: Plan, estate: Estate, program: PurePath) -> tuple[str, ...]:
    """Return the lines for the shell that lead from the merge to the running chart.

    They are run in the updated checkout's top, by which the program's folder is named.
    """
    steps: list[str] = []
    if plan.cut:
        chart, version = plan.cut.chart, plan.cut.version
        tag = tag_of(chart, version)
        steps.append(
            f"# the release workflow tags {tag}"
            if estate.governed
            else f"git tag -a {tag} -m '{chart} {version}' && git push origin {tag}"
        )
    if plan.environment is not None and _moves(plan):
        steps += _follow(plan, estate.environments[plan.environment], program)
    return tuple(steps)


def emergency_steps(plan: Plan, estate: Estate) -> tuple[str, ...]:
    """Return how to go back in Argo CD alone while Git cannot be reached (guide R29, fault F20).

    A rollback takes a history id, no revision, and is refused while the Application syncs by
    itself. No other command has any.
    """
    if plan.command != "rollback" or plan.environment is None:
        return ()
    environment = estate.environments[plan.environment]
    application = f"{plan.chart}-{environment.name}"
    after = (
        f"# afterwards {application} shows OutOfSync until this change is merged and applied by "
        "the steps above: only the pin is durable"
    )
    stop = (f"argocd app set {application} --sync-policy none",)
    return (
        *(stop if environment.settings.sync_policy.automated else ()),
        f"argocd app history {application}",
        f"argocd app rollback {application} ID  # the ID of {plan.after} in that list",
        after,
    )


_SUBJECT_LIMIT = 72
_NAMED_IN_A_BRANCH = 3


def _moves(plan: Plan) -> bool:
    return plan.command in {"promote", "rollback"}


def _fits(plan: Plan) -> bool:
    return len(plan.summary) <= _SUBJECT_LIMIT


def _short(plan: Plan) -> str:
    if plan.parts:
        return f"{plan.command} {len(plan.parts)} charts to {plan.environment}"
    if not plan.chart:
        return f"{plan.command} {plan.environment}"
    where = f" in {plan.environment}" if plan.environment else ""
    return f"{plan.command} {plan.chart}{where}"


def _review(plan: Plan, estate: Estate) -> str:
    if plan.environment is None:
        return ""
    approvals = estate.environments[plan.environment].settings.approvals
    if not approvals.count:
        return f" ({plan.environment} needs no approval)"
    teams = f" from {', '.join(approvals.teams)}" if approvals.teams else ""
    return f" ({plan.environment} needs {counted(approvals.count, 'approval')}{teams})"


def _follow(plan: Plan, environment: Environment, program: PurePath) -> Iterator[str]:
    name = environment.name
    applications = " ".join(f"{each.chart}-{name}" for each in plan.each)
    why = (
        f"only to hasten it, {name} syncs by itself"
        if environment.settings.sync_policy.automated
        else f"{name} is synced by hand"
    )
    carry = carrying_command(environment.settings.delivery, program)
    deployment = environment.settings.deployment
    if deployment is not None and deployment.workflows and carry is None:
        yield f"# the release workflow runs pulumi up --stack {name}"
    else:
        yield f"pulumi up --stack {name}"
    if carry:
        yield f"{carry}  # into Argo CD's cluster"
    yield f"argocd app sync {applications}  # {why}"
