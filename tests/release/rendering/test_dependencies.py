"""Dependencies that are not vendored: unknown without network, by the lock with it."""

import functools
import http.server
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from release.rendering.renderedobjects import Rendering, Unknown
from tests.estate.scratch import Scratch
from tests.loopback import Quiet, served
from tests.release.rendering.charts import helm
from tests.release.rendering.conftest import Write

MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: far}\ndata: {x: '{{ .Values.x }}'}\n"
STATED = (
    "apiVersion: v2\nname: alpha\nversion: 1.0.0\ndependencies:\n- {name: far, version: 1.0.0, "
)


def run_helm(home: Path, *arguments: str) -> None:
    names = ("HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME")
    environment = {"HOME": str(home), **{name: str(home / name) for name in names}}
    subprocess.run([helm().program, *arguments], check=True, env=environment, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[str]:
    """Serve a repository of one chart on this machine alone."""
    chart = tmp_path / "far"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: far\nversion: 1.0.0\n")
    (chart / "values.yaml").write_text("x: fetched\n")
    (chart / "templates" / "a.yaml").write_text(MAP)
    packed = tmp_path / "served"
    run_helm(tmp_path, "package", str(chart), "--destination", str(packed))
    run_helm(tmp_path, "repo", "index", str(packed))
    handler = functools.partial(_Silent, directory=str(packed))
    with served(handler) as address:
        yield address


class _Silent(Quiet, http.server.SimpleHTTPRequestHandler):
    """Serves files."""


def test_a_locked_dependency_is_fetched_when_the_network_is_allowed(
    write_chart: Write, scratch: Scratch, repository: str, tmp_path: Path
) -> None:
    charts = write_chart("alpha", {"Chart.yaml": f"{STATED}repository: '{repository}'}}\n"})
    folder = scratch.path / "charts" / "alpha"
    run_helm(tmp_path, "dependency", "update", str(folder))
    (folder / "charts" / "far-1.0.0.tgz").unlink()
    scratch.commit({})
    command = f"helm repo add far {repository} && helm dependency build charts/alpha"
    reason = "it depends on far, which is not in its charts/ folder"
    assert charts.render("alpha") == Unknown(reason, command)
    charts.renderer.network = True
    assert _data(charts.render("alpha")) == [{"x": "fetched"}]
    charts.renderer.network = False
    for line in command.replace("charts/alpha", str(folder)).split(" && "):
        run_helm(tmp_path, *line.split()[1:])
    scratch.commit({})
    assert _data(charts.render("alpha")) == [{"x": "fetched"}], "after what is advised"


def test_without_a_lock_it_stays_unknown(write_chart: Write, repository: str) -> None:
    charts = write_chart("alpha", {"Chart.yaml": f"{STATED}repository: '{repository}'}}\n"})
    charts.renderer.network = True
    assert charts.render("alpha") == Unknown(
        "it has dependencies and no Chart.lock that fixes them",
        "helm dependency update charts/alpha",
    )


def test_a_chart_of_the_same_repository_needs_no_network(write_chart: Write) -> None:
    write_chart("far", {"templates/a.yaml": MAP, "values.yaml": "x: near\n"})
    charts = write_chart("alpha", {"Chart.yaml": f"{STATED}repository: 'file://../far'}}\n"})
    assert _data(charts.render("alpha")) == [{"x": "near"}]


def _data(outcome: Rendering | Unknown) -> list[object]:
    assert isinstance(outcome, Rendering), outcome
    return [item.body["data"] for item in outcome.objects]
