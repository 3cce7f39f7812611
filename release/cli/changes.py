"""Carrying a decision out: compute every text, judge the outcome, then write all files or none."""

import difflib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import click

from release.cli.checkout import Checkout, tell_left_out
from release.cli.output import print_json, refuse, say
from release.cli.session import Session
from release.promotion.nextsteps import (
    branch_name,
    commit_body,
    commit_subject,
    emergency_steps,
    next_steps,
)
from release.promotion.plan import CutVersion, Decision, Plan, Reason, Refusal
from release.promotion.texts import TextChange, edited_texts
from release.text.atomic import Change, write_all


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """How a command that changes files answers."""

    dry_run: bool = False
    as_json: bool = False


def open_checkout(session: Session, repo: Path | None, output: Output) -> Checkout:
    """Return the checkout to change, after an interrupted write in it was finished."""
    checkout = Checkout(session.registry, session.workspace(repo))
    if not output.dry_run:
        for path in checkout.recover():
            say(f"finished an interrupted write of {path}", err=True)
    tell_left_out(checkout)
    return checkout


def carry_out(checkout: Checkout, decision: Decision, output: Output, command: str) -> int:
    """Make the plan's edits, or tell why not; return the exit code.

    Decisions are made on what is committed, so running a command twice decides the same: edits
    that stand in the work tree already are left alone, other uncommitted edits there are refused.
    """
    decision = _on_what_landed(checkout, decision)
    if isinstance(decision, Refusal):
        return refuse(decision, command, as_json=output.as_json)
    if decision.done_already:
        return _report(checkout, decision, {}, "already", output)
    changes = edited_texts(
        decision, checkout.estate, checkout.layout, lambda p: checkout.tree_of(p).committed_text(p)
    )
    if _stands_already(checkout, changes):
        return _report(checkout, decision, changes, "already", output)
    reasons = tuple(_blocking(checkout, decision, changes))
    if reasons:
        return refuse(Refusal(reasons), command, as_json=output.as_json)
    if output.dry_run:
        return _report(checkout, decision, changes, "dry-run", output)
    top = checkout.tree_of(next(iter(changes))).repository.toplevel
    write_all(
        top,
        {
            path.relative_to(top): Change.of_text(change.before, change.after)
            for path, change in changes.items()
        },
    )
    return _report(checkout, decision, changes, "done", output)


def _on_what_landed(checkout: Checkout, decision: Decision) -> Decision:
    """Return the decision, or a refusal where its stack files have changed on the trunk since."""
    if isinstance(decision, Refusal):
        return decision
    places = [name for name in (decision.environment, decision.source) if name is not None]
    files = [checkout.layout.stack_file(name) for name in places]
    stale = tuple(checkout.stacks.stale_reasons(files)) if files else ()
    return Refusal(stale) if stale else decision


def unified_diff(changes: Mapping[str, TextChange]) -> str:
    """Return the changes as `git apply` takes them, by paths relative to the checkout."""
    return "".join(line for name, change in changes.items() for line in _diff(name, change))


def _diff(name: str, change: TextChange) -> Iterator[str]:
    before, after = (text.split("\n") for text in (change.before, change.after))
    lines = difflib.unified_diff(_with_ends(before), _with_ends(after), f"a/{name}", f"b/{name}")
    for line in lines:
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _with_ends(lines: list[str]) -> list[str]:
    *complete, last = lines
    return [*(f"{line}\n" for line in complete), *([last] if last else [])]


def _stands_already(checkout: Checkout, changes: Mapping[Path, TextChange]) -> bool:
    """Tell whether the work tree holds the whole outcome, uncommitted."""
    for path, change in changes.items():
        tree = checkout.tree_of(path)
        work = tree.work_text(path) if tree.is_dirty(path) else None
        # Git may give a work tree other line ends than the commit has.
        if work is None or work.replace("\r\n", "\n") != change.after.replace("\r\n", "\n"):
            return False
    return True


def _blocking(
    checkout: Checkout, plan: Plan, changes: Mapping[Path, TextChange]
) -> Iterator[Reason]:
    trees = {id(tree): tree for tree in map(checkout.tree_of, changes)}
    if len(trees) > 1:
        yield Reason(
            "two-checkouts",
            "the change spans the checkout of the stack files and the one of the charts",
            "cut the version there first (hmco cut), then promote it here",
        )
    for tree in trees.values():
        yield from tree.unfinished_reasons()
    dirty = {
        tree.relative(path)
        for path in changes
        for tree in (checkout.tree_of(path),)
        if tree.is_dirty(path)
    }
    if plan.command == "promote" and plan.cuts:
        dirty |= set(_dirty_in_folder(checkout, plan))
    if dirty:
        listed = ", ".join(sorted(dirty))
        yield Reason(
            "dirty",
            f"{listed} has changes that are not committed",
            "commit them, or put them aside: git stash",
        )


def _dirty_in_folder(checkout: Checkout, plan: Plan) -> Iterator[str]:
    """Yield what would be part of the cut version without having run anywhere."""
    registry, layout = checkout.registry, checkout.layout
    for edit in plan.edits:
        if isinstance(edit, CutVersion):
            prefix = f"{registry.path_of(edit.chart, layout.charts)}/"
            yield from (p for p in checkout.charts.state.dirty if p.startswith(prefix))


def _report(
    checkout: Checkout,
    plan: Plan,
    changes: Mapping[Path, TextChange],
    outcome: str,
    output: Output,
) -> int:
    named = {checkout.tree_of(path).relative(path): change for path, change in changes.items()}
    steps = () if not changes else _steps(checkout, plan, tuple(named))
    emergency = _emergency(checkout, plan) if changes else ()
    if output.as_json:
        print_json(
            {
                "command": plan.command,
                "outcome": outcome,
                "chart": plan.chart,
                "environment": plan.environment,
                "source": plan.source,
                "before": plan.before,
                "after": plan.after,
                "summary": plan.summary,
                "remarks": list(plan.remarks),
                "files": list(named),
                "diff": unified_diff(named),
                "branch": branch_name(plan) if changes else None,
                "commit": {"subject": commit_subject(plan), "body": commit_body(plan)}
                if changes
                else None,
                "next": list(steps),
                "emergency": list(emergency),
            }
        )
        return 0
    if outcome == "dry-run":
        click.echo(unified_diff(named), nl=False)
        say(f"dry run, nothing was changed: {plan.summary}", err=True)
    elif outcome == "already" and changes:
        say(f"already in the work tree, not committed yet: {plan.summary}")
    else:
        say(plan.summary)
    for remark in plan.remarks:
        say(f"note: {remark}", err=outcome == "dry-run")
    if outcome == "dry-run":
        return 0
    _say_list("changed" if outcome == "done" else "files", tuple(named))
    _say_list("next", steps)
    _say_list("while Git cannot be reached, in Argo CD alone", emergency)
    return 0


def _say_list(title: str, items: tuple[str, ...]) -> None:
    if items:
        say(f"{title}:")
    for item in items:
        say(f"  {item}")


def _steps(checkout: Checkout, plan: Plan, files: tuple[str, ...]) -> tuple[str, ...]:
    tree = checkout.stacks if plan.environment else checkout.charts
    top = tree.repository.toplevel
    away = () if Path.cwd().resolve() == top.resolve() else (f"cd {os.path.relpath(top)}",)
    program = checkout.layout.program.relative_to(checkout.stacks.repository.toplevel)
    return (*away, *next_steps(plan, checkout.estate, files, program))


def _emergency(checkout: Checkout, plan: Plan) -> tuple[str, ...]:
    if plan.command != "rollback" or plan.environment is None:
        return ()
    return emergency_steps(plan, checkout.estate.environments[plan.environment])
