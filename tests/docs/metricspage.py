"""The definitions as a page: docs/metrics.md is what `python -m tests.docs.metricspage` prints."""

import sys
from collections.abc import Iterator
from typing import Final

from release.metrics.definitions import DEFINITIONS

_HEAD: Final = """\
# Numbers of `hmco metrics`

Written by `python -m tests.docs.metricspage > docs/metrics.md`; edit the definitions instead.

All numbers come from the trunk's history alone, by `hmco metrics [--since] [--env] [--chart]`.
A row of the table stands for an environment, with `--chart` for that chart in it. `--html FILE`
writes a report that can be opened, mailed and printed, light or dark as the reader's screen is:

![The report: numbers, landings of each week, days from cut to landing](report.svg)

A **landing** is a commit on the trunk's first-parent line; its time is the committer's date. A
period holds its end and not its start, so that periods side by side add up. Counts stand for one
chart in one environment and are summed for an environment; medians lie half-way between the two
middle values of an even number. What nothing was counted for has no value (`-`, null), never 0. A
duration that comes out negative tells of wrong clocks and is shown as it is. A shallow clone is
refused: half a history would give numbers that look whole.

What a landing was is decided by the version before, by SemVer's precedence: `first` for a chart's
first version in an environment, `promotion` for a higher one, `rollback` for a lower one, `return`
for a version that comes after a removal or a time on a branch. An environment that follows a branch
has no landings of its own while it does. An environment's file under another name is another
environment. There are no targets and no ranking here: a number is compared with the same number of
the month before.
"""


def metrics_page() -> str:
    """Return the page of all definitions."""
    return "\n".join(_page())


def _page() -> Iterator[str]:
    yield _HEAD
    for definition in DEFINITIONS:
        yield f"## {definition.title}\n"
        yield f"{definition.meaning}\n"
        columns = " and ".join(f"`{title}`" for title in definition.columns)
        yield f"- In the table: {columns}; in `--json`: `{definition.name}`, {definition.unit}."
        yield f"- Source: {definition.source}."
        if definition.differs:
            yield f"- Where ours differs: {definition.differs}"
        yield ""


if __name__ == "__main__":
    sys.stdout.write(metrics_page())
