"""`hmco schema`: what stack files may say, and what `--json` prints, as JSON Schemas."""

import json
from collections.abc import Callable
from importlib import import_module
from typing import Final

import click

_SCHEMAS: Final = {
    "adopt": "release.cli.schemas:adopt_schema",
    "change": "release.cli.schemas:change_schema",
    "check": "release.cli.schemas:check_schema",
    "diff": "release.cli.schemas:diff_schema",
    "history": "release.cli.schemas:history_schema",
    "metrics": "release.cli.schemas:metrics_schema",
    "plan": "release.cli.schemas:plan_schema",
    "refusal": "release.cli.schemas:refusal_schema",
    "stack": "release.settings.schema:stack_schema",
    "status": "release.cli.schemas:status_schema",
}


def schema_text(name: str) -> str:
    """Return a schema as the committed file schemas/NAME.schema.json holds it."""
    module, _, attribute = _SCHEMAS[name].partition(":")
    build: Callable[[], dict[str, object]] = getattr(import_module(module), attribute)
    return json.dumps(build(), indent=2, sort_keys=True) + "\n"


@click.command
@click.argument("name", type=click.Choice(sorted(_SCHEMAS)))
def schema(name: str) -> None:
    """Print a JSON Schema.

    \b
    change   cut, promote, rollback, hold and unhold with --json
    refusal  any command with --json that did nothing
    adopt, check, diff, history, metrics, plan, status   these commands with --json
    stack    the stack files, Pulumi.<environment>.yaml
    """  # noqa: D301 -- \b is click's mark for lines that must stay lines
    click.echo(schema_text(name), nl=False)
