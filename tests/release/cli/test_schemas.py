import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from release.cli.main import main
from release.cli.schema import schema_text

ROOT = Path(__file__).resolve().parents[3]
NAMES = (
    "adopt",
    "change",
    "check",
    "diff",
    "history",
    "metrics",
    "plan",
    "refusal",
    "stack",
    "status",
)


@pytest.mark.parametrize("name", NAMES)
def test_the_committed_schema_is_current(name: str) -> None:
    committed = (ROOT / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8")
    assert committed == schema_text(name), f"run: hmco schema {name} > schemas/{name}.schema.json"


def test_no_schema_is_committed_that_no_command_prints() -> None:
    committed = {path.name.removesuffix(".schema.json") for path in (ROOT / "schemas").iterdir()}
    assert committed == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_a_schema(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", name]) == 0
    printed = capsys.readouterr().out
    assert printed == schema_text(name)
    Draft202012Validator.check_schema(json.loads(printed))


def test_an_unknown_schema_is_misuse(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "nope"]) == 2
    assert "'nope' is not one of 'adopt', 'change'" in capsys.readouterr().err
