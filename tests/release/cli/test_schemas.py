"""Every answer in JSON has its schema."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from jsonschema import Draft202012Validator

from release.cli.main import hmco as program
from release.cli.main import main
from release.cli.schema import schema, schema_text
from tests.release.cli.driver import Hmco

CHOICE: Any = schema.params[0].type
NAMES: tuple[str, ...] = tuple(CHOICE.choices)
CHANGES: Any = json.loads(schema_text("change"))["properties"]
OTHERS = {"change", "refusal", "stack", "between", "replay"}
"""Schemas that no command shares its name with."""


def with_json(group: click.Group, *path: str) -> Iterator[str]:
    """Yield each command, also in groups of commands, that takes --json."""
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from with_json(command, *path, name)
        elif any("--json" in parameter.opts for parameter in command.params):
            yield " ".join((*path, name))


def test_every_command_that_takes_json_has_its_schema() -> None:
    named = {*NAMES, *CHANGES["command"]["enum"]} - OTHERS
    assert set(with_json(program)) == named


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_a_schema(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", name]) == 0
    printed = capsys.readouterr().out
    assert printed == schema_text(name)
    Draft202012Validator.check_schema(json.loads(printed))


def test_an_unknown_schema_is_misuse(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "nope"]) == 2
    assert "'nope' is not one of 'adopt', 'between'" in capsys.readouterr().err


def test_what_render_prints_and_writes_is_what_its_schema_says(hmco: Hmco, tmp_path: Path) -> None:
    printed = hmco.answered("render", "render", "--env", "prod")
    assert list(printed) == ["prod"]
    written = hmco.answered("render", "render", "--env", "prod", "--out", str(tmp_path))
    assert set(written["changed"]["prod"]) == set(printed["prod"])
    guards = hmco.answered("render", "render", "--repository")
    assert ".github/CODEOWNERS" in guards["changed"]
    assert guards["leftOut"]


def test_what_verify_finds_is_what_its_schema_says(reader: Hmco) -> None:
    found = reader.answered("verify", "verify", "--env", "prod")
    assert set(found["prod"].values()) == {"missing"}


def test_what_workflows_finds_and_writes_is_what_its_schema_says(hmco: Hmco) -> None:
    stale = hmco.answered("workflows", "workflows", "--check")["stale"]
    assert ".github/workflows/preview.yml" in stale
    assert hmco.answered("workflows", "workflows") == {"changed": stale}
    assert hmco.answered("workflows", "workflows", "--check") == {"stale": []}
