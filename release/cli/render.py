"""`hmco render` and `hmco verify`: manifests without an engine, and a look at delivered ones."""

from collections.abc import Iterable
from pathlib import Path

import click

from release.argocd.manifestfiles import rendered_files, write_directory
from release.argocd.manifests import EnvironmentManifests
from release.argocd.verify import DeliveryReport, verify_delivery
from release.cli.options import complete_environments, json_option, repo_option
from release.cli.output import print_json, say
from release.cli.session import Session
from release.cli.stalefiles import stale_below, write_stale
from release.estate import Environment, Estate
from release.github.generated import repository_files
from release.github.names import RULESETS, WORKFLOWS
from release.promotion.knownnames import require_known
from release.repository.picture import work_tree
from release.repository.workspace import Workspace
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
@click.pass_context
def render(
    ctx: click.Context,
    *,
    stacks: tuple[str, ...],
    out: Path | None,
    repository: bool,
    as_json: bool,
    repo: Path | None,
) -> None:
    """Write the manifests without an engine: the same bytes from the same stack files."""
    session: Session = ctx.obj
    if repository:
        if out is not None or stacks:
            raise click.UsageError(
                "--repository writes into this checkout; leave --stack and --out"
            )
        _render_repository(session, session.workspace(repo), as_json=as_json)
        return
    workspace = session.workspace(repo)
    program = workspace.program
    rendered = {
        environment.name: rendered_files(_objects(session, program, environment, estate).all)
        for estate, environment in _chosen(session, workspace, stacks)
    }
    if out is None:
        _print(rendered, as_json=as_json)
        return
    changed = {name: list(write_directory(out / name, files)) for name, files in rendered.items()}
    if as_json:
        print_json({"directory": str(out), "changed": changed})
        return
    for name, files in changed.items():
        say(f"{out / name}: {counted(len(rendered[name]), 'file')}, {len(files)} changed")


def _render_repository(session: Session, workspace: Workspace, *, as_json: bool) -> None:
    top = workspace.stacks.toplevel
    estate = work_tree(session.registry, workspace).estate
    wanted = repository_files(session.registry, estate)
    stale = stale_below(top, wanted, RULESETS, WORKFLOWS)
    write_stale(top, stale)
    if as_json:
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


def _print(rendered: dict[str, dict[str, str]], *, as_json: bool) -> None:
    if as_json:
        print_json(rendered)
        return
    for files in rendered.values():
        for text in files.values():
            click.echo(f"---\n{text}", nl=False)


@click.command
@_stacks_option
@json_option
@repo_option
@click.pass_context
def verify(ctx: click.Context, stacks: tuple[str, ...], as_json: bool, repo: Path | None) -> None:
    """Compare delivered manifests with the stack files; exit 1 if any file is not as it must be."""
    session: Session = ctx.obj
    workspace = session.workspace(repo)
    reports = [
        report
        for estate, environment in _chosen(session, workspace, stacks)
        if (report := _report(session, workspace.program, environment, estate)) is not None
    ]
    if as_json:
        print_json({report.environment: dict(report.faults) for report in reports})
    else:
        for report in reports:
            for line in report.lines():
                say(line)
    ctx.exit(1 if any(report.faults for report in reports) else 0)


def _objects(
    session: Session, program: Path, environment: Environment, estate: Estate
) -> EnvironmentManifests:
    # What watches and tells needs libraries that a command about something else does not.
    from release.monitoring.whole import whole_environment  # noqa: PLC0415

    return whole_environment(session.registry, estate, environment, program)


def _report(
    session: Session, program: Path, environment: Environment, estate: Estate
) -> DeliveryReport | None:
    manifests = _objects(session, program, environment, estate)
    return verify_delivery(program, environment, manifests)


def _chosen(
    session: Session, workspace: Workspace, stacks: tuple[str, ...]
) -> Iterable[tuple[Estate, Environment]]:
    """Return the named environments, by default all of them; all are judged with each other."""
    estate = work_tree(session.registry, workspace).estate
    require_known(estate, environments=stacks)
    chosen = dict.fromkeys(stacks or estate.environments)
    return [(estate, estate.environments[name]) for name in chosen]
