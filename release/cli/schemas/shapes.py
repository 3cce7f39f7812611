"""What the schemas of `--json` are put together from."""

from typing import Final

from release.settings.schema import DIALECT

Schema = dict[str, object]

TEXT: Final[Schema] = {"type": "string"}
FLAG: Final[Schema] = {"type": "boolean"}
NUMBER: Final[Schema] = {"type": "integer"}
MOMENT: Final[Schema] = {"type": "string", "format": "date-time"}
DAY: Final[Schema] = {"type": "string", "format": "date"}


def top(name: str, title: str, properties: dict[str, Schema]) -> Schema:
    """Return the schema of a command whose answer is an object of exactly these keys."""
    return headed(name, title, object_of(properties))


def headed(name: str, title: str, schema: Schema) -> Schema:
    """Return the schema under the title that its file bears."""
    return {"$schema": DIALECT, "title": f"hmco {name}: {title}", **schema}


def object_of(properties: dict[str, Schema]) -> Schema:
    """Return an object of exactly these keys, all of them always there."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def list_of(items: Schema) -> Schema:
    """Return a list of these."""
    return {"type": "array", "items": items}


def map_of(values: Schema) -> Schema:
    """Return an object whose keys are names that the repository chooses."""
    return {"type": "object", "additionalProperties": values}


def optional(schema: Schema) -> Schema:
    """Return the same, or null."""
    return {"anyOf": [schema, {"type": "null"}]}
