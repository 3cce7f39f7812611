"""Decisions are made on what has landed: what the trunk says counts, whatever a checkout holds.

A command writes into the checkout, so it decides on what it would write into. On the trunk's state
it would edit one text for reasons that stand in another; where the two differ for the environments
in question it refuses, in the trunk's own words.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from release.promotion.decision import Action, Decision, Reason, Refusal, refuse
from release.promotion.gates import GATES
from release.repository.clone import Clone, Distance
from release.repository.picture import Picture
from release.text.counted import first_few

Decide = Callable[[Picture], Decision]

_NAMED: Final = 3


def decide_on_landed(picture: Picture, decide: Decide, environments: Iterable[str]) -> Decision:
    """Return the decision on HEAD, or a refusal where the trunk says otherwise of these places.

    A checkout that lacks a change of their stack files decides nothing; what the trunk has against
    the command is told besides. Holds and freezes that only a checkout ahead has lifted count, and
    from a pin that only it has moved nothing goes on.
    """
    apart = picture.stacks.clone.distance
    if apart is None or not apart.told:
        return decide(picture)
    files = tuple(picture.stack_paths(environments).values())
    behind = _changed(picture.stacks.clone, apart.behind, files, ahead=False)
    if behind:
        reasons = (_behind(picture.stacks.clone, apart, behind), *_of_trunk(picture, decide))
        return refuse(reasons) or Refusal(())
    decision = decide(picture)
    if not _changed(picture.stacks.clone, apart.ahead, files, ahead=True):
        return decision
    own = (
        decision.reasons
        if isinstance(decision, Refusal)
        else tuple(_not_landed(picture, apart, decision))
    )
    gates = (reason for reason in _of_trunk(picture, decide) if reason.code in GATES)
    not_lifted = (_not_lifted(apart, reason) for reason in gates if reason not in own)
    return refuse((*own, *not_lifted)) or decision


def decide_on_landed_chart(picture: Picture, decide: Decide, chart: str) -> Decision:
    """Return the decision to cut, refused where the trunk changed the chart and this lacks it.

    The version would lack that too, and a number that is taken there would seem free.
    """
    clone, registry = picture.charts.clone, picture.registry
    apart = clone.distance
    if apart is None or chart not in {*registry.by_name, *registry.sub_by_name}:
        return decide(picture)
    files = _changed(clone, apart.behind, (picture.folder_of(chart),), ahead=False)
    return Refusal((_behind(clone, apart, files),)) if files else decide(picture)


def _changed(clone: Clone, count: int, files: tuple[str, ...], *, ahead: bool) -> frozenset[str]:
    """Return the files that commits changed which only the checkout or only the trunk holds."""
    if not count or not files:
        return frozenset()
    here, trunk = clone.state.commit or "", clone.trunk.commit
    span = f"{trunk}..{here}" if ahead else f"{here}..{trunk}"
    output = clone.repository.run("log", "--format=", "--name-only", "-z", span, "--", *files)
    return frozenset(filter(None, os.fsdecode(output).replace("\n", "\0").split("\0")))


def _behind(clone: Clone, apart: Distance, files: Iterable[str]) -> Reason:
    return Reason(
        "behind",
        f"this checkout is {apart.told}, where {first_few(sorted(files), _NAMED)} changed",
        f"get that first: {apart.remedy(clone.repository.git)}",
    )


def _of_trunk(picture: Picture, decide: Decide) -> Iterator[Reason]:
    """Yield what the trunk has against the command; its wording does not concern the trunk."""
    decision = decide(picture.at(picture.stacks.clone.trunk.commit))
    for reason in decision.reasons if isinstance(decision, Refusal) else ():
        if not reason.misuse:
            yield reason


def _not_landed(picture: Picture, apart: Distance, decision: Action) -> Iterator[Reason]:
    """Yield the pins that the command moves on from and that nobody but this checkout has.

    A rollback on the branch of a promotion that never landed went back to what production ran.
    """
    trunk = picture.at(picture.stacks.clone.trunk.commit).estate
    for action in decision.each:
        place = trunk.environments.get(action.environment or "")
        if place is None or action.command not in {"promote", "rollback"}:
            continue
        there = place.settings.versions.get(action.chart)
        here = picture.estate.environments[place.name].settings.versions[action.chart]
        if there not in {None, here}:
            yield Reason(
                "not-landed",
                f"{action.chart} in {place.name} is {here} in this checkout alone, {there} on "
                f"{apart.trunk}",
                "land that first, or start from what has: "
                f"{picture.stacks.clone.repository.git} switch --detach {apart.trunk}",
            )


def _not_lifted(apart: Distance, reason: Reason) -> Reason:
    return Reason(
        reason.code,
        f"on {apart.trunk} {reason.fact}",
        "land the change that lifts it first",
    )
