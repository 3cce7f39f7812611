"""`hmco metrics`: how releasing goes, in numbers from Git alone."""

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Final

import click

from release.cli.options import complete_charts, environments_option, json_option, repo_option
from release.cli.output import Cell, print_json, print_table, say, say_skipped
from release.cli.session import Session
from release.metrics.deployments import Place
from release.metrics.numbers import Metrics, Numbers, Window
from release.metrics.numbers import metrics as numbers_of
from release.metrics.openmetrics_families import families
from release.metrics.reading import read_timeline
from release.metrics.row import COLUMNS, NONE, texts
from release.promotion.knownnames import require_known
from release.text.errors import EditRefusedError

_STYLES: Final = {"FAILED": "bold red", "BEHIND BY": "yellow", "SKIPPED GATES": "bold yellow"}
"""Columns that stand out where they are not zero."""
_AGO: Final = re.compile(r"([1-9]\d{0,4})d")


def _start(ctx: click.Context, _param: click.Parameter, text: str) -> datetime:
    """Return when the period starts: a day (2026-01-31, by UTC), or so many days back (30d)."""
    if ago := _AGO.fullmatch(text):
        return ctx.ensure_object(Session).now - timedelta(days=int(ago[1]))
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError as error:
        message = (
            f"{text!r} is neither a day, such as 2026-12-31, nor a number of them, such as 30d"
        )
        raise click.BadParameter(message) from error


@click.command
@click.option(
    "--since",
    callback=_start,
    default="30d",
    show_default=True,
    metavar="DAY|Nd",
    help="Where the period begins: on a day (YYYY-MM-DD, by UTC), or so many days ago.",
)
@environments_option
@click.option(
    "--chart",
    "charts",
    multiple=True,
    metavar="CHART",
    shell_complete=complete_charts,
    help="This chart alone, a row for each environment; may be repeated.",
)
@click.option(
    "--html",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a report with charts to this file.",
)
@click.option("--openmetrics", is_flag=True, help="Write OpenMetrics text for Prometheus.")
@json_option
@repo_option
@click.pass_obj
def metrics(
    session: Session,
    *,
    since: datetime,
    environments: tuple[str, ...],
    charts: tuple[str, ...],
    html: Path | None,
    openmetrics: bool,
) -> None:
    """Show deployments, failures, times and drift as the trunk's history tells them.

    docs/metrics.md defines every number.
    """
    picture = session.committed()
    require_known(picture.estate, charts, environments)
    timeline = read_timeline(
        picture.estate, picture.stacks.clone, picture.charts.clone, picture.stack_paths()
    )

    def keep(place: Place) -> bool:
        return (not environments or place[0] in environments) and (not charts or place[1] in charts)

    result = numbers_of(timeline, Window(since, session.now), keep)
    say_skipped(timeline.skipped)
    if html is not None:
        from release.metrics.html import report  # noqa: PLC0415 -- needs a library

        _write(html, report(timeline, result))
        say(f"written: {html}", err=session.as_json or openmetrics)
    if openmetrics:
        from release.metrics.exposition import text_of  # noqa: PLC0415 -- needs a library

        click.echo(text_of(families(timeline, result.told, result.standing)), nl=False)
    elif session.as_json:
        from release.metrics.document import document  # noqa: PLC0415 -- as above

        print_json(document(timeline, result))
    elif html is None:
        _print(result, charts, environments)


def _write(path: Path, text: str) -> None:
    """Put the text there whole or not at all; EditRefusedError where it cannot be."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        # What stopped the write can stop this too.
        with suppress(OSError):
            temporary.unlink()
        reason = f"cannot be written ({error.strerror or error})"
        raise EditRefusedError(str(path), reason, "name another file with --html") from error


def _print(result: Metrics, charts: tuple[str, ...], environments: tuple[str, ...]) -> None:
    window = result.window
    say(
        f"{window.since:%Y-%m-%d %H:%M} to {window.until:%Y-%m-%d %H:%M} UTC, landings on the trunk"
    )
    if charts:
        where = " or ".join(environments) or "any environment"
        for chart in sorted({*charts} - {place[1] for place in result.places}):
            since = f"none has landed there since {window.since:%Y-%m-%d}"
            say(f"{chart}: no version is pinned in {where}, and {since}")
        if not result.places:
            return
        places = sorted(result.places, key=lambda place: place[1])
        rows = [
            (Cell(place[1], "bold"), Cell(place[0]), *_cells(result, result.places[place], [place]))
            for place in places
        ]
        print_table(("CHART", "ENV", *COLUMNS), rows)
        return
    drifting = {
        name: [p for p in result.standing.drift if p[0] == name] for name in result.environments
    }
    rows = [
        (Cell(name, "bold"), *_cells(result, numbers, drifting[name]))
        for name, numbers in result.environments.items()
    ]
    print_table(("ENV", *COLUMNS), rows)


def _cells(result: Metrics, numbers: Numbers, places: Iterable[Place]) -> Iterator[Cell]:
    for column, text in zip(COLUMNS, texts(result, numbers, places), strict=True):
        is_zero = text == NONE or text.startswith("0")
        yield Cell(text, "" if is_zero else _STYLES.get(column, ""))
