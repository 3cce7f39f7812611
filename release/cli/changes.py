"""How a command that changes files opens the checkout, and how it reports what it did."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from release.cli.options import (
    dry_run_option,
    json_option,
    plan_option,
    pull_request_option,
    repo_option,
)
from release.cli.output import print_json, refuse, say, say_diff
from release.cli.session import Session
from release.promotion.carry import Prepared, clone_of, prepare, write
from release.promotion.decision import Decision, Plan, Refusal
from release.promotion.decision import refuse as refuse_reasons
from release.promotion.nextsteps import (
    branch_name,
    commit_body,
    commit_subject,
    emergency_steps,
    next_steps,
)
from release.promotion.texts import unified_diff
from release.repository.picture import Picture

if TYPE_CHECKING:
    from release.github.hub.propose import Proposed


class Output(NamedTuple):
    """How a command that changes files answers."""

    now: datetime
    dry_run: bool
    as_json: bool
    pull_request: bool
    """Open a pull request on GitHub and leave the work tree alone."""


def changing(
    *, pull_request: bool = False, plan: bool = False, charts: bool = True
) -> Callable[[Callable[..., Decision]], Callable[..., None]]:
    """Make the body of a command from a function that decides and changes nothing.

    It is called with the session, the picture of what is committed and the command's own options;
    those that every command has which changes files are added here, and the plan is carried out.
    Without `charts` it asks for none: they may lie in another repository.
    """
    added = [repo_option, json_option, dry_run_option]
    added += [pull_request_option] if pull_request else []
    added += [plan_option] if plan else []

    def decorate(decide: Callable[..., Decision]) -> Callable[..., None]:
        @wraps(decide)
        @click.pass_context
        def body(
            ctx: click.Context,
            /,
            *,
            repo: Path | None,
            as_json: bool,
            dry_run: bool,
            pull_request: bool = False,
            show_plan: bool = False,
            **options: object,
        ) -> None:
            session: Session = ctx.obj
            output = Output(
                now=session.now, dry_run=dry_run, as_json=as_json, pull_request=pull_request
            )
            picture = (session.with_charts if charts else session.committed)(
                repo, finish=not dry_run
            )
            decision = decide(session, picture, **options)
            if plan:
                from release.cli.movesummary import PlanLines  # noqa: PLC0415 -- not for every command

                decision = PlanLines(picture, ask=show_plan or pull_request).with_lines(decision)
            ctx.exit(_carry_out(picture, decision, output, ctx.command.name or ""))

        command: Callable[..., None] = body
        for option in added:
            command = option(command)
        return command

    return decorate


def _carry_out(picture: Picture, decision: Decision, output: Output, command: str) -> int:
    """Make the plan's edits, or tell why not; return the exit code."""
    prepared = prepare(picture, decision)
    if isinstance(prepared, Refusal):
        return refuse(prepared, command, as_json=output.as_json)
    if prepared.stands:
        return _report(picture, prepared, "already", output)
    prepared = _judged(picture, prepared, output)
    if isinstance(prepared, Refusal):
        return refuse(prepared, command, as_json=output.as_json)
    if output.pull_request:
        return _proposed(picture, prepared, output)
    if output.dry_run:
        return _report(picture, prepared, "dry-run", output)
    write(picture, prepared)
    return _report(picture, prepared, "done", output)


def _judged(picture: Picture, prepared: Prepared, output: Output) -> Prepared | Refusal:
    """Return what rules the outcome would break, so that commands and check never disagree.

    A promotion or rollback carries a remark on what check already faults in its chart.
    """
    # What decides nothing needs no rules, whose import takes longer than all else here.
    from release.rules.outcome import judged_outcome  # noqa: PLC0415

    both = {**prepared.named, **prepared.changes}
    edits = {path: change.after for path, change in both.items()}
    plan = prepared.plan
    deploys = plan.command in {"promote", "rollback"}
    found = judged_outcome(picture, edits, output.now.date(), whole=deploys)
    if deploys:
        remarks = (*plan.remarks, *found.remarks(picture.registry, plan))
        prepared = replace(prepared, plan=replace(plan, remarks=remarks))
    return refuse_reasons(found.reasons) or prepared


def _proposed(picture: Picture, prepared: Prepared, output: Output) -> int:
    """Open the pull request and leave the work tree as it is; without a token, tell how to.

    What may not be proposed is refused in either case, also where it is only tried.
    """
    # GitHub and Helm are asked this way alone.
    from release.cli.hub import surroundings  # noqa: PLC0415
    from release.cli.propose import blocking, open_pull_request  # noqa: PLC0415

    refusal = refuse_reasons(blocking(picture, prepared))
    if refusal is not None:
        return refuse(refusal, prepared.plan.command, as_json=output.as_json)
    if output.dry_run:
        return _report(picture, prepared, "dry-run", output)
    if (around := surroundings()).token is None:
        write(picture, prepared)
        return _report(picture, prepared, "done", output)
    proposed = open_pull_request(picture, prepared, around, output.now)
    return _report(picture, prepared, "proposed", output, proposed)


def _report(
    picture: Picture,
    prepared: Prepared,
    outcome: str,
    output: Output,
    proposed: "Proposed | None" = None,
) -> int:
    plan, changes = prepared.plan, prepared.changes
    steps = () if not changes else _steps(picture, plan, tuple(changes))
    emergency = emergency_steps(plan, picture.estate) if changes else ()
    if output.as_json:
        print_json(
            {
                "command": plan.command,
                "outcome": outcome,
                "chart": plan.chart,
                "moves": [
                    {
                        "chart": each.chart,
                        "source": each.source,
                        "before": each.before,
                        "after": each.after,
                    }
                    for each in plan.parts
                ],
                "environment": plan.environment,
                "source": plan.source,
                "before": plan.before,
                "after": plan.after,
                "summary": plan.summary,
                "remarks": list(plan.remarks),
                "files": list(changes),
                "diff": unified_diff(changes),
                "branch": branch_name(plan) if changes else None,
                "commit": {"subject": commit_subject(plan), "body": commit_body(plan)}
                if changes
                else None,
                "next": list(steps),
                "emergency": list(emergency),
                "pullRequest": {"number": proposed.number, "url": proposed.url}
                if proposed
                else None,
            }
        )
        return 0
    if outcome == "dry-run":
        say_diff(unified_diff(changes))
        say(f"dry run, nothing was changed: {plan.summary}", err=True)
    elif outcome == "already" and changes:
        say(f"already in the work tree, not committed yet: {plan.summary}")
    else:
        say(plan.summary)
    for remark in plan.remarks:
        say(f"note: {remark}", err=outcome == "dry-run")
    if outcome == "dry-run":
        return 0
    if proposed is not None:
        say(f"pull request {proposed.outcome}: {proposed.url}")
        if not proposed.signed:
            say("note: GitHub did not sign the commit, as it does for an App's token", err=True)
        return 0
    if output.pull_request and outcome == "done":
        say("note: without GITHUB_TOKEN no pull request was opened; the steps below do it")
    _say_list("changed" if outcome == "done" else "files", tuple(changes))
    # What the command wrote into the changelog itself somebody should read.
    notes = plan.cut.notes if plan.cut else ()
    _say_list("changelog", tuple(f"{kind}: {text}" for kind, text in notes))
    _say_list("next", steps)
    _say_list("while Git cannot be reached, in Argo CD alone", emergency)
    return 0


def _say_list(title: str, items: tuple[str, ...]) -> None:
    if items:
        say(f"{title}:")
    for item in items:
        say(f"  {item}")


def _steps(picture: Picture, plan: Plan, files: tuple[str, ...]) -> tuple[str, ...]:
    top = clone_of(picture, plan).repository.toplevel
    away = () if Path.cwd().resolve() == top.resolve() else (f"cd {os.path.relpath(top)}",)
    return (*away, *next_steps(plan, picture.estate, files, Path(picture.program)))
