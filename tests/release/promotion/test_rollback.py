from datetime import timedelta
from typing import Any

import pytest

from release.promotion.chartfacts import Landing, Tag, good_pins
from release.promotion.decision import Action, Refusal, SetHold, SetPin
from release.promotion.hold import HoldRequest
from release.promotion.rollback import decide_rollback
from release.settings.model import Hold
from tests.release.promotion.situations import (
    NOW,
    codes,
    estate,
    facts,
    landed,
    planned,
    told,
)

PINS = {("prod", "api"): "1.2.0"}
TAGS = {version: Tag(version) for version in ("0.9.0", "1.0.0", "1.1.0", "1.2.0")}
RAN = facts(tags=TAGS, landings={"prod": landed("1.0.0", "1.1.0", "1.2.0")})


def rollback(
    version: str | None = None, about: Any = RAN, wording: Any = None, **options: Any
) -> Action | Refusal:
    request = HoldRequest(
        chart=options.pop("chart", "api"),
        environment=options.pop("env", "prod"),
        **{"by": "Ann", "reason": "", **(wording or {})},
    )
    return decide_rollback(
        estate(**{"pins": PINS, **options}), request, version, lambda: about, NOW
    )


def test_a_rollback_goes_to_the_last_good_pin_and_holds_it() -> None:
    action = planned(rollback())
    hold = Hold(reason="rolled back from 1.2.0", by="Ann")
    assert action.edits == (SetPin("prod", "api", "1.1.0"), SetHold("prod", "api", hold))
    assert (action.before, action.after) == ("1.2.0", "1.1.0")


def test_a_named_version_that_ran_before_is_taken() -> None:
    action = planned(rollback("1.0.0", wording={"reason": "incident 7", "until": "2026-07-01"}))
    hold = Hold(reason="incident 7", by="Ann", until="2026-07-01")
    assert action.edits == (SetPin("prod", "api", "1.0.0"), SetHold("prod", "api", hold))


def test_a_named_version_that_was_itself_rolled_back_from_is_told_of() -> None:
    ran = landed("1.0.0", "1.1.0", "1.0.0", "1.2.0", at=NOW)
    about = facts(tags=TAGS, landings={"prod": ran})
    (remark,) = planned(rollback("1.1.0", about=about)).remarks
    assert remark.startswith(
        "prod was rolled back from api 1.1.0 itself on 2026-06-09; see why: hmco"
    )
    assert planned(rollback("1.0.0", about=about)).remarks == ()


def test_neither_freeze_nor_soak_nor_hold_blocks_a_rollback() -> None:
    freezes = {"prod": '{first: "2026-06-10", last: "2026-06-12", reason: audit}'}
    holds = {("prod", "api"): {"reason": "quarter end", "by": "Bob"}}
    about = facts(tags=TAGS, landings={"prod": landed("1.1.0", "1.2.0", at=NOW)})
    planned(rollback(about=about, freezes=freezes, holds=holds))


def test_an_earlier_hold_is_kept_in_the_words_of_the_new_one() -> None:
    holds = {("prod", "api"): {"reason": "quarter end", "by": "Bob"}}
    action = planned(rollback(holds=holds, wording={"until": "2026-07-01"}))
    reason = "rolled back from 1.2.0; held before: quarter end (by Bob)"
    assert action.edits[1] == SetHold("prod", "api", Hold(reason=reason, by="Ann"))
    assert "quarter end (by Bob)" in action.remarks[0]


def test_a_rollback_never_shortens_a_hold() -> None:
    holds = {("prod", "api"): {"reason": "quarter end", "by": "Bob", "until": "2026-08-01"}}
    action = planned(rollback(holds=holds, wording={"until": "2026-07-01"}))
    edit = action.edits[1]
    assert isinstance(edit, SetHold)
    assert edit.hold
    assert edit.hold.until == "2026-08-01"


def test_the_version_that_is_there_already_changes_nothing() -> None:
    action = planned(rollback("1.2.0"))
    assert action.done_already
    assert "nothing holds it there" in action.remarks[0]


def test_of_the_version_that_is_there_only_what_was_asked_besides_is_refused() -> None:
    assert codes(rollback("1.2.0", wording={"until": "2020-01-01"})) == ("wording",)


def test_no_promotion_is_advised_to_a_version_that_nobody_cut() -> None:
    refused = rollback("9.9.9")
    assert "not-lower" in codes(refused)
    assert "hmco promote" not in told(refused)


REFUSALS: dict[str, tuple[dict[str, Any], str, str]] = {
    "higher": (
        {
            "version": "1.3.0",
            "about": facts(
                tags={**TAGS, "1.3.0": Tag("1.3.0")}, landings={"prod": landed("1.3.0", "1.2.0")}
            ),
        },
        "not-lower",
        (
            "1.3.0 is higher than 1.2.0, which prod runs; going up is a promotion: "
            "hmco promote api 1.3.0 --to prod"
        ),
    ),
    "never ran": (
        {"version": "0.9.0"},
        "never-ran",
        (
            "prod never ran api 0.9.0 (it ran: 1.2.0, 1.1.0, 1.0.0); choose one that it ran: "
            "hmco history api --env prod"
        ),
    ),
    "nothing earlier": (
        {"about": facts(tags=TAGS, landings={"prod": landed("1.2.0")})},
        "no-earlier",
        "prod never ran a version of api below 1.2.0; there is nothing to go back to: revert",
    ),
    "tag missing": (
        {"version": "1.1.0", "about": facts(landings={"prod": landed("1.1.0", "1.2.0")}, tags={})},
        "pin-untagged",
        "api 1.1.0 was cut, but there is no tag api-1.1.0 here",
    ),
    "tag of something else": (
        {
            "version": "1.1.0",
            "about": facts(landings=dict(RAN.landings), tags={**TAGS, "1.1.0": Tag(None)}),
        },
        "wrong-tag",
        "at tag api-1.1.0 there is no api; choose another version: hmco history api",
    ),
    "branch": (
        {"env": "dev"},
        "follows-branch",
        "dev follows main and has no pin of api to go back to; revert the change on main",
    ),
    "empty reason": (
        {"wording": {"reason": "  "}},
        "wording",
        "--reason: '  ' must be one line of printable text",
    ),
    "reason of two lines": (
        {"wording": {"reason": "a\nb"}},
        "wording",
        r"--reason: 'a\nb' must be one line of printable text",
    ),
    "nobody": (
        {"wording": {"by": ""}},
        "wording",
        "git does not know who you are; run: git config",
    ),
    "an empty name": (
        {"wording": {"by": " "}},
        "wording",
        "--by: ' ' must be one line of printable text",
    ),
    "end in the past": (
        {"wording": {"until": "2026-06-09"}},
        "wording",
        "--until: 2026-06-09 is over (today is 2026-06-10); give the last day of the hold",
    ),
    "no day": (
        {"wording": {"until": "2026-02-30"}},
        "wording",
        "--until: '2026-02-30' is not a valid day (YYYY-MM-DD, such as",
    ),
    "a range": ({"version": "1.x"}, "version", "'1.x' is not an exact version"),
    "unknown environment": ({"env": "prd"}, "unknown-environment", "did you mean prod?"),
    "unknown chart": ({"chart": "ap"}, "unknown-chart", "'ap' is not a chart; did you mean api?"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_rollback_is_refused_with_the_fact_and_the_next_step(case: str) -> None:
    given, code, sentence = REFUSALS[case]
    decision = rollback(**given)
    assert codes(decision) == (code,), told(decision)
    assert sentence in told(decision)


def test_a_version_that_was_rolled_back_from_is_skipped() -> None:
    history = landed("1.0.0", "1.1.0", "1.0.0", "1.2.0")
    action = planned(rollback(about=facts(tags=TAGS, landings={"prod": history})))
    assert action.after == "1.0.0"


def test_a_version_that_came_back_after_its_rollback_is_good_again() -> None:
    history = landed("1.0.0", "1.1.0", "1.0.0", "1.1.0", "1.2.0")
    assert good_pins(history) == ("1.2.0", "1.1.0", "1.0.0")


def test_a_version_whose_tag_is_not_here_is_not_passed_over_unseen() -> None:
    tags = {version: tag for version, tag in TAGS.items() if version != "1.1.0"}
    decision = rollback(about=facts(tags=tags, landings=dict(RAN.landings)))
    assert codes(decision) == ("pin-untagged",)
    assert "fetch it: git fetch --tags" in told(decision)
    assert "or choose another version: hmco history api --env prod" in told(decision)


def test_a_branch_in_the_history_is_no_version_to_go_back_to() -> None:
    start = NOW - timedelta(days=9)
    history = (Landing("main", start), Landing(None, start), *landed("1.1.0", "1.2.0"))
    assert good_pins(history) == ("1.2.0", "1.1.0")


def test_a_bad_version_is_skipped_even_where_the_one_rolled_back_to_lost_its_tag() -> None:
    history = landed("0.9.0", "1.1.0", "1.0.0", "1.2.0")
    tags = {version: tag for version, tag in TAGS.items() if version != "1.0.0"}
    decision = rollback(about=facts(tags=tags, landings={"prod": history}))
    assert "there is no tag api-1.0.0 here" in told(decision), "1.1.0 was rolled back from"


BACK = facts(tags=TAGS, landings={"prod": landed("1.0.0", "1.1.0", "1.2.0", "1.1.0")})
DONE: dict[str, Any] = {
    "pins": {("prod", "api"): "1.1.0"},
    "holds": {("prod", "api"): {"reason": "rolled back from 1.2.0", "by": "Ann"}},
}


def test_a_second_person_who_repeats_the_rollback_goes_no_further() -> None:
    decision = rollback(about=BACK, **DONE)
    assert codes(decision) == ("rolled-back",)
    assert "prod was already rolled back from api 1.2.0 to 1.1.0" in told(decision)
    assert "hmco rollback api --env prod --to 1.0.0" in told(decision)


def test_a_rollback_that_has_not_landed_yet_is_not_repeated_either() -> None:
    assert codes(rollback(about=RAN, **DONE)) == ("rolled-back",)


def test_who_repeats_a_rollback_to_the_oldest_version_is_told_of_the_first_one() -> None:
    only = facts(tags=TAGS, landings={"prod": landed("1.1.0", "1.2.0", "1.1.0")})
    decision = rollback(about=only, **DONE)
    assert codes(decision) == ("rolled-back", "no-earlier")
    assert "already rolled back from api 1.2.0 to 1.1.0" in told(decision)
    assert "--to None" not in told(decision)
    assert "hmco status api" in told(decision)


def test_a_rollback_goes_further_where_the_version_is_named() -> None:
    assert planned(rollback("1.0.0", about=BACK, **DONE)).after == "1.0.0"


def test_after_the_hold_is_lifted_a_rollback_goes_further_by_itself() -> None:
    assert planned(rollback(about=BACK, pins=DONE["pins"])).after == "1.0.0"


def test_an_expired_hold_does_not_stop_a_further_rollback() -> None:
    holds = {("prod", "api"): {"reason": "rolled back", "by": "Ann", "until": "2026-01-01"}}
    assert planned(rollback(about=BACK, pins=DONE["pins"], holds=holds)).after == "1.0.0"
