from datetime import timedelta

import pytest

from release.promotion.changelognotes import Message
from release.promotion.decision import CutVersion, SetPin
from tests.release.promotion.promoting import AHEAD, STAGED, promote
from tests.release.promotion.situations import (
    NOW,
    codes,
    facts,
    landed,
    planned,
    told,
)


def test_a_released_version_moves_from_dev_to_staging_by_one_pin() -> None:
    action = planned(promote("api", "staging"))
    assert action.edits == (SetPin("staging", "api", "1.1.0"),)
    assert (action.before, action.after, action.source) == ("1.0.0", "1.1.0", "dev")


def test_what_staging_pins_moves_to_prod_whatever_the_chart_says_by_now() -> None:
    about = facts(version="1.2.0", changed_since_release=True, landings=STAGED)
    action = planned(promote("api", "prod", pins=AHEAD, about=about))
    assert action.edits == (SetPin("prod", "api", "1.1.0"),)


def test_what_dev_runs_unreleased_is_cut_in_the_same_change() -> None:
    about = facts(changed_since_release=True, unreleased=True)
    action = planned(promote("api", "staging", "minor", about=about))
    assert action.edits == (
        CutVersion("api", "1.1.0", "1.2.0", "2026-06-10"),
        SetPin("staging", "api", "1.2.0"),
    )


def test_a_version_that_only_chart_yaml_states_is_cut_under_its_own_number() -> None:
    about = facts(version="1.1.0", tags={}, sections=frozenset(), unreleased=True)
    action = planned(promote("api", "staging", "1.1.0", about=about))
    assert action.edits[0] == CutVersion("api", "1.1.0", "1.1.0", "2026-06-10")


def test_the_commits_speak_where_unreleased_says_nothing() -> None:
    about = facts(
        changed_since_release=True,
        commits=(Message("feat: autoscaler (#12)"), Message("docs: typo")),
    )
    action = planned(promote("api", "staging", "minor", about=about))
    cut = action.edits[0]
    assert isinstance(cut, CutVersion)
    assert cut.notes == (("Added", "Autoscaler"),)


@pytest.mark.parametrize("version", [None, "1.1.0"])
def test_promoting_what_is_there_already_changes_nothing(version: str | None) -> None:
    action = planned(promote("api", "staging", version, pins=AHEAD))
    assert action.done_already
    assert "api 1.1.0 is already in staging" in action.summary


def test_what_is_there_already_is_no_refusal_even_under_hold_and_freeze() -> None:
    action = promote(
        "api",
        "staging",
        "1.1.0",
        pins=AHEAD,
        holds={("staging", "api"): {"reason": "incident", "by": "Ann"}},
        freezes={"staging": '{first: "2026-06-01", last: "2026-06-30", reason: audit}'},
    )
    assert planned(action).done_already


LEFT = facts(landings={**STAGED, "prod": landed("1.0.0", "1.1.0", "1.0.0")})


@pytest.mark.parametrize(
    ("version", "again"), [(None, None), ("1.1.0", None), (None, "the disk was full")]
)
def test_a_version_that_was_rolled_back_from_returns_only_named_and_meant(
    version: str | None, again: str | None
) -> None:
    decision = promote("api", "prod", version, pins=AHEAD, about=LEFT, again=again)
    assert codes(decision) == ("rolled-back",)
    assert "prod was rolled back from api 1.1.0" in told(decision)
    assert 'hmco promote api 1.1.0 --to prod --again "…"' in told(decision)


def test_a_version_that_is_named_and_meant_returns_and_the_reason_is_kept() -> None:
    decision = promote("api", "prod", "1.1.0", pins=AHEAD, about=LEFT, again="the disk was full")
    action = planned(decision)
    assert (action.after, action.reason) == ("1.1.0", "the disk was full")


@pytest.mark.parametrize("again", ["", " ", "two\nlines"])
def test_a_return_gives_its_reason_on_one_line(again: str) -> None:
    decision = promote("api", "prod", "1.1.0", pins=AHEAD, about=LEFT, again=again)
    assert codes(decision) == ("wording",)


def test_a_landing_dated_in_the_future_lends_no_soak_of_months() -> None:
    tomorrow = facts(landings={**STAGED, "staging": landed("1.1.0", at=NOW + timedelta(days=90))})
    decision = promote("api", "prod", pins=AHEAD, about=tomorrow)
    assert codes(decision) == ("soak",)
    assert "by a commit that is dated 2026-09-08 12:00 UTC, in the future" in told(decision)
    assert "promote after 2026-09-09 12:00 UTC" in told(decision)


def test_a_landing_without_a_merge_is_told_for_what_its_soak_is_worth() -> None:
    action = planned(promote("api", "prod", pins=AHEAD, about=facts(landings=STAGED, pushed=True)))
    (remark,) = action.remarks
    assert remark.startswith("no merge brought api to main, so its soak in staging is counted from")


@pytest.mark.parametrize("version", [None, "1.1.0"])
def test_a_version_without_changelog_that_lacks_its_tag_gets_the_tag_and_no_new_number(
    version: str | None,
) -> None:
    about = facts(tags={}, has_changelog=False, sections=frozenset(), cut_in={"1.1.0": "c" * 40})
    assert "set it: git tag -a api-1.1.0" in told(promote("api", "staging", version, about=about))


def test_a_version_that_nobody_cut_yet_is_the_one_that_is_advised() -> None:
    about = facts(tags={}, sections=frozenset(), unreleased=True)
    said = told(promote("api", "staging", about=about))
    assert "hmco promote api 1.1.0 --to staging" in said
    assert planned(promote("api", "staging", "1.1.0", about=about)).cut


def test_a_cut_that_has_not_landed_is_landed_before_anybody_looks_for_its_tag() -> None:
    about = facts(tags={}, sections=frozenset({"1.1.0"}), cut_in={}, remote="origin")
    said = told(promote("api", "staging", about=about))
    assert "was cut in this checkout alone" in said
    assert "land it first" in said
    assert "git tag" not in said
