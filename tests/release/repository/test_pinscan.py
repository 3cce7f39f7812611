"""The fast way of reading pins must say what the YAML parser says, version after version."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from release.repository.pins import PastHold, Pins, UnreadableStackFileError, read_document
from release.repository.pinscan import PinScanner, differing_lines
from release.settings.stackfile import parse_stack_file

STACK = """\
# Staging
config:
  hmco:project: staging # the project
  hmco:promotesFrom: [dev]

  # What runs here.
  hmco:versions:
    api-gateway: 1.0.0
    data-platform: "2.10"  # quoted, or it would be a number
    storage: 1.4.2-rc.1
    vault: '3.0.0'

  hmco:holds: {}
  hmco:freezes: []

  hmco:purpose: "Validation"
"""

Edit = Callable[[str], str]


def pins_of(content: bytes) -> Pins:
    """Return the pins of a stack file by the YAML parser alone."""
    return read_document(content).pins


def outcome(read: Callable[[bytes], Pins], content: bytes) -> Pins | str:
    try:
        return read(content)
    except UnreadableStackFileError as error:
        return str(error)


def replaced(old: str, new: str) -> Edit:
    return lambda text: text.replace(old, new, 1)


def substituted(pattern: str, new: str) -> Edit:
    return lambda text: re.sub(pattern, lambda _: new, text, count=1, flags=re.MULTILINE)


versions = st.from_regex(r"[0-9]{1,2}\.[0-9]{1,2}(\.[0-9]{1,2})?(-[a-z]{1,3})?", fullmatch=True)
charts = st.sampled_from(("api-gateway", "data-platform", "storage", "vault", "on", "null", "new"))
quotes = st.sampled_from(("", '"', "'"))
comments = st.sampled_from(
    ("", " # why", "  # ünïcode", " #", "# no comment", " # \x07", "\t# tab")
)
pin_edits = st.builds(
    lambda chart, version, quote, comment: substituted(
        rf"^    {chart}:.*$", f"    {chart}: {quote}{version}{quote}{comment}"
    ),
    charts, versions, quotes, comments,
)  # fmt: skip  # one builder, one line of arguments
added = st.builds(
    lambda chart, version: replaced("    storage:", f"    {chart}: {version}\n    storage:"),
    charts, versions,
)  # fmt: skip  # as above
removed = charts.map(lambda chart: substituted(rf"^    {chart}:.*\n", ""))
holds = st.builds(
    lambda chart, reason: replaced(
        "  hmco:holds: {}\n", f'  hmco:holds:\n    {chart}: {{reason: "{reason}", by: me}}\n'
    ),
    charts, st.text("ab &*!{}#:\n\x85 ü", max_size=8),
)  # fmt: skip  # as above
lifted = st.just(substituted(r"^  hmco:holds:\n(    .*\n)+", "  hmco:holds: {}\n"))
odd = st.sampled_from(
    (
        replaced("\n", "\r\n"),
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\r\n", "\n"),
        lambda text: text.removesuffix("\n"),
        replaced("    storage:", "     storage:"),
        replaced("    storage:", "  storage:"),
        replaced("    storage:", "\tstorage:"),
        replaced("    storage: ", "    storage:\n      "),
        replaced("    storage: ", "    storage: &pin "),
        replaced("    vault: ", "    vault: *pin # "),
        replaced("    storage: ", "    <<: {x: 1}\n    storage: "),
        replaced("    storage: ", "    # storage: 9.9.9\n    storage: "),
        replaced("    storage: ", "    ? storage\n    : "),
        replaced("    storage: ", "    storage: |\n      "),
        replaced("    storage: ", "    storage: !!str "),
        replaced("    storage", "    # a\x85    sneaky: 6.6.6\n    storage"),
        replaced("    storage", "    # a\u2028    sneaky: 6.6.6\n    storage"),
        replaced("    storage", "    # a\r    sneaky: 6.6.6\n    storage"),
        replaced("    storage", "<<<<<<< ours\n    storage"),
        replaced("  hmco:holds", "---\n  hmco:holds"),
        replaced("  hmco:holds: {}", "  hmco:holds: {\n  }"),
        replaced("  hmco:holds: {}", "  hmco:holds: {"),
        replaced("  hmco:holds: {}", "  hmco:holds: # none\n  # none at all"),
        replaced("  hmco:holds: {}", "  hmco:holds: {vault: {reason: x, by: *who}}"),
        replaced("  hmco:holds", "  'hmco:holds'"),
        replaced("  hmco:versions:", "  hmco:versions: # pins"),
        replaced("  hmco:versions:", "  hmco:versions: &all"),
        replaced("  hmco:versions:", "  hmco:versions: {}\n  hmco:other:"),
        replaced("  hmco:project", "  hmco:versions: {a: 1.0.0}\n  hmco:project"),
        replaced("  hmco:project: staging", '  hmco:project: "two\n  lines"'),
        replaced('"Validation"', "*all"),
        replaced('"Validation"', "Rehearsal"),
        lambda text: text + "other: {}\n",
        lambda text: text + "  hmco:holds: {}\n",
        lambda text: "\ufeff" + text,
        lambda text: text + "...\n",
        lambda text: text.replace("\n\n", "\n"),
        lambda _: STACK,
        lambda _: "",
        lambda _: "- a list\n",
    )
)
edits = st.lists(
    st.one_of(pin_edits, pin_edits, pin_edits, added, removed, holds, lifted, odd),
    min_size=1,
    max_size=12,
)


@settings(max_examples=200)
@given(edits)
def test_any_sequence_of_versions_reads_as_the_parser_reads_each(steps: list[Edit]) -> None:
    scanner = PinScanner()
    text, last = STACK, pins_of(STACK.encode())
    scanner.read(STACK.encode())
    for step in steps:
        text = step(text)
        content = text.encode()
        expected = outcome(pins_of, content)
        touched = None

        def read(content: bytes) -> Pins:
            nonlocal touched
            reading = scanner.read(content)
            touched = reading.touched
            return reading.pins

        assert outcome(read, content) == expected
        if isinstance(expected, Pins):
            differing = {
                chart
                for chart in {*last.versions, *expected.versions, *last.holds, *expected.holds}
                if last.versions.get(chart) != expected.versions.get(chart)
                or last.holds.get(chart) != expected.holds.get(chart)
            }
            assert touched is None or differing <= touched
            last = expected


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_bytes_of_any_kind_read_as_the_parser_reads_them(first: bytes, second: bytes) -> None:
    scanner = PinScanner()
    for content in (first, second, STACK.encode() + first, STACK.encode() + second):
        assert outcome(lambda text: scanner.read(text).pins, content) == outcome(pins_of, content)


@given(st.text("ab\n", max_size=30), st.text("ab\n", max_size=30))
def test_only_whole_lines_between_equal_ends_differ(first: str, second: str) -> None:
    old, new = first.encode(), second.encode()
    start, old_end, new_end = differing_lines(old, new)
    assert old[:start] == new[:start]
    assert old[old_end:] == new[new_end:]
    for text, end in ((old, old_end), (new, new_end)):
        assert start <= end
        for place in (start, end):
            assert place in {0, len(text)} or text[place - 1 : place] == b"\n"


TEXT = "\n    new: 2.0.0\n    "
EMPTY = re.sub(r"versions:\n(    .*\n)+", "versions: {}\n", STACK)
SHORT = STACK.partition("  hmco:freezes")[0]
HELD = "holds: {vault: {reason: &who x, by: y}}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (STACK, STACK.replace("holds: {}\n", "holds: {}\n...\n")),
        (STACK, STACK.replace("holds: {}\n", "holds: {}\n  hmco:holds: {}\n")),
        (STACK, STACK.replace("\n\n  hmco:holds: {}", " #  hmco:holds: {vault: {by: me}}")),
        (STACK, STACK.replace("holds: {}\n", "holds: {}\x85...\n")),
        (
            STACK.replace("1.0.0", f'"1{TEXT}"'),
            STACK.replace("1.0.0", f'"1{TEXT}"'.replace("2", "3")),
        ),
        (EMPTY, EMPTY.replace("versions: {}\n", f"versions: {{}}\n{' ' * 17}a: 1.0.0\n")),
        (STACK, re.sub(r"    .*: .*\n", "", STACK)),
        (STACK, STACK.replace("    vault", "    # more\u2028    sneaky: 1.0.0\n    vault")),
        ("# \u2028\u2028\x85\n" * 20 + STACK, STACK),
        (
            STACK.replace("holds: {}", HELD).replace('"Validation"', "*who"),
            STACK.replace('"Validation"', "*who"),
        ),
        (SHORT + "other: {}\n", SHORT),
        (SHORT, SHORT + "...\n"),
        (SHORT, SHORT + "---\n"),
        (SHORT, SHORT.rstrip("\n")),
    ],
)
def test_what_reaches_beyond_the_tables_goes_to_the_parser(before: str, after: str) -> None:
    scanner = PinScanner()
    for text in (before, after, before, STACK):
        content = text.encode()
        assert outcome(lambda text: scanner.read(text).pins, content) == outcome(pins_of, content)


def test_tables_may_stand_in_any_order_and_at_the_end() -> None:
    head, tail = STACK.split("  hmco:versions:\n")
    table = tail.split("\n\n")[0]
    scanner = PinScanner()
    for number in range(9):
        pinned = table.replace("1.0.0", f"1.{number}.0")
        held = f"{{vault: {{by: r{number}}}}}" if number % 2 else "{}"
        text = f"{head}  hmco:holds: {held}\n  hmco:versions:\n{pinned}"
        pins, touched = scanner.read(text.encode())
        assert pins == pins_of(text.encode())
        assert pins.versions["api-gateway"] == f"1.{number}.0"
        assert (touched is None) == (number == 0)


def test_promotions_and_holds_need_the_parser_once() -> None:
    scanner = PinScanner()
    for number in range(50):
        text = STACK.replace("1.0.0", f"1.{number}.0")
        if number % 3 == 0:
            hold = f'\n    vault: {{reason: "no {number}", by: Rita}}'
            text = text.replace("holds: {}", f"holds:{hold}")
        pins, touched = scanner.read(text.encode())
        assert pins.versions["api-gateway"] == f"1.{number}.0"
        assert ("vault" in pins.holds) == (number % 3 == 0)
        assert (touched is None) == (number == 0)


def test_the_settings_parser_finds_the_same_pins() -> None:
    config = parse_stack_file("Pulumi.staging.yaml", STACK).config
    assert config["versions"] == dict(pins_of(STACK.encode()).versions)


def test_a_hold_carries_reason_author_and_end() -> None:
    text = STACK.replace(
        "holds: {}", 'holds:\n    vault: {reason: slow, by: Rita, until: "2026-02-01"}'
    )
    assert pins_of(text.encode()).holds == {"vault": PastHold("slow", "Rita", "2026-02-01")}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<<<<<<< ours\nconfig: {}\n=======\n", "not valid YAML"),
        ("- a\n", "the file is not a mapping"),
        ("config: [a]\n", "config is not a mapping"),
        ("config:\n  hmco:versions: [a]\n", "hmco:versions is not a mapping"),
        ("config:\n  hmco:versions: {a: [1]}\n", "the pin of a is not a plain value"),
        ("config:\n  hmco:versions: {a: 1.0.0, a: 2.0.0}\n", "hmco:versions holds a twice"),
        ("config:\n  hmco:versions: {}\n  hmco:versions: {}\n", "a setting appears twice"),
        ("config:\n  hmco:versions: {[a]: 1}\n", "a key that is not plain text"),
        ("config:\n  hmco:holds: {a: 1}\n", "hold of a is not a mapping"),
        ("config:\n  hmco:holds: {a: {by: [x]}}\n", "a value that is not plain text"),
        ("config: {}\n---\nconfig: {}\n", "not valid YAML"),
        ("[" * 100_000, "nests deeper"),
        ("- " * 100_000, "nests deeper"),
    ],
)
def test_a_text_with_two_meanings_is_unreadable_and_says_why(text: str, reason: str) -> None:
    with pytest.raises(UnreadableStackFileError, match=re.escape(reason)):
        pins_of(text.encode())


@pytest.mark.parametrize("text", ["", "config:\n", "config: {}\n", "config:\n  hmco:versions:\n"])
def test_a_file_without_the_tables_pins_nothing(text: str) -> None:
    assert pins_of(text.encode()) == Pins({}, {})
