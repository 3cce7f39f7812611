import pytest

from release.charts.chart_yaml import parse, set_dependency_version
from release.text.errors import EditRefusedError
from release.text.yaml_spans import set_scalar
from tests.release.text.texts_compared import hunks

CHART = """\
apiVersion: v2
name: demo
description: Demo service with one optional cache
version: 1.1.0          # comments and order must survive an edit
appVersion: "3.2"
dependencies:
  - name: cache
    version: "0.4.1"
    repository: "file://./charts/cache"
    condition: cache.enabled
  - name: cache
    version: 2.0.0
    repository: https://example.org/charts
    alias: big-cache
  - version: '0.4.1' # the second use
    name: cache
    repository: file://./charts/cache
    alias: small-cache
"""


def test_cutting_a_version_changes_one_line() -> None:
    ((old, new),) = hunks(CHART, set_scalar(CHART, ("version",), "1.2.0"))
    assert old == ["version: 1.1.0          # comments and order must survive an edit"]
    assert new == ["version: 1.2.0          # comments and order must survive an edit"]


def test_a_sub_charts_version_follows_in_every_local_dependency_and_no_other() -> None:
    assert hunks(CHART, set_dependency_version(CHART, "cache", "0.5.0")) == [
        (['    version: "0.4.1"'], ['    version: "0.5.0"']),
        (["  - version: '0.4.1' # the second use"], ["  - version: '0.5.0' # the second use"]),
    ]


def test_windows_line_ends_survive() -> None:
    text = CHART.replace("\n", "\r\n")
    after = set_dependency_version(set_scalar(text, ("version",), "1.2.0"), "cache", "0.5.0")
    assert after.count("\r\n") == after.count("\n") == text.count("\n")


@pytest.mark.parametrize("name", ["redis", "Cache", "../cache"])
def test_a_dependency_that_is_not_there_is_refused(name: str) -> None:
    with pytest.raises(EditRefusedError, match=f"dependency {name}: is not in Chart.yaml"):
        set_dependency_version(CHART, name, "0.5.0")


def test_a_dependency_from_a_repository_elsewhere_is_refused() -> None:
    text = CHART.replace("file://./charts/cache", "https://example.org/other")
    with pytest.raises(EditRefusedError, match="file://"):
        set_dependency_version(text, "cache", "0.5.0")


def test_every_field_is_read_with_its_line() -> None:
    chart = parse(CHART)
    assert (chart.api_version, chart.name, chart.version) == ("v2", "demo", "1.1.0")
    assert (chart.app_version, chart.type, chart.problems) == ("3.2", None, ())
    assert chart.lines["version"] == 4
    local, remote, second = chart.dependencies
    assert (local.version, local.condition, local.lines["version"]) == ("0.4.1", "cache.enabled", 8)
    assert (remote.alias, remote.is_local, second.is_local) == ("big-cache", False, True)
    assert (second.line, second.lines["name"]) == (15, 16)


@pytest.mark.parametrize(
    ("text", "line", "code"),
    [
        ("apiVersion: v2\nname: x\nversion: 1.10\n", 3, "chart-not-text"),
        ("apiVersion: v2\nname: x\nversion: [1]\n", 3, "chart-not-text"),
        ("apiVersion: v2\nname: x\n", 1, "chart-field-missing"),
        ("apiVersion: v2\nname: x\nversion:\n", 1, "chart-field-missing"),
        ("apiVersion: v2\nname: x\nversion: 1.0.0\nname: y\n", 4, "chart-key-twice"),
        ("apiVersion: v2\nname: x\nversion: 1.0.0\n<<: {a: b}\n", 4, "chart-merge-key"),
        (f"{CHART}  - just-a-name\n", 19, "chart-dependency-form"),
        (f"{CHART}  - version: 1.0.0\n", 19, "chart-dependency-form"),
        ("apiVersion: v2\nname: x\nversion: 1.0.0\ndependencies: {}\n", 4, "chart-dependency-form"),
        ("name: 'x\n", 2, "chart-yaml-syntax"),
        ("- name\n", 1, "chart-yaml-syntax"),
        ("", 0, "chart-yaml-syntax"),
        ("name: \ud800\n", 1, "chart-yaml-syntax"),
    ],
)
def test_what_has_no_form_is_listed_with_line_and_remedy(text: str, line: int, code: str) -> None:
    problems = parse(text).problems
    assert (line, code) in [(problem.line, problem.code) for problem in problems]
    assert all(problem.remedy for problem in problems)
