"""Which charts Helm renders and with which values, compared for charts of every make."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from release.charts.helm.bundle import LIBRARY, RenderError, rendered
from release.charts.helm.values import ValuesError, join, read_values, set_parameter
from release.repository.bundles import LoadError, load, loaded_files
from tests.helm.judge import folder_of, helm, packed, write_chart

ME = "me: {{ .Chart.Name | quote }}\nvalues: {{ .Values | toJson | quote }}\n"


def told_by_helm(home: Path, chart: Path, *arguments: str) -> list[tuple[str, Any]] | str:
    """Return name and values of each chart that Helm renders, or its refusal."""
    answer = helm(home, "template", "demo", str(chart), *arguments)
    if answer.returncode:
        return answer.stderr
    documents = [each for each in yaml.safe_load_all(answer.stdout) if each]
    return in_order((each["me"], json.loads(each["values"])) for each in documents)


def in_order(charts: Iterable[tuple[str, Any]]) -> list[tuple[str, Any]]:
    return sorted(charts, key=lambda item: (item[0], json.dumps(item[1], sort_keys=True)))


def told_by_us(
    chart: Path, levels: list[Mapping[str, Any]], parameters: Mapping[str, str]
) -> list[tuple[str, Any]] | str:
    values = join(levels)
    folder = folder_of(chart)
    try:
        for name, value in parameters.items():
            set_parameter(values, name, value)
        found = [
            (each.name, json.loads(json.dumps(seen)))
            for each, seen in rendered(load(folder), values)
            if each.type != LIBRARY
        ]
        found = found if "templates/me.yaml" in loaded_files(folder) else []
    except (LoadError, RenderError, ValuesError) as error:
        return str(error)
    return in_order(found)


def assert_same(
    home: Path, files: Mapping[str, str | bytes], given_values: str = "", **parameters: str
) -> list[str]:
    """Compare both and return the names of the charts that are rendered."""
    chart = write_chart(home / "chart", files)
    (home / "given.yaml").write_text(given_values)
    wanted = [f"--set={name}={value}" for name, value in parameters.items()]
    told = told_by_helm(home, chart, f"--values={home / 'given.yaml'}", *wanted)
    ours = told_by_us(chart, [read_values(given_values)], parameters)
    if isinstance(told, str):
        assert isinstance(ours, str), told
        return []
    assert not isinstance(ours, str), ours
    assert ours == told
    return [name for name, _ in ours]


def chart_yaml(name: str, *dependencies: Mapping[str, Any], **fields: Any) -> str:
    stated = {"apiVersion": "v2", "name": name, "version": "1.0.0", **fields}
    if dependencies:
        stated["dependencies"] = list(dependencies)
    return yaml.safe_dump(stated)


BOOLEANS = st.sampled_from([True, False, True, False, None, "yes", 1])
NAMES = ["a", "b", "c", "z"]
TABLE: st.SearchStrategy[Any] = st.recursive(
    st.fixed_dictionaries(
        {}, optional={"enabled": BOOLEANS, "on": BOOLEANS, "x": st.integers(0, 9)}
    ),
    lambda inner: st.fixed_dictionaries(
        {},
        optional={
            "enabled": BOOLEANS,
            "x": st.one_of(st.none(), st.integers(0, 9), inner),
            "a": inner,
            "b": inner,
            "c": inner,
            "z": inner,
            "global": inner,
            "tags": st.dictionaries(st.sampled_from(["t", "u"]), BOOLEANS, max_size=2),
            "exports": st.fixed_dictionaries({}, optional={"data": inner}),
        },
    ),
    max_leaves=6,
)
CONDITIONS = st.sampled_from(
    (
        *("", "a.enabled", "b.enabled", "z.enabled", "c.enabled", "enabled", "global.enabled"),
        *("x.on,a.enabled", "a.enabled, b.enabled", "global.on,enabled", "a.x,z.enabled", ","),
    )
)
ENTRY = st.fixed_dictionaries(
    {"version": st.sampled_from(["1.0.0", "^1", "2.0.0", "~1.0", ">=1.0.0-0"])},
    optional={
        "condition": CONDITIONS,
        "tags": st.lists(st.sampled_from(["t", "u"]), max_size=2, unique=True),
        "alias": st.sampled_from(["z", "y"]),
        "import-values": st.lists(
            st.sampled_from(["data", {"child": "x", "parent": "x"}, {"child": "a", "parent": "."}]),
            max_size=2,
        ),
        "enabled": st.booleans(),
    },
)


def entries(names: list[str]) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Return lists of dependencies on charts of these names, none twice under one key."""
    one = st.builds(lambda name, entry: {"name": name, **entry}, st.sampled_from(names), ENTRY)
    return st.lists(one, max_size=3, unique_by=lambda each: each.get("alias", each["name"]))


@st.composite
def charts(draw: st.DrawFn) -> dict[str, str | bytes]:
    """Return the files of a chart with sub-charts a and b, and c in a, as folders or archives."""
    names = {"": ["a", "b"], "charts/a/": ["c"], "charts/b/": [], "charts/a/charts/c/": []}
    files: dict[str, str | bytes] = {}
    for root, below in names.items():
        own = root.rstrip("/").rpartition("/")[2] or "top"
        asked = draw(entries(below)) if below else []
        files[f"{root}Chart.yaml"] = chart_yaml(own, *asked)
        files[f"{root}values.yaml"] = yaml.safe_dump(draw(TABLE))
        files[f"{root}templates/me.yaml"] = ME
    # The innermost first, so that an archive may hold another one.
    for root in draw(st.lists(st.sampled_from(("charts/a/charts/c/", "charts/a/", "charts/b/")))):
        inside = {path: content for path, content in files.items() if path.startswith(root)}
        if inside:
            files = {path: content for path, content in files.items() if path not in inside}
            name = root.rstrip("/")
            content_of = {path.removeprefix(root): content for path, content in inside.items()}
            files[f"{name}-1.0.0.tgz"] = packed(name.rpartition("/")[2], content_of)
    return files


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(files=charts(), values=TABLE)
def test_the_same_charts_are_rendered_with_the_same_values(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, str | bytes], values: dict[str, Any]
) -> None:
    assert_same(tmp_path_factory.mktemp("helm"), files, yaml.safe_dump(values))


ASKS = {"name": "a", "version": "1.0.0"}
ME_FILE = {"templates/me.yaml": ME}
TOP = {**ME_FILE, "values.yaml": ""}
A = {
    "charts/a/Chart.yaml": chart_yaml("a"),
    "charts/a/templates/me.yaml": ME,
    "charts/a/values.yaml": "",
}


@pytest.mark.parametrize(
    ("entry", "values", "own", "shown"),
    [
        ({}, "", "enabled: false", True),
        ({"condition": "a.enabled"}, "", "enabled: false", False),
        ({"condition": "a.enabled"}, "a: {enabled: true}", "enabled: false", True),
        ({"condition": "a.enabled"}, "a: {enabled: yes}", "", True),
        ({"condition": "a.enabled"}, "a: {enabled: 'false'}", "", True),
        ({"condition": "x.v,a.enabled"}, "", "enabled: false", False),
        ({"condition": "x.v, a.enabled"}, "", "enabled: false", True),
        ({"condition": "x.v,a.enabled"}, "x: {v: true}", "enabled: false", True),
        ({"tags": ["t"]}, "tags: {t: false}", "", False),
        ({"tags": ["t", "u"]}, "tags: {t: false, u: true}", "", True),
        ({"tags": ["t", "u"]}, "tags: {t: false, u: 1}", "", False),
        ({"tags": ["t"], "condition": "a.enabled"}, "tags: {t: false}", "enabled: true", True),
        ({"alias": "z", "condition": "z.enabled"}, "", "enabled: false", False),
        ({"alias": "z", "condition": "a.enabled"}, "", "enabled: false", True),
        ({"version": "2.0.0", "condition": "a.enabled"}, "a: {enabled: false}", "", False),
        ({"version": "2.0.0", "alias": "z"}, "tags: {t: false}", "", True),
        ({"version": "2.0.0", "alias": "z", "tags": ["t"]}, "tags: {t: false}", "", True),
        ({"version": "^1", "condition": "a.enabled"}, "a: {enabled: false}", "", False),
        ({"version": "", "condition": "a.enabled"}, "a: {enabled: false}", "", False),
        ({"condition": "global.a"}, "global: {a: false}", "", False),
    ],
)
def test_a_sub_chart_is_on_or_off_as_helm_has_it(
    entry: dict[str, Any], values: str, own: str, *, shown: bool, tmp_path: Path
) -> None:
    files = TOP | A | {"Chart.yaml": chart_yaml("top", ASKS | entry), "charts/a/values.yaml": own}
    names = assert_same(tmp_path, files, values)
    assert (len(names) > 1) is shown


@pytest.mark.parametrize(
    "files",
    [
        {"charts/README.md": "no chart"},
        {"charts/notes/README.md": "no chart"},
        {"charts/_off/README.md": "passed over"},
        {"charts/.off/README.md": "passed over"},
        {"charts/a-1.0.0.tgz.prov": "a signature"},
        {"charts/b-9.tgz": packed("b", {"Chart.yaml": chart_yaml("b"), "templates/me.yaml": ME})},
        {"charts/b-9.tgz": packed("b", {"values.yaml": ""})},
        {"charts/b-9.tgz": b"no archive"},
        {"charts/b-9.tgz": packed("o", {"Chart.yaml": chart_yaml("b", type="library"), **ME_FILE})},
        {"charts/b-9.tgz": packed("b", {"Chart.yaml": "version: ["})},
        {"values.yaml": "- a list"},
        {"values.yaml": "a: {x: 1}\n---\na: {y: 0o17}\n---\n"},
        {"values.yaml": "a: 1"},
        {"values.yaml": "a: &x {p: &p [1, 1.50]}\nb: {<<: *x, q: *p}"},
        {"values.yaml": "n: y\n1.50: [on, ~]\n'y': 1"},
        {"values.yaml": "\ufeffa: {b: 1}"},
        {"values.yaml": "a: [\n"},
        {"values.yaml": "\ta: 1"},
        {"Chart.yaml": chart_yaml("top", type="plugin")},
        {"Chart.yaml": chart_yaml("top", version="x")},
        {"Chart.yaml": chart_yaml("top", version="v1.2")},
        {"Chart.yaml": chart_yaml("top", version=1.1)},
        {"Chart.yaml": chart_yaml("to/p")},
        {"Chart.yaml": chart_yaml("top", ASKS, ASKS)},
        {"Chart.yaml": chart_yaml("top", ASKS, ASKS | {"alias": "b"})},
        {"Chart.yaml": chart_yaml("top", ASKS | {"alias": "b.c"})},
        {"Chart.yaml": chart_yaml("top", ASKS | {"enabled": "x"})},
        {"Chart.yaml": "apiVersion: v2\nname: top\nversion: 1.0.0\ndependencies: [x]"},
        {"Chart.yaml": "apiVersion: v1\nname: top\nversion: 1.0.0"},
        {"Chart.yaml": chart_yaml("top", ASKS), "requirements.yaml": "dependencies: []"},
        {
            "Chart.yaml": chart_yaml("top", ASKS | {"condition": "a.off"}),
            "requirements.yaml": "dependencies: [{name: a, version: 1.0.0, condition: a.no}]",
            "values.yaml": "a: {off: false, no: true}",
        },
        {".helmignore": "**/x"},
        {".helmignore": "[x"},
        {".helmignore": "charts/a\n"},
        {".helmignore": "a/\n"},
        {".helmignore": "values.yaml\n", "values.yaml": "x: 1"},
        {"charts/a/.helmignore": "values.yaml\n", "charts/a/values.yaml": "x: 1"},
        {".helmignore": "!Chart.yaml\n"},
    ],
    ids=str,
)
def test_what_helm_loads_we_load_and_what_it_refuses_we_refuse(
    files: dict[str, str | bytes], tmp_path: Path
) -> None:
    assert_same(tmp_path, TOP | A | {"Chart.yaml": chart_yaml("top")} | files)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("a.b", "true"),
        ("z.b", "1"),
        ("o.b", "1"),
        ("a.b", "x"),
        ("a", "null"),
        ("n", "007"),
        ("n", "-5"),
        ("p\\.q", "1"),
    ],
)
def test_a_parameter_says_what_helm_takes_from_it(name: str, value: str, tmp_path: Path) -> None:
    files = TOP | {"Chart.yaml": chart_yaml("top"), "values.yaml": "a: {b: 1, c: 2}\nn: x"}
    assert_same(tmp_path, files, "a: {d: 3}\nz: 1\no: ~", **{name: value})
