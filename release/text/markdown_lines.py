"""Which lines of a Markdown text are headings and link references, and which only look like them.

A line scanner and no Markdown parser, because a thousand changelogs are read in one `check`. It
follows CommonMark for fences, comments and HTML blocks; where a line could be read in two ways it
reports a problem, and an edit is then refused.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from release.text.errors import TextProblem

_LINE: Final = re.compile(r"([^\r\n]*)(\r\n|\r|\n|\Z)")
_HEADING: Final = re.compile(r"(#{1,6})(?:[ \t](.*))?")
_INDENTED_HEADING: Final = re.compile(r" {1,3}#{1,2}(?:[ \t].*)?")
_GLUED_HEADING: Final = re.compile(r"#{1,3}(?:\[|v?\d).*")
_LINK: Final = re.compile(r"\[(?!\^)([^\]]+)\]:[ \t]*<?([^\s<>]+)>?.*")
_UNDERLINE: Final = re.compile(r" {0,3}(?:=+|-+)[ \t]*")
_WORDS: Final = r"[ \t]*(?:\*\*)?(?:[^\W\d]|[`(\[])"
_ENTRY: Final = re.compile(r" {0,3}(?:>|(?:[-*+]|1[.)])[ \t])" + _WORDS)
_GOES_ON: Final = re.compile(r"[ \t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t])?" + _WORDS)
_FENCE: Final = re.compile(r"((?: |[-*+] |\d{1,9}[.)] )*)(`{3,}(?=[^`]*$)|~{3,}).*")
_CONFLICT: Final = re.compile(r"(?:<{7}|>{7}|\|{7})(?: .*)?")
_HTML_UNTIL: Final = {
    "<!--": "-->",
    "<pre": "</pre>",
    "<script": "</script>",
    "<style": "</style>",
    "<textarea": "</textarea>",
}
_HTML_OPENER: Final = re.compile(
    r" {0,3}(<!--|<(?:pre|script|style|textarea)(?=[ \t>]|$))", re.IGNORECASE
)
_HTML_UNTIL_BLANK: Final = re.compile(
    r" {0,3}</?(?:blockquote|center|details|div|dl|h[1-6]|hr|li|ol|p|section|summary|table|ul)"
    r"(?:[ \t/>].*)?$",
    re.IGNORECASE,
)


class LineKind(StrEnum):
    """What a line is to the block structure of the text."""

    BLANK = "blank"
    TEXT = "text"
    CODE = "code"
    COMMENT = "comment"
    HEADING = "heading"
    LINK = "link"


@dataclass(slots=True)
class Line:
    """One line: `text` without and `end` with its line end; the other fields as its kind has them.

    `number` counts from 1. `title` and `level` belong to a heading; a link reference has `title`
    for its label, and `url`.
    """

    number: int
    text: str
    end: str
    kind: LineKind = LineKind.TEXT
    level: int = 0
    title: str = ""
    url: str = ""

    @property
    def whole(self) -> str:
        """Return the line with its end."""
        return self.text + self.end


def scan(text: str) -> tuple[list[Line], list[TextProblem]]:
    """Return the lines of a Markdown text with their kinds, and what is ambiguous in it.

    Nothing is refused; joined, the lines are the text.
    """
    scanner = _Scanner()
    for match in _LINE.finditer(text):
        if match[0]:
            scanner.add(Line(len(scanner.lines) + 1, match[1], match[2]))
    scanner.finish()
    return scanner.lines, scanner.problems


class _Scanner:
    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.problems: list[TextProblem] = []
        self._opened: Line | None = None
        self._indent = 0
        self._fence = ""
        self._until = ""
        self._in_html = False  # in a block that the next blank line ends

    def add(self, line: Line) -> None:
        text = line.text.removeprefix("\ufeff") if not self.lines else line.text
        previous = self.lines[-1] if self.lines else None
        self.lines.append(line)
        if self._fence:
            line.kind = LineKind.CODE
            self._inside_fence(line, text)
        elif self._until:
            line.kind = LineKind.COMMENT
            self._close_html(text)
        elif not text.strip():
            line.kind, self._in_html = LineKind.BLANK, False
        elif self._in_html:
            line.kind = LineKind.COMMENT
        elif ("```" in text or "~~~" in text) and (fence := _FENCE.fullmatch(text)):
            line.kind = LineKind.CODE
            self._opened, self._indent, self._fence = line, len(fence[1]), fence[2]
        elif "<" in text and (html := _HTML_OPENER.match(text)):
            line.kind = LineKind.COMMENT
            self._opened, self._until = line, _HTML_UNTIL[html[1].lower()]
            self._close_html(text[html.end() :])
        elif "<" in text and _HTML_UNTIL_BLANK.fullmatch(text):
            line.kind, self._in_html = LineKind.COMMENT, True
        else:
            self._outside(line, text, previous)

    def finish(self) -> None:
        if self._opened and (self._fence or self._until):
            what = "code block" if self._fence else "comment or HTML block"
            self._report(
                self._opened, "changelog-block-open", f"this {what} never ends", "close it"
            )

    def _inside_fence(self, line: Line, text: str) -> None:
        stripped = text.strip()
        if stripped and len(text) - len(text.lstrip(" ")) < self._indent:
            # In a list item this line ends the block, elsewhere it does not.
            message = "is indented less than the code block it stands in, which may end here"
            self._report(line, "changelog-block-open", message, "indent it, or close the block")
            self._indent = 0
        if set(stripped) == {self._fence[0]} and len(stripped) >= len(self._fence):
            self._fence = ""

    def _close_html(self, text: str) -> None:
        if self._until in text.lower():
            self._until = ""

    def _outside(self, line: Line, text: str, previous: Line | None) -> None:
        if heading := _HEADING.fullmatch(text):
            line.kind, line.level = LineKind.HEADING, len(heading[1])
            line.title = _without_closing_marks((heading[2] or "").strip())
        elif link := _LINK.fullmatch(text):
            line.kind, line.title, line.url = LineKind.LINK, link[1], link[2]
            if previous and previous.kind is LineKind.TEXT:
                message = f"the reference [{link[1]}] is part of the text above it"
                self._report(line, "changelog-link-in-text", message, "put an empty line above it")
        elif _CONFLICT.fullmatch(text):
            self._report(line, "changelog-conflict", "a merge conflict is unresolved", "resolve it")
        elif _UNDERLINE.fullmatch(text) and previous and previous.kind is LineKind.TEXT:
            if not self._ends_entry():
                message = f"may underline {previous.text.strip()!r} as a heading"
                remedy = "write `## ` before a heading, or put an empty line above a rule"
                self._report(line, "changelog-heading-setext", message, remedy)
        elif _INDENTED_HEADING.fullmatch(text):
            self._report(
                line, "changelog-heading-indented", "a heading is indented", "remove the spaces"
            )
        elif _GLUED_HEADING.fullmatch(text):
            message = f"{text.strip()!r} is not a heading"
            self._report(line, "changelog-heading-form", message, "put a space after the #")

    def _ends_entry(self) -> bool:
        """Tell whether what stands right above is a list entry or quote beyond doubt."""
        for above in reversed(self.lines[:-1]):
            if above.kind is LineKind.TEXT and _ENTRY.match(above.text):
                return True
            if above.kind is not LineKind.TEXT or not _GOES_ON.match(above.text):
                break
        return False

    def _report(self, line: Line, code: str, message: str, remedy: str) -> None:
        self.problems.append(TextProblem(line.number, code, message, remedy))


def _without_closing_marks(title: str) -> str:
    bare = title.rstrip("#")
    return bare.rstrip() if bare == "" or bare.endswith((" ", "\t")) else title
