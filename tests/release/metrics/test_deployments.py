"""What a landing was, and what became of it."""

from datetime import timedelta

import pytest

from release.metrics.deployments import Deployment, Kind, deployments
from tests.release.metrics.histories import DAY, HOLD, HOUR, START, Step, changes_of

WEB = ("prod", "web")


def told(*pins: str | None) -> list[Deployment]:
    steps = [Step(hours, WEB, pin) for hours, pin in enumerate(pins)]
    return list(deployments(changes_of(steps)))


def kinds(*pins: str | None) -> list[str]:
    return [deployment.kind.value for deployment in told(*pins)]


@pytest.mark.parametrize(
    ("pins", "expected"),
    [
        (("1.0.0",), ["first"]),
        (("1.0.0", "1.1.0"), ["first", "promotion"]),
        (("1.0.0", "1.1.0", "1.0.0"), ["first", "promotion", "rollback"]),
        (("1.2.0", "1.2.0-rc.1"), ["first", "rollback"]),
        (("1.9.0", "1.10.0"), ["first", "promotion"]),
        (("1.0.0", None, "1.0.0"), ["first", "return"]),
        (("1.1.0", None, "1.0.0"), ["first", "return"]),
        (("main", "1.0.0", "main", "0.9.0"), ["first", "return"]),
        ((None, "main"), []),
        (("1.0.0", "1.0.0"), ["first"]),
    ],
)
def test_the_version_before_decides_what_a_landing_was(
    pins: tuple[str | None, ...], expected: list[str]
) -> None:
    assert kinds(*pins) == expected


def test_a_promotion_fails_if_and_only_if_the_next_landing_rolls_it_back() -> None:
    landed = told("1.0.0", "1.1.0", "1.2.0", "1.0.0", "1.1.0")
    assert [d.version for d in landed if d.failed] == ["1.2.0"]
    assert landed[2].recovery == HOUR


def test_a_second_rollback_fails_nothing_more() -> None:
    landed = told("1.0.0", "1.1.0", "1.2.0", "1.1.0", "1.0.0")
    assert [d.failed for d in landed] == [False, False, True, False, False]


def test_a_rollback_of_a_rollback_is_a_promotion_that_may_fail_again() -> None:
    landed = told("1.0.0", "1.1.0", "1.0.0", "1.1.0", "1.0.0")
    assert [d.kind for d in landed[3:]] == [Kind.PROMOTION, Kind.ROLLBACK]
    assert [d.failed for d in landed] == [False, True, False, True, False]


def test_a_removal_between_them_makes_no_failure() -> None:
    assert not any(d.failed for d in told("1.0.0", "1.1.0", None, "1.0.0"))


def test_a_first_version_cannot_fail_since_nothing_was_there_to_go_back_to() -> None:
    assert not any(d.failed for d in told("1.1.0", "1.0.0"))


def test_a_hold_alone_is_no_deployment() -> None:
    steps = [Step(0, WEB, "1.0.0"), Step(1, WEB, "1.0.0", HOLD), Step(2, WEB, "1.0.0")]
    assert len(deployments(changes_of(steps))) == 1


def test_several_charts_in_one_landing_count_once_each() -> None:
    steps = [Step(1, ("prod", "web"), "1.0.0"), Step(1, ("prod", "db"), "1.0.0")]
    assert [d.chart for d in deployments(changes_of(steps))] == ["web", "db"]


def test_the_order_of_the_trunk_decides_and_a_wrong_clock_shows_as_a_negative_duration() -> None:
    steps = [Step(5, WEB, "1.0.0"), Step(9, WEB, "1.1.0"), Step(7, WEB, "1.0.0")]
    landed = deployments(changes_of(steps))
    assert [d.recovery for d in landed] == [None, timedelta(hours=-2), None]
    assert landed[0].at == START + 5 * HOUR != START + DAY
