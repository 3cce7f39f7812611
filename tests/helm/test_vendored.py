"""An archive in `charts/` is found wrong where `helm dependency list` finds it so."""

from pathlib import Path

import pytest
import yaml

from release.repository.bundles import LoadError, load
from release.rules.dependencies import difference
from tests.helm.judge import folder_of, helm, packed, statuses, write_chart


def stated(name: str, version: str) -> str:
    return f"apiVersion: v2\nname: {name}\nversion: {version}\n"


def archive(name: str, version: str) -> bytes:
    return packed(name, {"Chart.yaml": stated(name, version)})


ARCHIVES: dict[str, bytes] = {
    "charts/a-2.0.0.tgz": archive("a", "2.0.0"),
    "charts/a-1.0.0.tgz": archive("a", "1.0.0"),
    "charts/a-1.5.0.tgz": archive("a", "1.4.9"),
    "charts/a-latest.tgz": archive("a", "1.2.0-rc.1"),
    "charts/a-b-1.0.0.tgz": archive("a-b", "1.0.0"),
    "charts/b-1.tgz": archive("c", "1.0.0"),
}
ASKED = ("1.0.0", "^1", "2.0.0", "*", "1.4.9", "newest", ">=1.0.0-0", "0.x")
WORDS = {
    "ok": "",
    "missing": "",  # Argo CD fetches it
    "invalid version": "",  # dependency-range tells
    "wrong version": "asks for",
    "misnamed": "is not what",
}


@pytest.mark.parametrize("path", ARCHIVES)
def test_an_archive_in_charts_is_what_helm_says_it_is(path: str, tmp_path: Path) -> None:
    entries = [
        {"name": name, "version": version, "alias": f"{name}{at}"}
        for name in ("a", "b", "a-b", "missing")
        for at, version in enumerate(ASKED)
    ]
    chart_yaml = stated("top", "1.0.0") + yaml.safe_dump({"dependencies": entries})
    files: dict[str, str | bytes] = {"Chart.yaml": chart_yaml, path: ARCHIVES[path]}
    folder = folder_of(write_chart(tmp_path / "chart", files))
    answer = helm(tmp_path, "dependency", "list", str(tmp_path / "chart"))
    bundle = load(folder)
    ours = [difference(folder, bundle, asked, "") for asked in bundle.dependencies]
    theirs = [WORDS[status] for status in statuses(answer.stdout)]
    assert [bool(each) for each in ours] == [bool(words) for words in theirs]
    assert all(each.startswith(words) for each, words in zip(ours, theirs, strict=True))


def test_archives_in_archives_hold_together_what_one_may(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"Chart.yaml": stated("a", "1.0.0")}
    inner = packed("a", {**files, **dict.fromkeys(map(str, range(6000)), "")})
    made = packed("a", {**files, "charts/one.tgz": inner})
    folder = folder_of(write_chart(tmp_path / "once", {**files, "charts/a.tgz": made}))
    assert load(folder).charts[0].charts[0].name == "a"
    made = packed("a", {**files, "charts/one.tgz": inner, "charts/two.tgz": inner})
    folder = folder_of(write_chart(tmp_path / "twice", {**files, "charts/a.tgz": made}))
    with pytest.raises(LoadError, match="more than 10,000 files") as refused:
        load(folder)
    assert refused.value.path == "twice/charts/a.tgz/charts/two.tgz"
