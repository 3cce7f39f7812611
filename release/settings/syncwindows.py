"""Sync windows, with the traps of Argo CD's evaluation refused (Argo CD 3.5, Sync Windows)."""

import re
import zoneinfo
from collections.abc import Iterator, Sequence
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from release.settings.base import SettingsModel
from release.settings.problems import Violation
from release.settings.types import Description, Matching, PositiveDuration

_MONTHS: Final = (
    "jan",
    "feb",
    "mar",
    "apr",
    "may",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct",
    "nov",
    "dec",
)
_DAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FIELDS: Final[tuple[tuple[str, int, int, tuple[str, ...]], ...]] = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of month", 1, 31, ()),
    ("month", 1, 12, _MONTHS),
    ("day of week", 0, 6, _DAYS),
)


def _schedule(text: str) -> str:
    parts = text.split(" ")
    if len(parts) != len(_FIELDS):
        raise ValueError(
            f"{text!r} is not a schedule of five fields "
            "(minute hour day-of-month month day-of-week; no @daily, no TZ= prefix)"
        )
    for part, (name, low, high, names) in zip(parts, _FIELDS, strict=True):
        if not all(_cron_item(item, low, high, names) for item in part.split(",")):
            raise ValueError(f"{text!r}: {part!r} is not a valid {name} (from {low} to {high})")
    return text


def _cron_item(item: str, low: int, high: int, names: Sequence[str]) -> bool:
    span, slash, step = item.partition("/")
    if slash and not re.fullmatch(r"[1-9][0-9]{0,2}", step):
        return False
    if span in {"*", "?"}:
        return True
    ends = [_cron_number(end, low, names) for end in span.split("-")]
    if len(ends) > 2 or any(end is None or not low <= end <= high for end in ends):  # noqa: PLR2004 -- a span has two ends
        return False
    return ends == sorted(end for end in ends if end is not None)


def _cron_number(text: str, low: int, names: Sequence[str]) -> int | None:
    if text.lower() in names:
        return low + names.index(text.lower())
    return int(text) if re.fullmatch(r"[0-9]{1,2}", text) else None


def _time_zone(text: str) -> str:
    zones = zoneinfo.available_timezones()
    if not zones:
        raise ValueError(
            "this machine has no time zones to check against; install its tzdata package"
        )
    if text not in zones:
        raise ValueError(
            f"{text!r} is not an IANA time zone (such as Europe/Berlin or UTC); Argo CD would "
            "silently fall back to UTC"
        )
    return text


_Pattern = Annotated[
    str, Matching(r"[a-z0-9*-]+", "pattern of Application names such as '*' or storage-*")
]


class SyncWindow(SettingsModel):
    """One window, applied to every Application of the environment's project."""

    kind: Literal["allow", "deny"]
    schedule: Annotated[str, AfterValidator(_schedule)]
    duration: PositiveDuration
    time_zone: Annotated[str, AfterValidator(_time_zone)]
    manual_sync: bool
    sync_overrun: bool = False
    applications: Annotated[tuple[_Pattern, ...], Field(min_length=1)]
    description: Description

    @property
    def identity(self) -> tuple[object, ...]:
        """What Argo CD compares: two windows equal in this are one (HashIdentity)."""
        return (self.kind, self.schedule, self.duration, self.applications, self.time_zone)


def window_problems(windows: Sequence[SyncWindow], *, automated: bool) -> Iterator[Violation]:
    """Yield each window that would not do what it seems to say."""
    seen: dict[tuple[object, ...], int] = {}
    overrun = all(window.sync_overrun for window in windows if window.kind == "allow")
    for index, window in enumerate(windows):
        path = ("syncWindows", index)
        if window.identity in seen:
            yield Violation(
                path,
                f"repeats window {seen[window.identity]}; Argo CD tells them apart neither by "
                "manualSync nor by description; remove one of them",
            )
        seen.setdefault(window.identity, index)
        if not automated and window.manual_sync:
            yield Violation(
                path,
                f"{window.kind} with manualSync: true enforces nothing where every sync is "
                "manual; write manualSync: false",
            )
        if window.kind == "allow" and window.sync_overrun != overrun:
            yield Violation(
                path,
                "syncOverrun counts only if every allow window has it; write it in all or in none",
            )
