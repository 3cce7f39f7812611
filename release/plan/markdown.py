"""A plan as Markdown for a pull request: whole where it fits, shortened by meaning where not.

Every piece of a chart is untrusted: outside fences it is written as character references, inside
them the fence is longer than any run of backticks.
"""

import re
from collections.abc import Iterator
from typing import Final

from release.plan.change import ApplicationChange, Fate, Plan, Risk
from release.plan.terminal import told
from release.plan.told import (
    closing,
    counts,
    diff_lines,
    endings,
    move,
    number,
    object_words,
    risks,
    state,
    title,
)
from release.text.counted import counted

MARKER: Final = "<!-- hmco plan -->"
LIMIT: Final = 60_000
"""Characters of one comment; GitHub refuses a few thousand more (facts of its API)."""

_SPECIAL: Final = re.compile(r"[&<>\"'`*_{}\[\]()#+!|~@$\\]|(?<=\w)://|(?<=\b)www\.")
_NAMED: Final = 20
_CLOSING: Final = 1000
"""Characters kept free for the sentence at the end of a table that is cut."""
_FULL, _LIST, _LINE = 2, 1, 0


def escaped(text: str) -> str:
    """Return text that Markdown and HTML show as it is: no tag, no mention, no link, one line."""
    flat = " ".join(text.split())
    return _SPECIAL.sub(lambda match: "".join(f"&#{ord(c)};" for c in match[0]), flat)


def fenced(lines: list[str], language: str) -> str:
    """Return a block of code that its content cannot end."""
    content = "\n".join(lines)
    longest = max((len(run) for run in re.findall(r"`+", content)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{content}\n{fence}"


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
        fields = [told(item) for item in project.fields]
        heading = f"{escaped(project.environment)} AppProject"
        projects += ["", *_details(heading, fenced(fields, "text"))]
    return "\n".join([*_head(plan), "", *_table(plan), *sections, *projects, *end, ""])


def _head(plan: Plan) -> list[str]:
    return [
        MARKER,
        f"### Plan: {escaped(closing(plan))}",
        "",
        f"From {escaped(state(plan.base))} to {escaped(state(plan.head))}.",
        *(f"\n> {escaped(remark)}" for remark in plan.remarks),
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
    shortened = [title(c) for c, at in zip(plan.applications, levels, strict=True) if at != _FULL]
    return ["", _shortened(shortened, command)] if shortened else []


def _section(change: ApplicationChange, *, full: bool) -> str:
    return "\n" + "\n".join(_application(change, full=full))


def _table(plan: Plan) -> Iterator[str]:
    if not plan.applications:
        return
    yield "| environment | chart | version | objects | number | risk |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for change in plan.applications:
        small = change.bump is not None and change.bump.too_small
        cells = (
            escaped(change.environment),
            escaped(change.chart),
            escaped(move(change)),
            escaped(counts(change)),
            f"**{escaped(number(change))}**" if small else escaped(number(change)),
            f"**{escaped(risks(change))}**" if change.dangerous else escaped(risks(change)),
        )
        yield f"| {' | '.join(cells)} |"


def _application(change: ApplicationChange, *, full: bool) -> Iterator[str]:
    yield f"#### {escaped(title(change))}"
    yield ""
    yield from _judgement(change)
    for entry in change.objects:
        if entry.fate is Fate.NOISE:
            continue
        if full:
            yield from _details(escaped(object_words(entry)), fenced(diff_lines(entry), "diff"))
        else:
            yield f"- {escaped(object_words(entry))}"


def _judgement(change: ApplicationChange) -> Iterator[str]:
    for unknown in change.unknown:
        yield f"- **unknown**: {escaped(unknown.reason)}; run {escaped(unknown.command)}"
    for failure in change.failures:
        yield f"- **does not render** {escaped(failure)}"
    for item in change.flags:
        mark = "**" if item.risk is Risk.DANGER else ""
        yield f"- {mark}{item.id}{mark}: {escaped(item.subject)} {escaped(item.what)}"
    if change.bump and change.bump.too_small:
        yield (
            f"- **number**: it says {change.bump.made}, but {change.bump.honest} would be honest: "
            + escaped("; ".join(change.bump.reasons))
        )
    for field in change.fields:
        yield f"- Application {escaped(told(field))}"
    for remark in endings(change):
        yield f"- {escaped(remark)}"


def _details(heading: str, content: str) -> tuple[str, ...]:
    return "", f"<details><summary>{heading}</summary>", "", content, "", "</details>"


def _shortened(cut: list[str], command: str) -> str:
    more = f" and {len(cut) - _NAMED} more" if len(cut) > _NAMED else ""
    return f"Shortened to fit: {escaped('; '.join(cut[:_NAMED]))}{more}. {_whole(command)}"


def _whole(command: str) -> str:
    return f"The whole plan: <code>{escaped(command)}</code>"
