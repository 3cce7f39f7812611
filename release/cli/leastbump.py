"""How `cut` and `promote` hold a number to what the change does."""

from release.promotion.decision import Decision, Plan
from release.promotion.honesty import Honesty, held_to_honesty
from release.repository.picture import Picture


def honest(picture: Picture, decision: Decision, accepted: str | None) -> Decision:
    """Return the decision, refused where its number promises less than the change does."""
    return held_to_honesty(decision, _honesty(picture, decision), accepted)


def _honesty(picture: Picture, decision: Decision) -> Honesty | None:
    cut = decision.cut if isinstance(decision, Plan) else None
    if cut is None:
        return None
    # A promotion of what is cut already never waits for the import of all this.
    from release.cli.rendering import open_renderer  # noqa: PLC0415
    from release.plan.honest import honesty_of  # noqa: PLC0415

    return honesty_of(picture, open_renderer(), cut.chart, cut.previous, cut.version)
