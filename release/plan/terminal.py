"""A plan for a terminal: the table's cells, then each Application's details, worst first."""

from collections.abc import Iterator

from release.plan.change import ApplicationChange, Fate, Plan
from release.plan.difference import ABSENT, Difference
from release.plan.told import (
    closing,
    counts,
    diff_lines,
    endings,
    judgement,
    move,
    number,
    object_words,
    risks,
    shown,
    state,
    title,
)

HEADER = ("ENV", "CHART", "VERSION", "OBJECTS", "NUMBER", "RISK")
Line = tuple[str, str]
"""A style's name and a line."""


def table_rows(plan: Plan) -> Iterator[tuple[Line, ...]]:
    """Yield the cells of the table, each with the name of its style."""
    for change in plan.applications:
        bad = bool(change.unknown or change.failures)
        small = change.bump is not None and change.bump.too_small
        yield (
            ("", change.environment),
            ("name", change.chart),
            ("", move(change)),
            ("danger" if bad else "", counts(change)),
            ("danger" if small else "", number(change)),
            ("danger" if change.dangerous else "caution" if change.flags else "", risks(change)),
        )


def detail_lines(plan: Plan, *, diffs: bool) -> Iterator[Line]:
    """Yield the details, without the objects' own lines unless `diffs`."""
    for change in plan.applications:
        yield "", ""
        yield "heading", title(change)
        yield from _application(change, diffs=diffs)
    for project in plan.projects:
        yield "", ""
        yield "heading", f"{project.environment} AppProject"
        for item in project.fields:
            yield "", f"  {told(item)}"
    if not plan.empty:
        yield "", ""
    for remark in plan.remarks:
        yield "remark", remark
    yield "summary", f"{state(plan.base)} → {state(plan.head)}: {closing(plan)}"


def _application(change: ApplicationChange, *, diffs: bool) -> Iterator[Line]:
    for style, name, words in judgement(change):
        yield style, f"  ! {name}: {words}"
    for field in change.fields:
        yield "", f"  Application {told(field)}"
    for entry in change.objects:
        if entry.fate is Fate.NOISE:
            continue
        yield entry.fate.value, f"  {object_words(entry)}"
        for line in diff_lines(entry) if diffs else ():
            style = {"+": "added", "-": "removed", "@": "place"}.get(line[:1], "")
            yield style, f"      {line}"
    for remark in endings(change):
        yield "remark", f"  {remark}"


def told(item: Difference) -> str:
    """Return one place and its values on one line."""
    if item.before == ABSENT:
        return f"{item.path}: {shown(item.after)} (new)"
    if item.after == ABSENT:
        return f"{item.path}: {shown(item.before)} (gone)"
    return f"{item.path}: {shown(item.before)} → {shown(item.after)}"
