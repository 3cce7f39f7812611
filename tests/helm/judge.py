"""The real Helm, asked in a folder of the test's own."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tools.toolchain.locate import locate


def helm(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Helm with its caches and settings in `home`."""
    found = locate(("helm",))
    assert not found.missing, "run: make setup-dev"
    homes = {name: str(home / name.lower()) for name in ("HELM_CACHE_HOME", "HELM_CONFIG_HOME")}
    return subprocess.run(
        [found.bins["helm"] / "helm", *arguments],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, **homes, "HELM_DATA_HOME": str(home / "data")},
    )


def write_chart(folder: Path, files: Mapping[str, str]) -> Path:
    """Write a chart's files, by path inside its folder, and return the folder."""
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder


def statuses(answer: str) -> list[str]:
    """Return the last column of `helm dependency list`, one for each dependency in order."""
    head, *rows = answer.partition("\n\n")[0].splitlines()
    at = head.index("STATUS")
    return [row[at:].strip() for row in rows]
