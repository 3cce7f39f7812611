"""The faults that HMCo's repository really had, all at once, on top of a clean estate."""

from collections import Counter

from demo.repository import EstateRepo
from tests.helm.judge import packed
from tests.release.rules.asking import CHANGED, IDLE_NAMESPACE, ask

ML = "helm/charts/ml-platform"
APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: {chart}-{environment}
spec:
  source:
    repoURL: https://github.com/254CARBON/HMCo.git
    targetRevision: main
    path: helm/charts/{chart}
"""
PROJECT = "apiVersion: argoproj.io/v1alpha1\nkind: AppProject\nmetadata:\n  name: {name}\n"


def _break(estate: EstateRepo) -> None:
    for file in ("ml-platform/values/dev", "ml-platform/values/staging", "monitoring/values/dev"):
        (estate.path / f"helm/charts/{file}.yaml").unlink()
    chart = estate.path / ML / "Chart.yaml"
    head, _, dependencies = chart.read_text().partition("dependencies:")
    lines = (
        '    version: "0.1.0"' if line.strip().startswith("version:") else line
        for line in dependencies.split("\n")
    )
    chart.write_text(f"{head}dependencies:" + "\n".join(lines))
    (estate.path / ML / "Chart.lock").unlink()
    for environment, project in (("dev", "development"), ("prod", "production")):
        manifests = [PROJECT.format(name=project)]
        manifests += [
            APPLICATION.format(chart=chart, environment=environment)
            for chart in ("storage", "monitoring")
        ]
        estate.write(
            f"environments/{environment}/argocd-applications.yaml", "---\n".join(manifests)
        )
    estate.write("helm/charts/streaming/Chart.yaml", "apiVersion: v2\nname: streaming\n")
    mlflow = packed("mlflow", {"Chart.yaml": "apiVersion: v2\nname: mlflow\nversion: 0.1.0\n"})
    (estate.path / f"{ML}/charts/mlflow-1.0.0.tgz").write_bytes(mlflow)
    estate.edit("helm/charts/cloudflare-tunnel/values.yaml", 'tag: "1.16.0"', "tag: latest")
    estate.write(
        "helm/charts/monitoring/templates/grafana.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: grafana\n  namespace: monitoring\n",
    )


def test_each_of_them_is_told_and_nothing_else(estate: EstateRepo) -> None:
    _break(estate)
    estate.commit("Bring upstream's faults back")
    counts = Counter(finding.rule for finding in ask(estate).findings)
    del counts[IDLE_NAMESPACE]
    assert counts == {
        "value-file-missing": 3,
        "dependency-version-differs": 2,
        "lock-missing": 1,
        "legacy-application": 6,
        "chart-unregistered": 1,
        "sub-chart-twice": 1,
        "image-mutable": 1,
        "namespace-collides": 1,
        CHANGED: 3,
    }


def test_a_repository_that_never_tagged_is_told_for_every_pin(estate: EstateRepo) -> None:
    tags = estate.git("tag").split()
    estate.git("tag", "--delete", *tags)
    report = ask(estate)
    pins = sum(finding.rule == "pin-untagged" for finding in report.findings)
    assert pins == 13 + 7, "every chart of prod and staging; dev follows the branch"
    assert report.fails(strict=False)
