"""Options that several commands share, and completion that knows charts and environments."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from release.cli.session import Session

Command = TypeVar("Command", bound=Callable[..., Any])
Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


class Count(click.ParamType[int]):
    """How many of something: a whole number above zero."""

    name = "N"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number, or fail in words that say what one looks like."""
        if not value.isdecimal() or not int(value):
            self.fail(f"{value!r} is not a whole number above zero, such as 10", param, ctx)
        return int(value)


def absent_if_empty(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    """Take an empty option for one that is not there: a workflow passes every field it has."""
    return value or None


def completing(names: Callable[[Session], Iterable[str]]) -> Complete:
    """Return the completion of names in their own order; none where they cannot be told."""

    def complete(
        ctx: click.Context, _param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        try:
            found = names(ctx.ensure_object(Session))
            return [CompletionItem(name) for name in found if name.startswith(incomplete)]
        except Exception:  # noqa: BLE001 -- a shell that completes must never see a traceback
            return []

    return complete


def _environments(session: Session) -> list[str]:
    """Return the environments by the stack files' names alone."""
    from release.settings.stackfile import environment_of  # noqa: PLC0415 -- only completion needs it here

    files = session.workspace.program.glob("Pulumi.*.yaml")
    return sorted(filter(None, (environment_of(path.name) for path in files)))


complete_charts = completing(lambda session: sorted(session.registry.by_name))
complete_sub_charts = completing(
    lambda session: sorted((*session.registry.by_name, *session.registry.sub_by_name))
)
complete_environments = completing(_environments)


def complete_versions(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete a version from the chart's tags, newest first, and the bump keywords."""
    from release.promotion.bumps import KEYWORDS  # noqa: PLC0415
    from release.repository.git.refs import read_refs  # noqa: PLC0415 -- as above
    from release.versions import is_version, parse_version  # noqa: PLC0415

    session = ctx.ensure_object(Session)
    charts = {*session.registry.by_name, *session.registry.sub_by_name}
    # Behind an option without its value click has not sorted the arguments out yet.
    chart = ctx.params.get("chart") or next((arg for arg in ctx.args if arg in charts), None)
    keywords = KEYWORDS if param.name == "version" and ctx.command.name != "rollback" else ()
    try:
        tags = read_refs(session.workspace.charts).tags
    except Exception:  # noqa: BLE001 -- as above
        tags = {}
    versions = [name.removeprefix(f"{chart}-") for name in tags if name.startswith(f"{chart}-")]
    newest_first = sorted(filter(is_version, versions), key=parse_version, reverse=True)
    return [CompletionItem(n) for n in (*keywords, *newest_first) if n.startswith(incomplete)]


def complete_versions_or_charts(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete the one chart's version, or the name of a further chart."""
    charts = complete_charts(ctx, param, incomplete)
    return [*complete_versions(ctx, param, incomplete), *charts]


def _kept(ctx: click.Context, param: click.Parameter, value: object) -> None:
    """Leave the option's value in the session, where whoever needs it finds it."""
    setattr(ctx.ensure_object(Session), param.name or "", value)


environment_option = click.option(
    "--env",
    "environment",
    required=True,
    metavar="ENV",
    shell_complete=complete_environments,
    help="The environment.",
)
environments_option = click.option(
    "--env",
    "environments",
    multiple=True,
    metavar="ENV",
    shell_complete=complete_environments,
    help="This environment alone; may be repeated.",
)
repo_option = click.option(
    "--repo",
    type=click.Path(path_type=Path),
    envvar="HMCO_REPO",
    show_envvar=True,
    expose_value=False,
    callback=_kept,
    help="The checkout of the charts; the current one by default.",
)
json_option = click.option(
    "--json",
    "as_json",
    is_flag=True,
    expose_value=False,
    callback=_kept,
    help="Write JSON (see hmco schema) instead of text.",
)
dry_run_option = click.option("--dry-run", is_flag=True, help="Show the diff and change nothing.")
pull_request_option = click.option(
    "--pull-request",
    is_flag=True,
    help="Open the pull request on GitHub (with GITHUB_TOKEN) and leave the files here alone.",
)
by_option = click.option(
    "--by", callback=absent_if_empty, help="Who holds the chart; Git's user by default."
)
until_option = click.option(
    "--until",
    metavar="DAY",
    callback=absent_if_empty,
    help="The hold's last day (YYYY-MM-DD); none by default.",
)
note_option = click.option(
    "--note",
    multiple=True,
    metavar='"KIND: TEXT"',
    help="A changelog entry, such as 'Fixed: leak'; may be repeated.",
)
plan_option = click.option(
    "--plan",
    "show_plan",
    is_flag=True,
    help="Say of each move in one line what it does to the cluster; renders both versions.",
)
accept_bump_option = click.option(
    "--accept-bump",
    metavar="REASON",
    callback=absent_if_empty,
    help="Why the number may promise less than the change does; goes into changelog and commit.",
)


def chart_argument(
    *, sub_charts: bool = False, required: bool = True
) -> Callable[[Command], Command]:
    """Add CHART, completed from the registry."""
    return click.argument(
        "chart",
        required=required,
        shell_complete=complete_sub_charts if sub_charts else complete_charts,
    )


def parsed_notes(notes: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Return notes as (kind of change, text); one that names no kind counts as Changed."""
    from release.charts.changelog import SECTIONS  # noqa: PLC0415 -- completion does without it

    kinds = {kind.lower(): kind for kind in SECTIONS}
    parsed = []
    for note in notes:
        head, colon, rest = note.partition(":")
        kind = kinds.get(head.strip().lower()) if colon else None
        parsed.append((kind, rest.strip()) if kind else ("Changed", note.strip()))
    return tuple(parsed)
