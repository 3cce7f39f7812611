"""Which files of the repository are whose, as patterns for rules and owners files."""

from typing import Final

from release.charts.record import Registry
from release.github.names import WORKFLOWS, below
from release.settings.governance import RepositorySettings

PROGRAM_FOLDERS: Final = (
    ".ci", "bench", "components", "demo", "docs", "release", "schemas", "tests", "tools",
)  # fmt: skip
PROGRAM_FILES: Final = (
    ".gitignore", "Makefile", "Pulumi.yaml", "README.md", "__main__.py", "pyproject.toml",
    "requirements.in", "requirements.txt", "requirements-dev.in", "requirements-dev.txt",
)  # fmt: skip
"""All of this program but the stack files, whose approvals are their own."""


def everything_below(folder: str) -> tuple[str, ...]:
    """Return the fnmatch patterns that together match every file below a folder.

    Ruby's File.fnmatch, which GitHub's rules use, lets `*` match neither a slash nor a leading dot,
    and `**/` any number of folders but hidden ones.
    """
    return (f"{folder}/**/*", f"{folder}/**/.*", f"{folder}/**/.*/**/*")


def program_patterns(repository: RepositorySettings) -> tuple[str, ...]:
    """Return the patterns of this program's own files and of what GitHub reads from `.github`."""
    folders = [below(repository, folder) for folder in PROGRAM_FOLDERS]
    files = [below(repository, file) for file in PROGRAM_FILES]
    github = WORKFLOWS.partition("/")[0]
    return (*files, *(each for folder in (github, *folders) for each in everything_below(folder)))


def chart_folders(registry: Registry, charts: str) -> dict[str, tuple[str, ...]]:
    """Return for each team of the registry the folders of its charts, sub-charts included.

    A sub-chart lies inside its parent's folder, so a change of it is its parent's owner's too. One
    that the parent's owner owns needs no entry of its own.
    """
    owner = {chart.name: chart.owner for chart in registry.charts}
    folders: dict[str, list[str]] = {}
    for chart in registry.charts:
        folders.setdefault(chart.owner, []).append(registry.path_of(chart.name, charts))
    for sub in registry.sub_charts:
        if sub.owner != owner[sub.parent]:
            folders.setdefault(sub.owner, []).append(registry.path_of(sub.name, charts))
    return {team: tuple(sorted(found)) for team, found in sorted(folders.items())}
