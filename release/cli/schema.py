"""`hmco schema`: what stack files may say, and what `--json` prints, as JSON Schemas."""

import json
from collections.abc import Callable
from importlib import import_module
from typing import Final

import click

_SCHEMAS: Final = {
    "adopt": "release.cli.schemas.releasing:adopt_schema",
    "between": "release.cli.schemas.plans:between_schema",
    "change": "release.cli.schemas.releasing:change_schema",
    "check": "release.cli.schemas.releasing:check_schema",
    "diff": "release.cli.schemas.releasing:diff_schema",
    "doctor": "release.cli.schemas.artifacts:doctor_schema",
    "history": "release.cli.schemas.releasing:history_schema",
    "metrics": "release.cli.schemas.releasing:metrics_schema",
    "plan": "release.cli.schemas.plans:plan_schema",
    "refusal": "release.cli.schemas.releasing:refusal_schema",
    "release": "release.cli.schemas.artifacts:release_schema",
    "render": "release.cli.schemas.artifacts:render_schema",
    "replay": "release.cli.schemas.plans:replay_schema",
    "stack": "release.settings.schema:stack_schema",
    "status": "release.cli.schemas.releasing:status_schema",
    "verify": "release.cli.schemas.artifacts:verify_schema",
    "workflows": "release.cli.schemas.artifacts:workflows_schema",
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
    change   cut, promote, rollback, hold, unhold, freeze and unfreeze with --json
    refusal  any command with --json that did nothing
    between  plan --between with --json
    replay   plan --replay with --json
    stack    the stack files, Pulumi.<environment>.yaml
    Every other name is that of the command that prints it with --json.
    """  # noqa: D301 -- \b is click's mark for lines that must stay lines
    click.echo(schema_text(name), nl=False)
