"""The schemas of what moves versions and of what is told about them."""

from typing import Final

from release.cli.schemas.shapes import (
    DAY,
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
from release.rules.report import FORMAT_VERSION

_COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
_HOLD: Final = optional(object_of({"reason": TEXT, "by": TEXT, "until": optional(TEXT)}))
_REASON: Final = object_of({"code": TEXT, "fact": TEXT, "next": TEXT})
_SKIPPED: Final = object_of({"environment": TEXT, "commit": TEXT, "reason": TEXT})
_CHECKOUT: Final = optional(object_of({"trunk": TEXT, "behind": _COUNT, "ahead": _COUNT}))
"""How far checkout and trunk are apart; null where one of them is not known."""


def change_schema() -> Schema:
    """Return the schema of cut, promote, rollback, hold and unhold when they are not refused."""
    move: dict[str, Schema] = {
        "chart": TEXT,
        "source": optional(TEXT),
        "before": optional(TEXT),
        "after": optional(TEXT),
    }
    properties: dict[str, Schema] = {
        "command": {"enum": ["cut", "promote", "rollback", "hold", "unhold", "freeze", "unfreeze"]},
        "outcome": {"enum": ["done", "proposed", "already", "dry-run"]},
        "chart": TEXT,
        "moves": list_of(object_of(move)),
        "environment": optional(TEXT),
        "source": optional(TEXT),
        "before": optional(TEXT),
        "after": optional(TEXT),
        "summary": TEXT,
        "remarks": list_of(TEXT),
        "files": list_of(TEXT),
        "diff": TEXT,
        "branch": optional(TEXT),
        "commit": optional(object_of({"subject": TEXT, "body": TEXT})),
        "next": list_of(TEXT),
        "emergency": list_of(TEXT),
        "pullRequest": optional(object_of({"number": NUMBER, "url": TEXT})),
    }
    return top("change", "What a command changed, would change, or found done", properties)


def refusal_schema() -> Schema:
    """Return the schema of any command that is refused or is misused."""
    properties: dict[str, Schema] = {
        "command": TEXT,
        "outcome": {"enum": ["refused", "misused"]},
        "reasons": {**list_of(_REASON), "minItems": 1},
    }
    return top("refusal", "Why a command did nothing", properties)


def status_schema() -> Schema:
    """Return the schema of `hmco status`."""
    hold = object_of({"reason": TEXT, "by": TEXT, "until": optional(DAY), "expired": FLAG})
    relation = object_of(
        {
            "environment": TEXT,
            "standing": {"enum": ["level", "behind", "ahead"]},
            "versions": NUMBER,
        }
    )
    place: dict[str, Schema] = {
        "chart": TEXT,
        "environment": TEXT,
        "runs": TEXT,
        "pinned": FLAG,
        "version": TEXT,
        "released": FLAG,
        "since": optional(MOMENT),
        "ageSeconds": optional(NUMBER),
        "soakLeftSeconds": optional(NUMBER),
        "hold": optional(hold),
        "freeze": optional(object_of({"first": DAY, "last": DAY, "reason": TEXT})),
        "tag": optional({"enum": ["right", "missing", "wrong"]}),
        "sources": list_of(relation),
        "rollbackTo": optional(TEXT),
    }
    properties: dict[str, Schema] = {
        "now": MOMENT,
        "checkout": _CHECKOUT,
        "notCommitted": list_of(TEXT),
        "places": list_of(object_of(place)),
    }
    return top("status", "What runs where, for how long, and what stops it", properties)


def history_schema() -> Schema:
    """Return the schema of `hmco history`."""
    person = object_of({"name": TEXT, "email": TEXT})
    change: dict[str, Schema] = {
        "chart": TEXT,
        "environment": TEXT,
        "kind": {
            "enum": [
                "deployed",
                "promotion",
                "rollback",
                "pinned",
                "unpinned",
                "removed",
                "hold",
                "hold changed",
                "unhold",
            ]
        },
        "before": optional(TEXT),
        "after": optional(TEXT),
        "holdBefore": _HOLD,
        "holdAfter": _HOLD,
        "landedAt": MOMENT,
        "commit": TEXT,
        "author": person,
        "committer": person,
        "subject": TEXT,
        "body": TEXT,
        "pullRequest": optional(NUMBER),
        "approvedBy": list_of(TEXT),
        "bypassed": optional(TEXT),
    }
    properties: dict[str, Schema] = {
        "chart": optional(TEXT),
        "checkout": _CHECKOUT,
        "changes": list_of(object_of(change)),
        "incomplete": list_of(TEXT),
        "skipped": list_of(_SKIPPED),
    }
    return top("history", "Every change of pins and holds, newest first", properties)


def check_schema() -> Schema:
    """Return the schema of `hmco check --json`."""
    finding = object_of(
        {
            "rule": {**TEXT, "description": "`hmco check --explain RULE` explains it in full."},
            "severity": {"enum": ["error", "warning", "note"]},
            "file": {**TEXT, "description": "Path from the root of the checkout."},
            "line": {**optional(NUMBER), "description": "From 1; null where there is none."},
            "chart": optional(TEXT),
            "environment": optional(TEXT),
            "what": TEXT,
            "why": TEXT,
            "fix": TEXT,
            "waived": {**optional(TEXT), "description": "The reason; null if it counts."},
        }
    )
    properties: dict[str, Schema] = {
        "format": {"const": FORMAT_VERSION},
        "passed": FLAG,
        "summary": object_of(
            dict.fromkeys(("errors", "warnings", "notes", "waived", "rules"), NUMBER)
        ),
        "findings": list_of(finding),
        "waived": list_of(finding),
        "left_out": list_of(object_of({"rule": TEXT, "reason": TEXT})),
    }
    return top("check", "Every finding, those that are waived, and rules left out", properties)


def diff_schema() -> Schema:
    """Return the schema of `hmco diff`: each environment's objects that differ, by file."""
    properties: dict[str, Schema] = {
        "base": TEXT,
        "checkout": _CHECKOUT,
        "environments": map_of(map_of(TEXT)),
    }
    return top("diff", "What the stack files change in Argo CD's objects", properties)


def adopt_schema() -> Schema:
    """Return the schema of `hmco adopt`: first tags, or a baseline where one was asked for."""
    tag = {"tag": TEXT, "chart": TEXT, "version": TEXT, "commit": TEXT}
    proposed = {
        "tags": list_of(object_of({**tag, "environments": list_of(TEXT)})),
        "unsettled": list_of(_REASON),
    }
    recorded: dict[str, Schema] = {
        "file": TEXT,
        "recorded": NUMBER,
        "new": NUMBER,
        "gone": NUMBER,
        "byRule": map_of(NUMBER),
        "notRecorded": list_of(TEXT),
    }
    either: Schema = {"oneOf": [object_of(proposed), object_of(recorded)]}
    return headed("adopt", "The first tags, or the baseline that was recorded", either)


def metrics_schema() -> Schema:
    """Return the schema of `hmco metrics`."""
    seconds = optional({"type": "number"})
    share = optional({"type": "number", "minimum": 0, "maximum": 1})
    gates: Schema = {"enum": ["freeze", "hold", "soak", "source"]}
    numbers: dict[str, Schema] = {
        "deployments": _COUNT,
        "perWeek": {"type": "number", "minimum": 0},
        "first": _COUNT,
        "promotions": _COUNT,
        "rollbacks": _COUNT,
        "returns": _COUNT,
        "failed": _COUNT,
        "rework": _COUNT,
        "changeFailRate": share,
        "rollbackRate": share,
        "reworkRate": share,
        "recoverySeconds": seconds,
        "waitedSeconds": seconds,
        "leadSeconds": seconds,
        "soakSeconds": seconds,
        "holds": _COUNT,
        "skippedGates": {
            "type": "object",
            "propertyNames": gates,
            "additionalProperties": {"type": "integer", "minimum": 1},
        },
    }
    standing: dict[str, Schema] = {
        "pin": optional(TEXT),
        "driftVersions": optional(_COUNT),
        "driftSince": optional(MOMENT),
        "hold": _HOLD,
    }
    place = {"environment": TEXT, "chart": TEXT, "team": optional(TEXT)}
    landing: dict[str, Schema] = {
        "environment": TEXT,
        "chart": TEXT,
        "version": TEXT,
        "before": optional(TEXT),
        "kind": {"enum": ["first", "promotion", "rollback", "return"]},
        "failed": FLAG,
        "skippedGates": list_of(gates),
        "landedAt": MOMENT,
        "commit": TEXT,
    }
    names = ("name", "title", "unit", "meaning", "source", "differs")
    properties: dict[str, Schema] = {
        "since": MOMENT,
        "until": MOMENT,
        "environments": list_of(object_of({"environment": TEXT, **numbers})),
        "places": list_of(object_of({**place, **numbers, **standing})),
        "landings": list_of(object_of(landing)),
        "skipped": list_of(_SKIPPED),
        "definitions": list_of(object_of(dict.fromkeys(names, TEXT))),
    }
    return top("metrics", "Deployments, failures, times and drift of a period", properties)
