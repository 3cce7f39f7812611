"""`hmco ci`: the steps of the workflows that are of no use in a terminal.

Not here: what a person would run, and decisions.
"""

from typing import Final

import click

from release.cli.lazy import LazyGroup

COMMANDS: Final = {
    "approvals": ("release.cli.ci.people", "Count approvals without those who started it."),
    "check": ("release.cli.ci.check", "Check every rule, for the comment and code scanning."),
    "comment": ("release.cli.ci.tell", "Keep the comment of a pull request up to date."),
    "deploy": ("release.cli.ci.engine", "Bring an environment up."),
    "drift": ("release.cli.ci.engine", "Look for drift in an environment."),
    "drift-issue": ("release.cli.ci.tell", "Keep the issue that reports drift up to date."),
    "findings": ("release.cli.ci.tell", "Hand the findings to code scanning."),
    "preview": ("release.cli.ci.engine", "Preview an environment."),
    "touched": ("release.cli.ci.check", "Name the stacks that a change can touch."),
}


@click.group(cls=LazyGroup, table=COMMANDS)
def ci() -> None:
    """Run one step of a workflow; values come from arguments and from GitHub's own variables."""
