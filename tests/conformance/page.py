"""The list of differences in docs/migration.md; run as a module to bring it up to date."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from tests.conformance.differences import ADDITIONS, DIFFERENCES, Difference
from tests.conformance.fields import ABSENT

PAGE: Final = Path(__file__).parents[2] / "docs" / "migration.md"
BEGIN: Final = "<!-- differences: written by `python -m tests.conformance.page` -->\n"
END: Final = "<!-- end of differences -->\n"


def with_differences(page: str) -> str:
    """Return the page with its list of differences as it must be; ValueError without the marks."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        msg = f"the page lacks the line {BEGIN!r} or {END!r}"
        raise ValueError(msg)
    listing = "\n".join(_lines())
    return f"{before}{begin}\n{listing}\n{end}{after}"


def _lines() -> Iterator[str]:
    for difference in DIFFERENCES:
        yield f"### {difference.title}"
        yield ""
        yield f"On {_objects(difference)}. {difference.reason}."
        yield ""
        yield "| field | HMCo | here |"
        yield "| --- | --- | --- |"
        for change in difference.changes:
            yield f"| `{change.path}` | {_value(change.theirs)} | {_value(change.ours)} |"
        yield ""
    yield "### Applications that are new here"
    yield ""
    for addition in ADDITIONS:
        yield f"- {_names(addition.objects)}: {addition.reason}."
    yield ""


def _objects(difference: Difference) -> str:
    return _names(difference.objects) + (
        f", but not on {_names(difference.but)}" if difference.but else ""
    )


def _names(objects: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in objects)


def _value(value: str) -> str:
    return value if value in {ABSENT, "present"} else f"`{value}`"


if __name__ == "__main__":
    current = with_differences(PAGE.read_text(encoding="utf-8"))
    PAGE.write_text(current, encoding="utf-8")
    sys.stdout.write(f"{PAGE.name}: {len(DIFFERENCES)} differences, {len(ADDITIONS)} additions\n")
