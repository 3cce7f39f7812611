"""Text of others inside GitHub's Markdown: shown as it is, obeyed nowhere.

GitHub renders CommonMark with raw HTML and links `@name`; a code fence ends at a run of backticks
as long as its own (CommonMark 0.31, "Fenced code blocks").
"""

import re
from collections.abc import Sequence
from typing import Final

LIMIT: Final = 65_536
"""Characters that GitHub takes in a comment or in the body of a pull request or an issue."""

_MARKUP: Final = re.compile(r"([\\`*_{}\[\]()#+!|~:$-])")
_UNSEEN: Final = "\u200b"


def escape(text: str) -> str:
    """Return text that shows on one line as it is: no markup, no HTML, no mention, no link."""
    return _MARKUP.sub(r"\\\1", title(text))


def title(text: str) -> str:
    """Return text for the title of something folded: HTML, in which Markdown is not read."""
    flat = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    html = flat.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return html.replace("@", f"@{_UNSEEN}").replace("://", f":{_UNSEEN}//")


def code(text: str) -> str:
    """Return text as code inside a line; backticks in it cannot end it."""
    flat = " ".join(text.split())
    longest = max((len(run) for run in re.findall(r"`+", flat)), default=0)
    ticks = "`" * (longest + 1)
    pad = " " if flat.startswith("`") or flat.endswith("`") else ""
    # A pipe would end the cell of a table even inside code.
    return f"{ticks}{pad}{flat}{pad}{ticks}".replace("|", "\\|")


def fenced(text: str, language: str = "") -> str:
    """Return text as a block of code whose fence is longer than any run of backticks in it."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    shown = "".join(c if c in {"\n", "\t"} or c.isprintable() else "\ufffd" for c in text)
    return f"{fence}{language}\n{shown.rstrip(chr(10))}\n{fence}"


def folded(head: str, content: str) -> str:
    """Return content behind a line that opens it; `head` is HTML, see `title`."""
    return f"<details><summary>{head}</summary>\n\n{content}\n\n</details>"


def table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Return a table; the cells are Markdown already."""
    lines = [header, tuple("---" for _ in header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


Section = str | tuple[str, str]
"""What is always told in full, or (full, short)."""


def fitted(sections: Sequence[Section], limit: int = LIMIT) -> str:
    """Return the sections joined, each in full or in its short form, so that all fit the limit.

    The longest give way first, and nothing is cut in the middle: the short form says where the rest
    is.
    """
    forms = [(each, each) if isinstance(each, str) else each for each in sections]
    chosen = [full for full, _ in forms]
    order = sorted(range(len(forms)), key=lambda i: len(forms[i][0]), reverse=True)
    for index in order:
        if len("\n\n".join(filter(None, chosen))) <= limit:
            break
        chosen[index] = min(forms[index], key=len)
    return "\n\n".join(filter(None, chosen))
