"""`hmco schema`: what stack files may say, and what `--json` prints, as JSON Schemas."""

import json
from pathlib import Path
from typing import Final

import click

from release.settings.schema import stack_schema

_ENDING: Final = ".schema.json"
_FILES: Final = {
    path.name.removesuffix(_ENDING): path
    for path in sorted((Path(__file__).parents[2] / "schemas").glob(f"*{_ENDING}"))
}


def schema_text(name: str) -> str:
    """Return a schema: that of stack files as the settings make it, each other as its file."""
    if name == "stack":
        return json.dumps(stack_schema(), indent=2, sort_keys=True) + "\n"
    return _FILES[name].read_text(encoding="utf-8")


@click.command
@click.argument("name", metavar="NAME", type=click.Choice(tuple(_FILES)))
def schema(name: str) -> None:
    """Print a JSON Schema.

    \b
    change   cut, promote, rollback, hold, unhold, freeze and unfreeze with --json
    refusal  any command with --json that did nothing
    between  plan --between with --json
    replay   plan --replay with --json
    stack    the stack files, Pulumi.<environment>.yaml
    Every other name is that of the command that prints it with --json.
    """  # noqa: D301 -- \b is click's mark for lines that must stay lines
    click.echo(schema_text(name), nl=False)
