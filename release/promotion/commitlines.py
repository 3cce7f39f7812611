"""What a commit message must say where no file keeps the reason: lines that people and Git read.

A squash or a merge keeps several messages in one, so each line names what it is about.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from release.promotion.decision import Reason


class Saying(StrEnum):
    """What a line of a commit message gives the reason for."""

    UNHOLD = "Unhold"
    AGAIN = "Again"
    UNFREEZE = "Unfreeze"
    LOOSEN = "Loosen"
    BREAK_GLASS = "Break-glass"
    REVIEWED = "Reviewed"


_LINE: Final = re.compile(
    rf"^[ \t*>-]*({'|'.join(Saying)}):[ \t]+(\S[^:\n]*?):[ \t]+(\S.*?)[ \t]*$", re.MULTILINE
)


def saying(kind: Saying, about: str, reason: str) -> str:
    """Return the line that says why, such as `Unhold: vault in prod: fixed in 1.4.1`."""
    return f"{kind}: {about}: {reason}"


def sayings(message: str) -> Mapping[tuple[str, str], str]:
    """Return the reasons of a message by kind and by what they are about."""
    return {(kind, about): reason for kind, about, reason in _LINE.findall(message)}


def silent(option: str, reason: str, remedy: str) -> list[Reason]:
    """Return why an option's text gives no reason; empty if it does, on one line."""
    if reason.strip() and reason.isprintable():
        return []
    fact = f"{option}: {reason!r} must be one line of printable text"
    return [Reason("wording", fact, remedy, misuse=True)]


def about_chart(chart: str, environment: str, version: str = "") -> str:
    """Return how such a line names a chart in an environment, and its version where it counts."""
    return f"{chart} {version} in {environment}" if version else f"{chart} in {environment}"
