"""Every error that ends a command, reported to people or to programs, with its exit code."""

import errno
import os
import sys
from collections.abc import Sequence

import click

from release.argocd.manifestfiles import RenderError
from release.charts.record import RegistryError
from release.cli.output import refuse, say
from release.github.hub.client import HubError
from release.plan.applications import ProgramError
from release.promotion.decision import Reason, Refusal, RefusedError
from release.repository.git.errors import (
    DefaultBranchError,
    GitError,
    HistoryIncompleteError,
    UnknownRevisionError,
)
from release.repository.workspace import WorkspaceError
from release.settings.problems import SettingsError
from release.text.atomic import WriteInterruptedError
from release.text.errors import EditRefusedError

_TOLD = {
    WorkspaceError: "workspace",
    HistoryIncompleteError: "history",
    DefaultBranchError: "branch",
    UnknownRevisionError: "revision",
    GitError: "git",
    HubError: "github",
    SettingsError: "settings",
    RegistryError: "registry",
    EditRefusedError: "edit",
    WriteInterruptedError: "interrupted",
    RenderError: "render",
    ProgramError: "program",
}
"""The code of each error of the domain; the first that fits counts."""

_LOST = {errno.ENOSPC: "free some space", errno.EBADF: "open the standard output"}
"""What to do where an answer cannot be written, by the reason."""

_MISUSES = (WorkspaceError, UnknownRevisionError)


def explain(error: Exception, args: Sequence[str]) -> int | None:
    """Tell the error and return its exit code; None for one that only a traceback explains."""
    if isinstance(error, BrokenPipeError):
        # Whoever read the output has seen enough; Python must not complain about it at exit.
        _drop_stdout()
        return 1
    if isinstance(error, OSError) and error.errno in _LOST:
        _drop_stdout()
        opening = f"hmco {_command(args)}".rstrip()
        told = f"{error.strerror}: {_LOST[error.errno]}, then run the command again"
        say(f"{opening}: {told}", err=True)
        return 1
    return 130 if isinstance(error, click.Abort) else _explained(error, args)


def _explained(error: Exception, args: Sequence[str]) -> int | None:
    as_json = "--json" in args
    if isinstance(error, click.ClickException):
        return _usage(error, as_json=as_json, args=args)
    if isinstance(error, RefusedError):
        return refuse(error.refusal, _command(args), as_json=as_json)
    code = next((code for kind, code in _TOLD.items() if isinstance(error, kind)), None)
    if code is None:
        return None
    if as_json or isinstance(error, _MISUSES):
        return refuse(_refusal(error, code), _command(args), as_json=as_json)
    first, *more = str(error).splitlines()
    for line in (f"hmco {_command(args)}: {first}", *more):
        say(line, err=True)
    return 1


def _drop_stdout() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _usage(error: click.ClickException, *, as_json: bool, args: Sequence[str]) -> int:
    if isinstance(error, click.exceptions.NoArgsIsHelpError) and not as_json:
        click.echo(error.format_message(), err=True)
        return error.exit_code
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else f"hmco {_command(args)}"
    message = " ".join(error.format_message().split()).removesuffix(".")
    # A message that asks what was meant has said what to do.
    remedy = "" if message.endswith("?") else _meant(context, args) or f"see: {path} --help"
    reason = Reason("usage", message, remedy, misuse=True)
    return refuse(Refusal((reason,)), _command(args), as_json=as_json)


def _meant(context: click.Context | None, args: Sequence[str]) -> str:
    """Return how to name what stands where an option belongs, "" if nothing does."""
    for parameter in context.command.params if context is not None else ():
        options = [name for name in parameter.opts if name in {"--env", "--to", "--chart"}]
        if context is not None and options:
            known = {item.value for item in parameter.shell_complete(context, "")}
            named = next((word for word in args if word in known), None)
            given = {word.partition("=")[0] for word in args}
            if named is not None and not given.intersection(parameter.opts):
                return f"did you mean {options[0]} {named}?"
    return ""


def _refusal(error: Exception, code: str) -> Refusal:
    misuse = isinstance(error, _MISUSES)
    if isinstance(error, EditRefusedError):
        fact = f"{error.offender}: {error.reason}"
        return Refusal((Reason(code, fact, error.remedy, misuse),))
    if isinstance(error, SettingsError):
        return Refusal(tuple(Reason(code, str(p), error.remedy) for p in error.problems))
    return Refusal((Reason(code, str(error), "", misuse),))


def _command(args: Sequence[str]) -> str:
    return next((arg for arg in args if not arg.startswith("-")), "")
