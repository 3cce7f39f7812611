"""Dependencies, sub-charts and locks: one thing broken, one finding at its line."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from demo.repository import EstateRepo
from release.charts import chart_yaml
from release.charts.lockfile import digest, parse_lock
from release.charts.record import Dependency
from tests.helm.judge import packed
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
)

DATA = "helm/charts/data-platform/Chart.yaml"
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


def pack(file: str, name: str, version: str) -> Callable[[EstateRepo], None]:
    """Return a break that packs a chart into an archive."""
    chart = {"Chart.yaml": f"apiVersion: v2\nname: {name}\nversion: {version}\n"}

    def breaks(estate: EstateRepo) -> None:
        (estate.path / file).write_bytes(packed(name, chart))

    return breaks


CASES = (
    Case(
        "sub-chart-twice",
        "helm/charts/data-platform/charts/trino-1.0.0.tgz",
        "",
        pack("helm/charts/data-platform/charts/trino-1.0.0.tgz", "trino", "1.0.0"),
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
    path = estate.path / MONITORING_LOCK
    entry = f"-{name[1:]}\n  repository: {repository}\n  version: {version}\n" if name else ""
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
    archive = "helm/charts/data-platform/charts/trino-gateway-1.0.0.tgz"
    pack(archive, "trino-gateway", "1.0.0")(estate)
    assert told(ask(estate)) == [
        ("sub-chart-not-dependency", DATA, line_of(estate, DATA, "dependencies:"))
    ]


def test_a_listed_repository_that_nothing_comes_from_is_told(estate_template: EstateRepo) -> None:
    registry = estate_template.registry
    charts = tuple(
        chart._replace(dependencies=(Dependency("loki", "https://example.org"),))
        if chart.name == "security"
        else chart
        for chart in registry.charts
    )
    finding = the_one(ask(estate_template, replace(registry, charts=charts)), "dependency-idle")
    assert "https://example.org" in finding.what


def test_a_repository_with_a_final_slash_is_the_listed_one(estate: EstateRepo) -> None:
    estate.edit(MONITORING, "cost-analyzer/", "cost-analyzer")
    assert told(ask(estate), but=OTHERS) == []


KUBECOST = "helm/charts/monitoring/charts/cost-analyzer-2.8.4.tgz"


def raise_cost_analyzer(estate: EstateRepo) -> None:
    """Raise the dependency in Chart.yaml and lock, and leave the archive behind."""
    for file in (MONITORING, MONITORING_LOCK):
        path = estate.path / file
        path.write_text(path.read_text().replace("2.8.4", "2.9.0"))
    lock = estate.path / MONITORING_LOCK
    asked = chart_yaml.parse((estate.path / MONITORING).read_text()).dependencies
    taken = parse_lock(lock.read_text())
    lock.write_text(lock.read_text().replace(taken.digest, digest(asked, taken.dependencies)))


def test_an_old_archive_behind_a_raised_dependency_is_told(estate: EstateRepo) -> None:
    raise_cost_analyzer(estate)
    assert told(ask(estate)) == [
        ("dependency-vendored-differs", MONITORING, line_of(estate, MONITORING, "2.9.0"))
    ]
    finding = the_one(ask(estate), "dependency-vendored-differs")
    assert finding.what.endswith("asks for 2.9.0, charts/cost-analyzer-2.8.4.tgz holds 2.8.4")


@pytest.mark.parametrize(
    ("broken", "what"),
    [
        (pack(KUBECOST, "cost-analyzer", "2.8.3"), "asks for 2.8.4, charts/cost-analyzer-2.8.4"),
        (pack(KUBECOST, "kubecost", "2.8.4"), "2.8.4.tgz holds, which is kubecost"),
        (
            pack(KUBECOST.replace("2.8.4", "2.8.3"), "cost-analyzer", "2.8.3"),
            "is in charts/ more than once: charts/cost-analyzer-2.8.3.tgz, ",
        ),
    ],
    ids=["another version inside", "another chart inside", "two archives"],
)
def test_an_archive_that_is_not_what_is_asked_for_is_told(
    broken: Callable[[EstateRepo], None], what: str, estate: EstateRepo
) -> None:
    broken(estate)
    assert what in the_one(ask(estate), "dependency-vendored-differs").what


def test_an_archive_that_git_ignores_is_nothing_to_argo_cd(estate: EstateRepo) -> None:
    estate.write(".gitignore", "/build/\nhelm/charts/data-platform/charts/*.tgz\n")
    pack("helm/charts/data-platform/charts/trino-1.0.0.tgz", "trino", "0.9.0")(estate)
    assert told(ask(estate)) == []


@pytest.mark.parametrize("data", [b"no archive", b"\x1f\x8b\x08\x00\xff", b""])
def test_an_archive_that_nobody_can_unpack_is_told(data: bytes, estate: EstateRepo) -> None:
    (estate.path / KUBECOST).write_bytes(data)
    assert told(ask(estate)) == [("chart-unloadable", KUBECOST, 0)]


def test_one_chart_may_be_asked_for_twice_in_two_versions(estate: EstateRepo) -> None:
    """Under an alias; the lock has an entry for each, and the two are not mixed up."""
    entry = (
        '  - name: cost-analyzer\n    version: "2.7.0"\n'
        '    repository: "https://kubecost.github.io/cost-analyzer/"\n    alias: old\n'
    )
    text = (estate.path / MONITORING).read_text()
    (estate.path / MONITORING).write_text(text.rstrip("\n") + f"\n{entry}")
    relock(estate, "  name: cost-analyzer", "2.7.0", "https://kubecost.github.io/cost-analyzer/")
    pack(KUBECOST.replace("2.8.4", "2.7.0"), "cost-analyzer", "2.7.0")(estate)
    assert told(ask(estate)) == []
    (estate.path / KUBECOST.replace("2.8.4", "2.7.0")).unlink()
    pack(KUBECOST.replace("2.8.4", "2.6.0"), "cost-analyzer", "2.6.0")(estate)
    assert {found for found, _, _ in told(ask(estate))} == {"dependency-vendored-differs"}


def test_an_archive_of_another_version_than_the_lock_has_is_told(estate: EstateRepo) -> None:
    """Both are in the range; Helm renders the one, and the lock says the other."""
    estate.edit(MONITORING, '"2.8.4"', '"^2.8"')
    relock(estate, "", "", "")
    pack(KUBECOST, "cost-analyzer", "2.8.5")(estate)
    finding = the_one(ask(estate), "dependency-vendored-differs")
    assert finding.what.endswith(
        "is 2.8.4 in Chart.lock, charts/cost-analyzer-2.8.4.tgz holds 2.8.5"
    )


def test_a_range_with_a_lock_that_fits_is_exact(estate: EstateRepo) -> None:
    estate.edit(MONITORING, '"2.8.4"', '"^2.8"')
    relock(estate, "", "", "")
    assert told(ask(estate)) == []


@pytest.mark.parametrize("asked", ["^1.0.0", ">=1.0.0 <2.0.0", "1.x"])
@pytest.mark.parametrize("repository", ['    repository: "file://./charts/trino"\n', ""])
def test_a_range_of_ones_own_that_holds_the_sub_chart_is_fine(
    asked: str, repository: str, estate: EstateRepo
) -> None:
    estate.edit(
        DATA,
        '  - name: trino\n    version: "1.0.0"\n    repository: "file://./charts/trino"\n',
        f'  - name: trino\n    version: "{asked}"\n{repository}',
    )
    found = {rule for rule, _, _ in told(ask(estate), but=OTHERS)}
    assert found == set()
    estate.edit(TRINO, "version: 1.0.0", "version: 2.0.0")
    assert "dependency-version-differs" in {rule for rule, _, _ in told(ask(estate), but=OTHERS)}


VENDORED = "helm/charts/data-platform/charts/redis"


def test_a_folder_that_the_registry_does_not_name_is_judged_by_all_rules(
    estate: EstateRepo,
) -> None:
    """Helm renders it, and what it depends on."""
    estate.write(
        f"{VENDORED}/Chart.yaml",
        "apiVersion: v2\nname: redis\nversion: 20.1.0\nappVersion: latest\ndependencies:\n"
        "- name: common\n  version: 2.x.x\n  repository: https://charts.example.org\n"
        "- name: exporter\n  version: 1.0.0\n",
    )
    estate.write(
        f"{VENDORED}/charts/exporter/Chart.yaml", "apiVersion: v2\nname: exporter\nversion: 2.0.0\n"
    )
    estate.write(
        f"{VENDORED}/templates/x.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n  namespace: elsewhere\n",
    )
    report = ask(estate)
    here = {(f.rule, f.file) for f in report.findings if f.file.startswith(VENDORED)}
    assert here == {
        ("chart-unregistered", f"{VENDORED}/Chart.yaml"),
        ("chart-unregistered", f"{VENDORED}/charts/exporter/Chart.yaml"),
        ("app-version-mutable", f"{VENDORED}/Chart.yaml"),
        ("dependency-range", f"{VENDORED}/Chart.yaml"),
        ("dependency-vendored-differs", f"{VENDORED}/Chart.yaml"),
        ("dependency-version-differs", f"{VENDORED}/Chart.yaml"),
        ("namespace-not-permitted", f"{VENDORED}/templates/x.yaml"),
    }
    assert {f.chart for f in report.findings if f.file.startswith(VENDORED)} == {"data-platform"}
