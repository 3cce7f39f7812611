"""What the API server refuses of a rendered object is told before it is asked, and nothing else."""

import subprocess

import pytest

from release.rendering.renderedobjects import Rendering
from release.rules.kubernetes import oversize
from tests.cluster.apiserver import Cluster
from tests.estate.scratch import Scratch
from tests.release.rendering.charts import Charts, chart_files, helm, renderer

pytestmark = pytest.mark.xdist_group("cluster")

SIZES = {
    "letters of two bytes": ("ConfigMap", 'data: {x: {{ repeat 300000 "é" | quote }}}', True),
    "too many of two bytes": ("ConfigMap", 'data: {x: {{ repeat 600000 "é" | quote }}}', True),
    "binary": ("ConfigMap", 'binaryData: {x: {{ repeat 900000 "x" | b64enc }}}', True),
    "too much binary": ("ConfigMap", 'binaryData: {x: {{ repeat 1100000 "x" | b64enc }}}', True),
    "binary and text": (
        "ConfigMap",
        'binaryData: {x: {{ repeat 900000 "x" | b64enc }}}\ndata: {y: {{ repeat 200000 "y" }}}',
        True,
    ),
    "secret": ("Secret", 'data: {x: {{ repeat 1000000 "x" | b64enc }}}', True),
    "too large a secret": ("Secret", 'data: {x: {{ repeat 1300000 "x" | b64enc }}}', True),
    "text wins": (
        "Secret",
        'data: {x: {{ repeat 600000 "x" | b64enc }}}\nstringData: {x: {{ repeat 600000 "y" }}}',
        True,
    ),
    "too large a text": ("Secret", 'stringData: {x: {{ repeat 1100000 "x" }}}', True),
    "annotation": ("ConfigMap", 'data: {x: {{ repeat 130000 "é" | quote }}}', False),
    "too large an annotation": ("ConfigMap", 'data: {x: {{ repeat 132000 "é" | quote }}}', False),
    "many keys": (
        "ConfigMap",
        "data: { {{ range until 20500 }}k{{ . }}: x,{{ end }} }",
        False,
    ),
}


@pytest.mark.parametrize(("kind", "data", "server_side"), SIZES.values(), ids=SIZES)
def test_an_object_is_too_large_for_us_where_it_is_for_the_api_server(
    cluster: Cluster, scratch: Scratch, kind: str, data: str, *, server_side: bool
) -> None:
    template = f"apiVersion: v1\nkind: {kind}\nmetadata: {{name: sized}}\n{data}\n"
    scratch.commit(chart_files("alpha", {"templates/a.yaml": template}))
    rendering = Charts(scratch.path, renderer(scratch.path.with_name("cache"))).render("alpha")
    assert isinstance(rendering, Rendering)
    rendered = subprocess.run(
        [helm().program, "template", "alpha", "charts/alpha"],
        check=True,
        cwd=scratch.path,
        capture_output=True,
    )
    how = ["--server-side"] if server_side else []
    answer = subprocess.run(
        [
            cluster.programs / "kubectl",
            "--kubeconfig",
            cluster.kubeconfig,
            "apply",
            *how,
            "-f",
            "-",
        ],
        check=False,
        input=rendered.stdout,
        capture_output=True,
    )
    told = oversize(rendering.objects[0], server_side=server_side)
    assert bool(told) is bool(answer.returncode), (told, answer.stderr)
    cluster.kubectl("delete", kind, "sized", "--ignore-not-found")
