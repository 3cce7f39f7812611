from datetime import timedelta

from release.promotion.chartfacts import Landing, Tag
from release.promotion.decision import Refusal, SetPin
from tests.release.promotion.promoting import AHEAD, STAGED, promote
from tests.release.promotion.situations import (
    CHAIN,
    FORK,
    LONG_AGO,
    NOW,
    PINNED_CHAIN,
    codes,
    facts,
    landed,
    planned,
    spec,
    told,
)


def test_a_join_takes_a_version_that_every_source_has_had() -> None:
    pins = {**AHEAD, ("prod", "api"): "1.2.0"}
    about = facts(landings={**STAGED, "prod": landed("1.0.0", "1.1.0", "1.2.0")})
    action = planned(promote("api", "west", specs=FORK, pins=pins, source="staging", about=about))
    assert action.edits == (SetPin("west", "api", "1.1.0"),)


def test_a_pinned_root_takes_the_version_that_was_cut() -> None:
    action = planned(promote("api", "dev", specs=PINNED_CHAIN))
    assert action.edits == (SetPin("dev", "api", "1.1.0"),)
    assert action.source is None


def test_a_pinned_root_may_take_an_earlier_version_that_is_higher_than_its_pin() -> None:
    about = facts(tags={v: Tag(v) for v in ("1.0.0", "1.0.5", "1.1.0")})
    action = planned(promote("api", "dev", "1.0.5", specs=PINNED_CHAIN, about=about))
    assert action.after == "1.0.5"


def test_a_target_that_followed_a_branch_is_pinned_and_told_so() -> None:
    specs = (CHAIN[0], spec("qa", ["dev"], template="dev", follows_branch=True))
    action = planned(promote("api", "qa", specs=specs))
    assert action.edits == (SetPin("qa", "api", "1.1.0"),)
    assert action.remarks == ("qa no longer follows main",)


def test_an_expired_hold_blocks_no_longer_and_is_still_told() -> None:
    holds = {("staging", "api"): {"reason": "leaks", "by": "Ann", "until": "2026-06-09"}}
    action = planned(promote("api", "staging", holds=holds))
    assert action.edits == (SetPin("staging", "api", "1.1.0"),)
    assert "the hold on api in staging is expired and stays in the file" in action.remarks[0]


def test_soak_counts_from_the_last_landing_of_the_pin_and_not_from_an_earlier_one() -> None:
    again = (*landed("1.1.0", "1.0.0"), Landing("1.1.0", NOW - timedelta(hours=23)))
    decision = promote("api", "prod", pins=AHEAD, about=facts(landings={"staging": again}))
    assert codes(decision) == ("soak",)


def test_the_soak_of_a_branch_begins_when_the_environment_began_to_follow_it() -> None:
    follows = facts(landings={"dev": (Landing("main", NOW - timedelta(hours=1)),)})
    assert "has run api from main since 2026-06-10 11:00 UTC" in told(
        promote("api", "staging", about=follows)
    )


def test_soak_is_over_at_its_very_end() -> None:
    at_end = {"staging": (Landing("1.1.0", NOW - timedelta(hours=24)),)}
    planned(promote("api", "prod", pins=AHEAD, about=facts(landings=at_end)))


def test_the_sources_soak_counts_and_not_the_targets() -> None:
    ran_three_hours = facts(changed_at=NOW - timedelta(hours=3))
    planned(promote("api", "staging", about=ran_three_hours))


def test_a_prerelease_is_lower_than_its_release() -> None:
    pins = {("staging", "api"): "1.1.0-rc.1", ("prod", "api"): "1.1.0"}
    tags = {v: Tag(v) for v in ("1.1.0-rc.1", "1.1.0")}
    about = facts(tags=tags, landings={"staging": (Landing("1.1.0-rc.1", LONG_AGO),)})
    assert codes(promote("api", "prod", pins=pins, about=about)) == ("not-higher",)


def test_a_wrong_name_or_version_is_misuse_and_a_blocked_promotion_is_not() -> None:
    wrong = promote("apl", "staging")
    blocked = promote("api", "staging", about=facts(changed_since_release=True))
    assert isinstance(wrong, Refusal)
    assert isinstance(blocked, Refusal)
    assert (wrong.misuse, blocked.misuse) == (True, False)
