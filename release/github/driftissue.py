"""The one issue that reports drift: opened for some, updated in place, closed when it is gone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from release.github.checklist import Line, State
from release.github.livesettings import Difference
from release.github.markdown import Section, code, escape, fenced, fitted, folded
from release.github.results import Change, StackResult

MARKER: Final = "<!-- hmco:drift -->"
LABEL: Final = "drift"
TITLE: Final = "Drift: an environment is not what its stack file says"


def with_live(result: StackResult, lines: Iterable[Line]) -> StackResult:
    """Return a look at a stack with what Argo CD and the cluster lack; unknown is not drift."""
    lacking = tuple(
        Change("missing", line.what, line.remedy) for line in lines if line.state is State.MISSING
    )
    outcome = "changed" if lacking and result.outcome == "unchanged" else result.outcome
    return replace(result, outcome=outcome, changes=(*result.changes, *lacking))


def is_clean(
    outcomes: Mapping[str, str], results: Sequence[StackResult], live: Sequence[Difference]
) -> bool:
    """Tell whether every look was made and found nothing, GitHub's own guards included.

    What GitHub does not tell this token is not drift; it is reported beside drift.
    """
    return (
        bool(outcomes)
        and all(outcome == "success" for outcome in outcomes.values())
        and len(results) == len(outcomes)
        and all(result.outcome == "unchanged" for result in results)
        and not any(each.is_known for each in live)
    )


def issue_body(
    outcomes: Mapping[str, str],
    results: Sequence[StackResult],
    live: Sequence[Difference],
    run: str | None,
) -> str:
    """Return what the issue says; while the drift stays the same, only the run in it changes."""
    seen = {f"drift-{result.stack}" for result in results}
    sections: list[Section] = [MARKER]
    sections += [
        f"- {escape(job)}: {escape(outcome)}, so nothing is known; see its log"
        for job, outcome in outcomes.items()
        if job not in seen
    ]
    for result in results:
        if result.outcome == "unchanged":
            sections.append(f"- {escape(result.stack)} is as its stack file says")
            continue
        names = "\n".join(
            f"- {escape(c.op)} {code(c.kind)} {escape(c.name)}" for c in result.changes
        )
        head = f"### {escape(result.stack)}"
        if result.outcome == "failed":
            full = f"{head}\n\nIt could not be checked:\n\n{fenced(result.error)}"
            sections.append((full, f"{head}\n\nIt could not be checked; see the run."))
            continue
        diffs = "\n\n".join(fenced(c.diff, "diff") for c in result.changes if c.diff)
        back = (
            f"To put it right: Actions → Release and deploy → Run workflow, or "
            f"{code(f'pulumi up --stack {result.stack}')}."
        )
        body = f"{head}\n\n{names}\n\n{back}"
        sections.append((f"{body}\n\n{folded('What differs', diffs)}" if diffs else body, body))
    if live:
        listed = "\n".join(f"- {escape(each.about)}: {escape(each.what)}" for each in live)
        back = f"{code('hmco check --live')} tells each with its remedy."
        sections.append(f"### GitHub\n\n{listed}\n\n{back}")
    if run:
        sections.append(f"Last seen by [this run]({run}).")
    return fitted(sections)
