"""The one comment of a pull request: worst first, escaped, cut by meaning, also when nothing moved.

It is found again by its marker and its author, and replaced in place.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from release.github.markdown import Section, code, escape, fenced, fitted, folded, table, title
from release.github.results import Change, StackResult
from release.text.counted import counted

MARKER: Final = "<!-- hmco:preview -->"
LIMIT: Final = 60_000
"""Below GitHub's 65,536, because it counts some characters twice."""
_WORST: Final = ("delete", "replace", "update", "create")
_SIGNS: Final[Mapping[str, str]] = {
    "delete": "🔴 delete",
    "replace": "🟠 replace",
    "update": "🟡 update",
    "create": "🟢 create",
}


@dataclass(frozen=True, slots=True)
class Found:
    """One finding of `hmco check`."""

    severity: str
    rule: str
    place: str
    what: str
    fix: str


class Telling(NamedTuple):
    """Everything that the comment tells.

    `outcomes` is each job's result; `results` what each preview found; `findings` None where the
    check left no result; `outlook` Markdown of `hmco plan`, "" without it.
    """

    outcomes: Mapping[str, str]
    results: Sequence[StackResult] = ()
    findings: Sequence[Found] | None = None
    stale: Sequence[str] = ()
    outlook: str = ""
    commit: str = ""
    run: str | None = None


def comment(telling: Telling) -> str:
    """Return the comment, at most LIMIT characters of it."""
    where = f" In full: [the run]({telling.run})." if telling.run else ""
    ordered = sorted(telling.results, key=_badness)
    sections: list[Section] = [
        MARKER,
        _headline(telling),
        "\n".join(_broken_jobs(telling)),
        _summary(ordered),
        "\n".join(_unseen(ordered)),
    ]
    if telling.findings is not None:
        sections.append(_findings(telling.findings, where))
    sections.append(_stale(telling.stale))
    for result in ordered:
        sections += _stack(result, where)
    if telling.outlook:
        sections.append(
            (telling.outlook, f"The rendered changes are too long for a comment.{where}")
        )
    made = f"for {code(telling.commit[:12])}" if telling.commit else ""
    run = f"[run]({telling.run})" if telling.run else ""
    sections.append(" · ".join(filter(None, (made, run))))
    text = fitted(sections, LIMIT)
    # Where even the short forms are too many, whole sections go, the last first.
    while len(text) > LIMIT:
        dropped = max(range(2, len(sections)), key=lambda index: _least(sections[index]))
        sections[dropped] = f"A section is too long for a comment.{where}"
        text = fitted(sections, LIMIT)
    return text


def _least(section: Section) -> int:
    return len(section) if isinstance(section, str) else min(map(len, section))


def _headline(telling: Telling) -> str:
    broken = [job for job, result in telling.outcomes.items() if result in {"failure", "cancelled"}]
    failed = [result.stack for result in telling.results if result.outcome == "failed"]
    errors = sum(found.severity == "error" for found in telling.findings or ())
    moved = [result.stack for result in telling.results if result.outcome == "changed"]
    if broken or failed or errors or telling.stale:
        return f"## ❌ FAILED: {escape(_first_error(telling))}"
    if moved:
        return f"## Changes {', '.join(map(escape, moved))}"
    return "## ✅ No changes"


def _first_error(telling: Telling) -> str:
    for result in telling.results:
        if result.outcome == "failed":
            lines = [line for line in result.error.splitlines() if line.strip()]
            return f"{result.stack}: {lines[0] if lines else 'the preview failed'}"[:300]
    for found in telling.findings or ():
        if found.severity == "error":
            return f"{found.place}: {found.what}"[:300]
    if telling.stale:
        return f"{telling.stale[0]} is stale"
    broken = (job for job, result in telling.outcomes.items() if result != "success")
    return f"the job {next(broken, '')} did not finish"


def _broken_jobs(telling: Telling) -> Iterator[str]:
    told = {f"preview-{result.stack}" for result in telling.results}
    told |= set() if telling.findings is None else {"check"}
    for job, result in telling.outcomes.items():
        if result in {"failure", "cancelled"} and job not in told:
            yield f"- {escape(job)}: {escape(result)} before it found anything; see its log"


def _badness(result: StackResult) -> tuple[int, ...]:
    order = {"failed": 0, "changed": 1, "unchanged": 2}
    return (order[result.outcome], *(-result.count(op) for op in _WORST))


def _summary(results: Sequence[StackResult]) -> str:
    if not results:
        return "No stack can be touched by this change."
    words = {"failed": "❌ failed", "changed": "changed", "unchanged": "no change"}
    rows = [
        (
            f"**{escape(result.stack)}**",
            words[result.outcome],
            *(str(result.count(op) or "·") for op in _WORST),
        )
        for result in results
    ]
    return table(("stack", "", *_WORST), rows)


def _unseen(results: Sequence[StackResult]) -> Iterator[str]:
    for result in results:
        if not result.guard:
            yield (
                f"What guards the repository is left out of {escape(result.stack)}: no pull "
                "request gets a token for it. The diff of the stack files tells what changes, and "
                "`hmco check` what that loosens."
            )


def _findings(findings: Sequence[Found], where: str) -> Section:
    errors = sum(found.severity == "error" for found in findings)
    others = len(findings) - errors
    head = f"`hmco check`: {counted(errors, 'error')}, {others} other"
    if not findings:
        return f"{head}."
    order = {"error": 0, "warning": 1}
    listed = sorted(findings, key=lambda found: order.get(found.severity, 2))
    lines = "\n".join(
        f"- {f.severity} {code(f.rule)} {escape(f.place)}: {escape(f.what)}; {escape(f.fix)}"
        for f in listed
    )
    return (f"{head}.\n\n{lines}" if errors else folded(head, lines)), f"{head}.{where}"


def _stale(stale: Sequence[str]) -> str:
    if not stale:
        return ""
    listed = ", ".join(map(code, stale))
    return f"Generated files are stale: {listed}. Regenerate them: `hmco workflows`."


def _stack(result: StackResult, where: str) -> Iterator[Section]:
    if result.outcome == "failed":
        text = f"### {escape(result.stack)}\n\n{fenced(result.error)}"
        yield text, f"### {escape(result.stack)}\n\n{fenced(result.error[:600])}\n\n{where}"
    if not result.changes:
        return
    order = {op: index for index, op in enumerate(_WORST)}
    changes = sorted(result.changes, key=lambda each: order.get(each.op, len(order)))
    counts = ", ".join(f"{result.count(op)} {op}" for op in _WORST if result.count(op))
    head = f"<b>{title(result.stack)}</b>: {counts}"
    if result.cut:
        left = counted(result.cut, "diff is", "diffs are")
        yield f"{left} left out for {escape(result.stack)}.{where}"
    names = "\n".join(_line(change) for change in changes)
    full = "\n\n".join(_line(change) + _shown(change) for change in changes)
    yield folded(head, full), folded(head, f"{names}\n\n{where}")


def _line(change: Change) -> str:
    sign = _SIGNS.get(change.op, escape(change.op))
    return f"- {sign} {code(change.kind.rpartition(':')[2])} {escape(change.name)}"


def _shown(change: Change) -> str:
    return f"\n\n{fenced(change.diff, 'diff')}" if change.diff else ""
