"""Argo CD's own repo server renders what we render, object for object."""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from demo.repository import EstateRepo
from release.cli.rendering import open_renderer
from release.plan.states import States
from release.rendering.renderedobjects import RenderedObject, Rendering, Unknown
from release.rendering.request import RequestError
from release.rendering.secrets import Hider
from release.repository.picture import work_tree
from release.repository.workspace import find_workspace
from tests.estate.scratch import Scratch
from tests.release.rendering.charts import CLUSTER, Charts, application, chart_files, helm, renderer
from tools.toolchain.locate import locate

MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"


class ArgoCD:
    """The repo server's rendering as a process: an Application in, manifests out."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def manifests(self, asked: Mapping[str, Any]) -> list[dict[str, Any]] | str:
        """Return the objects, or Argo CD's reason for none."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin
        assert stdout
        stdin.write(json.dumps(asked) + "\n")
        stdin.flush()
        answer = json.loads(stdout.readline())
        return answer["Error"] or [json.loads(text) for text in answer["Manifests"] or ()]


@pytest.fixture(scope="module")
def argocd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ArgoCD]:
    found = locate(("argocd-programs",))
    assert not found.missing, "run: make setup-dev"
    home = tmp_path_factory.mktemp("argocd")
    path = os.pathsep.join((str(helm().program.parent), os.environ["PATH"]))
    with subprocess.Popen(
        [found.bins["argocd-programs"] / "argocd-manifests"],
        env={"PATH": path, "HOME": str(home), "TMPDIR": str(home)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        yield ArgoCD(process)
        process.kill()


def compared(
    ours: Rendering | Unknown, theirs: list[dict[str, Any]] | str, key: bytes
) -> tuple[list[str], list[str]]:
    """Return both sides in one form, without secrets; a refusal of either is a single word."""
    if isinstance(theirs, str):
        other = ["refused"]
    else:
        hider = Hider(key)
        hider.learn(theirs)
        other = sorted(RenderedObject(hider.hidden(body), "", 0).digest for body in theirs)
    assert isinstance(ours, Rendering), ours
    if ours.failure or ours.flaws:
        return ["refused"], other
    return sorted(item.digest for item in ours.objects), other


def test_every_chart_of_the_demonstration_is_rendered_as_argo_cd_does(
    estate: EstateRepo, argocd: ArgoCD, tmp_path: Path
) -> None:
    picture = work_tree(estate.registry, find_workspace(estate.path))
    side = States(picture, tmp_path / "states").side(None)
    ours = open_renderer()
    count = 0
    for ready in side.applications(side.objects.clusters):
        checkout = tmp_path / ready.root
        if not checkout.exists():
            checkout.mkdir()
            repository = side.tree_of(ready.root).repository.toplevel
            archive = subprocess.run(
                ["git", "archive", ready.root], cwd=repository, check=True, capture_output=True
            )
            subprocess.run(["tar", "-x", "-C", checkout], input=archive.stdout, check=True)
        cluster = side.objects.clusters[ready.environment]
        theirs = argocd.manifests(
            {
                "Application": ready.application,
                "Checkout": str(checkout),
                "Revision": ready.root,
                "KubeVersion": cluster.version,
                "APIVersions": cluster.api_versions,
            }
        )
        wanted = side.prepared(ready, ours)
        assert not isinstance(wanted, Rendering | Unknown), wanted
        mine, other = compared(ours.render([wanted])[0], theirs, ours.cache.key)
        assert mine == other, ready.name
        count += 1
    assert count == 27


def one(text: str) -> dict[str, str]:
    return {"templates/a.yaml": text}


HOOK = MAP.replace("{name: a}", "{name: a, annotations: {helm.sh/hook: pre-install}}")
CRD = "apiVersion: x/v1\nkind: CustomResourceDefinition\nmetadata: {name: c}\n"
LIST = "apiVersion: v1\nkind: List\nitems:"
SCALARS = (
    "{a: 2024-01-01, b: =, c: 0o17, d: 017, e: yes, f: on, g: ~, h: 1e3, i: 1_000, j: 0x1F, k: y, "
    "l: 80:80, m: 0b11, n: !!str 1, o: '1', p: NO, q: <<, r: -1, s: +1, t: 1., u: .5, v: 08}"
)
NUMBERS = "{a: 1.0, b: 1.50, c: 1e21, d: 9007199254740993, e: 0.1, f: 12345678901234567890}"
HIDDEN = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {p: Tr0ub4dor-and-3}\n"
SEEN = (
    "{{ .Release.Name }} {{ .Release.Namespace }} {{ .Capabilities.KubeVersion }} "
    '{{ .Capabilities.APIVersions.Has "monitoring.coreos.com/v1" }}'
)
SUB_CHART = {
    "Chart.yaml": "apiVersion: v2\nname: alpha\nversion: 1.0.0\ndependencies:\n"
    "- {name: sub, version: 1.0.0, alias: other, condition: other.on}\n",
    "values.yaml": "other: {on: true, x: v}\n",
    "charts/sub/Chart.yaml": "apiVersion: v2\nname: sub\nversion: 1.0.0\n",
    "charts/sub/templates/a.yaml": f"{MAP}data: {{x: '{{{{ .Values.x }}}}'}}\n",
}
ORDER = {
    **one(f"{MAP}data: {{x: '{{{{ .Values.x }}}}{{{{ .Values.y }}}}{{{{ .Values.z }}}}'}}\n"),
    "values.yaml": "x: 1\ny: 1\nz: 1\n",
    "one.yaml": "y: 2\nz: 2\n",
}
PARAMETERS = {
    "a": "1,2",
    "b": "{x,y}",
    "c.d": "true",
    "e": "a=b",
    "f": "",
    "g": "$$5",
    "h": "$ARGOCD_APP_NAME-${ARGOCD_APP_NAMESPACE}-$NO",
    "i": r"a\,b",
    "j[0]": "null",
}
GIVEN = [{"name": name, "value": value} for name, value in PARAMETERS.items()]
TEXT = {"name": "text", "value": "1", "forceString": True}
TRAPS: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "hook-and-crd": ({**one(HOOK), "crds/c.yaml": CRD}, {}),
    "crds-left-out": ({**one(MAP), "crds/c.yaml": CRD}, {"skipCrds": True}),
    "list": (one(f"{LIST}\n- {{apiVersion: v1, kind: A, metadata: {{name: a}}}}\n"), {}),
    "empty-list": ({**one(MAP), "templates/b.yaml": f"{LIST} []\n"}, {}),
    "empty-documents": (one(f"---\n---\n# nothing\n---\n{MAP}---\n"), {}),
    "dashes-in-a-text": (one(f"{MAP}data:\n  x: |\n    ---\n    more\n"), {}),
    "crlf": (one(f"{MAP}data: {{x: y}}\n".replace("\n", "\r\n")), {}),
    "json": (one('{"apiVersion": "v1", "kind": "A", "metadata": {"name": "a"}}'), {}),
    "anchor": (one("x: &x {name: a}\napiVersion: v1\nkind: A\nmetadata: *x\n"), {}),
    "scalars": (one(f"{MAP}data: {SCALARS}\n"), {}),
    "numbers": (one(f"{MAP}data: {NUMBERS}\n"), {}),
    "twice": (one(f"{MAP}---\n{MAP}"), {}),
    "repeated-key": (one(f"{MAP}data: {{a: b, a: c}}\n"), {}),
    "no-kind": (one("groups: []\n"), {}),
    "not-yaml": (one("a: [\n"), {}),
    "no-value-file": (one(MAP), {"valueFiles": ["no.yaml"]}),
    "ignored": (one(MAP), {"valueFiles": ["no.yaml"], "ignoreMissingValueFiles": True}),
    "outside": (one(MAP), {"valueFiles": ["../../../x.yaml"]}),
    "order-of-values": (ORDER, {"valueFiles": ["one.yaml"], "values": "z: 3\n"}),
    "parameters": (
        one(f"{MAP}data: {{{{ .Values | toJson }}}}\n"),
        {"parameters": [*GIVEN, TEXT]},
    ),
    "release": (one(f"{MAP}data: {{x: '{SEEN}'}}\n"), {"releaseName": "other"}),
    "secret": (one(f"{HIDDEN}---\n{MAP}data: {{x: Tr0ub4dor-and-3}}\n"), {}),
    "sub-chart": (SUB_CHART, {}),
}


@pytest.mark.parametrize(("files", "block"), TRAPS.values(), ids=TRAPS)
def test_a_trap_is_rendered_or_refused_as_argo_cd_does(
    scratch: Scratch, tmp_path: Path, argocd: ArgoCD, files: dict[str, str], block: dict[str, Any]
) -> None:
    charts = Charts(scratch.path, renderer(tmp_path / "cache"))
    scratch.commit(chart_files("alpha", files))
    stated = application("alpha", **block)
    theirs = argocd.manifests(
        {
            "Application": stated,
            "Checkout": str(scratch.path),
            "Revision": scratch.git("rev-parse", "HEAD"),
            "KubeVersion": CLUSTER.version,
            "APIVersions": CLUSTER.api_versions,
        }
    )
    try:
        rendered = charts.render("alpha", **block)
    except RequestError as error:
        rendered = Rendering(failure=str(error))
    ours, other = compared(rendered, theirs, charts.renderer.cache.key)
    assert ours == other, theirs
