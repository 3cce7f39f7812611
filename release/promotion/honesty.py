"""A version number held to what the change does; whoever asks for a smaller one says why."""

from typing import NamedTuple

from release.promotion.commitlines import silent
from release.promotion.decision import Action, CutVersion, Decision, Reason, Refusal, refuse


class Honesty(NamedTuple):
    """What a change makes of the number: the smallest honest bump, the one asked for, and why.

    `unjudged` says why objects could not be compared; then values alone were.
    """

    since: str
    honest: str
    made: str
    too_small: bool
    reasons: tuple[str, ...]
    unjudged: str = ""


def held_to_honesty(decision: Decision, honesty: Honesty | None, accepted: str | None) -> Decision:
    """Return the decision as it stands against what the change does (SemVer 2.0.0, 6 to 8).

    A number that is too small is refused, or with a reason carried out; the reason is then told in
    the changelog's section and in the commit. One that is accepted for nothing is refused too.
    """
    if isinstance(decision, Refusal):
        return decision
    if accepted is not None:
        remedy = 'say why the number may be smaller, such as --accept-bump "nobody sets that key"'
        refusal = refuse(silent("--accept-bump", accepted, remedy))
        if refusal:
            return refusal
    cut = decision.cut
    if honesty is None or cut is None or not honesty.too_small:
        return _idle(decision, cut, honesty, accepted)
    if accepted is None:
        return Refusal((_too_small(decision, cut, honesty),))
    said = f"A {honesty.made} step on purpose, where {honesty.honest} would be honest: {accepted}"
    edits = tuple(e._replace(accepted=said) if e is cut else e for e in decision.edits)
    return decision._replace(edits=edits, said=said)


def _idle(
    action: Action, cut: CutVersion | None, honesty: Honesty | None, accepted: str | None
) -> Decision:
    if accepted is not None:
        fact = (
            "--accept-bump: nothing is cut here"
            if cut is None
            else (f"--accept-bump: {cut.version} promises no less than the change does")
        )
        return Refusal((Reason("bump", fact, "leave the option out", misuse=True),))
    if honesty and honesty.unjudged:
        remark = f"the number is judged by values.yaml alone: {honesty.unjudged}"
        return action._replace(remarks=(*action.remarks, remark))
    return action


def _too_small(action: Action, cut: CutVersion, honesty: Honesty) -> Reason:
    command = f"hmco {action.command} {action.chart} {honesty.honest}"
    command += f" --to {action.environment}" if action.environment else ""
    return Reason(
        "bump",
        f"{cut.version} is a {honesty.made} step from {honesty.since}, but the change is "
        f"{honesty.honest}: {'; '.join(honesty.reasons)}",
        f'cut what it is: {command}; or say why not: --accept-bump "…"',
    )
