"""Every error that ends a command, told to people or to programs, with its exit code."""

import errno
import os
import sys
from collections.abc import Sequence

import click

from release.argocd.files import RenderError
from release.charts.record import RegistryError
from release.cli.output import print_json, printable, refusal_json
from release.github.hub.client import HubError
from release.plan.program import ProgramError
from release.promotion.plan import Reason, Refusal
from release.repository.git.errors import DefaultBranchError, GitError, HistoryIncompleteError
from release.repository.workspace import WorkspaceError
from release.settings.problems import SettingsError
from release.text.atomic import WriteInterruptedError
from release.text.errors import EditRefusedError

_TOLD = {
    WorkspaceError: "workspace",
    HistoryIncompleteError: "history",
    DefaultBranchError: "branch",
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

_MISUSES = (WorkspaceError,)


def explain(error: Exception, args: Sequence[str]) -> int | None:
    """Tell the error and return its exit code; None for one that only a traceback explains."""
    if isinstance(error, BrokenPipeError):
        # Whoever read the output has seen enough; Python must not complain about it at exit.
        _drop_stdout()
        return 1
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        _drop_stdout()
        click.echo(f"{error.strerror}: free some space, then run the command again", err=True)
        return 1
    if isinstance(error, click.Abort):
        return 130
    as_json = "--json" in args
    if isinstance(error, click.ClickException):
        return _usage(error, as_json=as_json, args=args)
    code = next((code for kind, code in _TOLD.items() if isinstance(error, kind)), None)
    if code is None:
        return None
    if as_json:
        print_json(refusal_json(_command(args), _refusal(error, code)))
    else:
        for line in str(error).splitlines():
            click.echo(printable(line), err=True)
    return 2 if isinstance(error, _MISUSES) else 1


def _drop_stdout() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _usage(error: click.ClickException, *, as_json: bool, args: Sequence[str]) -> int:
    if as_json:
        reason = Reason("usage", error.format_message(), "see hmco --help", misuse=True)
        print_json(refusal_json(_command(args), Refusal((reason,))))
    else:
        error.show()
    return 2


def _refusal(error: Exception, code: str) -> Refusal:
    misuse = isinstance(error, _MISUSES)
    if isinstance(error, EditRefusedError):
        fact = f"{error.offender}: {error.reason}"
        return Refusal((Reason(code, fact, error.remedy, misuse),))
    if isinstance(error, SettingsError):
        remedy = "correct it, then run: hmco check"
        return Refusal(tuple(Reason(code, str(p), remedy) for p in error.problems))
    return Refusal((Reason(code, str(error), "", misuse),))


def _command(args: Sequence[str]) -> str:
    return next((arg for arg in args if not arg.startswith("-")), "")
