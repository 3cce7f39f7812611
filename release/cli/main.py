"""The command group. A command's module is imported when the command runs, and not before."""

import atexit
import gc
import os
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import click

from release.cli.lazy import LazyGroup
from release.cli.session import Session, utc_now

if TYPE_CHECKING:
    from release.charts.record import Registry

COMMANDS: Final = {
    "adopt": ("release.cli.adopt", "Give a repository its first tags and a baseline."),
    "begin": ("release.cli.begin", "Write a registry and stack files for the charts here."),
    "ci": ("release.cli.ci", "Run one step of a workflow."),
    "check": ("release.cli.check", "Find everything that would make a release fail or lie."),
    "completion": ("release.cli.completion", "Print the completion script of a shell."),
    "cut": ("release.cli.cut", "Make a chart's next version."),
    "metrics": ("release.cli.metrics", "Show how releasing goes, in numbers from Git."),
    "doctor": ("release.cli.doctor", "Show what the workflows still need; read-only."),
    "diff": ("release.cli.diff", "Show what the stack files here change."),
    "freeze": ("release.cli.freeze", "Stop promotions into an environment for some days."),
    "history": ("release.cli.history", "Show who moved a chart, when, why and approved by whom."),
    "hold": ("release.cli.hold", "Let nothing but a rollback move a chart."),
    "plan": ("release.cli.plan", "Show what a change does to every environment."),
    "promote": ("release.cli.promote", "Move a chart's version into an environment."),
    "release": ("release.cli.release", "Tag and release what has landed."),
    "render": ("release.cli.render", "Write the manifests without an engine."),
    "rollback": ("release.cli.rollback", "Go back to an earlier version and hold it."),
    "schema": ("release.cli.schema", "Print the JSON Schema of an output or a file."),
    "status": ("release.cli.status", "Show what runs where, for how long, what stops it."),
    "unfreeze": ("release.cli.freeze", "Lift the freezes of an environment."),
    "unhold": ("release.cli.hold", "Lift a hold."),
    "workflows": ("release.cli.workflows", "Write the workflow files for GitHub."),
    "verify": ("release.cli.render", "Compare delivered manifests with the stack files."),
}
"""Each command's module and its line in `hmco --help`, which must not import the command."""

_EPILOG: Final = """\
\b
A day with hmco:
  hmco status                                  what runs where
  hmco check                                   every rule, each with its fix
  hmco plan                                    what this branch changes
  hmco cut api-gateway minor                   make a version
  hmco promote api-gateway minor --to staging  cut and move it at once
  hmco promote data-platform --to prod         once it has soaked
  hmco rollback storage --env prod             the last good version, held
  hmco hold vault --env prod --reason audit    until hmco unhold
  hmco history --env prod                      who, when, why
Nothing is committed for you; --dry-run shows the diff, --json is for tools.
"""


def _tell_version(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from release.cli.version import version_line  # noqa: PLC0415 -- it asks git

        click.echo(version_line())
        ctx.exit()


@click.group(
    cls=LazyGroup,
    table=COMMANDS,
    name="hmco",
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_tell_version,
    help="Show which release program this is and exit.",
)  # fmt: skip  # one option, few lines
def hmco() -> None:
    """Release HMCo's Helm charts: versions, promotions, rollbacks.

    Exit codes: 0 done, 1 refused or findings, 2 usage error.
    """


def main(
    args: Sequence[str] | None = None,
    *,
    registry: "Registry | None" = None,
    clock: Callable[[], datetime] = utc_now,
) -> int:
    """Run one command and return its exit code; tests and benchmarks bring a registry and a clock.

    Every error of the domain ends here: on stderr for people, as an object on stdout with --json.
    """
    _open_closed_streams()
    # What a command makes it needs until its end; to look for garbage meanwhile finds nothing.
    gc.disable()
    try:
        return _run(list(sys.argv[1:] if args is None else args), registry, clock)
    finally:
        gc.enable()


def _run(given: list[str], registry: "Registry | None", clock: Callable[[], datetime]) -> int:
    session = Session(clock=clock, given_registry=registry)
    try:
        outcome: Any = hmco.main(given, prog_name="hmco", obj=session, standalone_mode=False)
    except Exception as error:
        # The explanation knows every error of the domain, and imports what it needs only now.
        explain = import_module("release.cli.failure").explain
        code = explain(error, given)
        if code is None:
            raise
        return int(code)
    except KeyboardInterrupt:
        return _INTERRUPTED
    return outcome if isinstance(outcome, int) else 0


# Python looks for garbage once more before it ends, through all that a command has made.
atexit.register(gc.freeze)


def _open_closed_streams() -> None:
    """Give a stream that the caller closed (`>&-`) a place, so that nothing else takes it.

    To write an answer there fails: it would be lost without a word.
    """
    for name, mode, access in (
        ("stdin", "r", os.O_RDONLY),
        ("stdout", "w", os.O_RDONLY),
        ("stderr", "w", os.O_WRONLY),
    ):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, access), mode, encoding="utf-8"))


_INTERRUPTED: Final = 130
"""What shells report for a program that Ctrl-C ended."""
