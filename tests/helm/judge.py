"""The real Helm, asked in a folder of the test's own."""

import gzip
import io
import os
import subprocess
import tarfile
from collections.abc import Mapping
from pathlib import Path

from release.charts.record import Registry
from release.repository.charttree import ChartFolder, read_chart_tree
from release.repository.clone import Clone
from release.repository.git.checkout import open_repository
from release.repository.worktree import WorkTree
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


def packed(name: str, files: Mapping[str, str | bytes]) -> bytes:
    """Return a chart archive as `helm package` writes it, with the files in a folder `name`."""
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as archive:
        for path, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            member = tarfile.TarInfo(f"{name}/{path}")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return gzip.compress(tar.getvalue(), mtime=0)


def folder_of(chart: Path) -> ChartFolder:
    """Return a chart's folder as the program sees it in a repository of its own."""
    subprocess.run(("git", "init", "-q", str(chart.parent)), check=True)
    files = WorkTree(Clone(open_repository(chart.parent)))
    nothing = Registry(charts=(), sub_charts=())
    return read_chart_tree(nothing, files, chart.name).folders[chart.name]


def write_chart(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write a chart's files, by path inside its folder, and return the folder."""
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode() if isinstance(text, str) else text)
    return folder


def statuses(answer: str) -> list[str]:
    """Return the last column of `helm dependency list`, one for each dependency in order."""
    head, *rows = answer.partition("\n\n")[0].splitlines()
    at = head.index("STATUS")
    return [row[at:].strip() for row in rows]
