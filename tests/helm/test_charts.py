"""The estate's charts under the real Helm, and our lock digests under Helm's own check."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from demo.repository import EstateRepo
from release.charts.lockfile import parse_lock
from release.cli.main import main
from release.estate import Environment, load_estate, read_stack_files
from release.registry import REGISTRY
from tests.helm.judge import helm, statuses
from tests.release.rules.asking import ask


def _environments(estate: EstateRepo) -> dict[str, Environment]:
    return dict(load_estate(REGISTRY, read_stack_files(estate.path)).environments)


@pytest.mark.parametrize("chart", sorted(REGISTRY.by_name))
def test_every_chart_passes_helms_lint(chart: str, estate: EstateRepo, tmp_path: Path) -> None:
    answer = helm(tmp_path, "lint", "--quiet", str(estate.path / "helm/charts" / chart))
    assert answer.returncode == 0, answer.stdout + answer.stderr


@pytest.mark.parametrize("chart", sorted(REGISTRY.by_name))
def test_every_chart_renders_as_its_application_says(
    chart: str, estate: EstateRepo, tmp_path: Path
) -> None:
    record = REGISTRY.by_name[chart]
    folder = estate.path / "helm/charts" / chart
    for name, environment in _environments(estate).items():
        if chart not in environment.settings.versions:
            continue
        namespace = record.namespace.in_environment(
            environment.settings.destination.namespace_suffix
        )
        answer = helm(
            tmp_path,
            "template",
            chart,
            str(folder),
            f"--namespace={namespace}",
            *(f"--values={folder / file}" for file in record.value_files_in(name)),
            *(f"--set={key}={value}" for key, value in record.parameters.items()),
        )
        assert answer.returncode == 0, answer.stderr
        objects: list[dict[str, Any]] = [o for o in yaml.safe_load_all(answer.stdout) if o]
        fixed = {o["metadata"]["namespace"] for o in objects if "namespace" in o["metadata"]}
        assert fixed <= {namespace, *record.fixed_namespaces}


AS_IT_IS = '    version: "1.0.0"\n    repository: "file://./charts/trino"\n'
FORMS = {
    "by its folder": AS_IT_IS,
    "without repository": '    version: "1.0.0"\n',
    "with an empty repository": '    version: "1.0.0"\n    repository: ""\n',
    "in a range": AS_IT_IS.replace("1.0.0", "^1.0.0"),
    "in a range without repository": '    version: ">=1.0.0 <3"\n',
    "in a range that ends": AS_IT_IS.replace("1.0.0", "~1.0.0"),
}
"""How a parent may ask for a sub-chart of its own."""


def cut_trino(asked_as: str, estate: EstateRepo, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Cut a sub-chart that its parent asks for in this way and return the parent's folder."""
    monkeypatch.chdir(estate.path)
    parent = estate.path / "helm/charts/data-platform"
    asked = (parent / "Chart.yaml").read_text()
    assert AS_IT_IS in asked
    (parent / "Chart.yaml").write_text(asked.replace(AS_IT_IS, asked_as))
    (parent / "Chart.lock").unlink()
    # Local sub-charts alone, so that Helm makes the lock without any network.
    answer = helm(estate.path.parent, "dependency", "update", str(parent))
    assert answer.returncode == 0, answer.stderr
    for archive in parent.glob("charts/*.tgz"):
        archive.unlink()
    estate.commit("chore(data-platform): ask for trino in another way")
    changelog = parent / "CHANGELOG.md"
    text = changelog.read_text()
    marker = "## [Unreleased]\n"
    assert marker in text
    changelog.write_text(text.replace(marker, f"{marker}\n### Added\n- A second replica\n", 1))
    values = parent / "charts/trino/values.yaml"
    values.write_text(values.read_text() + "# two replicas\n")
    estate.commit("feat(trino): add a second replica")
    assert main(["cut", "trino", "minor"]) == 0
    return parent


@pytest.mark.parametrize("asked_as", FORMS.values(), ids=FORMS.keys())
def test_helm_takes_what_a_cut_of_a_sub_chart_writes(
    asked_as: str, estate: EstateRepo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A sub-chart of another version is rendered always, whatever its condition says."""
    parent = cut_trino(asked_as, estate, monkeypatch)
    answer = helm(tmp_path, "dependency", "list", str(parent))
    assert set(statuses(answer.stdout)) == {"unpacked"}, answer.stdout
    answer = helm(tmp_path, "template", str(parent), "--set=trino.enabled=false")
    assert answer.returncode == 0, answer.stderr
    assert "charts/trino/" not in answer.stdout
    found = {finding.rule for finding in ask(estate).findings}
    assert not {rule for rule in found if rule.startswith(("lock-", "dependency-", "sub-chart-"))}
    answer = helm(tmp_path, "dependency", "build", str(parent))
    assert answer.returncode == 0, answer.stderr
    lock = parent / "Chart.lock"
    digest = parse_lock(lock.read_text()).digest
    lock.write_text(lock.read_text().replace(digest, f"sha256:{'0' * 64}"))
    answer = helm(tmp_path, "dependency", "build", str(parent))
    assert answer.returncode != 0
    assert "out of sync" in answer.stderr
