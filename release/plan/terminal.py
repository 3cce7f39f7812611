"""A plan for a terminal: the table's cells, then each Application's details, worst first."""

from collections.abc import Iterator

from release.plan import told
from release.plan.change import ApplicationChange, Fate, Plan

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
            ("", told.move(change)),
            ("danger" if bad else "", told.counts(change)),
            ("danger" if small else "", told.number(change)),
            (
                "danger" if change.dangerous else "caution" if change.flags else "",
                told.risks(change),
            ),
        )


def detail_lines(plan: Plan, *, diffs: bool) -> Iterator[Line]:
    """Yield the details, without the objects' own lines unless `diffs`."""
    for change in plan.applications:
        yield "", ""
        yield "heading", told.title(change)
        yield from _application(change, diffs=diffs)
    for project in plan.projects:
        yield "", ""
        yield "heading", f"{project.environment} AppProject"
        for item in project.fields:
            yield "", f"  {told.place(item)}"
    if not plan.empty:
        yield "", ""
    for remark in plan.remarks:
        yield "remark", remark
    yield "summary", f"{told.state(plan.base)} → {told.state(plan.head)}: {told.closing(plan)}"


def _application(change: ApplicationChange, *, diffs: bool) -> Iterator[Line]:
    for style, name, words in told.judgement(change):
        yield style, f"  ! {name}: {words}"
    for field in change.fields:
        yield "", f"  Application {told.place(field)}"
    for entry in change.objects:
        if entry.fate is Fate.NOISE:
            continue
        yield entry.fate.value, f"  {told.object_words(entry)}"
        for line in told.diff_lines(entry) if diffs else ():
            style = {"+": "added", "-": "removed", "@": "place"}.get(line[:1], "")
            yield style, f"      {line}"
    for remark in told.endings(change):
        yield "remark", f"  {remark}"
