"""Puts `pulumi` and `hmco` into the virtual environment; runs on any Python."""

import os
import shlex
from pathlib import Path
from typing import Final

COMMANDS: Final = {"pulumi": "tools.engine", "hmco": "release"}


def script(program: Path, module: str) -> str:
    """Return a shell script that runs a module of this clone from wherever the user stands.

    -P keeps the folder they stand in off the import path: it may hold a `release` of its own.
    """
    python = shlex.quote(str(program / ".venv" / "bin" / "python"))
    root = shlex.quote(str(program))
    return f'#!/bin/sh\nPYTHONPATH={root} exec {python} -P -m {module} "$@"\n'


def install(program: Path) -> None:
    """Write the scripts that are missing or belong to a clone that has been moved since."""
    for name, module in COMMANDS.items():
        path = program / ".venv" / "bin" / name
        text = script(program, module)
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        fresh = path.with_name(f".{name}.{os.getpid()}")
        fresh.write_text(text, encoding="utf-8")
        fresh.chmod(0o755)
        fresh.replace(path)
