"""Reading many versions of one stack file fast, by looking only at what changed between them.

The YAML parser is the judge. It reads the first version and says where its two tables stand; while
the rest of the file stays the same to the byte, and the table of versions stays one plain entry a
line, a later version differs in those lines alone, and they can be read as text. Anything else goes
back to the parser. That makes thousands of versions affordable and none of them a guess.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

import yaml

from release.repository.pins import (
    HOLDS_KEY,
    VERSIONS_KEY,
    PastHold,
    PinDocument,
    Pins,
    UnreadableStackFileError,
    holds_of,
    read_document,
)
from release.text import yaml_loading

_ODD_LINE_ENDS: Final = re.compile(rb"\r(?!\n)|\xc2\x85|\xe2\x80[\xa8\xa9]")
_PLAIN_ASCII: Final = re.compile(rb"[\t\n\r\x20-\x7e]*")
# Compiled at first use, which `re` remembers: most files are plain ASCII and never need it.
_UNPRINTABLE: Final = "[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
"""What YAML refuses anywhere (YAML 1.1 §4.1)."""
_ALIAS: Final = re.compile(rb"(?:^|[\s,\[{:-])\*\w")
_ENTRY: Final = (
    rb"([A-Za-z0-9][\w.-]*): +"
    rb"(?:([A-Za-z0-9][\w.+-]*)|\"([\w.+ -]*)\"|'([\w.+ -]*)')"
    rb"(?: +#[^\n]*|[ \r]*)"
)
_NO_ENTRY: Final = rb" *(?:#[^\n]*|\r?)"


class Reading(NamedTuple):
    """The pins of a version, and which charts may differ from the reading before (None: any)."""

    pins: Pins
    touched: frozenset[str] | None


class _Frame(NamedTuple):
    """A parsed version cut into what must stay (`head`, `between`, `tail`) and its two tables."""

    head: bytes
    between: bytes
    tail: bytes
    versions_first: bool
    line: "re.Pattern[bytes]"
    indent_of_holds: int
    versions_text: bytes
    holds_text: bytes
    pins: Pins


class PinScanner:
    """Reads versions of one file, each compared with the last one that could be read."""

    def __init__(self) -> None:
        self._frame: _Frame | None = None

    def read(self, content: bytes) -> Reading:
        """Return the pins of a version; UnreadableStackFileError where the parser has it."""
        frame = self._frame
        if frame is not None:
            quick = _follow(frame, content)
            if quick is not None:
                self._frame, touched = quick
                return Reading(self._frame.pins, touched)
        document = read_document(content)
        self._frame = _frame_of(content, document)
        return Reading(document.pins, None)


def _frame_of(content: bytes, document: PinDocument) -> _Frame | None:
    if document.versions is None or document.holds is None or _ODD_LINE_ENDS.search(content):
        return None
    starts = [0, *(match.end() for match in re.finditer(rb"\n", content))]
    versions = _body(content, starts, document, document.versions, VERSIONS_KEY)
    holds = _body(content, starts, document, document.holds, HOLDS_KEY)
    table, key = document.versions[1], document.holds[0]
    if versions is None or holds is None or not isinstance(table, yaml.MappingNode):
        return None
    if table.flow_style or not table.value:
        return None
    versions = (content.index(b"\n", versions[0]) + 1, versions[1])
    first, second = sorted((versions, holds))
    frame = _Frame(
        head=content[: first[0]],
        between=content[first[1] : second[0]],
        tail=content[second[1] :],
        versions_first=versions < holds,
        line=re.compile(rb"(?: {%d}%b|%b)(?:\n|\Z)" % (table.start_mark.column, _ENTRY, _NO_ENTRY)),
        indent_of_holds=int(key.start_mark.column),
        versions_text=content[slice(*versions)],
        holds_text=content[slice(*holds)],
        pins=document.pins,
    )
    # The text of the table must say what the parser found in it, or it is not of the simple form.
    read = _lines(frame, frame.versions_text)
    same = read is not None and dict(read) == dict(document.pins.versions)
    unchanging = (frame.head, frame.between, frame.tail)
    return frame if same and not any(map(_ALIAS.search, unchanging)) else None


def _body(
    content: bytes,
    starts: list[int],
    document: PinDocument,
    nodes: tuple[yaml.Node, yaml.Node],
    key: str,
) -> tuple[int, int] | None:
    """Return where the text of a setting begins (behind its colon) and ends, if it is plain."""
    line = int(nodes[0].start_mark.line)
    begin = starts[line]
    found = re.compile(rb" +%b:(?=[ \r\n])" % key.encode()).match(content, begin)
    if found is None:
        return None
    following = document.following[line]
    return found.end(), starts[following] if following > 0 else len(content)


def _follow(frame: _Frame, content: bytes) -> tuple[_Frame, frozenset[str]] | None:
    """Return the frame and the touched charts of a version that differs in the tables alone."""
    middle = len(content) - len(frame.tail)
    if (
        middle < len(frame.head)
        or not content.startswith(frame.head)
        or not content.endswith(frame.tail)
    ):
        return None
    tables = content[len(frame.head) : middle]
    place = tables.find(frame.between)
    if place < 0 or not tables.endswith(b"\n", 0, place):
        return None
    first, second = tables[:place], tables[place + len(frame.between) :]
    versions_text, holds_text = (first, second) if frame.versions_first else (second, first)
    versions = _changed_versions(frame, versions_text)
    holds = _changed_holds(frame, holds_text)
    if versions is None or holds is None:
        return None
    pins = Pins(versions[0], holds[0])
    moved = frame._replace(versions_text=versions_text, holds_text=holds_text, pins=pins)
    return moved, versions[1] | holds[1]


def _changed_versions(
    frame: _Frame, text: bytes
) -> tuple[Mapping[str, str], frozenset[str]] | None:
    old = frame.versions_text
    if text == old:
        return frame.pins.versions, frozenset()
    start, old_end, new_end = differing_lines(old, text)
    fresh = text[start:new_end]
    if not _plain(fresh):
        return None
    removed, added = _lines(frame, old[start:old_end]), _lines(frame, fresh)
    if removed is None or added is None:
        return None
    versions = dict(frame.pins.versions)
    gone, new = {chart for chart, _ in removed}, dict(added)
    if len(new) != len(added) or any(chart in versions for chart in new.keys() - gone):
        return None  # a chart stands twice
    # Replacing in place keeps the dictionary compact, and so its next copy cheap.
    for chart in gone - new.keys():
        del versions[chart]
    versions.update(new)
    touched = gone | new.keys()
    return versions, frozenset(touched)


def _plain(text: bytes) -> bool:
    """Tell whether YAML takes these characters and sees the line ends that we see."""
    if _ODD_LINE_ENDS.search(text):
        return False
    if _PLAIN_ASCII.fullmatch(text):
        return True
    try:
        return not re.search(_UNPRINTABLE, text.decode("utf-8"))
    except UnicodeDecodeError:
        return False


def _lines(frame: _Frame, text: bytes) -> list[tuple[str, str]] | None:
    """Return the entries of whole lines, or None if one is neither entry, comment nor blank."""
    entries: list[tuple[str, str]] = []
    position = 0
    while position < len(text):
        found = frame.line.match(text, position)
        if found is None or found.end() == position:
            return None
        position = found.end()
        if found[1] is not None:
            value = next(group for group in found.group(2, 3, 4) if group is not None)
            entries.append((found[1].decode(), value.decode()))
    return entries


def _changed_holds(
    frame: _Frame, text: bytes
) -> tuple[Mapping[str, PastHold], frozenset[str]] | None:
    if text == frame.holds_text:
        return frame.pins.holds, frozenset()
    if not _plain(text):
        return None
    deeper = re.compile(rb"(?: {%d,}[^ ].*| *(?:#.*|\r?))" % (frame.indent_of_holds + 1))
    inner = text.split(b"\n")[1:]
    if not all(deeper.fullmatch(line) for line in inner):
        return None
    alone = b" " * frame.indent_of_holds + HOLDS_KEY.encode() + b":" + text
    try:
        root = yaml_loading.compose(alone.decode("utf-8"))
        if not isinstance(root, yaml.MappingNode):
            return None
        holds = holds_of(root.value[0][1])
    except (UnicodeDecodeError, yaml.YAMLError, UnreadableStackFileError):
        return None
    old = frame.pins.holds
    touched = {chart for chart in {*old, *holds} if old.get(chart) != holds.get(chart)}
    return holds, frozenset(touched)


def differing_lines(old: bytes, new: bytes) -> tuple[int, int, int]:
    """Return where whole lines begin to differ, and where that ends in the old and new text."""
    most = min(len(old), len(new))
    same = _longest(most, lambda low, high: new.startswith(old[low:high], low))
    start = old.rfind(b"\n", 0, same) + 1
    ends = len(old), len(new)
    same = _longest(
        most - start,
        lambda low, high: new.endswith(old[ends[0] - high : ends[0] - low], start, ends[1] - low),
    )
    # A suffix that begins inside a line of either text is cut back to the line after it.
    if not (_begins_line(old, len(old) - same) and _begins_line(new, len(new) - same)):
        line_end = old.find(b"\n", len(old) - same)
        same = len(old) - (line_end + 1) if line_end >= 0 else 0
    return start, len(old) - same, len(new) - same


def _begins_line(text: bytes, position: int) -> bool:
    return position == 0 or text[position - 1 : position] == b"\n"


def _longest(most: int, same: Callable[[int, int], bool]) -> int:
    """Return how many bytes are the same, up to `most`, asking for ever smaller parts of them.

    To compare byte by byte in Python takes longer, and so does turning a text round.
    """
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if same(low, middle):
            low = middle
        else:
            high = middle - 1
    return low
