"""The committed schema of stack files is current, and accepts and refuses as the program does."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from release.estate import read_stack_files
from release.settings.schema import stack_schema
from release.settings.stackfile import StackFile
from tests.builders import Overrides, stack_text

REPOSITORY = Path(__file__).parents[3]
COMMITTED = REPOSITORY / "schemas" / "stack.schema.json"
VALIDATOR = Draft202012Validator(stack_schema())


def errors(text: str) -> list[str]:
    document: Any = yaml.safe_load(text)
    return ["/".join(map(str, error.path)) for error in VALIDATOR.iter_errors(document)]


def test_the_committed_schema_is_current() -> None:
    wanted = json.dumps(stack_schema(), indent=2, sort_keys=True) + "\n"

    assert COMMITTED.read_text(encoding="utf-8") == wanted, (
        "the settings changed; run: hmco schema stack > schemas/stack.schema.json"
    )


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(stack_schema())


@pytest.mark.parametrize("file", read_stack_files(REPOSITORY), ids=lambda file: file.environment)
def test_a_committed_stack_file_fits_and_names_the_schema(file: StackFile) -> None:
    first, _, _ = file.text.partition("\n")

    assert errors(file.text) == []
    assert first == "# yaml-language-server: $schema=./schemas/stack.schema.json"


def test_an_engines_own_keys_fit() -> None:
    assert errors(stack_text() + "  kubernetes:context: x\nencryptionsalt: v1:abc\n") == []


REFUSED: dict[str, tuple[Overrides, str]] = {
    "unknown-setting": ({"bogus": "1"}, "config"),
    "missing-setting": ({"soak": None}, "config"),
    "unknown-nested-setting": ({"syncPolicy.bogus": "1"}, "config/hmco:syncPolicy"),
    "missing-nested-setting": ({"syncPolicy.prune": None}, "config/hmco:syncPolicy"),
    "text-for-flag": ({"syncPolicy.prune": '"no"'}, "config/hmco:syncPolicy/prune"),
    "unknown-option": ({"syncPolicy.options": "[x]"}, "config/hmco:syncPolicy/options/0"),
    "unknown-cascade": ({"deletion.cascade": "x"}, "config/hmco:deletion/cascade"),
    "unknown-trigger": ({"notifications": "{on-x: [a]}"}, "config/hmco:notifications"),
    "upper-case-project": ({"project": "X"}, "config/hmco:project"),
    "duration-in-words": ({"soak": "2 hours"}, "config/hmco:soak"),
    "climbing-directory": ({"delivery.directory": "../x"}, "config/hmco:delivery"),
    "quoted-group": (
        {"roles": "[{name: r, description: d, groups: ['a,b'], actions: [get]}]"},
        "config/hmco:roles/0/groups/0",
    ),
}


@pytest.mark.parametrize(("overrides", "place"), REFUSED.values(), ids=REFUSED)
def test_an_editor_sees_what_is_wrong_in_a_setting(overrides: Overrides, place: str) -> None:
    found = errors(stack_text(overrides))

    assert found
    assert all(path.startswith(place) for path in found)
