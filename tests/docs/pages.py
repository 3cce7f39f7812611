"""Reading a runbook: what it runs, what it edits, what happens meanwhile, and what it only says.

`console` blocks hold commands behind `$ ` and the lines they print; `diff` blocks are edits. A
comment `<!-- given: … -->` or `<!-- meanwhile: … -->` names a situation that no reader must make.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

PROGRAMS: Final = frozenset(
    {"argocd", "cp", "docker", "gh", "git", "helm", "hmco", "kubectl", "make", "pip", "pulumi"}
    | {"python", "python3", "sed", "echo", "cd", "rm", "mv", "grep", "cat", "curl", "export"}
)
"""First words that make a text a command."""
_QUOTED_ONLY: Final = frozenset({"yaml", "text"})
_PARSER: Final = MarkdownIt("commonmark").enable("table")
_COMMENT: Final = re.compile(r"<!-- (?:given|meanwhile): (.+?) -->")
_EXIT: Final = re.compile(r"exit=(\d)")


class PageError(Exception):
    """A page holds what no test would run; the message names file and line."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command line, the lines it is shown to print (None shown means any) and its exit code."""

    line: int
    text: str
    shown: tuple[str, ...]
    exit: int


@dataclass(frozen=True, slots=True)
class Edit:
    """A unified diff that the reader makes by hand."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Happening:
    """What is so, or becomes so, without the reader."""

    line: int
    text: str


Step = Command | Edit | Happening


@dataclass(frozen=True, slots=True)
class Section:
    """A second-level heading and what stands below it, in order."""

    page: Path
    title: str
    steps: tuple[Step, ...]


def read_sections(page: Path) -> tuple[Section, ...]:
    """Return the sections of a page; PageError for a command that stands where none is run."""
    title = ""
    steps: dict[str, list[Step]] = {}
    tokens = _PARSER.parse(page.read_text(encoding="utf-8"))
    for index, token in enumerate(tokens):
        where = f"{page.name}:{token.map[0] + 1 if token.map else 0}"
        if token.type == "heading_open" and token.tag == "h2":
            title = tokens[index + 1].content
            if title in steps:
                raise PageError(f"{where}: two sections are named {title!r}")
            steps[title] = []
            continue
        found = list(_steps(token, where))
        if found and not title:
            raise PageError(f"{where}: commands belong below a second-level heading")
        if found:
            steps[title] += found
    return tuple(Section(page, name, tuple(found)) for name, found in steps.items())


def read_mentions(page: Path) -> Iterator[tuple[int, str]]:
    """Yield each command that the prose of a page names, with its line."""
    for token in _PARSER.parse(page.read_text(encoding="utf-8")):
        for child in token.children or ():
            if child.type == "code_inline" and _is_command(child.content):
                yield (token.map[0] + 1 if token.map else 0), child.content


def read_links(page: Path) -> Iterator[str]:
    """Yield the target of each link of a page."""
    for token in _PARSER.parse(page.read_text(encoding="utf-8")):
        for child in token.children or ():
            if child.type == "link_open":
                yield str(child.attrs["href"])


def read_anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    tokens = _PARSER.parse(page.read_text(encoding="utf-8"))
    titles = [
        following.content for token, following in pairwise(tokens) if token.type == "heading_open"
    ]
    return {
        re.sub(r"[^\w\- ]", "", title.lower().replace("`", "")).replace(" ", "-")
        for title in titles
    }


def _steps(token: Token, where: str) -> Iterator[Step]:
    line = token.map[0] + 1 if token.map else 0
    if token.type == "html_block":
        names = _COMMENT.findall(token.content)
        if not names:
            raise PageError(f"{where}: a comment says neither given nor meanwhile")
        yield from (Happening(line, name) for name in names)
    elif token.type == "code_block":
        raise PageError(f"{where}: an indented block is run by no test; fence it as console")
    elif token.type == "fence":
        language, _, rest = token.info.partition(" ")
        if language == "console":
            yield from _commands(token.content.splitlines(), line + 1, rest, where)
        elif language == "diff":
            yield Edit(line + 1, token.content)
        elif language not in _QUOTED_ONLY:
            raise PageError(f"{where}: a block of {language or 'no language'} is run by no test")
        elif any(_is_command(text.removeprefix("$ ")) for text in token.content.splitlines()):
            raise PageError(f"{where}: a command stands in a block that no test runs")


def _commands(lines: Sequence[str], first: int, rest: str, where: str) -> Iterator[Command]:
    code = _EXIT.fullmatch(rest)
    if rest and not code:
        raise PageError(f"{where}: {rest!r} is no exit=N")
    starts = [number for number, text in enumerate(lines) if text.startswith("$ ")]
    if not starts or starts[0] != 0:
        raise PageError(f"{where}: a console block begins with `$ ` and a command")
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        text = lines[start].removeprefix("$ ")
        shown = tuple(lines[start + 1 : end])
        yield Command(first + start, text, shown, int(code[1]) if code else 0)


def _is_command(text: str) -> bool:
    words = text.split()
    return len(words) > 1 and words[0] in PROGRAMS
