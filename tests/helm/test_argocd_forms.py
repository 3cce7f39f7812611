"""Argo CD's objects in every form in which somebody may keep them, found as they are applied.

The definitions of Argo CD's own kinds judge the plain forms, Helm renders the templated ones.
"""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from demo.repository import EstateRepo
from release.rules.argocd_rules import ours
from release.rules.argomanifests import ArgoManifest, argo_manifests
from release.rules.facts import Facts
from tests.helm.judge import helm, write_chart
from tests.release.rules.asking import ask, facts_of
from tools.toolchain.locate import locate

FILE = "k8s/gitops/other.yaml"
SPEC = {
    "project": "default",
    "destination": {"server": "https://kubernetes.default.svc", "namespace": "vault"},
    "source": {
        "repoURL": "https://github.com/254CARBON/HMCo.git",
        "path": "helm/charts/vault",
        "targetRevision": "refs/tags/x-1.0.0",
    },
    "syncPolicy": {"automated": {}},
}


def application(name: str = "other", **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": name, "namespace": "argocd"},
        "spec": SPEC | spec,
    }


def source(**fields: str) -> dict[str, str]:
    return {"repoURL": "https://github.com/254CARBON/HMCo.git", "targetRevision": "1.0.0", **fields}


ELSEWHERE = source(path="apps/x")
HYDRATED = {
    "drySource": source(path="helm/charts/vault"),
    "syncSource": {"targetBranch": "env/prod", "path": "vault"},
}


def without_source(**spec: Any) -> dict[str, Any]:
    found = application(**spec)
    del found["spec"]["source"]
    return found


APPLICATIONS = {
    "the name of one of ours": application("vault-prod", source=ELSEWHERE),
    "a chart of ours": application(),
    "a chart of ours in several sources": without_source(
        sources=[ELSEWHERE, source(path="./helm/charts/vault/")]
    ),
    "a sub-chart of ours": application(
        source=source(path="helm/charts/data-platform/charts/trino")
    ),
    "a path that goes up": application(source=source(path="helm/x/../charts/vault")),
    "a chart of ours by a hydrator": without_source(sourceHydrator=HYDRATED),
}


def as_set(template: dict[str, Any], generators: list[Any], **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "ApplicationSet",
        "metadata": {"name": "all"},
        "spec": {"generators": generators, "template": template, **spec},
    }


def template(name: str = "{{name}}", path: str = "apps/x") -> dict[str, Any]:
    made = application(name, source=source(path=path))
    return {"metadata": {"name": name}, "spec": made["spec"]}


LISTED = [{"list": {"elements": [{"chart": "trino-x"}, {"chart": "vault"}]}}]
FOLDERS = [{"git": {"repoURL": "https://x", "directories": [{"path": "helm/charts/*"}]}}]
CLUSTERS: list[dict[str, Any]] = [{"clusters": {}}]
SETS = {
    "a set with a fixed chart": as_set(template("{{name}}-vault", "helm/charts/vault"), CLUSTERS),
    "a set by a list": as_set(template("{{chart}}-x", "helm/charts/{{chart}}"), LISTED),
    "a set by a list of names": as_set(template("{{.chart}}-prod"), LISTED, goTemplate=True),
    "a set by the folders of Git": as_set(template("{{path.basename}}", "{{path}}"), FOLDERS),
    "a set by clusters": as_set(
        template("{{name}}-x", "helm/charts/{{metadata.labels.x}}"), CLUSTERS
    ),
    "a set by a matrix": as_set(
        template("{{chart}}-{{env}}"),
        [{"matrix": {"generators": [*LISTED, {"list": {"elements": [{"env": "prod"}]}}]}}],
    ),
    "a set by a matrix with clusters": as_set(
        template("x-{{chart}}", "helm/charts/{{chart}}"),
        [{"matrix": {"generators": [*LISTED, *CLUSTERS]}}],
    ),
    "a set whose generator has the template": as_set(
        template("{{chart}}-x"),
        [{"list": {**LISTED[0]["list"], "template": template("x", "helm/charts/vault")}}],
    ),
    "a set whose patch has the source": as_set(
        template("{{chart}}-x"),
        LISTED,
        templatePatch="spec:\n  source:\n    path: helm/charts/vault\n{{- if .x }}\n{{- end }}\n",
    ),
}
VAULT = yaml.safe_dump(APPLICATIONS["a chart of ours"])
PATCH = "- op: replace\n  path: /spec/syncPolicy\n  value: {automated: {}}\n"
TEXTS = {
    "one of several documents": f"a: 1\n---\n# x\n---\n{VAULT}",
    "with Windows' line ends": VAULT.replace("\n", "\r\n"),
    "a list of kubectl": yaml.safe_dump(
        {"apiVersion": "v1", "kind": "List", "items": [application()]}
    ),
    "a list in a list": yaml.safe_dump(
        {"kind": "List", "items": [{"kind": "ApplicationList", "items": [application()]}]}
    ),
    "anchors": "x: &v vault\n---\n" + VAULT.replace("helm/charts/vault", "&p helm/charts/vault"),
    "an object of a chart's values": yaml.safe_dump({"extraObjects": [application()]}),
    "a text of a chart's values": yaml.safe_dump({"extraDeploy": [VAULT]}, default_style="|"),
    "values of the chart argocd-apps": yaml.safe_dump({"applications": {"x": SPEC}}),
    "values of it in a list": yaml.safe_dump({"applications": [{"name": "x", **SPEC}]}),
    "a patch of a kustomization": yaml.safe_dump(
        {"kind": "Kustomization", "patches": [{"patch": VAULT.replace("other", "vault-prod")}]}
    ),
    "a patch by a target": yaml.safe_dump(
        {"patches": [{"target": {"kind": "Application", "name": "vault-.*"}, "patch": PATCH}]}
    ),
    "a patch by kind alone": yaml.safe_dump(
        {"patches": [{"target": {"kind": "Application"}, "patch": PATCH}]}
    ),
    "a patch by a pattern of kinds": yaml.safe_dump(
        {"patches": [{"target": {"kind": "App.*", "name": "vault-prod"}, "patch": PATCH}]}
    ),
    "a patch by group alone": yaml.safe_dump(
        {"patches": [{"target": {"group": "argoproj.io"}, "patch": PATCH}]}
    ),
    "a replacement": yaml.safe_dump(
        {"replacements": [{"targets": [{"select": {"kind": "Application", "name": "vault-prod"}}]}]}
    ),
    "a chart that a kustomization renders": yaml.safe_dump(
        {"helmCharts": [{"name": "apps", "valuesInline": {"applications": {"x": SPEC}}}]}
    ),
}
OTHERS = {
    "a patch of another kind": {"patches": [{"target": {"kind": "Deployment"}, "patch": PATCH}]},
    "a patch of another group": {"patches": [{"target": {"group": "apps"}, "patch": PATCH}]},
    "a patch by a name alone": {"patches": [{"target": {"name": "vault-prod"}, "patch": PATCH}]},
    "a pattern that is none": {"patches": [{"target": {"kind": "("}, "patch": PATCH}]},
    "an Application of somebody else": {
        "apiVersion": "app.k8s.io/v1beta1",
        "kind": "Application",
        "metadata": {"name": "vault-prod"},
    },
}


@pytest.mark.parametrize("form", APPLICATIONS.values(), ids=APPLICATIONS.keys())
def test_an_application_of_every_form_is_found(form: dict[str, Any], facts: Facts) -> None:
    jsonschema.validate(form, schema_of("application"))
    assert_found(facts, yaml.safe_dump(form))


@pytest.mark.parametrize("form", SETS.values(), ids=SETS.keys())
def test_an_application_set_of_every_form_is_found(form: dict[str, Any], facts: Facts) -> None:
    made = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", **form["spec"]["template"]}
    jsonschema.validate(made, schema_of("application"))
    assert_found(facts, yaml.safe_dump(form))


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_an_application_in_every_kind_of_file_is_found(text: str, facts: Facts) -> None:
    assert_found(facts, text)


@pytest.mark.parametrize("indent", ["\t", 2, None])
def test_json_is_read_as_well(indent: str | int | None, facts: Facts) -> None:
    text = json.dumps(application(), indent=indent).replace("/", "\\/")
    assert_found(facts, text)


def test_what_a_set_does_not_make_is_no_false_alarm(facts: Facts) -> None:
    others = [{"list": {"elements": [{"chart": "grafana"}]}}]
    listed = as_set(template("{{chart}}-prod", "apps/{{chart}}"), others)
    teams = [{"git": {"repoURL": "https://x", "directories": [{"path": "teams/*"}]}}]
    folders = as_set(template("{{path.basename}}", "{{path}}"), teams)
    assert fights(facts, yaml.safe_dump_all([listed, folders])) == []


@pytest.mark.parametrize("document", OTHERS.values(), ids=OTHERS.keys())
def test_what_is_of_another_kind_is_no_false_alarm(document: object, facts: Facts) -> None:
    assert fights(facts, yaml.safe_dump(document) + "# argoproj.io\n") == []


TEMPLATES = {
    "a kind by the values": VAULT.replace("kind: Application", "kind: {{ .Values.kind }}"),
    "a version by the values": VAULT.replace("argoproj.io/v1alpha1", "{{ .Values.api }}"),
    "a name by the values": VAULT.replace("name: other", "name: {{ .Values.chart }}-prod").replace(
        "helm/charts/vault", "apps/x"
    ),
    "a path by the values": VAULT.replace(
        "path: helm/charts/vault", "path: helm/charts/{{ .Values.chart }}"
    ),
    "a loop": "{{- range .Values.charts }}\n---\n"
    + VAULT.replace("helm/charts/vault", "helm/charts/{{ . }}")
    + "{{- end }}\n",
    "a condition in the middle": VAULT.replace(
        "spec:\n", "spec:\n{{- if .Values.chart }}\n  # on\n{{- else }}\n  # off\n{{- end }}\n"
    ),
    "a quoted default": VAULT.replace(
        "helm/charts/vault", '"helm/charts/{{ .Values.none | default "vault" }}"'
    ),
    "labels by a helper": VAULT.replace(
        "metadata:\n", "metadata:\n  labels:\n    {{- toYaml .Values.labels | nindent 4 }}\n"
    ),
    "a set with escaped braces": yaml.safe_dump(SETS["a set by a list"], width=200).replace(
        "{{chart}}", "{{ `{{chart}}` }}"
    ),
}


@pytest.mark.parametrize("text", TEMPLATES.values(), ids=TEMPLATES.keys())
def test_a_template_is_told_as_what_helm_makes_of_it(
    text: str, facts: Facts, tmp_path: Path
) -> None:
    files = {
        "Chart.yaml": "apiVersion: v2\nname: apps\nversion: 1.0.0\n",
        "values.yaml": "chart: vault\ncharts: [vault]\nlabels: {a: b}\n"
        "kind: Application\napi: argoproj.io/v1alpha1\n",
        "templates/app.yaml": text,
    }
    answer = helm(tmp_path, "template", str(write_chart(tmp_path / "apps", files)))
    assert answer.returncode == 0, answer.stderr
    assert_found(facts, answer.stdout)
    assert_found(facts, text)


def test_what_cannot_be_read_is_said_to_be(estate: EstateRepo) -> None:
    text = f"{VAULT}---\n" + VAULT.replace("spec:", "spec: {{ if x }}[{{ else }}]{{ end }}: x: y")
    estate.write(FILE, text)
    found = [(f.rule, f.line) for f in ask(estate).findings if f.file == FILE]
    assert ("argo-manifest-unreadable", VAULT.count("\n") + 1) in found
    assert ("legacy-application", 2) in found


def test_every_line_is_that_of_the_object_in_the_file() -> None:
    text = TEXTS["a text of a chart's values"]
    (found,) = argo_manifests("x.yaml", text)
    assert isinstance(found, ArgoManifest)
    assert "kind" in text.split("\n")[found.line - 1]


def schema_of(kind: str) -> dict[str, Any]:
    """Return the schema of one of Argo CD's kinds, as the API server checks it."""
    folder = locate(("argocd-crds",)).bins["argocd-crds"]
    definition = yaml.safe_load((folder / f"{kind}-crd.yaml").read_text())
    (version,) = definition["spec"]["versions"]
    return dict(version["schema"]["openAPIV3Schema"])


def assert_found(facts: Facts, text: str) -> None:
    assert fights(facts, text) != []


def fights(facts: Facts, text: str) -> list[str]:
    """Return in which ways the objects of a text fight those of the stack files."""
    found = list(argo_manifests(FILE, text))
    return [how for each in found if (how := ours(facts).fights(each))]


@pytest.fixture(scope="module")
def facts(estate_template: EstateRepo) -> Facts:
    """Return what the clean estate says; nothing is written into it."""
    return facts_of(estate_template)
