from typing import Any

import pytest

from release.promotion.decision import Action, Refusal, SetHold
from release.promotion.gates import told_hold
from release.promotion.hold import HoldRequest, decide_hold, decide_unhold
from release.settings.model import Hold
from tests.release.promotion.situations import NOW, codes, estate, planned, told

HELD = {("prod", "api"): {"reason": "leaks", "by": "Ann"}}


def hold(**overrides: Any) -> Action | Refusal:
    options = {key: overrides.pop(key) for key in ("holds", "pins") if key in overrides}
    standard = {"chart": "api", "environment": "prod", "reason": "leaks", "by": "Ann"}
    return decide_hold(estate(**options), HoldRequest(**{**standard, **overrides}), NOW)


def unhold(**overrides: Any) -> Action | Refusal:
    options = {key: overrides.pop(key) for key in ("holds",) if key in overrides}
    standard = {"chart": "api", "environment": "prod", "reason": "fixed"}
    return decide_unhold(estate(**options), **{**standard, **overrides})


def test_a_hold_says_why_by_whom_and_until_when() -> None:
    action = planned(hold(until="2026-06-10"))
    expected = Hold(reason="leaks", by="Ann", until="2026-06-10")
    assert action.edits == (SetHold("prod", "api", expected),)


def test_holding_twice_in_the_same_words_changes_nothing() -> None:
    assert planned(hold(holds=HELD)).done_already


def test_another_reason_replaces_a_hold_only_on_request_and_is_told() -> None:
    refused = hold(holds=HELD, reason="other")
    assert codes(refused) == ("held",)
    assert "prod already holds api: leaks (by Ann); use --update" in told(refused)
    action = planned(hold(holds=HELD, reason="other", update=True))
    expected = Hold(reason="other", by="Ann")
    assert action.edits == (SetHold("prod", "api", expected),)
    assert action.remarks == ("this replaces the hold: leaks (by Ann)",)


def test_everything_wrong_with_the_words_is_told_at_once() -> None:
    decision = hold(reason="", by="\x1b[31m", until="tomorrow")
    assert codes(decision) == ("wording",) * 3
    assert isinstance(decision, Refusal)
    assert decision.misuse


@pytest.mark.parametrize("until", ["2026-6-1", "2026-06-31", "20260630", "2026-06-30 ", "always"])
def test_a_last_day_that_is_no_day_is_refused(until: str) -> None:
    assert "--until: " in told(hold(until=until))


def test_lifting_a_hold_keeps_the_reason_for_the_commit() -> None:
    action = planned(unhold(holds=HELD))
    assert action.edits == (SetHold("prod", "api", None),)
    assert action.reason == "fixed"
    assert "leaks (by Ann)" in action.summary


def test_lifting_what_is_not_held_changes_nothing() -> None:
    assert planned(unhold()).done_already


def test_lifting_without_a_reason_is_refused() -> None:
    assert "--reason: '' must be one line of printable text" in told(unhold(holds=HELD, reason=""))


@pytest.mark.parametrize("command", [hold, unhold])
def test_an_unknown_name_is_refused(command: Any) -> None:
    assert codes(command(chart="nope", environment="mars")) == (
        "unknown-chart",
        "unknown-environment",
    )


@pytest.mark.parametrize(("until", "tail"), [(None, ""), ("2026-06-20", ", until 2026-06-20")])
def test_a_reason_copied_from_a_message_names_its_author_once(until: str | None, tail: str) -> None:
    told_once = f"leaks (by Ann{tail})"
    for reason in ("leaks", told_once):
        assert told_hold(Hold(reason=reason, by="Ann", until=until)) == told_once
