"""`hmco plan`: what a change does to every environment, rendered and judged."""

import os
import shlex
from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

import click

from release.cli.options import Count, completing, json_option, repo_option
from release.cli.output import Cell, print_json, print_lines, print_table, say
from release.cli.session import Session

if TYPE_CHECKING:
    from release.plan.change import Plan

_STYLES: Final = {
    "danger": "bold red",
    "caution": "yellow",
    "added": "green",
    "removed": "red",
    "changed": "yellow",
    "place": "cyan",
    "heading": "bold",
    "remark": "dim",
    "summary": "bold",
    "name": "bold",
}


_STAYS: Final = "the work tree before and after, since --base and --head name stack files"


def _flags(_session: Session) -> list[str]:
    from release.plan.explain import explained_names  # noqa: PLC0415 -- only completion needs it

    return explained_names()


@click.command
@click.option(
    "--base",
    metavar="REV",
    help="The state before; where this branch left the trunk by default.",
)
@click.option("--head", metavar="REV", help="The state after; the work tree by default.")
@json_option
@click.option("--markdown", is_flag=True, help="Write Markdown for a pull request's comment.")
@click.option("--summary", is_flag=True, help="Leave the objects' own lines out.")
@click.option("--exit-code", is_flag=True, help="End with 1 if anything changes.")
@click.option("--network", is_flag=True, help="Let Helm fetch dependencies that a lock names.")
@click.option(
    "--between",
    nargs=3,
    metavar="ENV ENV CHART",
    help="Tell whether the second environment gets what the first one runs.",
)
@click.option(
    "--replay",
    type=Count(),
    help="Judge the last N promotions by the present rules, flags and settings.",
)
@click.option(
    "--explain", metavar="FLAG", shell_complete=completing(_flags), help="Explain one flag."
)
@repo_option
@click.pass_obj
def plan(
    session: Session,
    *,
    base: str | None,
    head: str | None,
    markdown: bool,
    summary: bool,
    exit_code: bool,
    network: bool,
    between: tuple[str, str, str] | None,
    replay: int | None,
    explain: str | None,
) -> int:
    """Show what a change does to every environment, worst first.

    Renders every chart as Argo CD would, before and after, and compares the objects. What cannot be
    rendered is unknown and never counts as unchanged. Where the charts lie in another checkout, it
    shows what the branches of both do; with --base or --head, what the stack files do alone.
    """
    if explain is not None:
        _explain(explain)
        return 0
    if between is not None:
        from release.cli.between_and_replay import tell_between  # noqa: PLC0415 -- the question asked alone

        return tell_between(session, between, network=network)
    if replay is not None:
        from release.cli.between_and_replay import tell_replay  # noqa: PLC0415 -- as above

        return tell_replay(session, replay, network=network)
    made, command = _made(session, base, head, network=network)
    if session.as_json:
        from release.plan.report import to_data  # noqa: PLC0415 -- the form asked for alone

        print_json(to_data(made))
    elif markdown:
        from release.plan.markdown import to_markdown  # noqa: PLC0415 -- as above

        click.echo(to_markdown(made, command), nl=False)
    else:
        _print(made, diffs=not summary)
    return int(exit_code and not made.empty)


def _made(
    session: Session, base: str | None, head: str | None, *, network: bool
) -> "tuple[Plan, str]":
    from release.cli.rendering import open_renderer, states_of  # noqa: PLC0415 -- --explain needs none of it
    from release.plan.compare import compare  # noqa: PLC0415 -- as above

    here = session.work_tree
    stacks, charts = here.stacks.clone, here.charts.clone
    with states_of(here) as states:
        start = base or states.merge_base(stacks, head)
        branch = not (here.one_clone or base or head)
        charts_at = states.merge_base(charts) if branch else None
        after = states.side(head)
        before = states.side(start, charts_at)
        made = compare(before, after, open_renderer(network=network), session.registry)
    if not here.one_clone:
        told = f"{charts_at[:12]} → the work tree" if charts_at else _STAYS
        remark = f"{os.path.relpath(charts.repository.toplevel)}: {told}"
        made = replace(made, remarks=(*made.remarks, remark))
    words = ["--base", start, *(("--head", head) if head else ())]
    return made, shlex.join(("hmco", "plan", *(() if charts_at else words)))


def _explain(name: str) -> None:
    from release.plan.explain import explained_names, explanation  # noqa: PLC0415 -- as above

    lines = explanation(name)
    if not lines:
        names = explained_names()
        near = ", ".join(get_close_matches(name, names, n=3))
        hint = f"Did you mean {near}?" if near else f"The flags are: {', '.join(names)}"
        raise click.UsageError(f"{name!r} is not a flag of a plan. {hint}")
    for line in lines:
        say(line, indent=9)


def _print(made: "Plan", *, diffs: bool) -> None:
    from release.plan.terminal import HEADER, detail_lines, table_rows  # noqa: PLC0415 -- as above

    if made.applications:
        rows = (
            [Cell(text, _STYLES.get(style, "")) for style, text in row] for row in table_rows(made)
        )
        print_table(HEADER, rows)
    print_lines(
        (
            # The lines of an object are its own; a sentence begins further out.
            (((text, style),), None if text.startswith(" " * 6) else 4)
            for style, text in detail_lines(made, diffs=diffs)
        ),
        _STYLES,
    )
