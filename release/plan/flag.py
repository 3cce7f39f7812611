"""What a risk flag is, and the decorator that makes a function one."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from release.plan.change import ApplicationChange, Fate, Flag, ObjectChange
from release.rendering.renderedobjects import RenderedObject

_KEEPING: Final = ("Prune=false", "Prune=confirm")


class Risk(StrEnum):
    """A danger loses data, fails the sync or opens a door; a caution should be deliberate."""

    DANGER = "danger"
    CAUTION = "caution"


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagRule:
    """One kind of risk: what it means, why it matters, what to do, and whose rule it is."""

    id: str
    risk: Risk
    title: str
    why: str
    fix: str
    source: str


@dataclass(frozen=True, slots=True)
class Context:
    """What the registry says of a chart's objects: kinds besides the usual ones that hold data."""

    data_kinds: frozenset[str] = frozenset()


Judge = Callable[[ApplicationChange, Context], Iterable[Flag]]


@dataclass(frozen=True, slots=True)
class RegisteredFlag:
    """A kind of risk and the function that finds it."""

    rule: FlagRule
    judge: Judge


_REGISTERED: Final[dict[str, RegisteredFlag]] = {}


def flag(rule: FlagRule) -> Callable[[Judge], Judge]:
    """Register the decorated function as the judge of that risk; its id must be free."""

    def register(judge: Judge) -> Judge:
        if rule.id in _REGISTERED:
            raise ValueError(
                f"two flags are called {rule.id}; ids are contracts, choose another one"
            )
        _REGISTERED[rule.id] = RegisteredFlag(rule, judge)
        return judge

    return register


def registered_flags() -> dict[str, RegisteredFlag]:
    """Return what the modules imported so far have registered; flagcatalogue.py imports all."""
    return dict(sorted(_REGISTERED.items()))


def gone(change: ApplicationChange) -> Iterator[RenderedObject]:
    """Yield what a sync would prune: removed, no hook, and not told to stay."""
    for item in change.objects:
        before = item.before
        if item.fate is Fate.REMOVED and before and not before.hook and not kept(before):
            yield before


def kept(item: RenderedObject) -> bool:
    """Tell whether an object's annotations keep Argo CD from pruning it (sync options)."""
    options = str(item.annotations.get("argocd.argoproj.io/sync-options", "")).replace(" ", "")
    policy = item.annotations.get("helm.sh/resource-policy")
    return policy == "keep" or any(option in _KEEPING for option in options.split(","))


def synced(change: ApplicationChange) -> Iterator[ObjectChange]:
    """Yield the changes of objects that a sync applies: no hooks, whose old runs are deleted."""
    return (item for item in change.objects if not item.one.hook)


def part(value: object, *keys: str) -> Mapping[str, Any]:
    """Return a mapping below others, empty where there is none."""
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def listed(value: object, *keys: str) -> list[Any]:
    """Return a list below mappings, empty where there is none."""
    *above, last = keys
    found = part(value, *above).get(last)
    return found if isinstance(found, list) else []


def body(item: RenderedObject | None) -> Mapping[str, Any]:
    """Return the object's content, empty for none."""
    return item.body if item else {}
