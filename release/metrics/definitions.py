"""What each number means, where the meaning comes from, and where ours differs and why."""

from dataclasses import dataclass
from typing import Final

DORA: Final = "https://dora.dev/guides/dora-metrics/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """One number: `differs` is empty where there is no wider definition or ours is the same.

    `name` is its key in the JSON. `columns` are its titles in the table, where the numbers stand in
    the order of DEFINITIONS.
    """

    name: str
    columns: tuple[str, ...]
    title: str
    unit: str
    meaning: str
    source: str
    differs: str = ""


DEFINITIONS: Final = (
    Definition(
        name="deployments",
        columns=("DEPLOYED", "PER WEEK"),
        title="Deployment frequency",
        unit="landings in the period; per week beside it",
        meaning=(
            "Landings on the trunk after which an environment's stack file pins another version of "
            "a chart. Several charts in one landing count once each; a merge, a squash and a push "
            "count the same, at the committer's date of the trunk's commit."
        ),
        source=DORA,
        differs=(
            "DORA counts deployments to production; we count landings of pins in every "
            "environment, since Git knows no sync: what has landed may still wait for one."
        ),
    ),
    Definition(
        name="changeFailRate",
        columns=("FAILED",),
        title="Change fail rate",
        unit="share of promotions, with both counts",
        meaning=(
            "Promotions whose next landing of the same chart and environment is a rollback, of all "
            "promotions in the period, both by the time of the promotion. No promotions, no value."
        ),
        source=DORA,
        differs=(
            "DORA counts every immediate intervention; Git shows rollbacks alone, so a failure "
            "that a higher version repaired does not count."
        ),
    ),
    Definition(
        name="rollbackRate",
        columns=("ROLLED BACK",),
        title="Rollback rate",
        unit="share of landings, with both counts",
        meaning=(
            "Landings of a lower version than the pin before, of all landings in the period. "
            "`git revert` and `hmco rollback` count alike; a rollback of a rollback is a promotion."
        ),
        source="the guide's R30",
    ),
    Definition(
        name="recoverySeconds",
        columns=("RESTORED IN",),
        title="Time to restore",
        unit="seconds, median",
        meaning="From the landing of a promotion that failed to the landing of its rollback.",
        source=DORA,
        differs=(
            "DORA's failed deployment recovery time begins when the failure shows; ours begins "
            "with the deployment, an upper bound, since Git knows no detection."
        ),
    ),
    Definition(
        name="waitedSeconds",
        columns=("CUT TO HERE",),
        title="Time to production",
        unit="seconds, median",
        meaning=(
            "From the landing of the commit that the version's tag names to the first landing of "
            "that version in the environment; once for each version, never for a chart's first "
            "landing there, which sets it up."
        ),
        source="the guide's R30",
    ),
    Definition(
        name="soakSeconds",
        columns=("SOAKED",),
        title="Soak taken",
        unit="seconds, median",
        meaning=(
            "How long a source had pinned a version when it was promoted; the longest of several."
        ),
        source="hmco:soak of the stack file",
    ),
    Definition(
        name="driftVersions",
        columns=("BEHIND BY",),
        title="Version drift",
        unit="released versions, and the age of the oldest in the sources",
        meaning=(
            "Released versions above the environment's pin, up to what an environment that it is "
            "promoted from pins; all of them above the pin where that follows the branch."
        ),
        source="the guide's R30",
    ),
    Definition(
        name="holds",
        columns=("HOLDS",),
        title="Holds",
        unit="holds set in the period",
        meaning="Landings that put a hold on a chart that had none; those in force are named.",
        source="hmco:holds of the stack file",
    ),
    Definition(
        name="skippedGates",
        columns=("SKIPPED GATES",),
        title="Skipped gates",
        unit="gates that promotions of the period did not wait for",
        meaning=(
            "hold: the chart was held, in the environment or in every source that ran the version, "
            "and stays so; soak: no source had run the version for its soak; source: no source ran "
            "it; freeze: it landed on a frozen day, also before the freeze was written. Soaks, "
            "freezes and sources are those that the stack files state now. Rollbacks pass no gate."
        ),
        source="the promotion rules",
    ),
)
