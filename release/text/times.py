"""Durations and moments as people read them."""

from datetime import UTC, datetime, timedelta


def told_duration(duration: timedelta) -> str:
    """Return the two largest units of a duration whose minutes are rounded up: `2 d 3 h`."""
    seconds = -(-int(duration.total_seconds() * 1000) // 1000)
    if seconds < 60:  # noqa: PLR2004 -- a minute
        return f"{seconds} s"
    minutes = -(-seconds // 60)
    parts = [(minutes // (24 * 60), "d"), (minutes // 60 % 24, "h"), (minutes % 60, "min")]
    while not parts[0][0]:
        del parts[0]
    return " ".join(f"{many} {unit}" for many, unit in parts[:2] if many)


def told_moment(moment: datetime) -> str:
    """Return a moment to the minute in UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
