"""The scalar types of stack settings, each with the rule of the system that reads it."""

import re
from datetime import date
from typing import Annotated, Final

from pydantic import AfterValidator, Field

DNS_LABEL: Final = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_DURATION_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION: Final = re.compile(r"(?:[0-9]+(?:\.[0-9]+)?(?:ms|h|m|s))+")
_DURATION_PART: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|h|m|s)")
_BRANCH: Final = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,61}[A-Za-z0-9]")
_REPOSITORY: Final = re.compile(r"(https://|ssh://|file:///|[a-z]+@[\w.-]+:)[^\s*!?\[\]{}$]+")


def seconds(duration: str) -> float:
    """Return a Go duration such as `1h30m` in seconds; ValueError if it is none."""
    if not _DURATION.fullmatch(duration):
        msg = f"{duration!r} is no duration; write hours, minutes or seconds as in 24h, 30m or 5s"
        raise ValueError(msg)
    parts = _DURATION_PART.findall(duration)
    return sum(float(number) * _DURATION_UNITS[unit] for number, unit in parts)


def _duration(text: str) -> str:
    seconds(text)
    return text


def _positive_duration(text: str) -> str:
    if seconds(text) <= 0:
        msg = f"{text!r} must be longer than nothing"
        raise ValueError(msg)
    return text


def _label(text: str) -> str:
    if not re.fullmatch(DNS_LABEL, text):
        msg = f"{text!r} is no DNS label (lower-case letters, digits and hyphens, at most 63)"
        raise ValueError(msg)
    return text


def _branch(text: str) -> str:
    # Argo CD takes hex of seven or more for a commit, and x or 1.* for a range of tags.
    if not _BRANCH.fullmatch(text) or re.fullmatch(r"[0-9a-fA-F]{7,}|[xX]([.-].*)?|v[0-9].*", text):
        msg = (
            f"{text!r} cannot be followed as a branch (letters, digits, '.', '_' and '-', at most "
            "63, and nothing that Argo CD takes for a commit or a range of versions)"
        )
        raise ValueError(msg)
    return text


def _repository(text: str) -> str:
    if not _REPOSITORY.fullmatch(text):
        msg = f"{text!r} is no Git address without patterns (https://, ssh://, git@host:path)"
        raise ValueError(msg)
    return text


def _relative_directory(text: str) -> str:
    parts = text.split("/")
    if not all(re.fullmatch(r"[A-Za-z0-9._-]+", part) and part.strip(".") for part in parts):
        msg = f"{text!r} must be a path below the program's folder, without '.' or '..' parts"
        raise ValueError(msg)
    return text


def _day(text: str) -> str:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        msg = f'{text!r} is no date; write it in quotes as "2026-12-31"'
        raise ValueError(msg)
    try:
        date.fromisoformat(text)
    except ValueError:
        msg = f"{text!r} is no day of the calendar"
        raise ValueError(msg) from None
    return text


def _sentence(text: str) -> str:
    if not text.strip() or not text.isprintable():
        msg = f"{text!r} must say something, on one line"
        raise ValueError(msg)
    return text


Duration = Annotated[str, AfterValidator(_duration)]
PositiveDuration = Annotated[str, AfterValidator(_duration), AfterValidator(_positive_duration)]
DnsLabel = Annotated[str, AfterValidator(_label)]
Branch = Annotated[str, AfterValidator(_branch)]
Repository = Annotated[str, AfterValidator(_repository)]
RelativeDirectory = Annotated[str, AfterValidator(_relative_directory)]
Day = Annotated[str, AfterValidator(_day)]
Sentence = Annotated[str, AfterValidator(_sentence)]
Description = Annotated[str, Field(max_length=255), AfterValidator(_sentence)]
"""The only length that Argo CD's CRDs check."""
