"""All risk flags; a new module of flags is named here."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from release.plan import (  # noqa: F401 -- importing a module registers its flags
    flags_access,
    flags_workload,
)
from release.plan.change import ApplicationChange, Fate, Flag, Risk
from release.plan.flag import REGISTERED, Context, FlagRule
from release.plan.flags_objects import by_place


def flag_rules() -> dict[str, FlagRule]:
    """Return every kind of risk by id."""
    return dict(sorted(REGISTERED.items()))


def judged(
    changes: Mapping[str, ApplicationChange], data_kinds: Mapping[str, Collection[str]]
) -> dict[str, ApplicationChange]:
    """Return the changes with their flags, dangers first.

    `data_kinds` are by chart the kinds, besides the usual ones, whose objects hold data.
    """
    losing, gaining = (by_place(changes, fate) for fate in (Fate.REMOVED, Fate.ADDED))
    result = {}
    for name, change in changes.items():
        kinds = frozenset(data_kinds.get(change.chart, ()))
        context = Context(kinds, name, losing, gaining)
        found = [
            Flag(rule.id, str(subject), what, rule.risk)
            for rule in flag_rules().values()
            for subject, what in rule.judge(change, context)
        ]
        result[name] = replace(change, flags=tuple(sorted(found, key=_by)))
    return result


def _by(item: Flag) -> tuple[bool, str, str, str]:
    return item.risk is not Risk.DANGER, item.id, item.subject, item.what
