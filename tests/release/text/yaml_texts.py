"""Generated YAML texts whose every value is known with its place, as people write them."""

from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import strategies as st

Path = tuple[str | int, ...]

_KEY = st.from_regex(r"[a-z][a-z0-9-]{0,5}(:[a-z]{1,4})?", fullmatch=True)
_PLAIN = st.sampled_from(
    ["1.2.3", "1.10", "main", "0.4.1-rc.1", "true", "2025-10-31", "~", "x y z", "é😀", "a#b", "1e3"]
)
_INNER = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), max_size=8)
_QUIET_COMMENT = st.sampled_from(["", "", "  # why: 'odd' \"text\" {", " # é😀 \ufeff x", "   "])
_LINE_COMMENT = st.sampled_from(["# note: kept", "", "    # deeper: {", "#é", "  "])


@dataclass
class Text:
    """A text under construction: finished lines, and the place of every one-line scalar."""

    step: int
    lines: list[str] = field(default_factory=list)
    scalars: dict[Path, tuple[int, int, int]] = field(default_factory=dict)
    mappings: list[Path] = field(default_factory=list)
    empty: list[Path] = field(default_factory=list)
    entries: dict[Path, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Generated:
    """A finished text with the line, start and end of scalars, and where its mappings are."""

    text: str
    newline: str
    scalars: dict[Path, tuple[int, int, int]]
    mappings: list[Path]
    empty: list[Path]
    entries: dict[Path, tuple[int, int]]


@st.composite
def yaml_texts(draw: st.DrawFn) -> Generated:
    """Draw a text with comments, odd indentation, quotes, anchors, Unicode, CRLF or no last end."""
    text = Text(step=draw(st.integers(1, 5)))
    for _ in range(draw(st.integers(0, 2))):
        text.lines.append(draw(_LINE_COMMENT).strip())
    if draw(st.booleans()):
        text.lines.append("---")
    _mapping(draw, text, (), 0)
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    bom = draw(st.sampled_from(["", "", "\ufeff"]))
    # Without a last line end a final block scalar would gain one by any line behind it.
    ending = newline if text.lines[-1].endswith("  more") else draw(st.sampled_from([newline, ""]))
    joined = bom + newline.join(text.lines) + ending
    return Generated(joined, newline, text.scalars, text.mappings, text.empty, text.entries)


def _mapping(draw: st.DrawFn, text: Text, path: Path, indent: int) -> None:
    text.mappings.append(path)
    for key in draw(st.lists(_KEY, min_size=1, max_size=4, unique=True)):
        _comments(draw, text)
        quote = draw(st.sampled_from(["", "", "'", '"']))
        head = f"{' ' * indent}{quote}{key}{quote}:"
        first = len(text.lines)
        _value(draw, text, (*path, key), head, indent)
        text.entries[*path, key] = (first, len(text.lines))


def _value(draw: st.DrawFn, text: Text, path: Path, head: str, indent: int) -> None:
    kinds: list[Callable[[], None]] = [
        lambda: _scalar(draw, text, path, head),
        lambda: _scalar(draw, text, path, head),
        lambda: _flow(draw, text, head),
        lambda: _nothing(draw, text, path, head),
        lambda: _block_scalar(draw, text, head, indent),
        lambda: _alias_pair(text, head, indent),
    ]
    if len(path) <= 3:
        kinds += [
            lambda: _nested(draw, text, path, head, indent),
            lambda: _sequence(draw, text, path, head, indent),
        ]
    draw(st.sampled_from(kinds))()


def _scalar(draw: st.DrawFn, text: Text, path: Path, head: str) -> None:
    spelled = draw(_spelled())
    lead = f"{head}{draw(st.sampled_from([' ', '   ']))}"
    start = len(lead)
    text.scalars[path] = (len(text.lines), start, start + len(spelled))
    text.lines.append(lead + spelled + draw(_QUIET_COMMENT))


def _spelled() -> st.SearchStrategy[str]:
    single = _INNER.map(lambda inner: "'" + inner.replace("'", "''") + "'")
    double = _INNER.map(lambda inner: '"' + inner.replace("\\", "").replace('"', '\\"') + '"')
    return st.one_of(_PLAIN, single, double)


def _flow(draw: st.DrawFn, text: Text, head: str) -> None:
    value = draw(st.sampled_from(["{a: 1.0.0, b: [x, 'y']}", '{"q": "1.2"}', "[1, {z: w}]"]))
    text.lines.append(f"{head} {value}{draw(_QUIET_COMMENT)}")


def _nothing(draw: st.DrawFn, text: Text, path: Path, head: str) -> None:
    text.empty.append(path)
    text.lines.append(f"{head}{draw(st.sampled_from([' {}', ' { }', '']))}{draw(_QUIET_COMMENT)}")


def _block_scalar(draw: st.DrawFn, text: Text, head: str, indent: int) -> None:
    text.lines.append(f"{head} {draw(st.sampled_from(['|', '>-', '|+']))}")
    inner = " " * (indent + text.step)
    text.lines += [f"{inner}version: 1.0.0 # text", f"{inner}  more"]


def _alias_pair(text: Text, head: str, indent: int) -> None:
    name = f"n{len(text.lines)}"
    inner = " " * (indent + text.step)
    text.lines += [f"{head}", f"{inner}base: &{name} 1.0", f"{inner}same: *{name} # alias"]


def _nested(draw: st.DrawFn, text: Text, path: Path, head: str, indent: int) -> None:
    text.lines.append(head + draw(_QUIET_COMMENT))
    _mapping(draw, text, path, indent + text.step)


def _sequence(draw: st.DrawFn, text: Text, path: Path, head: str, indent: int) -> None:
    text.lines.append(head + draw(_QUIET_COMMENT))
    inner = " " * (indent + draw(st.sampled_from([0, text.step])))
    for index in range(draw(st.integers(1, 3))):
        spelled = draw(_spelled())
        lead = f"{inner}- name: "
        text.scalars[*path, index, "name"] = (len(text.lines), len(lead), len(lead + spelled))
        text.lines += [lead + spelled, f"{inner}  version: '1'"]


def _comments(draw: st.DrawFn, text: Text) -> None:
    comment = draw(_LINE_COMMENT)
    if text.lines and text.lines[-1].endswith("  more"):
        comment = comment.strip()  # indented it would be a line of the block scalar above
    if draw(st.booleans()) and comment:
        text.lines.append(comment)
