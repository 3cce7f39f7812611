"""Which release program this is: what somebody who asks for help is asked first."""

import platform
import subprocess
from pathlib import Path
from typing import Final

VERSION: Final = "0.1.0"
"""That of pyproject.toml, which is not at hand where only the package lies."""


def version_line() -> str:
    """Return name, version, the program's own commit where it lies in a clone, and Python."""
    program = Path(__file__).resolve().parents[2]
    asked = ["git", "-C", str(program), "describe", "--always", "--dirty", "--exclude=*"]
    try:
        done = subprocess.run(asked, check=False, capture_output=True, text=True)
    except OSError:
        commit = ""
    else:
        commit = done.stdout.strip() if done.returncode == 0 else ""
    of = f" ({commit})" if commit else ""
    return f"hmco {VERSION}{of}, Python {platform.python_version()}"
