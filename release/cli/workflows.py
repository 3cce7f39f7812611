"""`hmco workflows`: the files below `.github/workflows`, written or compared."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click

from release.cli.options import json_option, repo_option
from release.cli.output import print_json, say
from release.cli.session import Session
from release.github.generated import RepositoryFiles, stale_files
from release.github.names import WORKFLOWS
from release.github.workflows.listed import workflow_files
from release.github.workflows.parts import Sources
from release.promotion.decision import Reason, Refusal, RefusedError
from release.text.atomic import Change, read_text, recover, write_all

_TWO_CHECKOUTS: Final = Reason(
    "two-checkouts",
    "workflows work in one repository that holds charts and stack files, and these are two",
    "leave them out, or bring the program to the charts (docs/runbooks/adopt.md)",
)


@click.command
@click.option("--check", "compare", is_flag=True, help="Write nothing; fail where a file is stale.")
@json_option
@repo_option
@click.pass_obj
def workflows(session: Session, *, compare: bool) -> int:
    """Write the workflow files that registry and stack files ask for.

    A file of ours that is no longer wanted is deleted; files that others made stay as they are.
    They work in one repository that holds the charts and the program.
    """
    session.require_charts(session.work_tree)
    if not session.work_tree.one_clone:
        raise RefusedError(Refusal((_TWO_CHECKOUTS,)))
    stale = stale_workflows(session)
    if not compare and stale:
        write_stale(session.workspace.stacks.toplevel, stale)
    if session.as_json:
        print_json({"stale" if compare else "changed": sorted(stale)})
    else:
        for path in sorted(stale):
            say(f"{path} is not what the stack files ask for" if compare else path)
        if compare and stale:
            say("regenerate them: hmco workflows")
        elif not stale:
            say("every workflow file is what registry and stack files ask for")
    return int(compare and bool(stale))


def stale_workflows(session: Session) -> Mapping[str, str | None]:
    """Return path -> text of each file that is not as it must be; None where it must not be."""
    wanted = RepositoryFiles(workflow_files(sources_of(session)), {}, {})
    return stale_files(wanted, session.work_tree.stacks, WORKFLOWS)


def write_stale(top: Path, stale: Mapping[str, str | None]) -> None:
    """Write all of these files, and delete those that must not be there, or do nothing.

    An interrupted write is finished first.
    """
    recover(top)
    for path in stale:
        (top / path).parent.mkdir(parents=True, exist_ok=True)
    write_all(
        top, {Path(path): Change.of_text(_present(top / path), t) for path, t in stale.items()}
    )


def _present(file: Path) -> str | None:
    return read_text(file) if file.is_file() else None


def sources_of(session: Session) -> Sources:
    """Return what the workflows are made from, as the files of the checkout say it now.

    The branch that changes land on is the settings' word, or else the clone's.
    """
    here = session.work_tree
    governed = here.estate.governed
    branch = governed[1].default_branch if governed else here.stacks.clone.trunk.name
    return Sources(here.estate, branch, here.program)
