"""`hmco plan` against the plain loop of `helm template` over the same charts and environments."""

import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Final

from bench.measuring import Command, Contest, Peer
from bench.scratch import ROOT, Scratch, helm_program, hmco_arguments, registry_of
from demo.builder import build_estate
from demo.environments import committed_environments
from release.plan.applications import own_objects
from release.rendering.request import Request, request_of
from release.repository.picture import work_tree
from release.repository.workspace import find_workspace

_COLD: Final = 1.15
_ONE: Final = 0.15
_JUDGED: Final = 1.0
_NOTHING: Final = 2.0
_STACKS: Final = 3


def plan_cold(scratch: Scratch, charts: int) -> Contest:
    """Compare a plan in which every chart changed everywhere with the loop over both states."""
    case = _Case(scratch, charts, "cold")
    subject = case.command("hmco plan", "--base", case.first, "--head", case.second)
    loop = case.loop(case.first, case.second)
    return Contest(
        f"plan cold, {charts} charts x {_STACKS}",
        replace(subject, fresh=lambda: case.remember(None)),
        (Peer(loop, _COLD),),
    )


def plan_one(scratch: Scratch, charts: int) -> Contest:
    """Compare a plan in which one chart changed, all else being known, with the loop over all."""
    case = _Case(scratch, charts, "one")
    known = case.warmed()
    subject = case.command("hmco plan", "--base", case.second, "--head", case.third)
    return Contest(
        f"plan one chart, {charts} charts x {_STACKS}",
        replace(subject, fresh=lambda: case.remember(known)),
        (Peer(case.loop(case.third), _ONE),),
    )


def plan_judged(scratch: Scratch, charts: int) -> Contest:
    """Compare a plan in which every chart changed, all renderings known, with rendering them."""
    case = _Case(scratch, charts, "judged")
    case.warmed()
    return Contest(
        f"plan judged, {charts} charts x {_STACKS}",
        case.command("hmco plan", "--base", case.first, "--head", case.second),
        (Peer(case.loop(case.first, case.second), _JUDGED),),
    )


def plan_nothing(scratch: Scratch, charts: int) -> Contest:
    """Compare a plan in which nothing changed with the start of the command."""
    case = _Case(scratch, charts, "nothing")
    subject = case.command("hmco plan", "--base", case.third, "--head", case.third)
    start = case.command("start", "--explain", "data-removed")
    return Contest(f"plan nothing, {charts} charts x {_STACKS}", subject, (Peer(start, _NOTHING),))


class _Case:
    """A repository whose three environments follow the branch, and a cache of its own.

    Its second commit changes a template of every chart, its third one of one chart.
    """

    def __init__(self, scratch: Scratch, charts: int, name: str) -> None:
        self.scratch, self.charts = scratch, charts
        self.helm = helm_program()
        self.folder = scratch.new(f"plan-{name}-{charts}")
        self.estate = build_estate(
            self.folder / "estate",
            charts=registry_of(charts),
            environments=tuple(
                replace(spec, follows_branch=True, charts=None) for spec in committed_environments()
            ),
            commits=2,
        )
        self.cache = self.folder / "cache"
        self.cache.mkdir()
        (self.cache / "tools").symlink_to(self.helm.parents[1])
        self.renderings = self.cache / "renderings"
        self.first = self.estate.git("rev-parse", "HEAD")
        self.second = self._change(*self.estate.registry.by_name)
        self.third = self._change(min(self.estate.registry.by_name))

    def _change(self, *charts: str) -> str:
        for chart in charts:
            path = self.estate.chart_path(chart) / "templates" / "settings.yaml"
            path.write_text(f"{path.read_text()}# changed once more\n---\n{_more(chart)}")
        return self.estate.commit("Change templates\n")

    def command(self, name: str, *arguments: str) -> Command:
        """Return `hmco plan` in the repository."""
        return Command(
            name=name,
            argv=(
                sys.executable, "-P", str(ROOT / "bench" / "hmco.py"),
                *hmco_arguments(self.charts, self.estate, "plan", *arguments, "--summary"),
            ),
            folder=self.estate.path,
            environment={**self.scratch.environment, "HMCO_CACHE": str(self.cache)},
        )  # fmt: skip  # the program and its arguments, one line each

    def warmed(self) -> Path:
        """Return a copy of the cache after a plan from the first commit to the second."""
        warm = self.command("warm", "--base", self.first, "--head", self.second)
        subprocess.run(
            warm.argv, cwd=warm.folder, env=warm.environment, check=True, stdout=subprocess.DEVNULL
        )
        return shutil.copytree(self.renderings, self.folder / "known")

    def remember(self, known: Path | None) -> None:
        """Let the cache hold these renderings and no others."""
        shutil.rmtree(self.renderings, ignore_errors=True)
        if known is not None:
            shutil.copytree(known, self.renderings)

    def loop(self, *commits: str) -> Command:
        """Return the loop over all charts and environments of these commits, laid down before."""
        lines = ["set -e"]
        for commit in commits:
            folder = self.scratch.new(f"{self.folder.name}/{commit}")
            archive = folder.with_suffix(".tar")
            self.estate.git("archive", f"--output={archive}", commit)
            shutil.unpack_archive(archive, folder)
            lines += [shlex.join(line) + " >/dev/null" for line in self._lines(folder)]
        script = self.folder / "loop.sh"
        script.write_text("\n".join(lines) + "\n")
        return Command(
            name="helm template",
            argv=("sh", str(script)),
            folder=self.folder,
            environment=self.scratch.environment,
        )

    def _lines(self, folder: Path) -> Iterator[tuple[str, ...]]:
        for request in self._requests:
            yield (
                str(self.helm), "template", request.release, str(folder / request.path),
                f"--namespace={request.namespace}", f"--kube-version={request.cluster.version}",
                "--include-crds", *(f"--values={folder / file}" for file in request.value_files),
            )  # fmt: skip  # as above

    @cached_property
    def _requests(self) -> tuple[Request, ...]:
        picture = work_tree(self.estate.registry, find_workspace(self.estate.program_path))
        objects = own_objects(picture.registry, picture.estate)
        return tuple(
            request_of(application, objects.clusters[environment])
            for environment, applications in objects.applications.items()
            for application in applications.values()
        )


def _more(chart: str) -> str:
    return (
        f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {chart}-more}}\n"
        "data: {values: {{ .Values | toJson | quote }}}\n"
    )
