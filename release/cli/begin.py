"""`hmco begin`: the registry and the stack files of a repository that has charts alone."""

import os
import shlex
from pathlib import Path

import click

from release.charts.chart_yaml import ChartYaml, parse
from release.charts.record import RegistryError
from release.cli.hub import api_of
from release.cli.options import repo_option
from release.cli.output import say
from release.cli.session import Session
from release.estate import ENVIRONMENT_NAME, load_estate
from release.promotion.begin import (
    TEMPLATES,
    FoundChart,
    Place,
    other_value_files,
    registry_of,
    registry_text,
    stack_texts,
)
from release.promotion.decision import Reason, Refusal, RefusedError
from release.repository.clone import Clone
from release.repository.files import TreeFault, decoded, split
from release.repository.git.checkout import Repository
from release.repository.git.errors import GitError
from release.repository.workspace import PROJECT_FILE
from release.repository.worktree import WorkTree
from release.settings.problems import SettingsError
from release.settings.stackfile import parse_stack_file
from release.settings.types import git_address
from release.text.atomic import Change, write_all
from release.text.errors import EditRefusedError

_REGISTRY = Path("release/registry.py")


@click.command
@click.argument("environments", nargs=-1, required=True)
@click.option("--team", required=True, metavar="SLUG", help="Who owns the charts and approves.")
@repo_option
@click.pass_obj
def begin(session: Session, *, environments: tuple[str, ...], team: str) -> None:
    """Write a registry and stack files for the charts here.

    Name the ENVIRONMENTS in the order of promotion. What is written replaces the registry and the
    stack files that came with the program, as long as these are not committed; from then on edit
    them by hand.
    """
    workspace = session.workspace
    stacks, program = workspace.stacks, workspace.program.relative_to(workspace.stacks.toplevel)
    project = (program / PROJECT_FILE).as_posix()
    session.finish_interrupted()
    staged = set(split(stacks.run("ls-files", "-z")))
    # HEAD may be unborn; what other branches hold is no history of this one.
    landed = stacks.run("rev-list", "--max-count=1", "--ignore-missing", "HEAD", "--", project)
    if landed or not staged.issuperset(f"{program / _stack_file(name)}" for name in TEMPLATES):
        where = "here" if program == Path() else f"in {program}"
        raise click.UsageError(
            f"the stack files {where} are {'committed' if landed else 'staged'} already, and "
            "what an environment ran is read from their history; edit them "
            "(docs/runbooks/new-environment.md), or begin in a repository that has none: "
            "docs/runbooks/adopt.md"
        )
    wrong = [name for name in environments if not ENVIRONMENT_NAME.fullmatch(name)]
    if wrong or len(set(environments)) < len(environments):
        raise click.UsageError(
            f"{' '.join(map(ascii, wrong or environments))}: name each environment once, by "
            "lower-case letters, digits and hyphens"
        )
    disk = WorkTree(Clone(stacks))
    root, charts = _charts(workspace.charts, program)
    folder = "" if program == Path() else program.as_posix()
    beside = workspace.charts.toplevel != stacks.toplevel
    place = _place(workspace.charts, root, None if beside else folder, team)
    templates = {name: _staged(stacks, f"{program / _stack_file(name)}") for name in TEMPLATES}
    stack_files = stack_texts(charts, environments, place, templates)
    texts = {_stack_file(name): text for name, text in stack_files.items()}
    try:
        registry = registry_of(charts, environments)
        load_estate(registry, [parse_stack_file(str(file), text) for file, text in texts.items()])
    except (RegistryError, SettingsError) as error:
        wrong = [line[4:] for line in str(error).splitlines() if line.startswith("  - ")]
        remedy = "correct the chart or what you named, then begin again"
        raise RefusedError(
            Refusal(tuple(Reason("begin", f"would be written: {each}", remedy) for each in wrong))
        ) from error
    texts[_REGISTRY] = registry_text(registry)
    present = [Path(path.name) for path in workspace.program.glob("Pulumi.*.yaml")]
    before = {file: disk.editable(f"{program / file}") for file in {*texts, *present}}
    edited = [
        path
        for file, text in sorted(before.items())
        if text not in {None, texts.get(file)}
        and ((path := f"{program / file}") not in staged or text != _staged(stacks, path))
    ]
    if edited:
        raise click.UsageError(
            f"{', '.join(edited)}: edited since the program came, and Git has no copy; "
            f"edit on, or give up what they say: rm {shlex.join(edited)}"
        )
    write_all(
        stacks.toplevel,
        {program / f: Change.of_text(text, texts.get(f)) for f, text in before.items()},
    )
    for file in sorted({*present} - {*texts}):
        say(f"{program / file}: removed")
    for file in sorted(texts):
        say((program / file).as_posix())
    say("next:")
    say("  # look through them: where each chart runs, who owns it, how an environment behaves")
    for chart in charts:
        if files := other_value_files(chart, environments):
            found = ", ".join(files)
            say(f"  # {chart.name}: does anything run with {found}? By its record, nothing does")
    say(f"  git add -- {shlex.quote(os.path.relpath(workspace.program))}")


def _charts(repository: Repository, program: Path) -> tuple[str, list[FoundChart]]:
    """Return the folder that the charts lie in, and the charts; a usage error for none or two."""
    tracked = list(split(repository.run("ls-files", "-z")))
    inside = f"{program.as_posix()}/"
    folders = sorted(
        Path(name).parent
        for name in tracked
        if name.endswith("/Chart.yaml") and not name.startswith(inside)
    )
    tops = [each for each in folders if not set(each.parents) & set(folders)]
    disk = WorkTree(Clone(repository))
    for each in tops:
        if _chart_yaml(disk, each).type == "library":
            say(f"{each}: no record, since nothing deploys a library chart")
            tops = [top for top in tops if top != each]
    roots = sorted({each.parent.as_posix() for each in tops})
    if len(roots) != 1:
        found = f"charts lie in {' and in '.join(roots)}; move them"
        raise click.UsageError(
            f"{found} into one folder of {repository.toplevel}, such as charts/"
            if roots
            else f"Git has no chart in {repository.toplevel}; bring them into one folder, such as "
            f"charts/, and run: {repository.git} add -- charts"
        )
    return roots[0], [_chart(disk, top, folders, tracked) for top in tops]


def _chart(disk: WorkTree, top: Path, folders: list[Path], tracked: list[str]) -> FoundChart:
    said = _chart_yaml(disk, top)
    prefix = f"{top.as_posix()}/"
    subs = [each for each in folders if each.parent == top / "charts"]
    stated = [(sub.name, _chart_yaml(disk, sub)) for sub in subs]
    return FoundChart(
        name=top.name,
        version=said.version or "",
        purpose=said.description or f"The chart {top.name}",
        value_files=frozenset(
            name.removeprefix(prefix) for name in tracked if name.startswith(prefix)
        ),
        dependencies=tuple(
            (each.name, each.repository)
            for each in said.dependencies
            if each.repository.startswith("https://")
        ),
        sub_charts=tuple(
            (name, each.version or "", each.description or f"Part of {top.name}")
            for name, each in stated
        ),
    )


def _chart_yaml(disk: WorkTree, folder: Path) -> ChartYaml:
    path = f"{folder}/Chart.yaml"
    said = parse(disk.editable(path) or "")
    for problem in said.problems:
        if problem.code != "chart-field-missing":
            raise EditRefusedError(path, problem.message, problem.remedy, line=problem.line)
    return said


def _place(repository: Repository, root: str, folder: str | None, team: str) -> Place:
    try:
        # As it is written: a rewritten one would be this machine's.
        address = repository.run("config", "remote.origin.url").decode().strip()
    except GitError as error:
        raise click.UsageError(
            "there is no remote origin, which names owner and repository; add it: "
            f"{repository.git} remote add origin https://github.com/OWNER/NAME.git"
        ) from error
    read = git_address(address)
    owner, _, name = read.path.rpartition("/") if read else ("", "", "")
    if read is None or not owner:
        raise click.UsageError(
            "the remote origin names no owner and repository; set it: "
            f"{repository.git} remote set-url origin https://github.com/OWNER/NAME.git"
        )
    branch = Clone(repository).trunk.name
    return Place(
        # Rebuilt, since a token may stand before the host, and what is written is committed.
        address=f"{read.web}.git",
        api=f"{api_of(read.site)}/",
        owner=owner,
        name=name,
        branch=branch,
        charts=root,
        folder=folder,
        team=team,
    )


def _stack_file(environment: str) -> Path:
    return Path(f"Pulumi.{environment}.yaml")


def _staged(repository: Repository, path: str) -> str:
    text = decoded(path, repository.run("show", f":{path}"))
    if isinstance(text, TreeFault):
        raise EditRefusedError(path, text.message, "stage the file anew", line=text.line)
    return text
