"""The one renderer: requests on trees of Git in, renderings out, none made twice."""

import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

from release.rendering.cache import RenderingCache
from release.rendering.chartfiles import (
    ChartFilesError,
    GitTree,
    lay_down,
    wanted_files,
    with_local_charts,
)
from release.rendering.helm import SECONDS, Job
from release.rendering.pool import Outcome, run_jobs
from release.rendering.renderedobjects import Rendering, Unknown
from release.rendering.request import Request
from release.rendering.volatile import what_varies

Progress = Callable[[int, int], None]
_NO_HELM: Final = Unknown("Helm is not installed here", "make setup-helm")


class Helm(NamedTuple):
    """The program and its version, which is part of every rendering's name."""

    program: Path
    version: str


class Wanted(NamedTuple):
    """One request and the tree whose files it reads, made by `prepare`."""

    request: Request
    tree: GitTree
    files: Mapping[str, str]
    name: str


@dataclass
class Renderer:
    """Renders each request once; `helm` is None where there is none, then only the cache answers.

    `network` lets Helm fetch what a lock names; without it a chart that needs that is unknown.
    """

    cache: RenderingCache
    helm: Helm | None
    version: str
    network: bool = False
    seconds: float = SECONDS
    progress: Progress = lambda _done, _all: None
    _known: dict[str, Outcome] = field(default_factory=dict)

    def prepare(self, tree: GitTree, request: Request) -> Wanted | Rendering:
        """Return the request with the name of its rendering, or why it can have none."""
        try:
            files = with_local_charts(tree, request, wanted_files(tree, request))
        except ChartFilesError as error:
            return Rendering(failure=str(error))
        digest = request.digest([f"{blob} {path}" for path, blob in sorted(files.items())])
        tool = f"{self.version}+network" if self.network else self.version
        return Wanted(request, tree, files, self.cache.name(tool, digest))

    def cached(self, wanted: Wanted) -> Outcome | None:
        """Return what is known without running Helm."""
        if wanted.name not in self._known:
            found = self.cache.get(wanted.name)
            if found is None:
                return None
            self._known[wanted.name] = found
        return self._known[wanted.name]

    def render(self, sources: Sequence[Wanted | Outcome]) -> list[Outcome]:
        """Return the rendering of each, those that are not known yet from Helm.

        What is no request, such as why there is none, stands in its place.
        """
        by_name = {item.name: item for item in sources if isinstance(item, Wanted)}
        missing = [item for item in by_name.values() if self.cached(item) is None]
        if self.helm is None:
            self._known |= dict.fromkeys((item.name for item in missing), _NO_HELM)
        elif missing:
            self._run(missing, self.helm)
        return [self._known[i.name] if isinstance(i, Wanted) else i for i in sources]

    def linted(self, item: Wanted) -> Outcome:
        """Return what Helm makes of a request, lint included, which no cache remembers."""
        if self.helm is None:
            return _NO_HELM
        found = list[Outcome]()
        with tempfile.TemporaryDirectory(prefix="hmco-lint-") as folder:
            job = replace(self._job(item, self.helm, Path(folder)), lint=True)
            run_jobs([lambda: job], lambda _, outcome: found.append(outcome), network=self.network)
        return found[0]

    def _run(self, missing: Sequence[Wanted], helm: Helm) -> None:
        done = 0
        self.progress(0, len(missing))
        with tempfile.TemporaryDirectory(prefix="hmco-plan-") as name:
            folder = Path(name)

            def tell(index: int, outcome: Outcome) -> None:
                nonlocal done
                shutil.rmtree(folder / str(index), ignore_errors=True)
                item = missing[index]
                if isinstance(outcome, Rendering) and outcome.lasting:
                    self.cache.put(item.name, outcome)
                self._known[item.name] = outcome
                done += 1
                self.progress(done, len(missing))

            jobs = [
                partial(self._job, item, helm, folder / str(index))
                for index, item in enumerate(missing)
            ]
            run_jobs(jobs, tell, network=self.network)

    def _job(self, item: Wanted, helm: Helm, folder: Path) -> Job:
        """Lay a request's files down and return what a worker is asked."""
        root = folder / "repository"
        request = item.request
        again, clock = what_varies(lay_down(item.tree.repository, item.files, root))
        arguments = [
            request.release,
            str(root / request.path),
            f"--namespace={request.namespace}",
            f"--kube-version={request.cluster.version}",
            *(f"--api-versions={name}" for name in request.cluster.api_versions),
            *(("--include-crds",) if request.crds else ()),
            *(f"--values={root / f}" for f in request.value_files if f in item.files),
        ]
        if request.values:
            inline = root.with_name("values.yaml")
            inline.write_text(request.values, encoding="utf-8")
            arguments.append(f"--values={inline}")
        arguments += [f"--set={parameter}" for parameter in request.parameters]
        arguments += [f"--set-string={parameter}" for parameter in request.text_parameters]
        return Job(
            helm=str(helm.program),
            folder=str(root),
            chart=request.path,
            arguments=tuple(arguments),
            key=self.cache.key.hex(),
            again=again,
            clock=clock,
            network=self.network,
            seconds=self.seconds,
        )
