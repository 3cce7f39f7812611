"""What a command decides: an action as data, or a refusal that names its reasons."""

from collections.abc import Iterable
from typing import NamedTuple

from release.settings.model import Freeze, Hold


class Reason(NamedTuple):
    """One fact that blocks a command, and the next command or step that gets past it.

    `misuse` marks what no state of the estate could make right: an unknown name, a malformed
    version. The command line answers it with exit code 2 instead of 1.
    """

    code: str
    fact: str
    remedy: str
    misuse: bool = False

    def __str__(self) -> str:
        """Return the one sentence that a person reads."""
        return f"{self.fact}; {self.remedy}" if self.remedy else self.fact


class Refusal(NamedTuple):
    """A command that does nothing, with everything that blocks it."""

    reasons: tuple[Reason, ...]

    @property
    def misuse(self) -> bool:
        """Tell whether the command line is at fault, rather than the state."""
        return any(reason.misuse for reason in self.reasons)


class RefusedError(Exception):
    """A command that cannot even begin, with everything that blocks it."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__("; ".join(map(str, refusal.reasons)))
        self.refusal = refusal


class SetPin(NamedTuple):
    """One environment's stack file pins one chart to an exact version."""

    environment: str
    chart: str
    version: str


class SetHold(NamedTuple):
    """One environment's stack file holds one chart by this hold; None lifts the one there."""

    environment: str
    chart: str
    hold: Hold | None


class CutVersion(NamedTuple):
    """A chart gets its next version: Chart.yaml, its changelog, and its parent's references.

    `notes` are (changelog section, text) pairs for a changelog whose Unreleased says nothing;
    `accepted` is why the number is smaller than the change, told in the section besides.
    """

    chart: str
    previous: str
    version: str
    day: str
    notes: tuple[tuple[str, str], ...] = ()
    accepted: str = ""


class SetFreeze(NamedTuple):
    """One environment's stack file freezes it for some days more; None lifts every freeze."""

    environment: str
    freeze: Freeze | None


StackEdit = SetPin | SetHold | SetFreeze
Edit = StackEdit | CutVersion


class Action(NamedTuple):
    """What a command does; without edits the wanted state is there already.

    `before` and `after` are the versions that the command moves between, where it moves one. One
    on several charts names none itself and has an action on each in `parts`. `said` is what the
    commit says besides the reason.
    """

    command: str
    chart: str
    summary: str
    environment: str | None = None
    source: str | None = None
    before: str | None = None
    after: str | None = None
    edits: tuple[Edit, ...] = ()
    remarks: tuple[str, ...] = ()
    reason: str | None = None
    said: str = ""
    parts: tuple["Action", ...] = ()

    @property
    def each(self) -> tuple["Action", ...]:
        """The actions on one chart that this one is made of: itself, or its parts."""
        return self.parts or (self,)

    @property
    def done_already(self) -> bool:
        """Tell whether there is nothing left to do."""
        return not self.edits

    @property
    def cut(self) -> CutVersion | None:
        """The version that it makes, of which a change holds one at most."""
        return next((edit for edit in self.edits if isinstance(edit, CutVersion)), None)


Decision = Action | Refusal


def refuse(reasons: Iterable[Reason]) -> Refusal | None:
    """Return a refusal that holds each reason once, or None if nothing blocks."""
    found = tuple(dict.fromkeys(reasons))
    return Refusal(found) if found else None
