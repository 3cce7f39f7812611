"""How a command that changes files opens the checkout, and how it reports what it did."""

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from release.cli.options import (
    accept_bump_option,
    dry_run_option,
    json_option,
    plan_option,
    pull_request_option,
    repo_option,
)
from release.cli.output import print_json, refuse, say, say_diff
from release.cli.session import Session
from release.promotion.carry import Prepared, clone_of, in_the_way, prepare, write
from release.promotion.decision import Action, Decision, Reason, Refusal
from release.promotion.decision import refuse as refuse_reasons
from release.promotion.honesty import held_to_honesty
from release.promotion.nextsteps import (
    branch_name,
    commit_body,
    commit_subject,
    emergency_steps,
    merged_steps,
    next_steps,
)
from release.promotion.texts import unified_diff
from release.promotion.trunk import decide_on_landed
from release.repository.picture import Picture

if TYPE_CHECKING:
    from release.github.hub.propose import Proposed


def changing(
    *, pull_request: bool = False, plan: bool = False, cuts: bool = False, charts: bool = True
) -> Callable[[Callable[..., Decision]], Callable[..., int]]:
    """Make the body of a command from a function that decides and changes nothing.

    It is called with the session, the picture of what is committed and the command's own options;
    those that every command has which changes files are added here, and the action is carried out.
    One of a single environment is decided on what has landed of it, and what it `cuts` is held to
    what the change does. Without `charts` it asks for none: they may lie in another repository.
    """
    added = [repo_option, json_option, dry_run_option]
    added += [pull_request_option] if pull_request else []
    added += [plan_option] if plan else []
    added += [accept_bump_option] if cuts else []

    def decorate(decide: Callable[..., Decision]) -> Callable[..., int]:
        @wraps(decide)
        @click.pass_context
        def body(
            ctx: click.Context,
            /,
            *,
            dry_run: bool,
            pull_request: bool = False,
            show_plan: bool = False,
            accept_bump: str | None = None,
            **options: object,
        ) -> int:
            session: Session = ctx.obj
            picture = (session.with_charts if charts else session.committed)(finish=not dry_run)
            deciding = partial(decide, session, **options)
            decision = (
                decide_on_landed(picture, deciding, [str(options["environment"])])
                if "environment" in options
                else deciding(picture)
            )
            if cuts:
                rest = partial(_prepared, session, picture, pull_request=pull_request)
                decision = _held_to_honesty(picture, decision, accept_bump, rest)
            if plan:
                from release.cli.movesummary import with_plan_lines  # noqa: PLC0415 -- not for every command

                asked = show_plan or pull_request
                decision = with_plan_lines(picture, decision, ask=asked)
            prepared = _prepared(session, picture, decision, pull_request=pull_request)
            if isinstance(prepared, Refusal):
                return refuse(prepared, ctx.command.name or "", as_json=session.as_json)
            outcome = "already" if prepared.stands else "dry-run" if dry_run else "done"
            proposed: Proposed | None = None
            if outcome == "done" and pull_request:
                from release.cli.propose import open_pull_request  # noqa: PLC0415 -- asked this way alone

                proposed = open_pull_request(picture, prepared, session.now)
                outcome = "proposed" if proposed else "done"
            if outcome == "done":
                write(picture, prepared)
            answer = _answer(picture, prepared, outcome, proposed)
            if session.as_json:
                print_json(answer)
            else:
                _say(prepared, answer, proposed, unproposed=pull_request and outcome == "done")
            return 0

        command: Callable[..., int] = body
        for option in added:
            command = option(command)
        return command

    return decorate


def _held_to_honesty(
    picture: Picture,
    decision: Decision,
    accepted: str | None,
    rest: Callable[[Decision], Prepared | Refusal],
) -> Decision:
    """Return the decision, refused where its number promises less than the change does.

    What else keeps it from being carried out is told with that.
    """
    cut = decision.cut if isinstance(decision, Action) else None
    if cut is None:
        return held_to_honesty(decision, None, accepted)
    # A promotion of what is cut already never waits for the import of all this.
    from release.cli.rendering import open_renderer  # noqa: PLC0415
    from release.plan.honest import honesty_of  # noqa: PLC0415

    honesty = honesty_of(picture, open_renderer(), cut.chart, cut.previous, cut.version)
    held = held_to_honesty(decision, honesty, accepted)
    if isinstance(held, Refusal) and isinstance(other := rest(decision), Refusal):
        return Refusal((*held.reasons, *other.reasons))
    return held


def _prepared(
    session: Session, picture: Picture, decision: Decision, *, pull_request: bool
) -> Prepared | Refusal:
    """Return the action with its edits, or everything that keeps it from being carried out.

    What may not be proposed is refused also where it is only tried, or no token is there.
    """
    prepared = prepare(picture, decision)
    if isinstance(prepared, Refusal) or prepared.stands:
        return prepared
    prepared, broken = _judged(picture, prepared, session.now.date())
    reasons = [*in_the_way(picture, prepared), *broken]
    if pull_request and not broken:
        from release.cli.propose import blocking  # noqa: PLC0415 -- asked this way alone

        reasons += blocking(picture, prepared)
    return refuse_reasons(reasons) or prepared


def _judged(
    picture: Picture, prepared: Prepared, today: date
) -> tuple[Prepared, tuple[Reason, ...]]:
    """Return what rules the outcome would break, so that commands and check never disagree.

    A promotion or rollback carries a remark on what check already faults in its chart.
    """
    # What decides nothing needs no rules, whose import takes longer than all else here.
    from release.rules.outcome import judged_outcome  # noqa: PLC0415

    both = {**prepared.named, **prepared.changes}
    edits = {path: change.after for path, change in both.items()}
    action = prepared.action
    deploys = action.command in {"promote", "rollback"}
    found = judged_outcome(picture, edits, today, whole=deploys)
    if deploys:
        remarks = (*action.remarks, *found.remarks(picture.registry, action))
        prepared = prepared._replace(action=action._replace(remarks=remarks))
    return prepared, tuple(found.reasons)


def _answer(
    picture: Picture, prepared: Prepared, outcome: str, proposed: "Proposed | None"
) -> dict[str, Any]:
    action, changes = prepared.action, prepared.changes
    return {
        "command": action.command,
        "outcome": outcome,
        "chart": action.chart,
        "moves": [
            {"chart": p.chart, "source": p.source, "before": p.before, "after": p.after}
            for p in action.parts
        ],
        "environment": action.environment,
        "source": action.source,
        "before": action.before,
        "after": action.after,
        "summary": action.summary,
        "remarks": action.remarks,
        "files": list(changes),
        "diff": unified_diff(changes),
        "branch": branch_name(action) if changes else None,
        "commit": {"subject": commit_subject(action), "body": commit_body(action)}
        if changes
        else None,
        "next": _steps(picture, action, tuple(changes)) if changes else [],
        "afterMerge": merged_steps(action, picture.estate, Path(picture.program))
        if changes
        else [],
        "emergency": emergency_steps(action, picture.estate) if changes else [],
        "pullRequest": {"number": proposed.number, "url": proposed.url} if proposed else None,
    }


def _say(
    prepared: Prepared, answer: Mapping[str, Any], proposed: "Proposed | None", *, unproposed: bool
) -> None:
    """Tell people what the answer tells programs."""
    action, outcome = prepared.action, answer["outcome"]
    if outcome == "dry-run":
        say_diff(answer["diff"])
        say(f"dry run, nothing was changed: {action.summary}", err=True)
    elif outcome == "already" and prepared.changes:
        say(f"already in the work tree, not committed yet: {action.summary}")
    else:
        say(action.summary)
    for remark in action.remarks:
        say(f"note: {remark}", err=outcome == "dry-run")
    if outcome == "dry-run":
        return
    if proposed is not None:
        say(f"pull request {proposed.outcome}: {proposed.url}")
        if not proposed.signed:
            say("note: GitHub did not sign the commit, as it does for an App's token", err=True)
        return
    if unproposed:
        say("note: without GITHUB_TOKEN no pull request was opened; the steps below do it")
    _say_list("changed" if outcome == "done" else "files", answer["files"])
    # What the command wrote into the changelog itself somebody should read.
    notes = action.cut.notes if action.cut else ()
    _say_list("changelog", [f"{kind}: {text}" for kind, text in notes])
    _say_list("next", answer["next"])
    _say_list("after the merge, in the updated checkout", answer["afterMerge"])
    _say_list("while Git cannot be reached, in Argo CD alone", answer["emergency"])


def _say_list(title: str, items: Sequence[str]) -> None:
    if items:
        say(f"{title}:")
    for item in items:
        say(f"  {item}")


def _steps(picture: Picture, action: Action, files: tuple[str, ...]) -> tuple[str, ...]:
    top = clone_of(picture, action).repository.toplevel
    away = () if Path.cwd().resolve() == top.resolve() else (f"cd {os.path.relpath(top)}",)
    return (*away, *next_steps(action, picture.estate, files))
