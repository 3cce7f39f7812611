"""The JSON Schema of a stack file, which editors read for completion and first checks."""

from typing import Any, Final

from release.settings.model import Settings
from release.settings.stackfile import PROJECT, STACK_FILE_KEYS

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def stack_schema() -> dict[str, Any]:
    """Return the schema of `Pulumi.<environment>.yaml`, with our keys under their prefix.

    Rules between settings are not in it: read_settings is the authority, the schema helps writing.
    """
    settings = Settings.model_json_schema(by_alias=True)
    definitions = settings["$defs"]
    for record in (settings, *definitions.values()):
        for shape in record.get("properties", {}).values():
            # pydantic makes a title out of every name, which editors would show beside the name.
            shape.pop("title", None)
    return {
        "$schema": DIALECT,
        "title": "An environment of HMCo's charts",
        "type": "object",
        "additionalProperties": False,
        "required": ["config"],
        "properties": {
            key: {"type": ["string", "object", "array"]} for key in STACK_FILE_KEYS - {"config"}
        }
        | {
            "config": {
                "description": settings["description"],
                "type": "object",
                "additionalProperties": False,
                "required": [f"{PROJECT}:{key}" for key in settings["required"]],
                "properties": {
                    f"{PROJECT}:{key}": shape for key, shape in settings["properties"].items()
                },
                # Keys of the engine and of providers are theirs to describe.
                "patternProperties": {f"^(?!{PROJECT}:)[^:]+:": {}},
            }
        },
        "$defs": definitions,
    }
