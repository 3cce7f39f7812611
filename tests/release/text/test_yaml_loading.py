import re
from pathlib import Path

import pytest
import yaml

import release
from release.text import yaml_loading

_OTHER = re.compile(
    r"yaml\.(?:(?:safe_|full_|unsafe_)?load|compose)(?:_all)?\(|from yaml import|import yaml as"
)


@pytest.mark.parametrize("text", ["a: " + "[" * 30_000 + "]" * 30_000, "- " * 40_000 + "x"])
@pytest.mark.parametrize(
    "read", [yaml_loading.load, yaml_loading.compose, yaml_loading.compose_all]
)
def test_text_that_would_exhaust_the_stack_is_refused(text: str, read: object) -> None:
    assert callable(read)
    for given in (text, text.encode()):
        with pytest.raises(yaml.YAMLError, match="nests deeper"):
            read(given)


def test_many_brackets_and_long_lines_that_do_not_nest_are_read() -> None:
    text = "- " + "[" + "{a: b}, " * 20_000 + "]"
    assert yaml_loading.load(text) == [[{"a": "b"}] * 20_000]


@pytest.mark.parametrize(
    "text", ["2024-99-99", "!!int foo", "!!bool foo", "!!timestamp foo", "!!float x", "a: \ud800"]
)
def test_a_value_that_its_type_does_not_have_is_an_error_of_yaml(text: str) -> None:
    with pytest.raises(yaml.YAMLError):
        yaml_loading.load(text)


def test_nothing_else_asks_a_loader_of_pyyaml() -> None:
    files = {*Path(release.__file__).parent.rglob("*.py")} - {Path(yaml_loading.__file__)}
    assert [file for file in files if _OTHER.search(file.read_text())] == []
