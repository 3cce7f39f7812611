"""`hmco workflows`: the files below `.github/workflows`, written or compared."""

from collections.abc import Mapping
from pathlib import Path

import click

from release.cli.options import json_option, repo_option
from release.cli.output import print_json, say
from release.cli.session import Session
from release.cli.stalefiles import stale_below, write_stale
from release.estate import Estate
from release.github.generated import RepositoryFiles
from release.github.names import WORKFLOWS
from release.github.workflows.listed import workflow_files
from release.github.workflows.parts import Sources
from release.repository.git.refs import default_branch, read_refs
from release.repository.picture import work_tree
from release.repository.workspace import Workspace


@click.command
@click.option("--check", "compare", is_flag=True, help="Write nothing; fail where a file is stale.")
@json_option
@repo_option
@click.pass_context
def workflows(ctx: click.Context, *, compare: bool, as_json: bool, repo: Path | None) -> None:
    """Write the workflow files that registry and stack files ask for.

    A file of ours that is no longer wanted is deleted; files that others made stay as they are.
    """
    session: Session = ctx.obj
    workspace = session.workspace(repo)
    stale = stale_files(session, workspace)
    if not compare and stale:
        write_stale(workspace.stacks.toplevel, stale)
    if as_json:
        print_json({"stale" if compare else "changed": sorted(stale)})
    else:
        for path in sorted(stale):
            say(f"{path} is not what the stack files ask for" if compare else path)
        if compare and stale:
            say("regenerate them: hmco workflows")
        elif not stale:
            say("every workflow file is what registry and stack files ask for")
    ctx.exit(int(compare and bool(stale)))


def stale_files(session: Session, workspace: Workspace) -> Mapping[str, str | None]:
    """Return path -> text of each file that is not as it must be; None where it must not be."""
    wanted = RepositoryFiles(workflow_files(sources_of(session, workspace)), {}, {})
    return stale_below(workspace.stacks.toplevel, wanted, WORKFLOWS)


def sources_of(session: Session, workspace: Workspace) -> Sources:
    """Return what the workflows are made from, as the files of the checkout say it now."""
    estate = work_tree(session.registry, workspace).estate
    folder = workspace.program.relative_to(workspace.stacks.toplevel).as_posix()
    return Sources(estate, _branch(estate, workspace), "" if folder == "." else folder)


def _branch(estate: Estate, workspace: Workspace) -> str:
    """Return the branch that changes land on: as the settings say it, or else as the clone does."""
    governed = estate.governed
    if governed is not None:
        return governed[1].default_branch
    return default_branch(read_refs(workspace.stacks)).name
