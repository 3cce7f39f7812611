"""A duration is told as its two largest units, and nothing that is left becomes nothing."""

from datetime import timedelta

import pytest

from release.text.times import told_duration


@pytest.mark.parametrize(
    ("duration", "told"),
    [
        (timedelta(), "0 s"),
        (timedelta(milliseconds=1), "1 s"),
        (timedelta(seconds=59), "59 s"),
        (timedelta(seconds=61), "2 min"),
        (timedelta(hours=2, minutes=3), "2 h 3 min"),
        (timedelta(days=2, hours=3, minutes=59), "2 d 3 h"),
        (timedelta(days=3, seconds=30), "3 d"),
    ],
)
def test_a_duration_is_told_as_the_two_largest_units(duration: timedelta, told: str) -> None:
    assert told_duration(duration) == told
