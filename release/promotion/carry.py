"""Carrying a decision out: the texts that it makes, and what stands in its way in the checkout."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from release.promotion.decision import Decision, Plan, Reason, Refusal, refuse
from release.promotion.texts import Layout, TextChange, edited_texts
from release.repository.clone import Clone
from release.repository.files import Files
from release.repository.picture import Picture
from release.repository.worktree import WorkTree
from release.text.atomic import Change, recover, write_all


@dataclass(frozen=True, slots=True)
class Prepared:
    """A plan and the files that it changes; `stands` if the work tree holds all that already.

    `named` has the same changes by the names under which they are read, where those are links.
    """

    plan: Plan
    changes: Mapping[Path, TextChange]
    stands: bool = False
    named: Mapping[Path, TextChange] = field(default_factory=lambda: MappingProxyType({}))


def layout_of(picture: Picture) -> Layout:
    """Return where the files of a picture are on disk."""
    top = picture.charts.clone.repository.toplevel
    return Layout(picture.program_folder, top, picture.charts_folder)


def prepare(picture: Picture, decision: Decision) -> Prepared | Refusal:
    """Compute every text of a decision on what is committed, or tell why it cannot be written.

    Running a command twice decides the same: edits that stand in the work tree already are left
    alone, other uncommitted edits there are refused.
    """
    if isinstance(decision, Refusal):
        return decision
    if decision.done_already:
        return Prepared(_with_uncommitted(picture, decision), {}, stands=True)
    named = edited_texts(
        decision,
        picture.estate,
        layout_of(picture),
        lambda path: _files_of(picture, path).editable(relative(picture, path)),
    )
    # Git commits what lies behind a link, so that is what is changed and told.
    changes = {_behind_links(picture, path): change for path, change in named.items()}
    if _stands_already(picture, changes):
        return Prepared(decision, changes, stands=True)
    blocking = _blocking(picture, decision, dict.fromkeys((*named, *changes)))
    return refuse(blocking) or Prepared(decision, changes, named=named)


def _with_uncommitted(picture: Picture, plan: Plan) -> Plan:
    """Return the plan that changes nothing, with a word on the edits that it did not count."""
    for path in picture.stack_paths([plan.environment] if plan.environment else []).values():
        file = picture.stacks.clone.repository.toplevel / path
        if _is_dirty(picture, _behind_links(picture, file)):
            told = f"{plan.summary} (a change of {path} is not committed)"
            return replace(plan, summary=told)
    return plan


def write(picture: Picture, prepared: Prepared) -> None:
    """Write all files of a prepared plan, or none."""
    top = _files_of(picture, next(iter(prepared.changes))).clone.repository.toplevel
    changes = {
        path.relative_to(top): Change.of_text(change.before, change.after)
        for path, change in prepared.changes.items()
    }
    write_all(top, changes)


def finish_interrupted(picture: Picture) -> tuple[str, ...]:
    """Finish a write that was interrupted, and return the files that it finished."""
    tops = dict.fromkeys(f.clone.repository.toplevel for f in (picture.charts, picture.stacks))
    return tuple(path.as_posix() for top in tops for path in recover(top))


def relative(picture: Picture, path: Path) -> str:
    """Return the path of a plan's file as Git names it."""
    return path.relative_to(_files_of(picture, path).clone.repository.toplevel).as_posix()


def _files_of(picture: Picture, path: Path) -> Files:
    """Return the checkout that a path lies in, the inner one where one lies in the other."""
    holding = [
        files
        for files in (picture.charts, picture.stacks)
        if path.is_relative_to(files.clone.repository.toplevel)
    ]
    return max(holding, key=lambda files: len(files.clone.repository.toplevel.parts))


def _behind_links(picture: Picture, path: Path) -> Path:
    """Return the file of the checkout that a path leads to; reading it told if it leads out."""
    top = _files_of(picture, path).clone.repository.toplevel
    return top / path.resolve().relative_to(top.resolve())


def _is_dirty(picture: Picture, path: Path) -> bool:
    return relative(picture, path) in _files_of(picture, path).clone.state.dirty


def _stands_already(picture: Picture, changes: Mapping[Path, TextChange]) -> bool:
    """Tell whether the work tree holds the whole outcome, uncommitted."""
    for path, change in changes.items():
        if not _is_dirty(picture, path):
            return False
        work = WorkTree(_files_of(picture, path).clone).editable(relative(picture, path))
        # Git may give a work tree other line ends than the commit has.
        if work is None or work.replace("\r\n", "\n") != change.after.replace("\r\n", "\n"):
            return False
    return True


def _blocking(picture: Picture, plan: Plan, changes: Iterable[Path]) -> Iterator[Reason]:
    clones = dict.fromkeys(_files_of(picture, path).clone for path in changes)
    if len(clones) > 1:
        yield Reason(
            "two-checkouts",
            "the change spans the checkout of the stack files and the one of the charts",
            "cut the version there first (hmco cut), then promote it here",
        )
    for clone in clones:
        yield from _unfinished(clone)
    dirty = {relative(picture, path) for path in changes if _is_dirty(picture, path)}
    if plan.command == "promote" and plan.cut:
        # It would be part of the version without having run anywhere.
        folder = f"{picture.folder_of(plan.cut.chart)}/"
        dirty |= {path for path in picture.charts.clone.state.dirty if path.startswith(folder)}
    if dirty:
        has = "have" if len(dirty) > 1 else "has"
        yield Reason(
            "dirty",
            f"{', '.join(sorted(dirty))} {has} changes that are not committed",
            "commit them, or put them aside: git stash --include-untracked",
        )


def _unfinished(clone: Clone) -> Iterator[Reason]:
    """Yield what must be finished in a checkout before a command may change files."""
    state = clone.state
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
            f"finish it or abort it: git {state.unfinished} --abort"
            if state.unfinished != "bisect"
            else "finish it: git bisect reset",
        )
