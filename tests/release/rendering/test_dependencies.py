"""Dependencies that are not vendored: unknown without network, by the lock with it."""

import functools
import http.server
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from release.rendering.renderedobjects import Rendering, Unknown
from tests.estate.scratch import Scratch
from tests.loopback import Quiet, served
from tests.release.rendering.charts import helm
from tests.release.rendering.conftest import Write

MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: far}\ndata: {x: '{{ .Values.x }}'}\n"
CHART = "apiVersion: v2\nname: alpha\nversion: 1.0.0\n"


def asking(repository: str) -> dict[str, str]:
    """Return a chart's files that ask for `far` from there."""
    entry = f"dependencies:\n- {{name: far, version: 1.0.0, repository: {repository}}}\n"
    return {"Chart.yaml": CHART + entry}


def of_old(files: dict[str, str]) -> dict[str, str]:
    """Return the same as `apiVersion: v1` had it, in a file of its own."""
    entry = files["Chart.yaml"].removeprefix(CHART)
    return {"Chart.yaml": CHART.replace("v2", "v1"), "requirements.yaml": entry}


Form = Callable[[dict[str, str]], dict[str, str]]
FORMS = pytest.mark.parametrize("form", [dict, of_old], ids=["v2", "v1"])


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


@FORMS
def test_a_locked_dependency_is_fetched_when_the_network_is_allowed(
    write_chart: Write, scratch: Scratch, repository: str, tmp_path: Path, form: Form
) -> None:
    charts = write_chart("alpha", form(asking(repository)))
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


@FORMS
def test_without_a_lock_it_stays_unknown(write_chart: Write, repository: str, form: Form) -> None:
    charts = write_chart("alpha", form(asking(repository)))
    charts.renderer.network = True
    assert charts.render("alpha") == Unknown(
        "it has dependencies and no lock that fixes them",
        "helm dependency update charts/alpha",
    )


@FORMS
def test_a_chart_of_the_same_repository_needs_no_network(write_chart: Write, form: Form) -> None:
    write_chart("far", {"templates/a.yaml": MAP, "values.yaml": "x: near\n"})
    charts = write_chart("alpha", form(asking("file://../far")))
    assert _data(charts.render("alpha")) == [{"x": "near"}]


@FORMS
@pytest.mark.parametrize("nothing", ["", "''"], ids=["null", "empty"])
def test_an_empty_repository_is_no_address(write_chart: Write, nothing: str, form: Form) -> None:
    outcome = write_chart("alpha", form(asking(nothing))).render("alpha")
    assert isinstance(outcome, Rendering), outcome
    assert outcome.failure == "directory charts/alpha/charts/far not found"


def _data(outcome: Rendering | Unknown) -> list[object]:
    assert isinstance(outcome, Rendering), outcome
    return [item.body["data"] for item in outcome.objects]
