"""Every number on a history in which it is known, edge cases first."""

from datetime import timedelta

import pytest

from release.metrics.numbers import Window, middle
from release.metrics.timeline import Way
from release.repository.pins import PastHold
from release.settings.model import Freeze
from tests.release.metrics.histories import (
    DAY,
    HOLD,
    HOUR,
    START,
    WAYS,
    Step,
    numbers_of,
    timeline_of,
)

PROD, STAGING, DEV = ("prod", "web"), ("staging", "web"), ("dev", "web")
SETUP = [Step(0, STAGING, "1.0.0"), Step(0, PROD, "1.0.0")]


def test_nothing_landed_gives_no_rate_and_no_median_instead_of_zero() -> None:
    numbers = numbers_of(timeline_of(SETUP), Window(START + DAY, START + 2 * DAY)).places[PROD]
    assert numbers.deployments == 0
    assert numbers.change_fail_rate is None
    assert numbers.rollback_rate is None
    assert middle(numbers.recovery) is None


def test_an_empty_history_has_no_place_and_no_number() -> None:
    result = numbers_of(timeline_of([]))
    assert result.places == {}
    assert result.environments == {}


def test_places_stand_in_the_order_of_promotion() -> None:
    steps = [Step(0, ("prod", "db"), "1.0.0"), *SETUP, Step(1, DEV, "main")]
    assert [*numbers_of(timeline_of(steps)).places] == [DEV, STAGING, ("prod", "db"), PROD]


def test_a_failure_counts_in_the_period_of_the_promotion_wherever_the_rollback_lies() -> None:
    steps = [*SETUP, Step(10, PROD, "1.1.0"), Step(30, PROD, "1.0.0")]
    early = Window(START, START + 20 * HOUR)
    late = Window(START + 20 * HOUR, START + 40 * HOUR)
    first, second = (numbers_of(timeline_of(steps), w).places[PROD] for w in (early, late))
    assert (first.failed, first.rollbacks, first.recovery) == (1, 0, [20 * 3600])
    assert (second.failed, second.rollbacks) == (0, 1)
    assert second.change_fail_rate is None


def test_the_end_of_a_period_belongs_to_it_and_its_start_to_the_one_before() -> None:
    timeline = timeline_of([*SETUP, Step(10, PROD, "1.1.0")])
    at = START + 10 * HOUR
    assert numbers_of(timeline, Window(START, at)).places[PROD].deployments == 1
    assert numbers_of(timeline, Window(at, at + DAY)).places[PROD].deployments == 0


def test_soak_is_what_the_source_had_run_and_too_little_skips_a_gate() -> None:
    steps = [
        *SETUP,
        Step(10, STAGING, "1.1.0"),
        Step(20, PROD, "1.1.0"),
        Step(21, STAGING, "1.2.0"),
        Step(46, PROD, "1.2.0"),
    ]
    numbers = numbers_of(timeline_of(steps)).places[PROD]
    assert numbers.soak == [10 * 3600, 25 * 3600]
    assert numbers.skipped_gates == {"soak": 1}


def test_source_and_target_in_one_landing_soak_for_nothing() -> None:
    steps = [*SETUP, Step(10, PROD, "1.1.0"), Step(10, STAGING, "1.1.0")]
    numbers = numbers_of(timeline_of(steps)).places[PROD]
    assert (numbers.soak, numbers.skipped_gates) == ([0], {"soak": 1})


def test_a_version_that_no_source_runs_has_no_soak_and_skips_a_gate() -> None:
    numbers = numbers_of(timeline_of([*SETUP, Step(10, PROD, "1.1.0")])).places[PROD]
    assert (numbers.soak, numbers.skipped_gates) == ([], {"source": 1})


def test_a_source_that_follows_the_branch_vouches_for_what_was_cut_from_it() -> None:
    steps = [Step(0, DEV, "main"), Step(0, STAGING, "1.0.0"), Step(10, STAGING, "1.1.0")]
    assert numbers_of(timeline_of(steps)).places[STAGING].skipped_gates == {}


@pytest.mark.parametrize(
    ("until", "after", "gates"),
    [
        (None, HOLD, {"hold": 1}),
        (None, None, {}),
        ("2026-03-01", "same", {"hold": 1}),
        ("2026-02-27", "same", {}),
    ],
)
def test_a_promotion_past_a_hold_in_force_skips_a_gate_unless_it_lifts_the_hold(
    until: str | None, after: object, gates: dict[str, int]
) -> None:
    hold = PastHold("broken", "Rita", until)
    kept = hold if after is not None else None
    steps = [
        *SETUP,
        Step(-30, STAGING, "1.1.0"),
        Step(1, PROD, "1.0.0", hold),
        Step(2, PROD, "1.1.0", kept),
    ]
    counted = numbers_of(timeline_of(steps))
    for numbers in (counted.places[PROD], counted.environments[PROD[0]]):
        assert numbers.skipped_gates == gates
        assert numbers.holds == 1


@pytest.mark.parametrize(("lifted", "gates"), [(None, {"hold": 1}), (40, {})])
def test_a_hold_on_the_only_source_that_ran_the_version_is_a_gate_too(
    lifted: float | None, gates: dict[str, int]
) -> None:
    steps = [*SETUP, Step(10, STAGING, "1.1.0"), Step(30, STAGING, "1.1.0", HOLD)]
    if lifted is not None:
        steps.append(Step(lifted, STAGING, "1.1.0"))
    steps.append(Step(40, PROD, "1.1.0"))
    assert numbers_of(timeline_of(steps)).places[PROD].skipped_gates == gates


def test_a_promotion_on_a_frozen_day_skips_a_gate_and_a_rollback_skips_none() -> None:
    freeze = Freeze(first="2026-03-02", last="2026-03-03", reason="audit")
    ways = WAYS | {"prod": Way(sources=(), freezes=(freeze,))}
    promoted = {30: "1.1.0", 71: "1.2.0", 72: "1.3.0"}
    steps = [*SETUP, *(Step(hours, PROD, version) for hours, version in promoted.items())]
    steps.insert(3, Step(31, PROD, "1.0.0"))
    assert numbers_of(timeline_of(steps, ways=ways)).places[PROD].skipped_gates == {"freeze": 2}


def test_one_source_that_soaked_long_enough_is_enough_to_the_minute() -> None:
    ways = {name: Way(soak=DAY) for name in ("staging", "dev")}
    ways["prod"] = Way(sources=("staging", "dev"))
    steps = [
        *SETUP,
        Step(0, DEV, "1.0.0"),
        Step(10, STAGING, "1.1.0"),
        Step(20, DEV, "1.1.0"),
        Step(34, PROD, "1.1.0"),
    ]
    numbers = numbers_of(timeline_of(steps, ways=ways)).places[PROD]
    assert (numbers.soak, numbers.skipped_gates) == ([24 * 3600], {})


def test_time_to_production_counts_each_version_once_and_no_set_up() -> None:
    steps = [*SETUP, Step(10, PROD, "1.1.0"), Step(12, PROD, "1.0.0"), Step(14, PROD, "1.1.0")]
    cuts = {("web", "1.0.0"): 0, ("web", "1.1.0"): 4}
    assert numbers_of(timeline_of(steps, cuts=cuts)).places[PROD].waited == [6 * 3600]


def test_an_environment_added_later_does_not_count_the_age_of_what_it_starts_with() -> None:
    steps = [Step(0, STAGING, "1.0.0"), Step(500, PROD, "1.0.0")]
    numbers = numbers_of(timeline_of(steps, cuts={("web", "1.0.0"): 0})).places[PROD]
    assert (numbers.first, numbers.waited, numbers.skipped_gates) == (1, [], {})


def test_a_version_without_tag_has_no_time_to_production() -> None:
    numbers = numbers_of(timeline_of([*SETUP, Step(10, PROD, "1.1.0")])).places[PROD]
    assert numbers.waited == []


def test_drift_names_the_released_versions_between_the_pins_and_their_age() -> None:
    steps = [*SETUP, Step(5, STAGING, "1.1.0"), Step(9, STAGING, "1.2.0")]
    cuts = {("web", v): 1 for v in ("1.0.0", "1.1.0", "1.2.0", "1.3.0")}
    drift = numbers_of(timeline_of(steps, cuts=cuts)).standing.drift[PROD]
    assert (drift.versions, drift.since) == (2, START + 5 * HOUR)


def test_an_environment_ahead_of_its_source_has_no_drift() -> None:
    drift = numbers_of(timeline_of([*SETUP, Step(5, PROD, "2.0.0")])).standing.drift[PROD]
    assert (drift.versions, drift.since) == (0, None)


def test_behind_a_branch_every_released_version_above_the_pin_counts() -> None:
    steps = [Step(0, DEV, "main"), Step(0, STAGING, "1.0.0")]
    cuts = {("web", v): h for v, h in (("1.0.0", 0), ("1.1.0", 3), ("1.2.0", 9))}
    drift = numbers_of(timeline_of(steps, cuts=cuts)).standing.drift[STAGING]
    assert (drift.versions, drift.since) == (2, START + 3 * HOUR)


def test_a_negative_duration_is_told_and_not_clamped() -> None:
    steps = [*SETUP, Step(10, PROD, "1.1.0"), Step(8, PROD, "1.0.0")]
    numbers = numbers_of(timeline_of(steps, cuts={("web", "1.1.0"): 11})).places[PROD]
    assert (numbers.recovery, numbers.waited) == ([-7200], [-3600])


def test_an_even_number_of_durations_has_its_median_half_way() -> None:
    assert middle([1.0, 4.0, 2.0, 8.0]) == 3.0


def test_a_period_of_no_length_has_no_frequency() -> None:
    assert numbers_of(timeline_of(SETUP)).places[PROD].per_week(Window(START, START)) == 0
    week = Window(START - timedelta(weeks=1), START)
    assert numbers_of(timeline_of(SETUP), week).places[PROD].per_week(week) == 1
