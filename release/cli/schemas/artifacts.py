"""The schemas of what is written into files, or is looked at there, in a cluster, on GitHub."""

from release.cli.schemas.shapes import (
    TEXT,
    Schema,
    headed,
    list_of,
    map_of,
    object_of,
    top,
)
from release.github.checklist import State


def render_schema() -> Schema:
    """Return the schema of `hmco render`: texts, or with --out or --repository what was written."""
    printed = {
        **map_of(map_of(TEXT)),
        "description": "Each file's text, by environment and name.",
    }
    written = object_of({"directory": TEXT, "changed": map_of(list_of(TEXT))})
    repository = object_of(
        {
            "changed": list_of(TEXT),
            "leftOut": {**map_of(list_of(TEXT)), "description": "The slugs that lack their IDs."},
        }
    )
    either: Schema = {"oneOf": [printed, written, repository]}
    return headed("render", "Manifests, or the files that were written", either)


def verify_schema() -> Schema:
    """Return the schema of `hmco verify`."""
    return headed(
        "verify", "What is wrong with delivered files, by environment", map_of(map_of(TEXT))
    )


def workflows_schema() -> Schema:
    """Return the schema of `hmco workflows`."""
    keys = ("changed", "stale")
    either: Schema = {"oneOf": [object_of({key: list_of(TEXT)}) for key in keys]}
    return headed("workflows", "Files that were written, or with --check are stale", either)


def release_schema() -> Schema:
    """Return the schema of `hmco release`."""
    keys = ("due", "tagged", "released", "told")
    properties = dict.fromkeys(keys, list_of(TEXT))
    return top(
        "release", "Tags that were made or would be, and what stands against more", properties
    )


def doctor_schema() -> Schema:
    """Return the schema of `hmco doctor`."""
    line = object_of(
        {"what": TEXT, "state": {"enum": [state.value for state in State]}, "remedy": TEXT}
    )
    return headed("doctor", "What is there for the workflows, and what is missing", list_of(line))
