"""What `.helmignore` leaves out, compared with the files that Helm sees."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from release.charts.helm.ignore import Ignored, IgnoreError
from tests.helm.judge import helm, write_chart

FILES = (
    *("a", "a.yaml", "b.yml", "ab", "d/a", "d/a.yaml", "d/e/a", "d/e/b", "e/a", ".x", "d/.x"),
    *("[a]", "a-b", "d/a]", "x y", "templates/.a", "templates/d/.a"),
)
LIST = '{{ range $path, $_ := .Files.Glob "**" }}\n- {{ $path | quote }}\n{{ end }}\n'
RULES = (
    *("a", "/a", "d/a", "/d/a", "d", "d/", "/d/", "a/", "*", "*.yaml", "d/*", "d/*/a", "?", "[ab]"),
    *("[^a]", "[a-b]", "!a", "!d/", "!*.yaml", "!templates\n", "#a", " a ", "\\[a\\]", "[]a]"),
    *("x y", ".*", "d/.*", "e/*", "**", "[", "a\\", "[a", "[b-a]", "[a-]", "a]", "*a*", "/", "!"),
    *("//a", "d//", "!/a", "./a", "[/]a", "d?a", "d[^x]a", "a-b", "[a\\-z]b"),
)


def seen_by_helm(home: Path, rules: str) -> set[str] | None:
    """Return the files that Helm's loader leaves, None where it refuses the rules."""
    files = {file: "x" for file in FILES if not file.startswith("templates/")}
    keep = f"{rules}\n"
    files |= {"Chart.yaml": "apiVersion: v2\nname: demo\nversion: 1.0.0\n", ".helmignore": keep}
    chart = write_chart(home / "chart", files | {"templates/list.yaml": f"files:\n{LIST}"})
    answer = helm(home, "template", str(chart))
    if answer.returncode:
        return None
    text = answer.stdout.partition("files:")[2]
    return set(yaml.safe_load(text) or [])


def seen_by_us(rules: str) -> set[str] | None:
    files = [*FILES, "Chart.yaml", "templates/list.yaml"]
    try:
        kept = Ignored(rules).kept(files)
    except IgnoreError:
        return None
    if not {"Chart.yaml", "templates/list.yaml"} <= kept:
        return None
    return {file for file in kept if not file.startswith("templates/")} - {"Chart.yaml"}


def assert_same(home: Path, rules: str) -> None:
    told, ours = seen_by_helm(home, rules), seen_by_us(rules)
    # A chart without Chart.yaml is refused, one without its template renders nothing.
    if told is not None:
        told -= {".helmignore"}
    assert (ours or set()) == (told or set())


@pytest.mark.parametrize("rule", RULES)
def test_a_pattern_leaves_out_what_helm_leaves_out(rule: str, tmp_path: Path) -> None:
    assert_same(tmp_path, rule)


@settings(max_examples=25)
@given(st.lists(st.sampled_from(RULES), min_size=2, max_size=4))
def test_patterns_together_leave_out_what_helm_leaves_out(
    tmp_path_factory: pytest.TempPathFactory, rules: list[str]
) -> None:
    assert_same(tmp_path_factory.mktemp("helm"), "\n".join(rules))
