"""Asking for promotions in tests: the situations that several of them begin with."""

from typing import Any

from release.promotion.decision import Action, Refusal
from release.promotion.promote import decide_promote
from release.promotion.route import PromoteRequest
from tests.release.promotion.situations import (
    NOW,
    estate,
    facts,
    landed,
)

AHEAD = {("staging", "api"): "1.1.0"}
"""staging runs 1.1.0 while prod is still at 1.0.0."""
STAGED = {"staging": landed("1.0.0", "1.1.0")}
RAN = facts(landings=STAGED)


def promote(
    *args: str | None, at: Any = None, about: Any = None, **options: Any
) -> Action | Refusal:
    chart, target, *version = args
    request = PromoteRequest(
        str(chart),
        str(target),
        version[0] if version else None,
        options.pop("source", None),
        again=options.pop("again", None),
    )
    return decide_promote(at or estate(**options), request, lambda _: about or facts(), NOW)
