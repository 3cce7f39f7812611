"""What Helm refuses of the estate's charts the check calls an error, and what it takes it does not.

Helm is asked as Argo CD asks it: with the value files and parameters of an Application.
"""

from pathlib import Path

import pytest

from demo.repository import EstateRepo
from release.rules.rule import Severity
from tests.helm.judge import helm, packed
from tests.release.rules.asking import CHANGED, ask

DATA = "helm/charts/data-platform"
CHART = f"{DATA}/Chart.yaml"
HEAD = "name: data-platform\n"
ENTRY = '  - name: trino\n    version: "1.0.0"\n    repository: "file://./charts/trino"\n'

REFUSED = {
    "a type that is none": (CHART, HEAD, f"{HEAD}type: plugin\n"),
    "a name that is a path": (CHART, HEAD, "name: data/platform\n"),
    "a version that is none": (CHART, "version: 1.4.0\n", "version: latest\n"),
    "a version that is missing": (CHART, "version: 1.4.0\n", ""),
    "an alias with a dot": (CHART, ENTRY, f"{ENTRY}    alias: a.b\n"),
    "a dependency without a chart": (CHART, ENTRY, f"  - name: x\n    version: 1.0.0\n{ENTRY}"),
    "one dependency twice": (CHART, ENTRY, f"{ENTRY}{ENTRY}"),
    "enabled by a text": (CHART, ENTRY, f"{ENTRY}    enabled: 'yes'\n"),
    "dependencies that are no list": (CHART, "dependencies:\n", "dependencies: x\nold:\n"),
    "values that are no table": (f"{DATA}/values.yaml", "# Settings", "- a list\n# Settings"),
    "a sub-chart's values that are no YAML": (
        f"{DATA}/charts/trino/values.yaml",
        "# Settings",
        "a: [\n# Settings",
    ),
    "a sub-chart's version that is none": (
        f"{DATA}/charts/trino/Chart.yaml",
        "version: 1.0.0\n",
        "version: one\n",
    ),
    "values that stand where a sub-chart's belong": (
        f"{DATA}/values/prod.yaml",
        "stage: prod",
        "stage: prod\nclickhouse: 1",
    ),
    "a pattern that is none": (f"{DATA}/.helmignore", "*.orig\n", "**/x\n"),
    "a library": (CHART, HEAD, f"{HEAD}type: library\n"),
}
TAKEN = {
    "a number for appVersion": (CHART, 'appVersion: "1.0"', "appVersion: 123"),
    "a date for appVersion": (CHART, 'appVersion: "1.0"', "appVersion: 2025-10-25"),
    "a comment": (CHART, HEAD, f"{HEAD}# a comment\n"),
    "a range of its own": (CHART, ENTRY, ENTRY.replace("1.0.0", "^1.0")),
    "a dependency without repository": (CHART, ENTRY, ENTRY.rpartition("    repository")[0]),
    "a condition list": (
        CHART,
        "condition: trino.enabled",
        "condition: global.sql,trino.enabled",
    ),
    "a pattern": (f"{DATA}/.helmignore", "*.orig\n", "*.orig\n!templates\n"[:7]),
    "values in two documents": (f"{DATA}/values.yaml", "stage: base", "stage: base\n---\nx: 1"),
}


def errors(estate: EstateRepo) -> set[str]:
    """Return the errors of data-platform, but that its lock and version stayed behind."""
    return {
        found.rule
        for found in ask(estate).findings
        if found.severity is Severity.ERROR and found.rule not in (CHANGED, "lock-stale")
        if found.file.startswith(DATA)
    }


def renders(estate: EstateRepo, home: Path) -> bool:
    """Tell whether Helm renders the chart for production."""
    folder = estate.path / DATA
    values = (f"--values={folder / file}" for file in ("values.yaml", "values/prod.yaml"))
    parameters = estate.registry.by_name["data-platform"].parameters.items()
    wanted = (f"--set={name}={value}" for name, value in parameters)
    return helm(home, "template", "x", str(folder), *values, *wanted).returncode == 0


@pytest.mark.parametrize("edit", REFUSED.values(), ids=REFUSED.keys())
def test_what_helm_refuses_is_an_error(
    edit: tuple[str, str, str], estate: EstateRepo, tmp_path: Path
) -> None:
    estate.edit(*edit)
    assert not renders(estate, tmp_path)
    assert errors(estate)


@pytest.mark.parametrize("edit", TAKEN.values(), ids=TAKEN.keys())
def test_what_helm_takes_is_no_error(
    edit: tuple[str, str, str], estate: EstateRepo, tmp_path: Path
) -> None:
    estate.edit(*edit)
    assert renders(estate, tmp_path)
    assert errors(estate) == set()


def test_an_archive_that_helm_cannot_load_is_an_error(estate: EstateRepo, tmp_path: Path) -> None:
    archive = packed("x", {"values.yaml": "a: 1\n"})
    (estate.path / DATA / "charts/x-1.0.0.tgz").write_bytes(archive)
    assert not renders(estate, tmp_path)
    assert errors(estate) == {"chart-unloadable"}
