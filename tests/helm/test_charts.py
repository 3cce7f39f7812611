"""The estate's charts under the real Helm, and our lock digests under Helm's own check."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from demo.repository import EstateRepo
from release.charts.lockfile import parse_lock
from release.cli.main import main
from release.estate import Environment, load_estate, read_stack_files
from release.registry import REGISTRY
from tools.toolchain.locate import locate


def _helm(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    found = locate(("helm",))
    assert not found.missing, "run: make setup-dev"
    homes = {name: str(folder / name.lower()) for name in ("HELM_CACHE_HOME", "HELM_CONFIG_HOME")}
    return subprocess.run(
        [found.bins["helm"] / "helm", *arguments],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, **homes, "HELM_DATA_HOME": str(folder / "data")},
    )


def _environments(estate: EstateRepo) -> dict[str, Environment]:
    return dict(load_estate(REGISTRY, read_stack_files(estate.path)).environments)


@pytest.mark.parametrize("chart", sorted(REGISTRY.by_name))
def test_every_chart_passes_helms_lint(chart: str, estate: EstateRepo, tmp_path: Path) -> None:
    answer = _helm(tmp_path, "lint", "--quiet", str(estate.path / "helm/charts" / chart))
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
        answer = _helm(
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


@pytest.fixture
def cut_sub_chart(estate: EstateRepo, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Cut a sub-chart and return the folder of its parent."""
    monkeypatch.chdir(estate.path)
    parent = estate.path / "helm/charts/data-platform"
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


def test_helm_accepts_the_lock_that_a_cut_of_a_sub_chart_writes(
    cut_sub_chart: Path, tmp_path: Path
) -> None:
    answer = _helm(tmp_path, "dependency", "build", str(cut_sub_chart))
    assert answer.returncode == 0, answer.stderr


def test_helm_refuses_the_same_lock_with_another_digest(
    cut_sub_chart: Path, tmp_path: Path
) -> None:
    lock = cut_sub_chart / "Chart.lock"
    digest = parse_lock(lock.read_text()).digest
    lock.write_text(lock.read_text().replace(digest, f"sha256:{'0' * 64}"))
    answer = _helm(tmp_path, "dependency", "build", str(cut_sub_chart))
    assert answer.returncode != 0
    assert "out of sync" in answer.stderr
