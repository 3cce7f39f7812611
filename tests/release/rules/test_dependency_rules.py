"""Dependencies, sub-charts and locks: one thing broken, one finding at its line."""

from dataclasses import replace

import pytest

from demo.repository import EstateRepo
from release.charts.lockfile import digest, parse_lock
from release.charts.record import Dependency
from tests.release.rules.asking import (
    CHANGED,
    IDLE_NAMESPACE,
    Case,
    ask,
    both,
    edit,
    line_of,
    remove,
    the_one,
    told,
    write,
)

DATA = "helm/charts/data-platform/Chart.yaml"
DATA_LOCK = "helm/charts/data-platform/Chart.lock"
MONITORING = "helm/charts/monitoring/Chart.yaml"
MONITORING_LOCK = "helm/charts/monitoring/Chart.lock"
TRINO = "helm/charts/data-platform/charts/trino/Chart.yaml"
OTHERS = (IDLE_NAMESPACE, CHANGED, "lock-stale")
"""A change of Chart.yaml's dependencies leaves the lock behind, which is told by itself."""


@pytest.mark.parametrize("version", ["^2.8", "~2.8.4", "*", ">=2.0.0", "2.x", "latest"])
def test_a_range_is_told(version: str, estate: EstateRepo) -> None:
    estate.edit(MONITORING, '"2.8.4"', f'"{version}"')
    line = line_of(estate, MONITORING, f'"{version}"')
    assert told(ask(estate), but=OTHERS) == [("dependency-range", MONITORING, line)]


def test_a_dependency_without_version_is_told(estate: EstateRepo) -> None:
    estate.edit(MONITORING, '    version: "2.8.4"\n', "")
    assert [rule for rule, _, _ in told(ask(estate), but=OTHERS)] == ["dependency-range"]


def test_a_parent_that_asks_for_another_version_than_its_sub_chart_has_is_told(
    estate: EstateRepo,
) -> None:
    estate.edit(TRINO, "version: 1.0.0", "version: 1.0.1")
    finding = the_one(ask(estate), "dependency-version-differs")
    assert (finding.file, finding.chart) == (DATA, "data-platform")
    assert "trino asks for 1.0.0, the sub-chart has 1.0.1" in finding.what


def test_a_dependency_on_a_folder_outside_its_parent_is_told(estate: EstateRepo) -> None:
    estate.edit(DATA, "file://./charts/trino", "file://../vault")
    finding = the_one(ask(estate), "dependency-folder-missing")
    assert "helm/charts/vault, outside data-platform" in finding.what


def test_a_dependency_on_no_chart_is_told(estate: EstateRepo) -> None:
    estate.edit(DATA, "file://./charts/trino", "file://./charts/presto")
    assert "which holds no chart" in the_one(ask(estate), "dependency-folder-missing").what


def test_a_sub_chart_that_its_parent_does_not_mention_is_told(estate: EstateRepo) -> None:
    estate.edit(
        DATA,
        '  - name: trino\n    version: "1.0.0"\n    repository: "file://./charts/trino"\n'
        "    condition: trino.enabled\n",
        "",
    )
    assert the_one(ask(estate), "sub-chart-not-dependency").chart == "trino"


CASES = (
    Case(
        "sub-chart-twice",
        "helm/charts/data-platform/charts/trino-1.0.0.tgz",
        "",
        write("helm/charts/data-platform/charts/trino-1.0.0.tgz", "archive"),
    ),
    Case("lock-missing", MONITORING, "dependencies:", remove(MONITORING_LOCK)),
    Case(
        "lock-stale",
        MONITORING_LOCK,
        "digest",
        edit(MONITORING_LOCK, "sha256:39ca32f4", "sha256:00000000"),
        "digest",
    ),
    Case(
        "lock-stale",
        MONITORING_LOCK,
        "version",
        edit(MONITORING_LOCK, "version: 2.8.4", "version: [2.8.4]"),
        "form",
    ),
    Case(
        "dependency-repository-unlisted",
        MONITORING,
        "example.org",
        both(
            edit(
                MONITORING,
                "alias: kubecost\n    condition: kubecost.enabled",
                "alias: kubecost\n    condition: kubecost.enabled\n  - name: loki\n"
                '    version: "6.0.0"\n    repository: "https://example.org/helm"',
            ),
            lambda estate: relock(estate, "  name: loki", "6.0.0", "https://example.org/helm"),
        ),
    ),
)


def relock(estate: EstateRepo, name: str, version: str, repository: str) -> None:
    """Bring monitoring's lock in step with its Chart.yaml, as `helm dependency update` does."""
    from release.charts import chart_yaml  # noqa: PLC0415 -- for this one step

    path = estate.path / MONITORING_LOCK
    entry = f"-{name[1:]}\n  repository: {repository}\n  version: {version}\n"
    text = path.read_text().replace("digest:", f"{entry}digest:")
    asked = chart_yaml.parse((estate.path / MONITORING).read_text()).dependencies
    lock = parse_lock(text)
    path.write_text(text.replace(lock.digest, digest(asked, lock.dependencies)))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule + case.id)
def test_one_broken_thing_is_one_finding(case: Case, estate: EstateRepo) -> None:
    case.breaks(estate)
    expected = (case.rule, case.file, line_of(estate, case.file, case.at))
    assert told(ask(estate)) == [expected]


def test_an_archive_of_another_chart_is_no_twin(estate: EstateRepo) -> None:
    estate.write("helm/charts/data-platform/charts/trino-gateway-1.0.0.tgz", "archive")
    assert told(ask(estate)) == []


def test_a_listed_repository_that_nothing_comes_from_is_told(estate_template: EstateRepo) -> None:
    registry = estate_template.registry
    charts = tuple(
        replace(chart, dependencies=(Dependency("loki", "https://example.org"),))
        if chart.name == "security"
        else chart
        for chart in registry.charts
    )
    finding = the_one(ask(estate_template, replace(registry, charts=charts)), "dependency-idle")
    assert "https://example.org" in finding.what


def test_a_repository_with_a_final_slash_is_the_listed_one(estate: EstateRepo) -> None:
    estate.edit(MONITORING, "cost-analyzer/", "cost-analyzer")
    assert told(ask(estate), but=OTHERS) == []
