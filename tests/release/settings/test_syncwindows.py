"""A sync window says what Argo CD will do, or is refused."""

import zoneinfo

import pytest

from release.settings.problems import SettingsError
from tests.builders import MANUAL, Overrides, environment

SOUND = {
    "kind": "allow",
    "schedule": '"0 8 * * 1-5"',
    "duration": "8h",
    "timeZone": "UTC",
    "manualSync": "false",
    "applications": '["*"]',
    "description": "Office hours",
}


def windows(*each: dict[str, str]) -> str:
    """Return a list of sound windows, each with these fields replaced."""
    texts = [", ".join(f"{key}: {raw}" for key, raw in (SOUND | one).items()) for one in each]
    return f"[{', '.join(f'{{{text}}}' for text in texts)}]"


def refused(overrides: Overrides) -> tuple[str, str]:
    with pytest.raises(SettingsError) as refusal:
        environment(overrides)
    (problem,) = refusal.value.problems
    return problem.key, problem.message


SCHEDULES = {
    "shorthand": "@daily",
    "zone-prefix": "TZ=UTC 0 8 * * *",
    "cron-zone-prefix": "CRON_TZ=UTC 0 8 * * *",
    "four-fields": "0 8 * *",
    "six-fields": "0 0 8 * * *",
    "two-spaces": "0  8 * * *",
    "minute-60": "60 * * * *",
    "hour-24": "0 24 * * *",
    "day-0": "0 0 0 * *",
    "day-32": "0 0 32 * *",
    "month-13": "0 0 1 13 *",
    "weekday-7": "0 0 * * 7",
    "month-as-weekday": "0 0 * * jan",
    "reversed-span": "0 8 * * 5-1",
    "three-ends": "0 8 * * 1-3-5",
    "open-span": "0 8 * * 1-",
    "step-of-nothing": "*/0 * * * *",
    "empty-item": "0, 8 * * *",
    "words": "every day at eight",
    "full-width": "0 \uff18 * * *",
}


@pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=SCHEDULES)
def test_a_schedule_that_argo_cd_cannot_parse_is_refused(schedule: str) -> None:
    key, message = refused({"syncWindows": windows({"schedule": f'"{schedule}"'})})

    assert key == "syncWindows.0.schedule"
    assert repr(schedule) in message
    assert " is not a " in message


@pytest.mark.parametrize(
    "schedule",
    ["* * * * *", "*/15 0-6/2 1,15 * ?", "0 8 * * mon-fri", "0 0 31 JAN,dec *", "5/10 * * * 0"],
)
def test_a_schedule_that_argo_cd_parses_is_accepted(schedule: str) -> None:
    found = environment({"syncWindows": windows({"schedule": f'"{schedule}"'})})

    assert found.settings.sync_windows[0].schedule == schedule


FIELDS: dict[str, tuple[str, str, str, str]] = {
    "unknown-kind": ("kind", "maybe", "kind", "allowed: 'allow' or 'deny'"),
    "no-duration": ("duration", "0s", "duration", "'0s' must be longer than zero"),
    "duration-in-words": ("duration", "2 hours", "duration", "'2 hours' is not a duration"),
    "unknown-zone": ("timeZone", "Mars/Phobos", "timeZone", "silently fall back to UTC"),
    "local-zone": ("timeZone", "Local", "timeZone", "not an IANA time zone (such as Europe/Berlin"),
    "no-zone": ("timeZone", '""', "timeZone", "'' is not an IANA time zone"),
    "no-selector": ("applications", "[]", "applications", "at least one entry"),
    "denying-pattern": (
        "applications",
        '["!alpha"]',
        "applications.0",
        "'!alpha' is not a valid pattern",
    ),
    "pattern-twice": ("applications", '["*", "*"]', "applications", "'*' is listed 2 times"),
    "idle-pattern": (
        "applications",
        '["gamma-*"]',
        "applications.0",
        "'gamma-*' matches no Application of test; it would restrict nothing",
    ),
    "long-description": ("description", "a" * 256, "description", "at most 255"),
    "text-for-flag": ("manualSync", '"yes"', "manualSync", "true or false without quotes"),
}


@pytest.mark.parametrize(("field", "raw", "key", "words"), FIELDS.values(), ids=FIELDS)
def test_a_window_that_would_be_misread_is_refused(
    field: str, raw: str, key: str, words: str
) -> None:
    found, message = refused({"syncWindows": windows({field: raw})})

    assert found == f"syncWindows.0.{key}"
    assert words in message


def test_windows_that_differ_only_in_what_argo_cd_ignores_are_refused() -> None:
    repeated = windows({}, {"manualSync": "true", "description": "The same again"})

    key, message = refused({"syncWindows": repeated})

    assert key == "syncWindows.1"
    assert "repeats window 0" in message
    assert "remove one of them" in message


@pytest.mark.parametrize("kind", ["allow", "deny"])
def test_a_window_that_manual_syncs_pass_is_refused_where_every_sync_is_manual(kind: str) -> None:
    overrides = {"syncWindows": windows({"kind": kind, "manualSync": "true"})}

    key, message = refused(MANUAL | overrides)

    assert key == "syncWindows.0"
    assert f"{kind} with manualSync: true enforces nothing" in message
    assert "write manualSync: false" in message


def test_a_window_that_manual_syncs_pass_is_accepted_where_syncs_are_automatic() -> None:
    found = environment({"syncWindows": windows({"manualSync": "true"})})

    assert found.settings.sync_windows[0].manual_sync


def test_overrun_is_refused_for_an_argo_cd_that_drops_it() -> None:
    key, message = refused(
        {"syncWindows": windows({"syncOverrun": "true"}), "argocd.version": '"3.4.9"'}
    )

    assert key == "syncWindows.0.syncOverrun"
    assert "Argo CD 3.4.9 silently drops it; it was added in 3.5.0" in message


def test_overrun_in_one_of_two_allow_windows_is_refused() -> None:
    key, message = refused(
        {"syncWindows": windows({"syncOverrun": "true"}, {"schedule": '"0 20 * * *"'})}
    )

    assert key == "syncWindows.0"
    assert "write it in all or in none" in message


def test_overrun_in_every_allow_window_is_accepted() -> None:
    both = windows({"syncOverrun": "true"}, {"kind": "deny", "schedule": '"1 2 * * *"'})

    found = environment({"syncWindows": both})

    assert [window.sync_overrun for window in found.settings.sync_windows] == [True, False]


def test_a_machine_without_time_zones_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zoneinfo, "available_timezones", set)

    key, message = refused({"syncWindows": windows({})})

    assert key == "syncWindows.0.timeZone"
    assert "install its tzdata package" in message
