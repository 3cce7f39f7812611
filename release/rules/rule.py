"""What a rule is, what it yields, and the decorator that makes a function one."""

from collections.abc import Callable, Collection, Iterable, Mapping
from enum import StrEnum
from functools import partial
from typing import Any, Final, NamedTuple


class Severity(StrEnum):
    """Errors fail the check; warnings only with --strict; notes never."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Need(StrEnum):
    """What a rule cannot do without; it is left out, and said to be, where that is missing."""

    ESTATE = "valid stack files"
    GIT = "a Git checkout with its whole history and its tags"
    FILES = "the files of those tags"
    HELM = "Helm (make setup-helm)"


class Judged(StrEnum):
    """What a rule is asked of: one checkout, what a change moves, or what Helm makes of charts."""

    STATE = "state"
    STEP = "step"
    RENDERING = "rendering"


class Breach(NamedTuple):
    """One place that breaks a rule; `fix` and `severity` stand where they differ from the rule's.

    A breach is never graver than its rule. `file` is relative to the checkout, `line` counts from
    1, 0 where no line can be named.
    """

    file: str
    what: str
    line: int = 0
    fix: str = ""
    chart: str = ""
    environment: str = ""
    severity: Severity | None = None


class Finding(NamedTuple):
    """One breach with its rule's words; sorted by file, line and rule."""

    file: str
    line: int
    rule: str
    what: str
    severity: Severity
    why: str
    fix: str
    chart: str = ""
    environment: str = ""
    waived: str = ""
    """The reason of the waiver or of the baseline's entry; "" for a finding that counts."""

    @property
    def place(self) -> str:
        """The file, with the line if one is known."""
        return f"{self.file}:{self.line}" if self.line else self.file


Check = Callable[[Any], Iterable[Breach]]
"""Takes the `Facts`, which read charts and Git; a rule's description needs neither."""


class Rule(NamedTuple):
    """One rule: what it asks, why breaking it hurts, how to mend it, and where it comes from.

    `check` finds where it is broken.
    """

    id: str
    severity: Severity
    title: str
    why: str
    fix: str
    source: str
    check: Check
    needs: frozenset[Need] = frozenset()
    judges: Judged = Judged.STATE

    @property
    def explanation(self) -> list[str]:
        """Everything there is to know about it, for a terminal, line by line."""
        lines = [
            f"{self.id} ({self.severity.value})",
            f"{self.title}.",
            f"Why:     {self.why}",
            f"Fix:     {self.fix}.",
            f"Source:  {self.source}.",
        ]
        return lines + ([f"Needs:   {', '.join(sorted(self.needs))}."] if self.needs else [])


Rules = Mapping[str, Rule]
"""Rules by id."""
_REGISTERED: Final[dict[str, Rule]] = {}


def register(rule: Rule) -> None:
    """Register a rule, whose id must be free."""
    if rule.id in _REGISTERED:
        raise ValueError(f"two rules are called {rule.id}; ids are contracts, choose another one")
    _REGISTERED[rule.id] = rule


def rule(
    *,
    fix: str,
    source: str,
    severity: Severity = Severity.ERROR,
    needs: Collection[Need] = (),
    judges: Judged = Judged.STATE,
) -> Callable[[Check], Check]:
    """Make the decorated function a rule: its name is the id, its docstring title and reason."""

    def registered(check: Check) -> Check:
        title, _, why = (check.__doc__ or "").partition("\n")
        register(
            Rule(
                id=check.__name__.replace("_", "-"),
                severity=severity,
                title=title.removesuffix("."),
                why=" ".join(why.split()),
                fix=fix,
                source=source,
                check=check,
                needs=frozenset(needs),
                judges=judges,
            )
        )
        return check

    return registered


warning: Final = partial(rule, severity=Severity.WARNING)
note: Final = partial(rule, severity=Severity.NOTE)


def registered_rules() -> dict[str, Rule]:
    """Return what the modules imported so far have registered; catalogue.py imports them all."""
    return dict(_REGISTERED)
