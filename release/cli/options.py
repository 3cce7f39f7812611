"""Options that several commands share, and completion that knows charts and environments."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from release.cli.session import Session

Command = TypeVar("Command", bound=Callable[..., Any])


def absent_if_empty(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    """Take an empty option for one that is not there: a workflow passes every field it has."""
    return value or None


def complete_charts(
    ctx: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete the name of a top-level chart."""
    return _items(_session(ctx).registry.by_name, incomplete)


def complete_sub_charts(
    ctx: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete the name of any chart."""
    registry = _session(ctx).registry
    return _items((*registry.by_name, *registry.sub_by_name), incomplete)


def complete_environments(
    ctx: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete the name of an environment from the stack files' names alone."""
    from release.settings.stackfile import environment_of  # noqa: PLC0415 -- only completion needs it here

    try:
        program = _session(ctx).workspace(ctx.params.get("repo")).program
        names = [environment_of(path.name) for path in program.glob("Pulumi.*.yaml")]
    except Exception:  # noqa: BLE001 -- a shell that completes must never see a traceback
        return []
    return _items([name for name in names if name], incomplete)


def complete_versions(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete a version from the chart's tags, newest first, and the bump keywords."""
    from release.promotion.bumps import KEYWORDS  # noqa: PLC0415
    from release.repository.git.refs import read_refs  # noqa: PLC0415 -- as above
    from release.versions import is_version, parse_version  # noqa: PLC0415

    registry = _session(ctx).registry
    charts = {*registry.by_name, *registry.sub_by_name}
    # Behind an option without its value click has not sorted the arguments out yet.
    chart = ctx.params.get("chart") or next((arg for arg in ctx.args if arg in charts), None)
    keywords = KEYWORDS if param.name == "version" and ctx.command.name != "rollback" else ()
    try:
        tags = read_refs(_session(ctx).workspace(ctx.params.get("repo")).charts).tags
    except Exception:  # noqa: BLE001 -- as above
        return _items(keywords, incomplete)
    versions = [name.removeprefix(f"{chart}-") for name in tags if name.startswith(f"{chart}-")]
    newest_first = sorted(filter(is_version, versions), key=parse_version, reverse=True)
    return [CompletionItem(n) for n in (*keywords, *newest_first) if n.startswith(incomplete)]


def completing(
    names: Callable[[], Iterable[str]],
) -> Callable[[click.Context, click.Parameter, str], list[CompletionItem]]:
    """Return the completion of names that need no checkout, in their own order."""
    return lambda _ctx, _param, incomplete: [
        CompletionItem(name) for name in names() if name.startswith(incomplete)
    ]


def complete_versions_or_charts(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete the one chart's version, or the name of a further chart."""
    charts = complete_charts(ctx, param, incomplete)
    return [*complete_versions(ctx, param, incomplete), *charts]


def _session(ctx: click.Context) -> Session:
    session = ctx.find_object(Session)
    if session is None:
        # Completion builds its contexts without running the program's start.
        from datetime import UTC, datetime  # noqa: PLC0415

        return Session(clock=lambda: datetime.now(UTC))
    return session


def _items(names: Iterable[str], incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(name) for name in sorted(names) if name.startswith(incomplete)]


environment_option = click.option(
    "--env", "environment", required=True, metavar="ENV", shell_complete=complete_environments
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
    help="The checkout of the charts; the current one by default.",
)
json_option = click.option(
    "--json", "as_json", is_flag=True, help="Write JSON (see hmco schema) instead of text."
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
    help="Say in one line what it does to the cluster; renders both versions.",
)
accept_bump_option = click.option(
    "--accept-bump",
    metavar="REASON",
    callback=absent_if_empty,
    help="Why the number may be smaller than what changed; recorded in changelog and commit.",
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
