"""What `charts/` holds of a chart's dependencies, in the words of `helm dependency list`."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from release.repository.bundles import LoadError, load
from release.rules.dependencies import vendored
from tests.helm.judge import folder_of, helm, packed, statuses, write_chart


def stated(name: str, version: str) -> str:
    return f"apiVersion: v2\nname: {name}\nversion: {version}\n"


def archive(name: str, version: str) -> bytes:
    return packed(name, {"Chart.yaml": stated(name, version)})


CONTENTS: dict[str, str | bytes] = {
    "charts/a/Chart.yaml": stated("a", "1.0.0"),
    "charts/a-2.0.0.tgz": archive("a", "2.0.0"),
    "charts/a-1.0.0.tgz": archive("a", "1.0.0"),
    "charts/a-1.5.0.tgz": archive("a", "1.4.9"),
    "charts/a-latest.tgz": archive("a", "1.2.0-rc.1"),
    "charts/a-b-1.0.0.tgz": archive("a-b", "1.0.0"),
    "charts/folder/Chart.yaml": stated("b", "0.3.0"),
    "charts/b.tgz": archive("b", "0.4.0"),
    "charts/b-1.tgz": archive("c", "1.0.0"),
}
ASKED = ("1.0.0", "^1", "2.0.0", "*", "1.4.9", "newest", ">=1.0.0-0", "0.x")


def assert_same(home: Path, contents: list[str], asked: list[str]) -> None:
    entries = [
        {"name": name, "version": version, "alias": f"{name}{at}"}
        for name in ("a", "b", "a-b", "missing")
        for at, version in enumerate(asked)
    ]
    chart_yaml = stated("top", "1.0.0") + yaml.safe_dump({"dependencies": entries})
    files = {"Chart.yaml": chart_yaml} | {path: CONTENTS[path] for path in contents}
    folder = folder_of(write_chart(home / "chart", files))
    answer = helm(home, "dependency", "list", str(home / "chart"))
    if answer.returncode:
        with pytest.raises(LoadError):
            load(folder)
        return
    bundle = load(folder)
    ours = [vendored(folder, bundle, asked).status.value for asked in bundle.dependencies]
    assert ours == statuses(answer.stdout)


@pytest.mark.parametrize("path", CONTENTS)
def test_one_chart_in_charts_is_what_helm_says_it_is(path: str, tmp_path: Path) -> None:
    assert_same(tmp_path, [path], list(ASKED))


# Of one name Helm takes the last that it happens to load, so each stands there once but archives.
@settings(max_examples=25)
@given(
    contents=st.lists(st.sampled_from([c for c in CONTENTS if c != "charts/b.tgz"]), unique=True)
)
def test_several_charts_in_charts_are_what_helm_says_they_are(
    tmp_path_factory: pytest.TempPathFactory, contents: list[str]
) -> None:
    assert_same(tmp_path_factory.mktemp("helm"), contents, ["1.0.0", "^1", "2.0.0"])
