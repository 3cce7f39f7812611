"""The schemas of `hmco plan`: its own, and those of the two questions that it answers instead."""

from release.cli.schemas.shapes import (
    FLAG,
    MOMENT,
    NUMBER,
    TEXT,
    Schema,
    headed,
    list_of,
    map_of,
    object_of,
    optional,
    top,
)


def plan_schema() -> Schema:
    """Return the schema of `hmco plan`."""
    place = object_of({"path": TEXT, "noise": FLAG, "before": {}, "after": {}})
    place["required"] = ["path", "noise"]
    revision = optional(object_of({"version": TEXT, "revision": TEXT, "note": TEXT}))
    entry = object_of(
        {
            "fate": {"enum": ["added", "changed", "removed", "noise"]},
            "group": TEXT,
            "kind": TEXT,
            "namespace": TEXT,
            "name": TEXT,
            "hook": TEXT,
            "source": TEXT,
            "places": list_of(place),
            "diff": list_of(TEXT),
        }
    )
    raised = object_of(
        {"id": TEXT, "risk": {"enum": ["danger", "caution"]}, "subject": TEXT, "what": TEXT}
    )
    verdict = object_of(
        {
            "made": {"enum": ["major", "minor", "patch", "none"]},
            "honest": {"enum": ["major", "minor", "patch"]},
            "tooSmall": FLAG,
            "reasons": list_of(TEXT),
        }
    )
    application = object_of(
        {
            "environment": TEXT,
            "chart": TEXT,
            "application": TEXT,
            "before": revision,
            "after": revision,
            "summary": TEXT,
            "unknown": list_of(object_of({"reason": TEXT, "command": TEXT})),
            "failures": list_of(TEXT),
            "fields": list_of(place),
            "objects": list_of(entry),
            "alike": NUMBER,
            "volatile": list_of(TEXT),
            "flags": list_of(raised),
            "number": optional(verdict),
        }
    )
    project = object_of({"environment": TEXT, "fields": list_of(place)})
    properties: dict[str, Schema] = {
        "base": TEXT,
        "head": TEXT,
        "empty": FLAG,
        "unchanged": NUMBER,
        "remarks": list_of(TEXT),
        "applications": list_of(application),
        "projects": list_of(project),
    }
    return top("plan", "What differs between two states for every cluster, worst first", properties)


def between_schema() -> Schema:
    """Return the schema of `hmco plan --between`."""
    properties: dict[str, Schema] = {
        "chart": TEXT,
        "source": TEXT,
        "target": TEXT,
        "same": FLAG,
        "sentence": TEXT,
        "explained": list_of(TEXT),
        "unexplained": list_of(TEXT),
        "images": {**map_of(FLAG), "description": "Whether a digest fixes it."},
        "unknown": {**TEXT, "description": "Why nobody can tell; empty where somebody can."},
    }
    return top("plan --between", "Whether an environment gets what another one runs", properties)


def replay_schema() -> Schema:
    """Return the schema of `hmco plan --replay`."""
    promotion: dict[str, Schema] = {
        "environment": TEXT,
        "chart": TEXT,
        "before": TEXT,
        "after": TEXT,
        "landedAt": MOMENT,
        "commit": TEXT,
        "verdict": {"enum": ["passes", "flagged", "refused", "unknown"]},
        "refusals": list_of(object_of({"rule": TEXT, "fact": TEXT})),
        "flags": list_of(TEXT),
        "failure": {**TEXT, "description": "Why not all could be asked; empty where it was."},
    }
    title = "What the present rules say of past promotions, newest first"
    return headed("plan --replay", title, list_of(object_of(promotion)))
