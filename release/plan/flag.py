"""What a risk flag is, and the decorator that makes a function one."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from release.plan.change import ApplicationChange, Fate, Risk
from release.rendering.renderedobjects import RenderedObject

_KEEPING: Final = ("Prune=false", "Prune=confirm")
Place = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Context:
    """What a change alone does not tell.

    `data_kinds` are the kinds besides the usual ones that hold data, by the registry. `name` is the
    change's among all; `losing` and `gaining` are by place the names of those that lose or gain an
    object there.
    """

    data_kinds: frozenset[str] = frozenset()
    name: str = ""
    losing: Mapping[Place, list[str]] = field(default_factory=dict)
    gaining: Mapping[Place, list[str]] = field(default_factory=dict)


Sign = tuple[object, str]
"""What carries the risk, and what is to be seen there."""
Judge = Callable[[ApplicationChange, Context], Iterable[Sign]]


class FlagRule(NamedTuple):
    """One kind of risk: what it means, why it matters, what to do, whose rule it is, its finder."""

    id: str
    risk: Risk
    title: str
    why: str
    fix: str
    source: str
    judge: Judge


REGISTERED: Final[dict[str, FlagRule]] = {}
"""What the modules imported so far have registered; flagcatalogue.py imports all."""


def flag(risk: Risk, *, fix: str, source: str) -> Callable[[Judge], Judge]:
    """Make the decorated function find a risk: its name is the id, its docstring title and why."""

    def register(judge: Judge) -> Judge:
        name = judge.__name__.replace("_", "-")
        if name in REGISTERED:
            raise ValueError(f"two flags are called {name}; ids are contracts, choose another one")
        title, _, why = (judge.__doc__ or "").partition("\n")
        REGISTERED[name] = FlagRule(
            id=name,
            risk=risk,
            title=title.removesuffix("."),
            why=" ".join(why.split()).removesuffix("."),
            fix=fix,
            source=source,
            judge=judge,
        )
        return judge

    return register


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
