"""What a step reads from GitHub's runner and leaves for the next one."""

import os
import re
from pathlib import Path
from typing import Final

import click

from release.text.printable import printable

_COMMIT: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_SUMMARY: Final = 900_000
"""GitHub drops a step's summary of more than 1 MiB."""


def set_output(name: str, value: str) -> None:
    """Leave an output for later jobs; a value with a line end could set others as well."""
    if "\n" in value or "\r" in value:
        raise ValueError(f"the output {name} would hold a line end")
    _append("GITHUB_OUTPUT", f"{name}={value}\n")


def add_summary(markdown: str) -> None:
    """Show Markdown on the page of the run."""
    _append("GITHUB_STEP_SUMMARY", f"{markdown[:_SUMMARY]}\n")


def _append(variable: str, text: str) -> None:
    if file := os.environ.get(variable):
        with Path(file).open("a", encoding="utf-8") as stream:
            stream.write(text)


def base_commit(text: str) -> str:
    """Return the commit that a change starts from; a usage error for anything else."""
    if not _COMMIT.fullmatch(text):
        raise click.UsageError(f"--base must be the id of a commit, not {printable(text[:80])!r}")
    return text


def outcomes() -> dict[str, str]:
    """Return each job's result, from words like `check=success`."""
    pairs = (word.partition("=") for word in os.environ.get("OUTCOMES", "").split())
    return {job: result for job, _, result in pairs}


def result_text(job: str) -> str:
    """Return what a job left for this one, "" if nothing."""
    return os.environ.get(f"RESULT_{job.upper().replace('-', '_')}", "")
