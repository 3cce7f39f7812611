"""`hmco schema`: what stack files may say, and what `--json` prints, as JSON Schemas."""

import json

import click

from release.cli.schemas import SCHEMAS
from release.settings.schema import stack_schema


def schema_text(name: str) -> str:
    """Return a schema as the committed file schemas/NAME.schema.json holds it."""
    found = stack_schema() if name == "stack" else SCHEMAS[name]
    return json.dumps(found, indent=2, sort_keys=True) + "\n"


@click.command
@click.argument("name", type=click.Choice(sorted((*SCHEMAS, "stack"))))
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
