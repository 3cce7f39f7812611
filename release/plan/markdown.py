"""A plan as Markdown for a pull request: whole where it fits, shortened by meaning where not.

Every piece of a chart is untrusted.
"""

from collections.abc import Iterator
from typing import Final

from release.github.markdown import code, escape, fenced, folded, table, title
from release.plan import told
from release.plan.change import ApplicationChange, Fate, Plan
from release.text.counted import counted

MARKER: Final = "<!-- hmco plan -->"
LIMIT: Final = 60_000
"""Characters of one comment; GitHub refuses a few thousand more (facts of its API)."""

_NAMED: Final = 20
_CLOSING: Final = 1000
"""Characters kept free for the sentence at the end of a table that is cut."""
_FULL, _LIST, _LINE = 2, 1, 0


def to_markdown(plan: Plan, command: str, limit: int = LIMIT) -> str:
    """Return the plan as a comment of at most `limit` characters, counted after assembly.

    What does not fit loses its objects' lines first and its list of objects then, the least risky
    Application before all others; the comment says so and names the command that shows the whole.
    """
    sections = [
        ("", _section(change, full=False), _section(change, full=True))
        for change in plan.applications
    ]
    levels = [_FULL] * len(sections)
    rest = len(
        _assembled(plan, ["" for _ in sections], _cut(plan, [_LINE] * len(sections), command))
    )
    size = rest + sum(len(section[_FULL]) for section in sections)
    for level in (_LIST, _LINE):
        for index in reversed(range(len(levels))):
            if size > limit:
                size += len(sections[index][level]) - len(sections[index][levels[index]])
                levels[index] = level
    chosen = [section[level] for section, level in zip(sections, levels, strict=True)]
    text = _assembled(plan, chosen, _cut(plan, levels, command))
    return text if len(text) <= limit else _table_alone(plan, command, limit)


def _assembled(plan: Plan, sections: list[str], end: list[str]) -> str:
    projects: list[str] = []
    for project in plan.projects:
        fields = [told.place(item) for item in project.fields]
        heading = f"{title(project.environment)} AppProject"
        projects += ["", "", folded(heading, fenced("\n".join(fields), "text"))]
    return "\n".join([*_head(plan), "", *_table(plan), *sections, *projects, *end, ""])


def _head(plan: Plan) -> list[str]:
    return [
        MARKER,
        f"### Plan: {escape(told.closing(plan))}",
        "",
        f"From {escape(told.state(plan.base))} to {escape(told.state(plan.head))}.",
        *(f"\n> {escape(remark)}" for remark in plan.remarks),
    ]


def _table_alone(plan: Plan, command: str, limit: int) -> str:
    """Return the rows of the worst Applications, as many as fit, and how many are left out."""
    title_row, ruler, *rows = _table(plan)
    head = [*_head(plan), "", title_row, ruler]
    kept = list(rows)
    while kept and len("\n".join([*head, *kept])) > limit - _CLOSING:
        kept = kept[: len(kept) * 9 // 10]
    left = counted(len(rows) - len(kept), "more row is", "more rows are")
    return "\n".join([*head, *kept, "", f"{left} left out. {_whole(command)}", ""])


def _cut(plan: Plan, levels: list[int], command: str) -> list[str]:
    """Return the sentence that says what was shortened; none where everything is whole."""
    shortened = [
        told.title(c) for c, at in zip(plan.applications, levels, strict=True) if at != _FULL
    ]
    return ["", _shortened(shortened, command)] if shortened else []


def _section(change: ApplicationChange, *, full: bool) -> str:
    return "\n" + "\n".join(_application(change, full=full))


def _table(plan: Plan) -> list[str]:
    """Return the lines of the table; none without an Application."""
    if not plan.applications:
        return []
    rows = [
        (
            escape(change.environment),
            escape(change.chart),
            escape(told.move(change)),
            escape(told.counts(change)),
            _bold(told.number(change), change.bump is not None and change.bump.too_small),
            _bold(told.risks(change), change.dangerous),
        )
        for change in plan.applications
    ]
    header = ("environment", "chart", "version", "objects", "number", "risk")
    return table(header, rows).splitlines()


def _bold(text: str, bad: bool) -> str:  # noqa: FBT001 -- an answer
    return f"**{escape(text)}**" if bad else escape(text)


def _application(change: ApplicationChange, *, full: bool) -> Iterator[str]:
    yield f"#### {escape(told.title(change))}"
    yield ""
    for style, name, words in told.judgement(change):
        mark = "**" if style == "danger" else ""
        yield f"- {mark}{name}{mark}: {escape(words)}"
    for field in change.fields:
        yield f"- Application {escape(told.place(field))}"
    for remark in told.endings(change):
        yield f"- {escape(remark)}"
    for entry in change.objects:
        if entry.fate is Fate.NOISE:
            continue
        if full:
            diff = fenced("\n".join(told.diff_lines(entry)), "diff")
            yield f"\n{folded(title(told.object_words(entry)), diff)}"
        else:
            yield f"- {escape(told.object_words(entry))}"


def _shortened(cut: list[str], command: str) -> str:
    more = f" and {len(cut) - _NAMED} more" if len(cut) > _NAMED else ""
    return f"Shortened to fit: {escape('; '.join(cut[:_NAMED]))}{more}. {_whole(command)}"


def _whole(command: str) -> str:
    return f"The whole plan: {code(command)}"
