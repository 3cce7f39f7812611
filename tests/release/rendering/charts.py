"""Small charts in a Git repository, and the renderer that reads them from there."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from release.rendering.cache import RenderingCache
from release.rendering.chartfiles import GitTree
from release.rendering.renderedobjects import Rendering, Unknown
from release.rendering.renderer import Helm, Renderer, Wanted
from release.rendering.request import Cluster, Request, request_of
from release.repository.git.checkout import open_repository
from tools.toolchain.locate import locate
from tools.toolchain.tools import HELM

CLUSTER = Cluster("1.34.2", ("monitoring.coreos.com/v1",))


def helm() -> Helm:
    """Return the real Helm of the tool chain."""
    found = locate(("helm",))
    assert not found.missing, "run: make setup-dev"
    return Helm(found.bins["helm"] / "helm", HELM)


@dataclass(frozen=True)
class Charts:
    """A repository of charts below `charts/`, committed as it stands, and its renderer."""

    folder: Path
    renderer: Renderer

    def tree(self, revision: str = "HEAD") -> GitTree:
        """Return the files of a revision."""
        return GitTree.of(open_repository(self.folder), revision)

    def render(self, chart: str, **helm_block: Any) -> Rendering | Unknown:
        """Render one chart as an Application would that follows HEAD."""
        wanted = self.prepare(chart, **helm_block)
        if isinstance(wanted, Rendering):
            return wanted
        return self.renderer.render([wanted])[0]

    def prepare(self, chart: str, **helm_block: Any) -> Wanted | Rendering:
        """Return what `render` would ask for."""
        return self.renderer.prepare(self.tree(), request(chart, **helm_block))


def request(chart: str, **helm_block: Any) -> Request:
    """Return what Argo CD asks of Helm for the chart."""
    return request_of(application(chart, **helm_block), CLUSTER)


def application(chart: str, **helm_block: Any) -> dict[str, Any]:
    """Return an Application of the chart."""
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": f"{chart}-test", "namespace": "argocd"},
        "spec": {
            "project": "testing",
            "source": {
                "repoURL": "https://git.example.org/charts.git",
                "path": f"charts/{chart}",
                "targetRevision": "main",
                "helm": {"releaseName": chart, **helm_block},
            },
            "destination": {"server": "https://kubernetes.default.svc", "namespace": "here"},
        },
    }


def chart_files(name: str, files: Mapping[str, str]) -> dict[str, str]:
    """Return the files of a chart by path in the repository, with a Chart.yaml if none is given."""
    stated = {"Chart.yaml": f"apiVersion: v2\nname: {name}\nversion: 1.0.0\n", **files}
    return {f"charts/{name}/{file}": text for file, text in stated.items()}


def renderer(cache: Path) -> Renderer:
    """Return a renderer with an empty cache and a key of its own."""
    return Renderer(RenderingCache(cache, b"k" * 32), helm(), HELM)
