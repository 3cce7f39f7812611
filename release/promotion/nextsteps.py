"""What a person does after a command: the branch, the commit, the review, and Argo CD."""

import hashlib
import shlex
from collections.abc import Iterator
from pathlib import PurePath

from release.argocd.verify import carrying_command
from release.estate import Environment, Estate
from release.promotion.commitlines import Saying, about_chart, saying
from release.promotion.decision import Action
from release.text.counted import counted
from release.versions import tag_of


def branch_name(action: Action) -> str:
    """Return the branch that the change belongs on (guide R16, R28)."""
    if action.command == "promote":
        moves = [f"{each.chart}-{each.after}" for each in action.each]
        named = "-and-".join(moves)
        if len(moves) > _NAMED_IN_A_BRANCH:
            # Other charts make another branch, and with it another pull request.
            named = f"{len(moves)}-charts-{hashlib.sha256(named.encode()).hexdigest()[:8]}"
        return f"promote/{named}-to-{action.environment}"
    if action.command == "rollback":
        return f"rollback/{action.chart}-{action.after}-in-{action.environment}"
    if action.command == "cut":
        return f"cut/{action.chart}-{action.after}"
    if not action.chart:
        return f"{action.command}/{action.environment}"
    return f"{action.command}/{action.chart}-in-{action.environment}"


def labels(action: Action) -> tuple[str, ...]:
    """Return the labels of the pull request (guide R16, R28)."""
    if action.command == "promote":
        return ("promotion", action.environment or "", *(each.chart for each in action.each))
    if action.command == "rollback":
        return ("rollback", "urgent", action.environment or "", action.chart)
    return tuple(filter(None, (action.command, action.environment, action.chart)))


def commit_subject(action: Action) -> str:
    """Return the first line of the commit; it reads the same in `git log` and on the PR."""
    return action.summary if _fits(action) else _short(action)


def commit_body(action: Action) -> str:
    """Return what the commit says besides: a summary too long for a subject, and reasons."""
    return "\n\n".join(_paragraphs(action))


def _paragraphs(action: Action) -> list[str]:
    """Return the body as `git commit` takes it in one line of a shell, each with its own -m."""
    moves = () if _fits(action) else (part.summary for part in action.each)
    return list(filter(None, (*moves, _reason(action), action.said)))


def _reason(action: Action) -> str:
    if not action.reason or action.environment is None:
        return action.reason or ""
    if action.command == "hold":
        return ""  # its summary says it
    if action.command == "unfreeze":
        return saying(Saying.UNFREEZE, action.environment, action.reason)
    if action.command == "unhold":
        return saying(Saying.UNHOLD, about_chart(action.chart, action.environment), action.reason)
    if action.command == "promote":
        about = about_chart(action.chart, action.environment, action.after or "")
        return saying(Saying.AGAIN, about, action.reason)
    return action.reason


def next_steps(action: Action, estate: Estate, files: tuple[str, ...]) -> tuple[str, ...]:
    """Return the lines for the shell that lead from the edited files to the pull request.

    They are run in the checkout's top, by which `files`, the changed ones, are named. Nothing is
    committed where the branch cannot be made, and nothing but these files. What a person must know
    besides stands behind a `#`.
    """
    branch = branch_name(action)
    body = "".join(f" -m {shlex.quote(text)}" for text in _paragraphs(action))
    paths = " ".join(map(shlex.quote, files))
    labelled = f" with the labels {', '.join(labels(action))}" if _moves(action) else ""
    review = labelled + _review(action, estate)
    return (
        f"git switch -c {branch} &&",
        f"git commit -m {shlex.quote(commit_subject(action))}{body} -- {paths} &&",
        f"git push -u origin {branch}  # then open a pull request{review}",
    )


def merged_steps(action: Action, estate: Estate, program: PurePath) -> tuple[str, ...]:
    """Return the lines for the shell that lead from the merge to the running chart.

    They are run in the updated checkout's top, by which the program's folder is named.
    """
    steps: list[str] = []
    if action.cut:
        chart, version = action.cut.chart, action.cut.version
        tag = tag_of(chart, version)
        steps.append(
            f"# the release workflow tags {tag}"
            if estate.governed
            else f"git tag -a {tag} -m '{chart} {version}' && git push origin {tag}"
        )
    if action.environment is not None and _moves(action):
        steps += _follow(action, estate.environments[action.environment], program)
    return tuple(steps)


def emergency_steps(action: Action, estate: Estate) -> tuple[str, ...]:
    """Return how to go back in Argo CD alone while Git cannot be reached (guide R29, fault F20).

    A rollback takes a history id, no revision, and is refused while the Application syncs by
    itself. No other command has any.
    """
    if action.command != "rollback" or action.environment is None:
        return ()
    environment = estate.environments[action.environment]
    application = f"{action.chart}-{environment.name}"
    after = (
        f"# afterwards {application} shows OutOfSync until this change is merged and applied by "
        "the steps above: only the pin is durable"
    )
    stop = (f"argocd app set {application} --sync-policy none",)
    return (
        *(stop if environment.settings.sync_policy.automated else ()),
        f"argocd app history {application}",
        f"argocd app rollback {application} ID  # the ID of {action.after} in that list",
        after,
    )


_SUBJECT_LIMIT = 72
_NAMED_IN_A_BRANCH = 3


def _moves(action: Action) -> bool:
    return action.command in {"promote", "rollback"}


def _fits(action: Action) -> bool:
    return len(action.summary) <= _SUBJECT_LIMIT


def _short(action: Action) -> str:
    if action.command == "promote":
        what = f"{len(action.parts)} charts" if action.parts else f"{action.chart} {action.after}"
        return f"promote {what} to {action.environment}"
    if action.command == "rollback":
        return f"roll {action.chart} in {action.environment} back to {action.after}"
    if not action.chart:
        return f"{action.command} {action.environment}"
    where = f" in {action.environment}" if action.environment else ""
    return f"{action.command} {action.chart}{where}"


def _review(action: Action, estate: Estate) -> str:
    if action.environment is None:
        return ""
    approvals = estate.environments[action.environment].settings.approvals
    if not approvals.count:
        return f" ({action.environment} needs no approval)"
    teams = f" from {', '.join(approvals.teams)}" if approvals.teams else ""
    return f" ({action.environment} needs {counted(approvals.count, 'approval')}{teams})"


def _follow(action: Action, environment: Environment, program: PurePath) -> Iterator[str]:
    name = environment.name
    applications = " ".join(f"{each.chart}-{name}" for each in action.each)
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
