"""One thing broken in a chart's own files brings exactly the finding that names it."""

import shutil
from dataclasses import replace

import pytest

from demo.repository import EstateRepo
from release.charts.record import Registry, SubChart
from tests.release.rules.asking import Case, append, ask, edit, remove, the_one, told, write

JUPYTER = "helm/charts/jupyterhub/Chart.yaml"
VALUES = "helm/charts/jupyterhub/values.yaml"

CASES = (
    Case("chart-form", JUPYTER, "type:", edit(JUPYTER, "type: application", "type: [x]")),
    Case(
        "chart-form",
        JUPYTER,
        "# again",
        edit(JUPYTER, "name: jupyterhub", "name: jupyterhub\napiVersion: v2 # again"),
        "twice",
    ),
    Case(
        "chart-name-differs",
        JUPYTER,
        "name: hub",
        edit(JUPYTER, "name: jupyterhub", "name: hub"),
    ),
    Case(
        "chart-name-differs",
        JUPYTER,
        "name: jup\u0443terhub",
        edit(JUPYTER, "name: jupyterhub", "name: jup\u0443terhub"),
        "look-alike",
    ),
    Case(
        "chart-api-version",
        JUPYTER,
        "apiVersion",
        edit(JUPYTER, "apiVersion: v2", "apiVersion: v1"),
    ),
    Case("unusable-file", VALUES, "<<<<<<< HEAD", append(VALUES, "\n<<<<<<< HEAD\nx: 1\n")),
    Case(
        "argocd-source-override",
        "helm/charts/jupyterhub/.argocd-source-jupyterhub-prod.yaml",
        "",
        write("helm/charts/jupyterhub/.argocd-source-jupyterhub-prod.yaml", "helm: {}\n"),
    ),
    Case("app-version-mutable", JUPYTER, "latest", edit(JUPYTER, '"1.16.0"', "latest")),
    Case(
        "image-mutable",
        VALUES,
        "latest",
        edit(VALUES, 'tag: "1.16.0"', "tag: latest"),
    ),
    Case(
        "value-file-missing",
        "helm/charts/monitoring/values/dev.yaml",
        "",
        remove("helm/charts/monitoring/values/dev.yaml"),
    ),
    Case(
        "chart-unregistered",
        "helm/charts/streaming/Chart.yaml",
        "apiVersion",
        write(
            "helm/charts/streaming/Chart.yaml", "apiVersion: v2\nname: streaming\nversion: 0.1.0\n"
        ),
    ),
)


def _expecting_no_file(case: Case, estate: EstateRepo) -> None:
    case.breaks(estate)
    assert told(ask(estate)) == [(case.rule, case.file, 0)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule + case.id)
def test_one_broken_thing_is_one_finding(case: Case, estate: EstateRepo) -> None:
    if case.at:
        case.assert_told(estate)
    else:
        _expecting_no_file(case, estate)


@pytest.mark.parametrize("version", ["01.0.0", "1.0", "v1.0.0", "1.0.0+build", "latest", "^1.0.0"])
def test_a_version_that_is_none_is_told(version: str, estate: EstateRepo) -> None:
    estate.edit(JUPYTER, "version: 1.0.0", f'version: "{version}"')
    finding = the_one(ask(estate), "version-not-semver")
    assert version in finding.what
    assert (finding.file, finding.chart) == (JUPYTER, "jupyterhub")


def test_a_version_that_yaml_reads_as_a_number_is_told(estate: EstateRepo) -> None:
    estate.edit(JUPYTER, "version: 1.0.0", "version: 1.10")
    assert "1.10" in the_one(ask(estate), "chart-form").what


def test_a_version_below_the_first_stable_one_is_told(estate: EstateRepo) -> None:
    estate.edit(JUPYTER, "version: 1.0.0", "version: 0.9.0")
    assert "1.0.0" in the_one(ask(estate), "version-below-first").what


def test_a_registered_chart_without_folder_is_told(estate: EstateRepo) -> None:
    shutil.rmtree(estate.path / "helm/charts/security")
    report = ask(estate)
    assert "security" in the_one(report, "chart-missing").what
    assert report.fails(strict=False)


def test_a_sub_chart_without_folder_is_told_with_its_path(estate: EstateRepo) -> None:
    sub_chart = SubChart(
        name="flink", parent="data-platform", owner="data-platform", purpose="Streams"
    )
    registry: Registry = replace(
        estate.registry, sub_charts=(*estate.registry.sub_charts, sub_chart)
    )
    finding = the_one(ask(estate, registry), "chart-missing")
    assert "helm/charts/data-platform/charts/flink" in finding.what


def test_a_value_file_that_only_dev_reads_is_told_for_dev_alone(estate: EstateRepo) -> None:
    (estate.path / "helm/charts/ml-platform/values/dev.yaml").unlink()
    finding = the_one(ask(estate), "value-file-missing")
    assert finding.environment == "dev"
    assert "ml-platform-dev reads values/dev.yaml" in finding.what
