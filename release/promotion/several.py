"""Several charts promoted together: one decision, one change, and all of it or nothing."""

from collections.abc import Callable, Container, Iterable, Iterator, Sequence

from release.charts.record import Registry
from release.promotion.bumps import KEYWORDS
from release.promotion.decision import Action, Decision, Reason, Refusal, refuse
from release.promotion.route import PromoteRequest
from release.versions import is_version, typed_version


def requests_of(
    registry: Registry, words: Sequence[str], base: PromoteRequest
) -> tuple[PromoteRequest, ...] | Refusal:
    """Return what `CHART [VERSION]` or `CHART[@VERSION] CHART[@VERSION]…` asks for.

    `base` has all else. A second word that is no chart's name, in whatever case, is
    the version of the first.
    """
    known = {*registry.by_name, *registry.sub_by_name}
    if len(words) == 2 and not _means_chart(words[1], known):  # noqa: PLR2004 -- the pair
        return (base._replace(chart=words[0], version=typed_version(words[1])),)
    requests = tuple(_request(known, word, base) for word in words)
    return refuse(_misuse(requests)) or requests


def _means_chart(word: str, known: Container[str]) -> bool:
    name = word.partition("@")[0]
    return name in known or name.lower() in known


def _request(known: Iterable[str], word: str, base: PromoteRequest) -> PromoteRequest:
    name, at, version = word.partition("@")
    if at and name in known:
        return base._replace(chart=name, version=typed_version(version))
    return base._replace(chart=word)


def _misuse(requests: Sequence[PromoteRequest]) -> Iterator[Reason]:
    if len(requests) == 1:
        return
    names = [request.chart for request in requests]
    example = next((name for name in names if not _is_version_word(name)), "CHART")
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            yield Reason("twice", f"{name} is named twice", "name each chart once", misuse=True)
        if _is_version_word(name):
            yield Reason(
                "version",
                f"{name!r} does not say which chart it is a version of",
                f"join them, such as {example}@{typed_version(name)}",
                misuse=True,
            )
    if requests[0].again is not None:
        yield Reason(
            "wording",
            "--again is about one version of one chart",
            "promote that chart by itself",
            misuse=True,
        )


def _is_version_word(word: str) -> bool:
    return is_version(typed_version(word)) or word in KEYWORDS


def decide_together(
    requests: Sequence[PromoteRequest], decide: Callable[[PromoteRequest], Decision]
) -> Decision:
    """Return the one action that makes every move, or every reason against any of them.

    What is already there is not a reason against the rest. A version is cut by itself: its number
    is held to what the change does, chart by chart.
    """
    decisions = [decide(request) for request in requests]
    if len(decisions) == 1:
        return decisions[0]
    refusal = refuse(reason for decision in decisions for reason in _against(decision))
    actions = [decision for decision in decisions if isinstance(decision, Action)]
    return refusal or _joined(actions)


def _against(decision: Decision) -> Iterator[Reason]:
    if isinstance(decision, Refusal):
        yield from decision.reasons
    elif decision.cut:
        yield Reason(
            "cuts-alone",
            f"{decision.chart} {decision.after} is not cut yet, and a cut is a change of its own",
            f"promote it by itself: hmco promote {decision.chart} {decision.after} "
            f"--to {decision.environment}",
        )


def _joined(actions: Sequence[Action]) -> Action:
    moves = tuple(action for action in actions if not action.done_already)
    already = tuple(action.summary for action in actions if action.done_already)
    if len(moves) == 1:
        return moves[0]._replace(remarks=(*moves[0].remarks, *already))
    first = actions[0]
    if not moves:
        said = "; ".join(already)
        return first._replace(chart="", before=None, after=None, summary=said, parts=tuple(actions))
    steps = ", ".join(f"{action.chart} {action.before} -> {action.after}" for action in moves)
    sources = {action.source: None for action in moves}
    origin = " and ".join(source or "the trunk" for source in sources)
    return Action(
        command=first.command,
        chart="",
        environment=first.environment,
        source=first.source if len(sources) == 1 else None,
        summary=f"promote {steps} from {origin} to {first.environment}",
        edits=tuple(edit for action in moves for edit in action.edits),
        remarks=(*dict.fromkeys(each for action in moves for each in action.remarks), *already),
        parts=moves,
    )
