"""A plan for programs: the object that `hmco plan --json` prints."""

from typing import Any

from release.plan.change import ApplicationChange, ObjectChange, Plan
from release.plan.difference import ABSENT, Difference
from release.plan.told import diff_lines, summary


def to_data(plan: Plan) -> dict[str, Any]:
    """Return the plan as plain data, worst Application first."""
    return {
        "base": plan.base,
        "head": plan.head,
        "empty": plan.empty,
        "unchanged": plan.unchanged,
        "remarks": list(plan.remarks),
        "applications": [_application(change) for change in plan.applications],
        "projects": [
            {"environment": item.environment, "fields": [_place(f) for f in item.fields]}
            for item in plan.projects
        ],
    }


def _application(change: ApplicationChange) -> dict[str, Any]:
    return {
        "environment": change.environment,
        "chart": change.chart,
        "application": change.application,
        "before": change.before._asdict() if change.before else None,
        "after": change.after._asdict() if change.after else None,
        "summary": summary(change),
        "unknown": [unknown._asdict() for unknown in change.unknown],
        "failures": list(change.failures),
        "fields": [_place(item) for item in change.fields],
        "objects": [_object(item) for item in change.objects],
        "alike": len(change.alike),
        "volatile": list(change.volatile),
        "flags": [
            {"id": f.id, "risk": f.risk.value, "subject": f.subject, "what": f.what}
            for f in change.flags
        ],
        "number": {
            "made": change.bump.made,
            "honest": change.bump.honest,
            "tooSmall": change.bump.too_small,
            "reasons": list(change.bump.reasons),
        }
        if change.bump
        else None,
    }


def _object(change: ObjectChange) -> dict[str, Any]:
    group, kind, namespace, name = change.identity
    return {
        "fate": change.fate.value,
        "group": group,
        "kind": kind,
        "namespace": namespace,
        "name": name,
        "hook": change.one.hook,
        "source": change.one.source,
        "places": [_place(item) for item in change.differences],
        "diff": diff_lines(change),
    }


def _place(item: Difference) -> dict[str, Any]:
    place: dict[str, Any] = {"path": item.path, "noise": item.noise}
    if item.before != ABSENT:
        place["before"] = item.before
    if item.after != ABSENT:
        place["after"] = item.after
    return place
