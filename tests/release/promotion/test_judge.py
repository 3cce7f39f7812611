"""The judge of steps says of a hand's move what the command would have said of it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from typing import Any

import pytest

from release.estate import Environment, Estate
from release.promotion.chartfacts import ChartFacts, Tag
from release.promotion.commitlines import Saying, saying, sayings
from release.promotion.decision import Refusal
from release.promotion.gates import GATES, gate_reasons
from release.promotion.hold import HoldRequest, decide_hold
from release.promotion.judge import Fault, Step, judge
from release.promotion.nextsteps import commit_body
from release.settings.model import Freeze, Hold
from release.versions import is_version
from tests.release.promotion import test_promote_refused, test_rollback
from tests.release.promotion.promoting import AHEAD, RAN, promote
from tests.release.promotion.situations import (
    CHAIN,
    NOW,
    estate,
    facts,
    landed,
    planned,
    spec,
)

HELD = {("prod", "api"): {"reason": "leaks", "by": "Ann"}}
FROZEN = {"prod": '{first: "2026-06-10", last: "2026-06-12", reason: audit}'}


def changed(before: Estate, environment: str, **settings: Any) -> Estate:
    """Return the estate with other settings of one environment, by whatever hand."""
    place = before.environments[environment]
    after = Environment(environment, place.settings.model_copy(update=settings), place.stack_file)
    return replace(
        before, environments=MappingProxyType({**before.environments, environment: after})
    )


def moved(before: Estate, environment: str, chart: str, version: str | None) -> Estate:
    """Return the estate with another pin, None for one that no longer runs the chart."""
    versions = dict(before.environments[environment].settings.versions)
    if version is None:
        del versions[chart]
    else:
        versions[chart] = version
    return changed(before, environment, versions=versions)


def step(before: Estate, after: Estate, known: ChartFacts = RAN, **more: Any) -> Step:
    message = more.pop("message", "")
    given = {"at": NOW, "commit": "c0ffee", **more}
    return Step(
        before=before,
        after=after,
        facts=lambda _chart, _version: known,
        message=lambda: message,
        **given,
    )


def codes(judged: Step) -> list[str]:
    return sorted(fault.reason.code for fault in judge(judged))


NOT_BY_HAND = {
    "unknown chart": "no stack file can hold it",
    "path as chart": "as above",
    "look-alike letter": "as above",
    "sub-chart": "as above",
    "unknown environment": "it has no stack file",
    "no way": "a hand's move does not say where it comes from",
    "from somewhere into a root": "as above",
    "keyword from a pinned source": "a pin is a version",
    "keyword from a pin that the target has": "as above",
    "range": "the settings refuse it",
    "checkout is not the trunk": "a checkout's own matter",
    "several sources": "one that runs the version is enough",
}


@pytest.mark.parametrize("case", sorted(set(test_promote_refused.REFUSALS) - set(NOT_BY_HAND)))
def test_a_hand_that_moves_a_pin_breaks_the_rule_that_the_command_refuses_with(case: str) -> None:
    given, code, _ = test_promote_refused.REFUSALS[case]
    options = dict(given)
    chart, target, *asked = options.pop("args")
    known = options.pop("about", facts())
    options.pop("source", None)
    before = estate(**options)
    version = asked[0] if asked and is_version(asked[0]) else None
    version = version or ("1.1.1" if asked else _running(before, target, chart, known))
    refusal = promote(*given["args"], **{k: v for k, v in given.items() if k != "args"})
    assert isinstance(refusal, Refusal)
    expected = sorted(reason.code for reason in refusal.reasons)
    assert codes(step(before, moved(before, target, chart, version), known)) == expected == [code]


def _running(estate: Estate, target: str, chart: str, known: ChartFacts) -> str:
    sources = estate.environments[target].settings.promotes_from
    pins = [estate.environments[name].settings.versions[chart] for name in sources]
    return next(filter(is_version, pins), known.version)


@pytest.mark.parametrize("case", ["never ran", "tag missing", "tag of something else"])
def test_a_hand_that_goes_back_breaks_the_rule_that_the_rollback_refuses_with(case: str) -> None:
    given, code, _ = test_rollback.REFUSALS[case]
    before = estate(pins=test_rollback.PINS)
    after = moved(before, "prod", "api", given["version"])
    held = changed(after, "prod", holds={"api": Hold(reason="leaks", by="Ann")})
    known = given.get("about", test_rollback.RAN)
    assert codes(step(before, held, known)) == [code]


def test_a_rollback_by_hand_with_its_hold_is_one_whatever_is_frozen_or_held() -> None:
    before = estate(pins=test_rollback.PINS, holds=HELD, freezes=FROZEN)
    after = moved(before, "prod", "api", "1.1.0")
    assert codes(step(before, after, test_rollback.RAN)) == []


@pytest.mark.parametrize("until", [None, "2026-06-09"])
def test_going_down_without_a_hold_is_no_promotion(until: str | None) -> None:
    before = estate(pins=test_rollback.PINS)
    after = moved(before, "prod", "api", "1.1.0")
    if until is not None:
        after = changed(after, "prod", holds={"api": Hold(reason="x", by="Ann", until=until)})
    (fault,) = judge(step(before, after, test_rollback.RAN))
    assert fault.reason.code == "not-higher"
    assert "hmco rollback api --env prod --to 1.1.0" in fault.reason.remedy


def test_each_gate_has_a_code_that_counts_on_the_trunk_too() -> None:
    place = estate(holds=HELD, freezes=FROZEN).environments["prod"]
    assert {reason.code for reason in gate_reasons(place, "api", NOW.date())} == GATES


def test_every_forbidden_thing_of_one_step_is_told() -> None:
    before = estate(pins=AHEAD, holds=HELD, freezes=FROZEN)
    after = changed(moved(before, "prod", "api", "1.1.0"), "prod", holds={}, freezes=())
    assert codes(step(before, after)) == ["freeze", "freeze-lifted", "hold", "hold-dropped"]


@pytest.mark.parametrize(
    ("version", "expected"), [("1.1.0", []), (None, []), ("main", [])], ids=["up", "gone", "branch"]
)
def test_what_nothing_stops_may_move(version: str | None, expected: list[str]) -> None:
    before = estate(pins=AHEAD)
    assert codes(step(before, moved(before, "prod", "api", version))) == expected


@pytest.mark.parametrize("version", [None, "main"], ids=["gone", "branch"])
def test_taking_a_pin_away_is_a_move_too(version: str | None) -> None:
    specs = (*CHAIN[:2], spec("prod", ["staging"], template="prod", follows_branch=False))
    before = estate(specs, holds=HELD, freezes=FROZEN)
    assert codes(step(before, moved(before, "prod", "api", version))) == ["freeze", "hold"]


def test_an_environment_that_is_gone_took_its_held_pins_with_it() -> None:
    before = estate(holds=HELD)
    rest = {name: place for name, place in before.environments.items() if name != "prod"}
    after = replace(before, environments=MappingProxyType(rest))
    # The settings that guard the repository stood in production's file too.
    assert codes(step(before, after)) == ["guard-loosened", "hold"]


def test_a_pin_that_was_taken_away_comes_back_as_a_promotion() -> None:
    before = moved(estate(pins=AHEAD), "prod", "api", None)
    young = facts(landings={"staging": landed("1.1.0", at=NOW - timedelta(hours=1))})
    after = moved(before, "prod", "api", "1.1.0")
    assert codes(step(before, after)) == []
    assert codes(step(before, after, young)) == ["soak"]
    assert codes(step(before, moved(before, "prod", "api", "1.2.0"))) == ["not-running"]


def test_a_chart_that_no_source_runs_is_brought_by_review_but_not_in_a_freeze() -> None:
    whole = estate(freezes=FROZEN)
    before = moved(moved(whole, "prod", "api", None), "staging", "api", None)
    after = moved(moved(before, "staging", "api", "1.0.0"), "prod", "api", "1.0.0")
    found = list(judge(step(before, after, facts())))
    assert [(fault.environment, fault.reason.code) for fault in found] == [
        ("staging", "not-running"),
        ("prod", "freeze"),
    ]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("", ["hold-dropped"]),
        ("Unhold: api in prod: fixed in 1.1.0", []),
        ("* Squashed (#7)\n\n* Unhold: api in prod: fixed", []),
        ("Unhold: web in prod: fixed", ["hold-dropped"]),
        ("Unhold: api in staging: fixed", ["hold-dropped"]),
        ("Unhold: api in prod:  ", ["hold-dropped"]),
        ("lift the hold on api in prod", ["hold-dropped"]),
    ],
)
def test_a_hold_is_lifted_for_a_reason_that_the_commit_gives(
    said: str, expected: list[str]
) -> None:
    before = estate(holds=HELD)
    assert codes(step(before, changed(before, "prod", holds={}), message=said)) == expected


def test_a_hold_that_ends_in_the_past_is_dropped_and_one_that_is_over_needs_no_reason() -> None:
    before = estate(holds=HELD)
    over = changed(
        before, "prod", holds={"api": Hold(reason="leaks", by="Ann", until="2026-06-09")}
    )
    assert codes(step(before, over)) == ["hold-dropped"]
    assert codes(step(over, changed(over, "prod", holds={}))) == []


@pytest.mark.parametrize(
    ("until", "now", "expected"),
    [
        (None, "2026-06-10", ["hold-dropped"]),
        (None, "2027-01-01", ["hold-dropped"]),
        ("2026-06-30", "2026-06-29", ["hold-dropped"]),
        ("2026-06-30", "2026-07-01", []),
        ("2026-06-30", None, []),
        ("2026-06-01", "2026-05-01", []),
    ],
)
def test_a_hold_ends_no_sooner_than_it_said_without_a_reason(
    until: str | None, now: str | None, expected: list[str]
) -> None:
    bare = estate()
    before, after = (
        changed(bare, "prod", holds={"api": Hold(reason="leaks", by="Ann", until=day)})
        for day in (until, now)
    )
    assert codes(step(before, after)) == expected
    assert codes(step(before, after, message="Unhold: api in prod: fixed on Friday")) == []


def test_the_command_that_shortens_a_hold_gives_its_reason_in_the_commit() -> None:
    before = estate(holds=HELD)
    hold = {"reason": "fixed on Friday", "by": "Ann", "until": "2026-06-12"}
    request = HoldRequest(chart="api", environment="prod", update=True, **hold)
    decided = planned(decide_hold(before, request, NOW))
    after = changed(before, "prod", holds={"api": Hold(**hold)})
    assert commit_body(decided) == "Unhold: api in prod: fixed on Friday"
    assert codes(step(before, after, message=commit_body(decided))) == []


def test_a_hold_lifted_for_a_reason_stops_nothing_in_the_same_step() -> None:
    before = estate(pins=AHEAD, holds=HELD)
    after = changed(moved(before, "prod", "api", "1.1.0"), "prod", holds={})
    assert codes(step(before, after, message="Unhold: api in prod: fixed in 1.1.0")) == []


def test_a_reason_lifts_no_hold_that_stays() -> None:
    before = estate(pins=AHEAD, holds=HELD)
    after = moved(before, "prod", "api", "1.1.0")
    assert codes(step(before, after, message="Unhold: api in prod: fixed")) == ["hold"]


@pytest.mark.parametrize(
    ("left", "expected"),
    [
        ([], ["freeze-lifted"]),
        ([("2026-06-10", "2026-06-11")], ["freeze-lifted"]),
        ([("2026-06-11", "2026-06-12")], ["freeze-lifted"]),
        ([("2026-06-01", "2026-06-30")], []),
        ([("2026-06-11", "2026-06-12"), ("2026-06-10", "2026-06-10")], []),
        ([("2026-06-10", "9999-12-31")], []),
    ],
)
def test_a_freeze_ends_no_sooner_than_announced(
    left: list[tuple[str, str]], expected: list[str]
) -> None:
    before = estate(freezes=FROZEN)
    freezes = tuple(Freeze(first=first, last=last, reason="x") for first, last in left)
    after = changed(before, "prod", freezes=freezes)
    assert codes(step(before, after)) == expected
    assert codes(step(before, after, message="Unfreeze: prod: the audit is off")) == []
    days_later = NOW + timedelta(days=3)
    assert codes(step(before, after, at=days_later)) == [], "a freeze that is over is removed"


def test_a_soak_becomes_shorter_for_a_reason_only() -> None:
    before = estate()
    shorter = changed(before, "staging", soak="1h")
    fresh = shorter.environments["staging"].settings
    assert fresh.soak_time == timedelta(hours=1)
    assert codes(step(before, shorter)) == ["guard-loosened"]
    assert codes(step(before, shorter, message="Loosen: soak in staging: measured")) == []
    assert codes(step(shorter, before)) == []


def test_the_older_soak_counts_for_what_moves_in_the_same_step() -> None:
    before = estate(pins=AHEAD)
    after = changed(moved(before, "prod", "api", "1.1.0"), "staging", soak="0s")
    young = facts(landings={"staging": landed("1.0.0", "1.1.0", at=NOW - timedelta(hours=1))})
    assert codes(step(before, after, young)) == ["guard-loosened", "soak"]


def test_what_was_rolled_back_from_returns_when_the_commit_says_why() -> None:
    before = estate(pins={("staging", "api"): "1.1.0"})
    back = facts(landings={"staging": landed("1.1.0"), "prod": landed("1.0.0", "1.1.0", "1.0.0")})
    after = moved(before, "prod", "api", "1.1.0")
    assert codes(step(before, after, back)) == ["rolled-back"]
    assert codes(step(before, after, back, message="Again: api 1.1.0 in prod: disk full")) == []
    assert codes(step(before, after, back, message="Again: api 1.2.0 in prod: disk full")) == [
        "rolled-back"
    ]


def test_what_is_not_committed_can_still_say_why() -> None:
    before = estate(holds=HELD)
    (fault,) = judge(step(before, changed(before, "prod", holds={}), commit=""))
    assert fault.pending
    assert "Unhold: api in prod: REASON" in fault.reason.remedy
    (moved_by_hand,) = judge(step(before, moved(before, "prod", "api", None), commit=""))
    assert not moved_by_hand.pending


def test_a_fault_names_what_moved_where_and_when() -> None:
    before = estate(pins=AHEAD, holds=HELD)
    (fault,) = judge(step(before, moved(before, "prod", "api", "1.1.0")))
    assert isinstance(fault, Fault)
    assert (fault.environment, fault.chart, fault.commit) == ("prod", "api", "c0ffee")
    assert fault.move == "api 1.0.0 -> 1.1.0"


def test_a_new_environment_has_moved_nothing() -> None:
    after = estate()
    rest: Mapping[str, Environment] = {
        name: place for name, place in after.environments.items() if name != "prod"
    }
    before = replace(after, environments=MappingProxyType(dict(rest)))
    assert codes(step(before, after)) == []


@pytest.mark.parametrize("kind", list(Saying))
def test_a_saying_is_read_as_it_is_written(kind: Saying) -> None:
    line = saying(kind, "api in prod", "so: it is")
    assert sayings(f"subject\n\n{line}\n\nApproved-by: Ann") == {(kind, "api in prod"): "so: it is"}


def test_a_tag_off_the_trunk_is_found_in_a_step_too() -> None:
    before = estate(pins=AHEAD)
    known = facts(
        landings={"staging": landed("1.0.0", "1.1.0")},
        tags={"1.0.0": Tag("1.0.0"), "1.1.0": Tag("1.1.0", on_trunk=False)},
    )
    assert codes(step(before, moved(before, "prod", "api", "1.1.0"), known)) == ["tag-off-branch"]


def test_a_setting_that_asks_for_less_needs_a_reason_in_the_same_change() -> None:
    before = estate(CHAIN)
    approvals = before.environments["prod"].settings.approvals
    after = changed(before, "prod", approvals=approvals.model_copy(update={"teams": ()}))
    (fault,) = judge(step(before, after))
    assert fault.reason.code == "guard-loosened"
    assert fault.setting == "approvals.teams"
    assert "hmco:approvals.teams of prod asks for less" in fault.reason.fact
    said = saying(Saying.LOOSEN, "approvals.teams in prod", "the team was dissolved")
    assert codes(step(before, after, message=said)) == []
    assert codes(step(after, before)) == []
