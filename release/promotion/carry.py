"""Carrying a decision out: the texts that it makes, and what stands in its way in the checkout."""

import shlex
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from release.promotion.decision import Action, CutVersion, Decision, Reason, Refusal, refuse
from release.promotion.texts import TextChange, edited_texts
from release.repository.clone import Clone
from release.repository.picture import Picture
from release.repository.worktree import WorkTree
from release.text.atomic import Change, write_all


class Prepared(NamedTuple):
    """An action and the files that it changes; `stands` if the work tree holds all that already.

    `named` has the same changes by the names under which they are read, where those are links.
    """

    action: Action
    changes: Mapping[str, TextChange]
    stands: bool = False
    named: Mapping[str, TextChange] = MappingProxyType({})


def prepare(picture: Picture, decision: Decision) -> Prepared | Refusal:
    """Compute every text of a decision on what is committed, or tell why there is none.

    Running a command twice decides the same: edits that stand in the work tree already are left
    alone.
    """
    if isinstance(decision, Refusal):
        return _with_unfinished(picture, decision)
    if decision.done_already:
        told = _with_uncommitted(picture, decision)
        return told if isinstance(told, Refusal) else Prepared(told, {}, stands=True)
    if decision.cut and decision.environment and not picture.one_clone:
        return Refusal((_two_checkouts(decision.cut),))
    clone = clone_of(picture, decision)
    named = edited_texts(picture, decision)
    # Git commits what lies behind a link, so that is what is changed and told.
    changes = {_behind_links(clone, path): change for path, change in named.items()}
    if _stands_already(clone, changes):
        return Prepared(decision, changes, stands=True)
    return Prepared(decision, changes, named=named)


def _with_unfinished(picture: Picture, refusal: Refusal) -> Refusal:
    """Return the refusal with what will stop the command as well once its reasons are gone."""
    if refusal.misuse:
        return refusal
    clones = dict.fromkeys((picture.stacks.clone, picture.charts.clone))
    return refuse((*refusal.reasons, *chain.from_iterable(map(_unfinished, clones)))) or refusal


def _with_uncommitted(picture: Picture, action: Action) -> Action | Refusal:
    """Return the action that changes nothing, with a word on the edits that it did not count.

    What it lifts may be one of them: then it is refused, for the file would still say so.
    """
    for path in picture.stack_paths([action.environment] if action.environment else []).values():
        if _behind_links(picture.stacks.clone, path) in picture.stacks.clone.state.dirty:
            if _stops_here(picture, action, path):
                git = picture.stacks.clone.repository.git
                back = f"{git} restore --staged --worktree {shlex.quote(f':/{path}')}"
                remedy = f"take back what is not committed in it: {back}"
                fact = f"{action.summary} yet: what {path} says of it is not committed"
                return Refusal((Reason("dirty", fact, remedy),))
            told = f"{action.summary} (a change of {path} is not committed)"
            return action._replace(summary=told)
    return action


def _stops_here(picture: Picture, action: Action, path: str) -> bool:
    """Tell whether the work tree has a hold or freeze that the action is to lift."""
    text = WorkTree(picture.stacks.clone).text(path)
    if action.command not in {"unhold", "unfreeze"} or text is None:
        return False
    estate = picture.edited({path: text}).usable_estate
    place = estate.environments.get(action.environment or "") if estate else None
    if place is None:
        return False
    settings = place.settings
    return action.chart in settings.holds if action.chart else bool(settings.freezes)


def write(picture: Picture, prepared: Prepared) -> None:
    """Write all files of a prepared action, or none."""
    changes = {
        Path(path): Change.of_text(change.before, change.after)
        for path, change in prepared.changes.items()
    }
    write_all(clone_of(picture, prepared.action).repository.toplevel, changes)


def clone_of(picture: Picture, action: Action) -> Clone:
    """Return the checkout whose files the action changes."""
    return (picture.stacks if action.environment else picture.charts).clone


def _behind_links(clone: Clone, path: str) -> str:
    """Return the file of the checkout that a path leads to; reading it told if it leads out."""
    top = clone.repository.toplevel
    return (top / path).resolve().relative_to(top.resolve()).as_posix()


def _stands_already(clone: Clone, changes: Mapping[str, TextChange]) -> bool:
    """Tell whether the work tree holds the whole outcome, uncommitted."""
    work_tree = WorkTree(clone)
    for path, change in changes.items():
        if path not in clone.state.dirty:
            return False
        work = work_tree.editable(path)
        # Git may give a work tree other line ends than the commit has.
        if work is None or work.replace("\r\n", "\n") != change.after.replace("\r\n", "\n"):
            return False
    return True


def _two_checkouts(cut: CutVersion) -> Reason:
    return Reason(
        "two-checkouts",
        "the change spans the checkout of the stack files and the one of the charts",
        f"cut the version there first: hmco cut {cut.chart} {cut.version}; once it has landed and "
        "is tagged, promote it here",
    )


def in_the_way(picture: Picture, prepared: Prepared) -> Iterator[Reason]:
    """Yield what in the checkout keeps the changes from being written, such as other edits."""
    action, clone = prepared.action, clone_of(picture, prepared.action)
    yield from _unfinished(clone)
    dirty = {path for path in (*prepared.named, *prepared.changes) if path in clone.state.dirty}
    if action.command == "promote" and action.cut:
        # It would be part of the version without having run anywhere.
        folder = f"{picture.folder_of(action.cut.chart)}/"
        dirty |= {path for path in picture.charts.clone.state.dirty if path.startswith(folder)}
    if dirty:
        has = "have" if len(dirty) > 1 else "has"
        yield Reason(
            "dirty",
            f"{', '.join(sorted(dirty))} {has} changes that are not committed",
            f"commit them, or put them aside: {clone.repository.git} stash --include-untracked",
        )


def _unfinished(clone: Clone) -> Iterator[Reason]:
    """Yield what must be finished in a checkout before a command may change files."""
    state, git = clone.state, clone.repository.git
    if state.commit is None:
        yield Reason(
            "no-commit", "the repository has no commit yet", "commit the stack files first"
        )
    if state.unmerged:
        listed = ", ".join(sorted(state.unmerged))
        verb = "have" if len(state.unmerged) > 1 else "has"
        yield Reason("unmerged", f"{listed} {verb} merge conflicts", "resolve and commit them")
    if state.unfinished:
        yield Reason(
            "unfinished",
            f"a {state.unfinished} is unfinished here",
            f"finish it or abort it: {git} {state.unfinished} --abort"
            if state.unfinished != "bisect"
            else f"finish it: {git} bisect reset",
        )
