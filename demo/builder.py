"""Building the estate: a clean repository with months of releases behind it, always the same."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Final

from demo.chartfiles import FIRST_VERSION, chart_files
from demo.environments import (
    ROOT,
    EnvironmentSpec,
    committed_environments,
    stack_text,
)
from demo.gitprogram import git, make_repository
from demo.repository import EstateRepo
from demo.story import FORGE, RITA, Story
from demo.stream import ImportStream, Stamp
from demo.trains import plan
from release.charts.record import Registry
from release.registry import REGISTRY
from release.versions import tag_of

UNTIL: Final = datetime(2026, 6, 15, 9, 0, tzinfo=UTC)
"""The present of the default estate."""
QUIET: Final = timedelta(days=4)
"""No landing is younger than this, so every soak is over unless a test lands something later."""


def build_estate(  # noqa: PLR0913  # sizes a test may set, all by keyword
    path: Path,
    *,
    charts: Registry = REGISTRY,
    environments: Sequence[EnvironmentSpec] | None = None,
    commits: int = 90,
    until: datetime = UNTIL,
    program: str = "",
    beside: Mapping[str, bytes] = MappingProxyType({}),
) -> EstateRepo:
    """Build the estate in a new folder and check its default branch out.

    `beside` are other files of the repository, there from the first commit on.

    The history has about `commits` landings on the default branch, never more. Equal arguments
    give equal commit ids. The outcome keeps every rule of the product; tests break it by edits.
    """
    specs = committed_environments() if environments is None else tuple(environments)
    steps, duration = plan(charts, specs, commits - 1)
    begin = until - QUIET - duration - timedelta(hours=1)
    estate = EstateRepo(
        path=path,
        registry=charts,
        environments=specs,
        until=until,
        last_landing=begin,
        program=program,
    )
    files = _first_files(estate, begin, beside)
    stream = ImportStream(estate.branch, None)
    story = Story(estate, files.__getitem__, stream)
    first = stream.commit(
        dict(files),
        "Raise every chart to 1.0.0\n",
        author=Stamp(RITA, begin),
        committer=Stamp(FORGE, begin),
    )
    for name in (*charts.by_name, *charts.sub_by_name):
        stream.tag(
            tag_of(name, FIRST_VERSION),
            first,
            tagger=Stamp(RITA, begin),
            message=f"{name} {FIRST_VERSION}\n",
        )
    for step in steps:
        estate.last_landing = begin + step.after
        step.land(story)
    make_repository(path)
    stream.write(path)
    git(path, "checkout", "--quiet", "--force", estate.branch)
    return estate


def _first_files(
    estate: EstateRepo, begin: datetime, beside: Mapping[str, bytes]
) -> dict[str, bytes]:
    files = {
        f"{estate.program}Pulumi.yaml": (ROOT / "Pulumi.yaml").read_bytes(),
        "README.md": b"# Charts\n",
        **beside,
    }
    for spec in estate.environments:
        text = stack_text(spec, estate.registry, FIRST_VERSION)
        text = text.replace('folder: ""', f'folder: "{estate.program.rstrip("/")}"')
        files[f"{estate.program}Pulumi.{spec.name}.yaml"] = text.encode()
    deployed = {spec.name: set(spec.charts_of(estate.registry)) for spec in estate.environments}
    for chart in estate.registry.charts:
        homes = [spec for spec in estate.environments if chart.name in deployed[spec.name]]
        contents = chart_files(
            estate.registry,
            chart,
            environments=[spec.name for spec in homes],
            releases=estate.releases,
            first_day=begin.date(),
            fixed_namespaces=not any(spec.suffix for spec in homes),
        )
        root = estate.registry.path_of(chart.name, estate.charts)
        files |= {f"{root}/{path}": content for path, content in contents.items()}
    return files
