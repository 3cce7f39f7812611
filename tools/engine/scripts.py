"""Puts `pulumi`, `hmco` and `helm` into the virtual environment; runs on any Python."""

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


def install(program: Path, helm: Path | None = None) -> None:
    """Write the scripts that are missing, or run what lies elsewhere now.

    `helm` is the folder with Helm, if it was got: what hmco advises is run by the version it takes.
    """
    texts = {name: script(program, module) for name, module in COMMANDS.items()}
    if helm is not None:
        texts["helm"] = f'#!/bin/sh\nexec {shlex.quote(str(helm / "helm"))} "$@"\n'
    for name, text in texts.items():
        path = program / ".venv" / "bin" / name
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        fresh = path.with_name(f".{name}.{os.getpid()}")
        fresh.write_text(text, encoding="utf-8")
        fresh.chmod(0o755)
        fresh.replace(path)
