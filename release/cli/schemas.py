"""The JSON Schemas of what `--json` prints: keys that programs may rely on."""

from typing import Final

from release.rules.report import FORMAT_VERSION
from release.settings.schema import DIALECT

Schema = dict[str, object]

_TEXT: Final[Schema] = {"type": "string"}
_FLAG: Final[Schema] = {"type": "boolean"}
_NUMBER: Final[Schema] = {"type": "integer"}
_MOMENT: Final[Schema] = {"type": "string", "format": "date-time"}
_DAY: Final[Schema] = {"type": "string", "format": "date"}


def change_schema() -> Schema:
    """Return the schema of cut, promote, rollback, hold and unhold when they are not refused."""
    move: dict[str, Schema] = {
        "chart": _TEXT,
        "source": _optional(_TEXT),
        "before": _optional(_TEXT),
        "after": _optional(_TEXT),
    }
    properties: dict[str, Schema] = {
        "command": {"enum": ["cut", "promote", "rollback", "hold", "unhold", "freeze", "unfreeze"]},
        "outcome": {"enum": ["done", "proposed", "already", "dry-run"]},
        "chart": _TEXT,
        "moves": _list(_object(move)),
        "environment": _optional(_TEXT),
        "source": _optional(_TEXT),
        "before": _optional(_TEXT),
        "after": _optional(_TEXT),
        "summary": _TEXT,
        "remarks": _list(_TEXT),
        "files": _list(_TEXT),
        "diff": _TEXT,
        "branch": _optional(_TEXT),
        "commit": _optional(_object({"subject": _TEXT, "body": _TEXT})),
        "next": _list(_TEXT),
        "emergency": _list(_TEXT),
        "pullRequest": _optional(_object({"number": _NUMBER, "url": _TEXT})),
    }
    return _top("change", "What a command changed, would change, or found done", properties)


def refusal_schema() -> Schema:
    """Return the schema of any command that is refused or is misused."""
    properties: dict[str, Schema] = {
        "command": _TEXT,
        "outcome": {"enum": ["refused", "misused"]},
        "reasons": {
            **_list(_object({"code": _TEXT, "fact": _TEXT, "next": _TEXT})),
            "minItems": 1,
        },
    }
    return _top("refusal", "Why a command did nothing", properties)


def status_schema() -> Schema:
    """Return the schema of `hmco status`."""
    hold = _object({"reason": _TEXT, "by": _TEXT, "until": _optional(_DAY), "expired": _FLAG})
    relation = _object(
        {
            "environment": _TEXT,
            "standing": {"enum": ["level", "behind", "ahead"]},
            "versions": _NUMBER,
        }
    )
    place: dict[str, Schema] = {
        "chart": _TEXT,
        "environment": _TEXT,
        "runs": _TEXT,
        "pinned": _FLAG,
        "version": _TEXT,
        "released": _FLAG,
        "since": _optional(_MOMENT),
        "ageSeconds": _optional(_NUMBER),
        "soakLeftSeconds": _optional(_NUMBER),
        "hold": _optional(hold),
        "freeze": _optional(_object({"first": _DAY, "last": _DAY, "reason": _TEXT})),
        "tag": _optional({"enum": ["right", "missing", "wrong"]}),
        "sources": _list(relation),
        "rollbackTo": _optional(_TEXT),
    }
    properties: dict[str, Schema] = {
        "now": _MOMENT,
        "checkout": _checkout(),
        "notCommitted": _list(_TEXT),
        "places": _list(_object(place)),
    }
    return _top("status", "What runs where, for how long, and what stops it", properties)


def history_schema() -> Schema:
    """Return the schema of `hmco history`."""
    hold = _optional(_object({"reason": _TEXT, "by": _TEXT, "until": _optional(_TEXT)}))
    person = _object({"name": _TEXT, "email": _TEXT})
    change: dict[str, Schema] = {
        "chart": _TEXT,
        "environment": _TEXT,
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
        "before": _optional(_TEXT),
        "after": _optional(_TEXT),
        "holdBefore": hold,
        "holdAfter": hold,
        "landedAt": _MOMENT,
        "commit": _TEXT,
        "author": person,
        "committer": person,
        "subject": _TEXT,
        "body": _TEXT,
        "pullRequest": _optional(_NUMBER),
        "approvedBy": _list(_TEXT),
        "bypassed": _optional(_TEXT),
    }
    skipped = _object({"environment": _TEXT, "commit": _TEXT, "reason": _TEXT})
    properties: dict[str, Schema] = {
        "chart": _optional(_TEXT),
        "checkout": _checkout(),
        "changes": _list(_object(change)),
        "incomplete": _list(_TEXT),
        "skipped": _list(skipped),
    }
    return _top("history", "Every change of pins and holds, newest first", properties)


def check_schema() -> Schema:
    """Return the schema of `hmco check --json`."""
    finding = _object(
        {
            "rule": {**_TEXT, "description": "`hmco check --explain RULE` explains it in full."},
            "severity": {"enum": ["error", "warning", "note"]},
            "file": {**_TEXT, "description": "Path from the root of the checkout."},
            "line": {**_optional(_NUMBER), "description": "From 1; null where there is none."},
            "chart": _optional(_TEXT),
            "environment": _optional(_TEXT),
            "what": _TEXT,
            "why": _TEXT,
            "fix": _TEXT,
            "waived": {**_optional(_TEXT), "description": "The reason; null if it counts."},
        }
    )
    properties: dict[str, Schema] = {
        "format": {"const": FORMAT_VERSION},
        "passed": _FLAG,
        "summary": _object(
            dict.fromkeys(("errors", "warnings", "notes", "waived", "rules"), _NUMBER)
        ),
        "findings": _list(finding),
        "waived": _list(finding),
        "left_out": _list(_object({"rule": _TEXT, "reason": _TEXT})),
    }
    return _top("check", "Every finding, those that are waived, and rules left out", properties)


def diff_schema() -> Schema:
    """Return the schema of `hmco diff`: each environment's objects that differ, by file."""
    files: Schema = {"type": "object", "additionalProperties": _TEXT}
    environments: Schema = {"type": "object", "additionalProperties": files}
    properties: dict[str, Schema] = {"base": _TEXT, "environments": environments}
    return _top("diff", "What the stack files change in Argo CD's objects", properties)


def adopt_schema() -> Schema:
    """Return the schema of `hmco adopt`: first tags, or a baseline where one was asked for."""
    tag = {"tag": _TEXT, "chart": _TEXT, "version": _TEXT, "commit": _TEXT}
    reason = _object({"code": _TEXT, "fact": _TEXT, "next": _TEXT})
    proposed = {
        "tags": _list(_object({**tag, "environments": _list(_TEXT)})),
        "unsettled": _list(reason),
    }
    recorded: dict[str, Schema] = {
        "file": _TEXT,
        "recorded": _NUMBER,
        "new": _NUMBER,
        "gone": _NUMBER,
        "byRule": {"type": "object", "additionalProperties": _NUMBER},
        "notRecorded": _list(_TEXT),
    }
    either: Schema = {"oneOf": [_object(proposed), _object(recorded)]}
    return _headed("adopt", "The first tags, or the baseline that was recorded", either)


def metrics_schema() -> Schema:
    """Return the schema of `hmco metrics`."""
    seconds = _optional({"type": "number"})
    share = _optional({"type": "number", "minimum": 0, "maximum": 1})
    hold = _optional(_object({"reason": _TEXT, "by": _TEXT, "until": _optional(_TEXT)}))
    count: Schema = {"type": "integer", "minimum": 0}
    gates: Schema = {"enum": ["freeze", "hold", "soak", "source"]}
    numbers: dict[str, Schema] = {
        "deployments": count,
        "perWeek": {"type": "number", "minimum": 0},
        "first": count,
        "promotions": count,
        "rollbacks": count,
        "returns": count,
        "failed": count,
        "rework": count,
        "changeFailRate": share,
        "rollbackRate": share,
        "reworkRate": share,
        "recoverySeconds": seconds,
        "waitedSeconds": seconds,
        "leadSeconds": seconds,
        "soakSeconds": seconds,
        "holds": count,
        "bypasses": {
            "type": "object",
            "propertyNames": gates,
            "additionalProperties": {"type": "integer", "minimum": 1},
        },
    }
    standing: dict[str, Schema] = {
        "pin": _optional(_TEXT),
        "driftVersions": _optional(count),
        "driftSince": _optional(_MOMENT),
        "hold": hold,
    }
    place = {"environment": _TEXT, "chart": _TEXT, "team": _optional(_TEXT)}
    landing: dict[str, Schema] = {
        "environment": _TEXT,
        "chart": _TEXT,
        "version": _TEXT,
        "before": _optional(_TEXT),
        "kind": {"enum": ["first", "promotion", "rollback", "return"]},
        "failed": _FLAG,
        "bypasses": _list(gates),
        "landedAt": _MOMENT,
        "commit": _TEXT,
    }
    names = ("name", "title", "unit", "meaning", "source", "differs")
    properties: dict[str, Schema] = {
        "since": _MOMENT,
        "until": _MOMENT,
        "environments": _list(_object({"environment": _TEXT, **numbers})),
        "places": _list(_object({**place, **numbers, **standing})),
        "landings": _list(_object(landing)),
        "skipped": _list(_object({"environment": _TEXT, "commit": _TEXT, "reason": _TEXT})),
        "definitions": _list(_object(dict.fromkeys(names, _TEXT))),
    }
    return _top("metrics", "Deployments, failures, times and drift of a period", properties)


def plan_schema() -> Schema:
    """Return the schema of `hmco plan`."""
    place = _object({"path": _TEXT, "noise": _FLAG, "before": {}, "after": {}})
    place["required"] = ["path", "noise"]
    revision = _optional(_object({"version": _TEXT, "revision": _TEXT, "note": _TEXT}))
    entry = _object(
        {
            "fate": {"enum": ["added", "changed", "removed", "noise"]},
            "group": _TEXT,
            "kind": _TEXT,
            "namespace": _TEXT,
            "name": _TEXT,
            "hook": _TEXT,
            "source": _TEXT,
            "places": _list(place),
            "diff": _list(_TEXT),
        }
    )
    raised = _object(
        {"id": _TEXT, "risk": {"enum": ["danger", "caution"]}, "subject": _TEXT, "what": _TEXT}
    )
    verdict = _object(
        {
            "made": {"enum": ["major", "minor", "patch", "none"]},
            "honest": {"enum": ["major", "minor", "patch"]},
            "tooSmall": _FLAG,
            "reasons": _list(_TEXT),
        }
    )
    application = _object(
        {
            "environment": _TEXT,
            "chart": _TEXT,
            "application": _TEXT,
            "before": revision,
            "after": revision,
            "summary": _TEXT,
            "unknown": _list(_object({"reason": _TEXT, "command": _TEXT})),
            "failures": _list(_TEXT),
            "fields": _list(place),
            "objects": _list(entry),
            "alike": _NUMBER,
            "volatile": _list(_TEXT),
            "flags": _list(raised),
            "number": _optional(verdict),
        }
    )
    project = _object({"environment": _TEXT, "fields": _list(place)})
    properties: dict[str, Schema] = {
        "base": _TEXT,
        "head": _TEXT,
        "empty": _FLAG,
        "unchanged": _NUMBER,
        "remarks": _list(_TEXT),
        "applications": _list(application),
        "projects": _list(project),
    }
    return _top(
        "plan", "What differs between two states for every cluster, worst first", properties
    )


def _checkout() -> Schema:
    """Return how far checkout and trunk are apart; null where one of them is not known."""
    count: Schema = {"type": "integer", "minimum": 0}
    return _optional(_object({"trunk": _TEXT, "behind": count, "ahead": count}))


def _top(name: str, title: str, properties: dict[str, Schema]) -> Schema:
    return _headed(name, title, _object(properties))


def _headed(name: str, title: str, schema: Schema) -> Schema:
    return {"$schema": DIALECT, "title": f"hmco {name}: {title}", **schema}


def _object(properties: dict[str, Schema]) -> Schema:
    """Return an object of exactly these keys, all of them always there."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _optional(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}
