"""What only the real Helm shows, each kind of fault that HMCo's own charts had among it."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from demo.repository import EstateRepo
from release.cli.main import main
from release.plan.deployed import releases_of
from release.plan.states import States
from release.rendering.cache import open_cache
from release.rendering.renderedobjects import RenderedObject
from release.rendering.renderer import Helm, Renderer
from release.rules.evaluation import Report, run_checks
from release.rules.facts import Facts
from release.rules.kubernetes import RETIRED, oversize, refused_words
from tests.helm.judge import packed
from tests.release.rendering.charts import helm
from tests.release.rules.asking import CHANGED, IDLE_NAMESPACE, ask, facts_of, told

EXTRA = "helm/charts/monitoring/templates/extra.yaml"
MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n"


@pytest.fixture(scope="session")
def renderings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return one cache for all tests, so that a chart that no test touches is rendered once."""
    return tmp_path_factory.mktemp("renderings")


def rendered(estate: EstateRepo, cache: Path, program: Helm | None = None) -> Facts:
    """Return the facts of the estate with everything rendered."""
    facts = facts_of(estate)
    chosen = program or helm()
    renderer = Renderer(open_cache(cache), chosen, chosen.version)
    place = estate.path.parent / f"plan-{len(list(estate.path.parent.iterdir()))}"
    side = States(facts.picture, place).side(None)
    return replace(facts, rendered=releases_of(side, renderer))


def judge(estate: EstateRepo, cache: Path) -> Report:
    return run_checks(rendered(estate, cache))


def found(report: Report) -> list[tuple[str, str, str]]:
    but = (IDLE_NAMESPACE, CHANGED)
    return [(f.rule, f.file, f.what) for f in report.findings if f.rule not in but]


def test_a_clean_estate_renders_without_a_finding(estate: EstateRepo, renderings: Path) -> None:
    report = judge(estate, renderings)
    assert found(report) == []
    assert report.left_out == ()


CASES = {
    "no-kind": (
        "groups:\n- name: alerts\n  rules: []\n",
        "rendered-document",
        "renders something that is a document without apiVersion and kind and metadata.name",
    ),
    "no-name": (
        "apiVersion: v1\nkind: ConfigMap\n",
        "rendered-document",
        "renders something that is a ConfigMap without metadata.name",
    ),
    "twice": (f"{MAP}---\n{MAP}", "rendered-twice", "ConfigMap x is defined 2 times"),
    "thrice-by-values": (
        "{{- range until 3 }}\n---\n" + MAP + "{{- end }}\n",
        "rendered-twice",
        "ConfigMap x is defined 3 times",
    ),
    "does-not-render": (
        MAP + "data: {x: '{{ .Values.nothing.below }}'}\n",
        "rendering-fails",
        "nil pointer evaluating interface {}.below",
    ),
    "removed-api": (
        "apiVersion: policy/v1beta1\nkind: PodDisruptionBudget\nmetadata: {name: x}\n",
        "api-removed",
        "is of policy/v1beta1, gone since Kubernetes 1.25; write policy/v1",
    ),
    "deprecated-api": (
        "apiVersion: v1\nkind: Endpoints\nmetadata: {name: x}\n",
        "api-deprecated",
        "is of v1, deprecated since Kubernetes 1.33",
    ),
    "upper-case-name": (
        MAP.replace("name: x", "name: Some_Map"),
        "rendered-name",
        "the name 'Some_Map' is refused for a ConfigMap",
    ),
    "number-in-a-label": (
        MAP.replace("{name: x}", "{name: x, labels: {version: 1.5}}"),
        "rendered-name",
        "metadata.labels: version is 1.5 and must be text",
    ),
    "too-large": (
        MAP + "data: {x: {{ repeat 300000 `y` }}}\n",
        "rendered-size",
        "all annotations together may have 262,144",
    ),
    "namespace-by-values": (
        "{{- $there := `kube-public` }}\n"
        + MAP.replace("{name: x}", "{name: x, namespace: {{ $there }}}"),
        "namespace-not-permitted",
        "prod does not permit; Argo CD: namespace kube-public is not permitted in project 'dev",
    ),
}


@pytest.mark.parametrize(("template", "rule", "what"), CASES.values(), ids=CASES)
def test_a_fault_that_rendering_shows_is_told_once_at_its_template(
    estate: EstateRepo, renderings: Path, template: str, rule: str, what: str
) -> None:
    estate.write(EXTRA, template)
    ((told_rule, file, words),) = found(judge(estate, renderings))
    assert told_rule == rule
    assert what in words
    whole = "helm/charts/monitoring/Chart.yaml"
    assert file == (whole if rule == "rendering-fails" else EXTRA)


def test_an_image_of_an_archive_is_judged_by_what_the_values_make_of_it(
    estate: EstateRepo, renderings: Path
) -> None:
    pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec:\n  containers:\n"
    each = "  - {name: %s, image: 'acme/%s:{{ .Values.%s }}'}\n"
    files = {
        "Chart.yaml": "apiVersion: v2\nname: side\nversion: 1.0.0\n",
        "values.yaml": "one: latest\ntwo: latest\n",
        "templates/pod.yaml": pod + each % ("one", "one", "one") + each % ("two", "two", "two"),
    }
    chart = estate.chart_path("monitoring")
    (chart / "charts" / "side-1.0.0.tgz").write_bytes(packed("side", files))
    values = chart / "values.yaml"
    values.write_text(f"{values.read_text()}\nside: {{two: 1.2.3}}\n")
    report = judge(estate, renderings)
    told = [f.what for f in report.findings if f.rule == "archived-image-mutable"]
    where = "monitoring: Pod x of monitoring/charts/side/templates/pod.yaml"
    assert told == [
        f"{where}: image acme/one:latest has the mutable tag latest (in dev, staging, prod)"
    ]


def test_each_object_that_a_project_refuses_is_told(estate: EstateRepo, renderings: Path) -> None:
    maps = (MAP.replace("{name: x}", f"{{name: {n}, namespace: kube-public}}") for n in "xz")
    role = "apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: '%s'}\n"
    roles = (role % f"{{{{ .Release.Namespace }}}}-{name}" for name in "xz")
    estate.write(EXTRA, "---\n".join((*maps, *roles)))
    words = "\n".join(what for _, _, what in found(judge(estate, renderings)))
    for name in "xz":
        assert words.count(f"ConfigMap {name} in the fixed namespace kube-public") == 1
        assert words.count(f"StorageClass monitoring-dev-{name} (storage.k8s.io) is not") == 1
    said = "is not permitted in dev; Argo CD: resource storage.k8s.io:StorageClass is not permitted"
    assert words.count(f"{said} in project development") == 2


def test_an_object_of_two_applications_is_told(estate: EstateRepo, renderings: Path) -> None:
    fixed = MAP.replace("{name: x}", "{name: x, namespace: data-platform-dev}")
    estate.write("helm/charts/data-platform/templates/extra.yaml", MAP)
    estate.write("helm/charts/api-gateway/templates/extra.yaml", fixed)
    words = [
        what for rule, _, what in found(judge(estate, renderings)) if rule == "rendered-by-two"
    ]
    assert len(words) == 1
    assert "data-platform-dev/x is deployed by api-gateway-dev and" in words[0]
    assert "and data-platform-dev (in dev)" in words[0]


def test_a_chart_without_an_object_is_told(estate: EstateRepo, renderings: Path) -> None:
    templates = estate.chart_path("monitoring") / "templates"
    shutil.rmtree(templates)
    rules = {rule for rule, _, _ in found(judge(estate, renderings))}
    assert "rendering-empty" in rules


def test_a_dependency_that_is_not_here_is_unknown_with_its_command(
    estate: EstateRepo, renderings: Path
) -> None:
    chart = estate.chart_path("monitoring") / "Chart.yaml"
    text = chart.read_text()
    entry = "  - {name: far, version: 1.0.0, repository: 'https://c.example'}\n"
    joined = text.replace("dependencies:\n", f"dependencies:\n{entry}")
    chart.write_text(joined if joined != text else f"{text}dependencies:\n{entry}")
    findings = [f for f in judge(estate, renderings).findings if f.rule == "rendering-unknown"]
    (fix,) = [f.fix for f in findings]
    assert fix.startswith("run: helm repo add far https://c.example && helm repo add ")
    assert fix.endswith(" && helm dependency build helm/charts/monitoring")


def test_a_value_that_no_template_reads_is_a_note(estate: EstateRepo, renderings: Path) -> None:
    values = estate.chart_path("monitoring") / "values/dev.yaml"
    values.write_text(f"{values.read_text()}\nretnetion: {{days: 3}}\n")
    findings = [f for f in judge(estate, renderings).findings if f.rule == "value-unread"]
    assert [f.what for f in findings] == ["monitoring: no template reads retnetion.days"]
    values.write_text("# nothing differs\n")
    assert all(f.rule != "value-unread" for f in judge(estate, renderings).findings)


def test_rendering_wins_over_reading_where_both_can_judge(
    estate: EstateRepo, renderings: Path
) -> None:
    switched_off = MAP.replace("{name: x}", "\n  name: x\n  namespace: kube-public")
    estate.write(EXTRA, "{{- if eq (add 1 1) 3 }}\n" + switched_off + "{{- end }}\n")
    assert [rule for rule, _, _ in told(ask(estate))] == ["namespace-not-permitted"]
    assert found(judge(estate, renderings)) == []


def test_both_ways_of_judging_tell_a_fault_once(estate: EstateRepo, renderings: Path) -> None:
    estate.write(EXTRA, MAP.replace("{name: x}", "\n  name: x\n  namespace: kube-public"))
    rules = [rule for rule, _, _ in found(judge(estate, renderings))]
    assert rules == ["namespace-not-permitted"]


def test_without_helm_the_rules_are_left_out_and_said_to_be(
    estate: EstateRepo, renderings: Path
) -> None:
    facts = rendered(estate, renderings)
    assert facts.rendered is not None
    report = run_checks(replace(facts, rendered=replace(facts.rendered, helm=False)))
    assert ("rendered-document", "needs Helm (make setup-helm)") in report.left_out


def test_the_command_renders_on_request(
    estate: EstateRepo,
    own_renderings: Path,  # noqa: ARG001 -- a place of its own
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(estate.path)
    estate.write(EXTRA, "groups: []\n")
    assert main(["check", "--rule", "rendered-document"]) == 0
    assert main(["check", "--rendered", "--rule", "rendered-document"]) == 1
    assert f"{EXTRA}: monitoring: renders something that is a document" in capsys.readouterr().out


def item(text: str, size: int = 0) -> RenderedObject:
    kind, _, name = text.partition("/")
    return RenderedObject({"apiVersion": "v1", "kind": kind, "metadata": {"name": name}}, "t", size)


@pytest.mark.parametrize(
    "good", ["ConfigMap/a.b-c", "Service/web", "Role/system:node", "ClusterRole/a:b", "Pod/1"]
)
def test_a_name_that_the_api_server_takes_is_let_be(good: str) -> None:
    assert list(refused_words(item(good))) == []


@pytest.mark.parametrize(
    "bad",
    ["Service/1web", "Service/a.b", "Namespace/a.b", "Role/a%b", "Pod/-a", f"Pod/{'a' * 254}"],
)
def test_a_name_that_the_api_server_refuses_is_told(bad: str) -> None:
    assert len(list(refused_words(item(bad)))) == 1


def test_server_side_apply_lifts_the_limit_of_the_annotation_and_no_other() -> None:
    assert oversize(item("Pod/a", 300_000), server_side=True) == ""
    assert "annotation" in oversize(item("Pod/a", 300_000), server_side=False)
    assert "etcd" in oversize(item("Pod/a", 1_600_000), server_side=True)


def test_every_removed_version_was_deprecated_before() -> None:
    assert all(r.removed is None or r.deprecated < r.removed for r in RETIRED.values())
