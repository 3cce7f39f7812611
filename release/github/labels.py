"""The labels of issues and pull requests (guide R16, R28, R44)."""

from typing import Final, NamedTuple

from release.estate import Estate


class Label(NamedTuple):
    """One label; `color` is six hex digits without `#`."""

    name: str
    color: str
    description: str


PROMOTION: Final = Label("promotion", "0e8a16", "Moves a chart's version into an environment")
ROLLBACK: Final = Label("rollback", "b60205", "Goes back to an earlier version")
URGENT: Final = Label("urgent", "d93f0b", "Cannot wait for the usual review")
CHART: Final = Label("helm-chart", "1d76db", "About a chart rather than its release")
BREAK_GLASS: Final = Label("break-glass", "5319e7", "Merged past its approvals; review it later")
DRIFT: Final = Label("drift", "fbca04", "What runs is not what the stack files say")
_ENVIRONMENT_COLOR: Final = "c5def5"


def labels(estate: Estate) -> tuple[Label, ...]:
    """Return every label, those of the environments last."""
    return (
        PROMOTION,
        ROLLBACK,
        URGENT,
        CHART,
        BREAK_GLASS,
        DRIFT,
        *(
            Label(name, _ENVIRONMENT_COLOR, f"Concerns the environment {name}")
            for name in estate.environments
        ),
    )
