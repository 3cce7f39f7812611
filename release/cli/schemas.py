"""The schema of every output of `--json`."""

from collections.abc import Mapping
from typing import Final

from release.github.checklist import State
from release.rules.report import FORMAT_VERSION
from release.settings.schema import DIALECT

Schema = dict[str, object]


def _object(**properties: Schema) -> Schema:
    """Return an object of exactly these keys, all of them always there."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _each(schema: Schema, *keys: str) -> dict[str, Schema]:
    return dict.fromkeys(keys, schema)


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _map(values: Schema) -> Schema:
    """Return an object whose keys are names that the repository chooses."""
    return {"type": "object", "additionalProperties": values}


def _optional(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _one_of(*words: str) -> Schema:
    return {"enum": list(words)}


def _described(description: str, schema: Schema) -> Schema:
    return {**schema, "description": description}


_TEXT: Final[Schema] = {"type": "string"}
_FLAG: Final[Schema] = {"type": "boolean"}
_NUMBER: Final[Schema] = {"type": "integer"}
_COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
_MOMENT: Final[Schema] = {"type": "string", "format": "date-time"}
_DAY: Final[Schema] = {"type": "string", "format": "date"}
_SHARE: Final = _optional({"type": "number", "minimum": 0, "maximum": 1})
_SECONDS: Final = _optional({"type": "number"})
_TEXTS: Final = _list(_TEXT)

_HOLD: Final = _optional(_object(reason=_TEXT, by=_TEXT, until=_optional(_TEXT)))
_REASON: Final = _object(code=_TEXT, fact=_TEXT, next=_TEXT)
_SKIPPED: Final = _object(environment=_TEXT, commit=_TEXT, reason=_TEXT)
_CHECKOUT: Final = _optional(_object(trunk=_TEXT, behind=_COUNT, ahead=_COUNT))
"""How far checkout and trunk are apart; null where one of them is not known."""
_FINDING: Final = _object(
    rule=_described("`hmco check --explain RULE` explains it in full.", _TEXT),
    severity=_one_of("error", "warning", "note"),
    file=_described("Path from the root of the checkout.", _TEXT),
    line=_described("From 1; null where there is none.", _optional(_NUMBER)),
    chart=_optional(_TEXT),
    environment=_optional(_TEXT),
    **_each(_TEXT, "what", "why", "fix"),
    waived=_described("The reason; null if it counts.", _optional(_TEXT)),
)
_DIFFERENCE: Final = _object(path=_TEXT, noise=_FLAG, before={}, after={}) | {
    "required": ["path", "noise"]
}
_REVISION: Final = _optional(_object(version=_TEXT, revision=_TEXT, note=_TEXT))
_GATES: Final = _one_of("freeze", "hold", "soak", "source")
_NUMBERS: Final[dict[str, Schema]] = {
    "deployments": _COUNT,
    "perWeek": {"type": "number", "minimum": 0},
    **_each(_COUNT, "first", "promotions", "rollbacks", "returns", "failed", "rework"),
    **_each(_SHARE, "changeFailRate", "rollbackRate", "reworkRate"),
    **_each(_SECONDS, "recoverySeconds", "waitedSeconds", "leadSeconds", "soakSeconds"),
    "holds": _COUNT,
    "skippedGates": {
        "type": "object",
        "propertyNames": _GATES,
        "additionalProperties": {"type": "integer", "minimum": 1},
    },
}

_ANSWERS: Final[Mapping[str, tuple[str, Schema]]] = {
    "adopt": (
        "The first tags, or the baseline that was recorded",
        {
            "oneOf": [
                _object(
                    tags=_list(
                        _object(
                            **_each(_TEXT, "tag", "chart", "version", "commit"),
                            environments=_TEXTS,
                        )
                    ),
                    unsettled=_list(_REASON),
                ),
                _object(
                    file=_TEXT,
                    **_each(_NUMBER, "recorded", "new", "gone"),
                    byRule=_map(_NUMBER),
                    notRecorded=_TEXTS,
                ),
            ]
        },
    ),
    "between": (
        "Whether an environment gets what another one runs",
        _object(
            **_each(_TEXT, "chart", "source", "target"),
            same=_FLAG,
            sentence=_TEXT,
            explained=_TEXTS,
            unexplained=_TEXTS,
            images=_described("Whether a digest fixes it.", _map(_FLAG)),
            unknown=_described("Why nobody can tell; empty where somebody can.", _TEXT),
        ),
    ),
    "change": (
        "What a command changed, would change, or found done",
        _object(
            command=_one_of("cut", "promote", "rollback", "hold", "unhold", "freeze", "unfreeze"),
            outcome=_one_of("done", "proposed", "already", "dry-run"),
            chart=_TEXT,
            moves=_list(
                _object(chart=_TEXT, **_each(_optional(_TEXT), "source", "before", "after"))
            ),
            **_each(_optional(_TEXT), "environment", "source", "before", "after"),
            summary=_TEXT,
            remarks=_TEXTS,
            files=_TEXTS,
            diff=_TEXT,
            branch=_optional(_TEXT),
            commit=_optional(_object(subject=_TEXT, body=_TEXT)),
            **_each(_TEXTS, "next", "afterMerge"),
            emergency=_TEXTS,
            pullRequest=_optional(_object(number=_NUMBER, url=_TEXT)),
        ),
    ),
    "check": (
        "Every finding, those that are waived, and rules left out",
        _object(
            format={"const": FORMAT_VERSION},
            passed=_FLAG,
            summary=_object(
                errors=_NUMBER, warnings=_NUMBER, notes=_NUMBER, waived=_NUMBER, rules=_NUMBER
            ),
            findings=_list(_FINDING),
            waived=_list(_FINDING),
            left_out=_list(_object(rule=_TEXT, reason=_TEXT)),
        ),
    ),
    "diff": (
        "What the stack files change in Argo CD's objects",
        _object(base=_TEXT, checkout=_CHECKOUT, environments=_map(_map(_TEXT))),
    ),
    "doctor": (
        "What is there for the workflows, and what is missing",
        _list(_object(what=_TEXT, state=_one_of(*(s.value for s in State)), remedy=_TEXT)),
    ),
    "history": (
        "Every change of pins and holds, newest first",
        _object(
            chart=_optional(_TEXT),
            checkout=_CHECKOUT,
            changes=_list(
                _object(
                    chart=_TEXT,
                    environment=_TEXT,
                    kind=_one_of(
                        "deployed",
                        "promotion",
                        "rollback",
                        "pinned",
                        "unpinned",
                        "removed",
                        "hold",
                        "hold changed",
                        "unhold",
                    ),
                    before=_optional(_TEXT),
                    after=_optional(_TEXT),
                    holdBefore=_HOLD,
                    holdAfter=_HOLD,
                    landedAt=_MOMENT,
                    commit=_TEXT,
                    author=_object(name=_TEXT, email=_TEXT),
                    committer=_object(name=_TEXT, email=_TEXT),
                    subject=_TEXT,
                    body=_TEXT,
                    pullRequest=_optional(_NUMBER),
                    approvedBy=_TEXTS,
                    bypassed=_optional(_TEXT),
                )
            ),
            incomplete=_TEXTS,
            skipped=_list(_SKIPPED),
        ),
    ),
    "metrics": (
        "Deployments, failures, times and drift of a period",
        _object(
            since=_MOMENT,
            until=_MOMENT,
            environments=_list(_object(environment=_TEXT, **_NUMBERS)),
            places=_list(
                _object(
                    environment=_TEXT,
                    chart=_TEXT,
                    team=_optional(_TEXT),
                    **_NUMBERS,
                    pin=_optional(_TEXT),
                    driftVersions=_optional(_COUNT),
                    driftSince=_optional(_MOMENT),
                    hold=_HOLD,
                )
            ),
            landings=_list(
                _object(
                    **_each(_TEXT, "environment", "chart", "version"),
                    before=_optional(_TEXT),
                    kind=_one_of("first", "promotion", "rollback", "return"),
                    failed=_FLAG,
                    skippedGates=_list(_GATES),
                    landedAt=_MOMENT,
                    commit=_TEXT,
                )
            ),
            skipped=_list(_SKIPPED),
            definitions=_list(
                _object(
                    name=_TEXT, title=_TEXT, unit=_TEXT, meaning=_TEXT, source=_TEXT, differs=_TEXT
                )
            ),
        ),
    ),
    "plan": (
        "What differs between two states for every cluster, worst first",
        _object(
            base=_TEXT,
            head=_TEXT,
            empty=_FLAG,
            unchanged=_NUMBER,
            remarks=_TEXTS,
            applications=_list(
                _object(
                    **_each(_TEXT, "environment", "chart", "application"),
                    before=_REVISION,
                    after=_REVISION,
                    summary=_TEXT,
                    unknown=_list(_object(reason=_TEXT, command=_TEXT)),
                    failures=_TEXTS,
                    fields=_list(_DIFFERENCE),
                    objects=_list(
                        _object(
                            fate=_one_of("added", "changed", "removed", "noise"),
                            **_each(_TEXT, "group", "kind", "namespace", "name", "hook", "source"),
                            places=_list(_DIFFERENCE),
                            diff=_TEXTS,
                        )
                    ),
                    alike=_NUMBER,
                    volatile=_TEXTS,
                    flags=_list(
                        _object(
                            id=_TEXT,
                            risk=_one_of("danger", "caution"),
                            subject=_TEXT,
                            what=_TEXT,
                        )
                    ),
                    number=_optional(
                        _object(
                            made=_one_of("major", "minor", "patch", "none"),
                            honest=_one_of("major", "minor", "patch"),
                            tooSmall=_FLAG,
                            reasons=_TEXTS,
                        )
                    ),
                )
            ),
            projects=_list(_object(environment=_TEXT, fields=_list(_DIFFERENCE))),
        ),
    ),
    "refusal": (
        "Why a command did nothing",
        _object(
            command=_TEXT,
            outcome=_one_of("refused", "misused"),
            reasons={**_list(_REASON), "minItems": 1},
        ),
    ),
    "release": (
        "Tags that were made or would be, and what stands against more",
        _object(due=_TEXTS, tagged=_TEXTS, released=_TEXTS, told=_TEXTS),
    ),
    "render": (
        "Manifests, or the files that were written",
        {
            "oneOf": [
                _described("Each file's text, by environment and name.", _map(_map(_TEXT))),
                _object(directory=_TEXT, changed=_map(_TEXTS)),
                _object(
                    changed=_TEXTS,
                    leftOut=_described("The slugs that lack their IDs.", _map(_TEXTS)),
                ),
            ]
        },
    ),
    "replay": (
        "What the present rules say of past promotions, newest first",
        _list(
            _object(
                **_each(_TEXT, "environment", "chart", "before", "after"),
                landedAt=_MOMENT,
                commit=_TEXT,
                verdict=_one_of("passes", "flagged", "refused", "unknown"),
                refusals=_list(_object(rule=_TEXT, fact=_TEXT)),
                flags=_TEXTS,
                failure=_described("Why not all could be asked; empty where it was.", _TEXT),
            )
        ),
    ),
    "status": (
        "What runs where, for how long, and what stops it",
        _object(
            now=_MOMENT,
            checkout=_CHECKOUT,
            notCommitted=_TEXTS,
            places=_list(
                _object(
                    **_each(_TEXT, "chart", "environment", "runs"),
                    pinned=_FLAG,
                    version=_TEXT,
                    released=_FLAG,
                    since=_optional(_MOMENT),
                    ageSeconds=_optional(_NUMBER),
                    soakLeftSeconds=_optional(_NUMBER),
                    hold=_optional(
                        _object(reason=_TEXT, by=_TEXT, until=_optional(_DAY), expired=_FLAG)
                    ),
                    freeze=_optional(_object(first=_DAY, last=_DAY, reason=_TEXT)),
                    tag=_optional(_one_of("right", "missing", "wrong")),
                    sources=_list(
                        _object(
                            environment=_TEXT,
                            standing=_one_of("level", "behind", "ahead"),
                            versions=_NUMBER,
                            rolledBack=_FLAG,
                        )
                    ),
                    rollbackTo=_optional(_TEXT),
                )
            ),
        ),
    ),
    "verify": ("What is wrong with delivered files, by environment", _map(_map(_TEXT))),
    "workflows": (
        "Files that were written, or with --check are stale",
        {"oneOf": [_object(changed=_TEXTS), _object(stale=_TEXTS)]},
    ),
}
_CALLED: Final = {"between": "plan --between", "replay": "plan --replay"}

SCHEMAS: Final[Mapping[str, Schema]] = {
    name: {"$schema": DIALECT, "title": f"hmco {_CALLED.get(name, name)}: {title}", **schema}
    for name, (title, schema) in _ANSWERS.items()
}
