"""What Helm reads where YAML leaves room: numbers, booleans, version ranges, the lock's digest."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from release.charts.chart_yaml import parse
from release.charts.lockfile import digest
from release.charts.ranges import RangeError, loose_version, satisfies
from release.text.goscalars import as_printed, as_text, read_plain
from tests.helm.judge import helm, statuses, write_chart

CHART = "apiVersion: v2\nname: demo\nversion: 1.0.0\n"
WORDS = """
72225e2 1.20 6063e25 0o17 y Y yes on Off n no TRUE true null ~ 123 2024-01-01 20240101
1234567 0x1F 017 1_000 1:30 08 .5 +1 1e3 1.0 1.23456789 0b11 0o8 1e500 1e39 -0b1 -0 1.
12345678901234567890 123456789012345678901234567890 00123 0.00001 1e-7 +0x10 -0x10 _1
1__0 2024-1-1 2024-1-1T1:2:3Z 2001-12-14T21:59:43.10-05:00 v1.2 1.2.3 1e 1e+ 0x 0b2 -.5
+.5 -1.5e3 999999 1000000 123456.75 16777217 33554433.0 3.4e38 -1e39 9223372036854775808
1.5E+10 0e0 0.1 0.30000000000000004 1e21 1e22 5e-324 a-b 9e99999 0123.5 1_0.5 . + .. .e5
._5 0.0
"""
SCALARS = WORDS.split()
RANGES = (
    "1.2.3",
    "v1.2.3",
    "=1.2.3",
    "1.2",
    "1",
    "*",
    "x",
    "1.x",
    "1.2.x",
    "1.x.3",
    "^1.2.3",
    "^1",
    "^0.2",
    "^0.2.3",
    "^0.0.3",
    "^0.0",
    "^0",
    "^*",
    "~1.2.3",
    "~1.2",
    "~1",
    "~>1.2",
    "~0.0.0",
    "~*",
    ">1",
    ">1.2",
    ">1.2.3",
    ">*",
    "<1.2",
    "<=1.2",
    "<=1",
    "<=*",
    "=<1.2.3",
    "=>1.2.3",
    ">=1.2.3-0",
    "^1.2.3-0",
    "~1.2.0-beta",
    ">=1.2.0-alpha <1.3.0",
    ">= 1.0, < 2.0",
    "1.0 - 1.2.3",
    "1.0.0 - 2",
    "!=1.2.3",
    "!=1.2",
    "!=1",
    "!=1.2-beta",
    "!=*",
    "<1.0 || >=1.2.3",
    "^2 || ^1.2",
    "1.2.3+build",
    "",
    "latest",
    ">=",
    "1.2.3.4",
    "01.2.3",
    "1.02.3",
    "1.2.3-01",
    "1.2.3-",
    ">1 <2",
    ">1,<2",
    "1.2.3 || junk",
    "||",
    "^1.2.3 ",
    " ^1.2.3",
    "^ 1.2.3",
    "^1.2.3-rc.1",
)
VERSIONS = (
    *("1.2.3", "1.2.4", "1.3.0", "2.0.0", "0.2.3", "0.2.9", "0.3.0", "0.0.3", "0.0.4", "0.0.0"),
    *("1.0.0", "1.2.0", "1.2.0-beta", "1.2.0-beta.2", "1.2.3-rc.1", "1.3.0-alpha", "v1.2.3"),
    *("1.2", "1", "1.2.3+build", "2.1.0"),
)


def _kept_as_text(home: Path, plain: list[str]) -> list[str]:
    """Return what Helm makes of plain scalars in a field of text: the chart's keywords."""
    text = CHART + "keywords:\n" + "".join(f"- {each}\n" for each in plain)
    answer = helm(home, "show", "chart", str(write_chart(home / "chart", {"Chart.yaml": text})))
    assert answer.returncode == 0, answer.stderr
    # Every scalar as it is written: what Helm quotes and what not is for Go readers.
    return list(yaml.load(answer.stdout, Loader=yaml.BaseLoader)["keywords"])  # noqa: S506


def test_a_plain_scalar_becomes_the_text_that_helm_makes_of_it(tmp_path: Path) -> None:
    kept = _kept_as_text(tmp_path, SCALARS)
    assert [as_text(read_plain(each)) for each in SCALARS] == kept
    assert tuple(as_text(read_plain(each)) for each in ("123", "2024-01-01", "72225e2")) == (
        "123",
        "2024-01-01",
        "7.2225e+06",
    )


def test_a_plain_value_is_printed_as_helm_prints_it(tmp_path: Path) -> None:
    files = {
        "Chart.yaml": CHART,
        "values.yaml": "all:\n" + "".join(f"- {each}\n" for each in SCALARS),
        "templates/all.yaml": "all:\n{{- range .Values.all }}\n- {{ . | quote }}\n{{- end }}\n",
    }
    answer = helm(tmp_path, "template", str(write_chart(tmp_path / "chart", files)))
    assert answer.returncode == 0, answer.stderr
    printed = yaml.safe_load(answer.stdout)["all"]
    assert [as_printed(read_plain(each)) for each in SCALARS] == [each or "" for each in printed]


@settings(max_examples=20)
@given(st.lists(st.from_regex(r"[-+.0-9yYnNoex_~A-Fb]{1,9}", fullmatch=True), min_size=40))
def test_no_scalar_of_numbers_and_signs_is_read_otherwise(
    tmp_path_factory: pytest.TempPathFactory, plain: list[str]
) -> None:
    written = [each for each in plain if yaml_keeps(each)]
    kept = _kept_as_text(tmp_path_factory.mktemp("helm"), [*written, "end"])
    assert [as_text(read_plain(each)) for each in written] == kept[:-1]


def yaml_keeps(plain: str) -> bool:
    """Tell whether the text is one plain scalar, and no other part of YAML's grammar."""
    return (plain[0] not in "-?" and not plain.startswith("...")) or plain[1:2].isdigit()


def _listed(home: Path, version: str, wanted: list[str]) -> list[str]:
    """Return the status of a sub-chart of this version for each range that is asked of it."""
    entries = "".join(
        f"- name: sub\n  alias: a{at}\n  version: {each!r}\n" for at, each in enumerate(wanted)
    )
    files = {
        "Chart.yaml": f"{CHART}dependencies:\n{entries}",
        "charts/sub/Chart.yaml": f"apiVersion: v2\nname: sub\nversion: {version!r}\n",
    }
    chart = write_chart(home / "chart", files)
    answer = helm(home, "dependency", "list", str(chart), "--max-col-width=600")
    assert answer.returncode == 0, answer.stderr
    return statuses(answer.stdout)


def _our_status(wanted: str, version: str) -> str:
    if wanted == version:
        return "unpacked"
    try:
        return "unpacked" if satisfies(wanted, version) else "wrong version"
    except RangeError:
        return "invalid version"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_range_takes_the_versions_that_helm_takes(version: str, tmp_path: Path) -> None:
    told = _listed(tmp_path, version, list(RANGES))
    ours = [_our_status(wanted, version) for wanted in RANGES]
    assert dict(zip(RANGES, ours, strict=True)) == dict(zip(RANGES, told, strict=True))


PARTS = st.sampled_from(["0", "1", "2", "10", "x", "*"])
PARTIAL = st.builds(
    lambda parts, pre: ".".join(parts) + pre,
    st.lists(PARTS, min_size=1, max_size=3),
    st.sampled_from(["", "", "", "-0", "-beta", "-beta.2", "+b"]),
)
CONDITION = st.builds(
    lambda operator, partial: operator + partial,
    st.sampled_from(["", "=", "!=", ">", "<", ">=", "<=", "~", "~>", "^", "> ", "v"]),
    PARTIAL,
)
ASKED = st.lists(st.lists(CONDITION, min_size=1, max_size=2).map(" ".join), min_size=1, max_size=2)
EXACT = st.builds(
    lambda parts, pre: ".".join(map(str, parts)) + pre,
    st.tuples(*[st.sampled_from([0, 1, 2, 10])] * 3),
    st.sampled_from(["", "", "-0", "-beta", "-beta.10"]),
)


@settings(max_examples=20)
@given(version=EXACT, asked=st.lists(ASKED.map(" || ".join), min_size=30, max_size=60))
def test_no_range_is_read_otherwise(
    tmp_path_factory: pytest.TempPathFactory, version: str, asked: list[str]
) -> None:
    told = _listed(tmp_path_factory.mktemp("helm"), version, asked)
    assert [(each, _our_status(each, version)) for each in asked] == list(
        zip(asked, told, strict=True)
    )


@pytest.mark.parametrize("text", ["", "v", "1.2.3.4", "1.2.3-01", "99999999999999999999"])
def test_what_helm_takes_for_no_version_is_refused(text: str) -> None:
    with pytest.raises(RangeError):
        loose_version(text)


DEPENDENCIES = {
    "an alias that is a boolean": "alias: y",
    "an alias that is a number": "alias: 0o17",
    "enabled by a word": "enabled: yes",
    "enabled by a capital": "enabled: True",
    "not enabled": "enabled: off",
    "tags that are no text": "tags: [1.20, on, 2024-01-01, a<b>&c]",
    "a condition list": "condition: sub.enabled,global.sub",
    "imports of every form": "import-values: [data, {parent: p, child: c}, {z: 1.50, a: [y, 1e3]}]",
    "an import that is a number": "import-values: [1234567, 0x10, ~, 1e21, 0.0000001, 12.0]",
    "a quoted yes": "alias: 'yes'",
    "a tagged number": "tags: [!!str 1.20, !!str y]",
    "an empty alias": "alias:",
}


@pytest.mark.parametrize("fields", DEPENDENCIES.values(), ids=DEPENDENCIES.keys())
@pytest.mark.parametrize("repository", ["", "file://charts/sub", "https://example.invalid/charts"])
def test_helm_takes_the_digest_that_we_give_a_lock(
    fields: str, repository: str, tmp_path: Path
) -> None:
    source = f"  repository: {repository}\n"
    chart_yaml = f"{CHART}dependencies:\n- name: sub\n  version: 1.0.0\n{source}  {fields}\n"
    chart = parse(chart_yaml)
    locked = parse(f"{CHART}dependencies:\n- name: sub\n  version: 1.0.0\n{source}").dependencies
    lock = f"dependencies:\n- name: sub\n{source}  version: 1.0.0\n"
    files = {
        "Chart.yaml": chart_yaml,
        "Chart.lock": f"{lock}digest: {digest(chart.dependencies, locked)}\n",
        "charts/sub/Chart.yaml": "apiVersion: v2\nname: sub\nversion: 1.0.0\n",
    }
    folder = write_chart(tmp_path / "chart", files)
    assert "out of sync" not in helm(tmp_path, "dependency", "build", str(folder)).stderr
    (folder / "Chart.lock").write_text(
        files["Chart.lock"].replace("digest: sha256:", "digest: sha256:0")
    )
    assert "out of sync" in helm(tmp_path, "dependency", "build", str(folder)).stderr
