"""All risk flags; a new module of flags is named here."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from release.plan import (  # noqa: F401 -- importing a module registers its flags
    flags_access,
    flags_workload,
)
from release.plan.change import ApplicationChange, Flag
from release.plan.flag import Context, FlagRule, Risk, registered_flags
from release.plan.flags_objects import MOVED, moved_between


@cache
def flag_rules() -> dict[str, FlagRule]:
    """Return every kind of risk by id."""
    rules = {name: item.rule for name, item in registered_flags().items()}
    return dict(sorted({**rules, MOVED.id: MOVED}.items()))


def judged(
    changes: Mapping[str, ApplicationChange], contexts: Mapping[str, Context]
) -> dict[str, ApplicationChange]:
    """Return the changes with their flags, dangers first; contexts are by chart."""
    moved = moved_between(changes)
    result = {}
    for name, change in changes.items():
        context = contexts.get(change.chart, Context())
        found = [
            item for entry in registered_flags().values() for item in entry.judge(change, context)
        ]
        result[name] = replace(change, flags=tuple(sorted([*found, *moved.get(name, ())], key=_by)))
    return result


def risk_of(item: Flag) -> Risk:
    """Return how bad a flag is."""
    return flag_rules()[item.id].risk


def _by(item: Flag) -> tuple[bool, str, str, str]:
    return risk_of(item) is not Risk.DANGER, item.id, item.subject, item.what
