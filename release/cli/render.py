"""`hmco render` and `hmco verify`: manifests without an engine, and a look at delivered ones."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import click

from release.argocd.manifestfiles import rendered_files, write_directory
from release.argocd.manifests import EnvironmentManifests
from release.argocd.verify import verify_delivery
from release.cli.options import complete_environments, json_option, repo_option
from release.cli.output import print_json, say
from release.cli.session import Session
from release.cli.workflows import write_stale
from release.estate import Environment
from release.github.generated import repository_files, stale_files
from release.github.names import RULESETS, WORKFLOWS
from release.promotion.knownnames import require_known
from release.text.counted import counted

_stacks_option = click.option(
    "--env",
    "--stack",
    "stacks",
    multiple=True,
    metavar="ENV",
    shell_complete=complete_environments,
    help="This environment alone; may be repeated.",
)


@click.command
@_stacks_option
@click.option(
    "--out",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Write DIR/<environment>/ instead of printing; stale files there are removed.",
)
@click.option(
    "--repository",
    is_flag=True,
    help="Write the files that guard the repository instead: owners, rulesets, forms, workflows.",
)
@json_option
@repo_option
@click.pass_obj
def render(
    session: Session, *, stacks: tuple[str, ...], out: Path | None, repository: bool
) -> None:
    """Write the manifests without an engine: the same bytes from the same stack files."""
    if repository:
        if out is not None or stacks:
            raise click.UsageError(
                "--repository writes into this checkout; leave --env and --out out"
            )
        _render_repository(session)
        return
    rendered = {
        environment.name: rendered_files(manifests.all)
        for environment, manifests in _manifests(session, stacks)
    }
    if out is None:
        if session.as_json:
            print_json(rendered)
            return
        for text in chain.from_iterable(files.values() for files in rendered.values()):
            click.echo(f"---\n{text}", nl=False)
        return
    changed = {name: list(write_directory(out / name, files)) for name, files in rendered.items()}
    if session.as_json:
        print_json({"directory": str(out), "changed": changed})
        return
    for name, files in changed.items():
        say(f"{out / name}: {counted(len(rendered[name]), 'file')}, {len(files)} changed")


def _render_repository(session: Session) -> None:
    top = session.workspace.stacks.toplevel
    wanted = repository_files(session.registry, session.work_tree.estate)
    stale = stale_files(wanted, session.work_tree.stacks, RULESETS, WORKFLOWS)
    write_stale(top, stale)
    if session.as_json:
        print_json({"changed": sorted(stale), "leftOut": dict(wanted.left_out)})
        return
    for path in sorted(stale):
        say(f"{path}: removed" if stale[path] is None else path)
    for path, slugs in wanted.left_out.items():
        say(f"{path}: not written, the settings lack the IDs of {_and(slugs)}")
    for slug, command in wanted.questions.items():
        say(f"  {slug}: {command}")
    if not wanted.files:
        say("no stack file has hmco:repository, so nothing guards the repository")
    elif not stale:
        say(f"{counted(len(wanted.files), 'file')}, each as registry and stack files say")


def _and(words: tuple[str, ...]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


@click.command
@_stacks_option
@json_option
@repo_option
@click.pass_obj
def verify(session: Session, stacks: tuple[str, ...]) -> int:
    """Compare delivered manifests with the stack files; fails where one is not as it must be."""
    program = session.workspace.program
    found = (verify_delivery(program, *each) for each in _manifests(session, stacks))
    reports = [report for report in found if report is not None]
    if session.as_json:
        print_json({report.environment: dict(report.faults) for report in reports})
    else:
        for report in reports:
            for line in report.lines():
                say(line)
    return int(any(report.faults for report in reports))


def _manifests(
    session: Session, stacks: tuple[str, ...]
) -> Iterator[tuple[Environment, EnvironmentManifests]]:
    """Yield the named environments, by default all of them; all are judged with each other."""
    # What watches and tells needs libraries that a command about something else does not.
    from release.monitoring.whole import whole_environment  # noqa: PLC0415

    estate, program = session.work_tree.estate, session.workspace.program
    require_known(estate, environments=stacks)
    for name in dict.fromkeys(stacks or estate.environments):
        place = estate.environments[name]
        yield place, whole_environment(session.registry, estate, place, program)
