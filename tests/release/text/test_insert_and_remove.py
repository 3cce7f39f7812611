from copy import deepcopy
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from release.text.errors import EditRefusedError
from release.text.yaml_spans import Value, insert_entry, remove_entry
from tests.release.text.texts_compared import added, hunks
from tests.release.text.yaml_texts import Generated, Path, yaml_texts

NEW = "zz-new"
VALUES: st.SearchStrategy[Value] = st.one_of(
    st.sampled_from(["1.2.3", "1.10", "on", "x: y"]),
    st.dictionaries(
        st.sampled_from(["reason", "by", "until", "on"]),
        st.one_of(st.just("2026-12-01"), st.text(st.characters(codec="utf-8"), max_size=8)),
    ),
)


def at(data: Any, path: Path) -> Any:
    for part in path:
        data = data[part]
    return data


@given(generated=yaml_texts(), value=VALUES, data=st.data())
def test_an_insertion_adds_one_line_and_one_entry(
    generated: Generated, value: Value, data: st.DataObject
) -> None:
    path = data.draw(st.sampled_from(generated.mappings))
    key = data.draw(st.sampled_from([NEW, "aa-new", "1.10"]))
    expected = deepcopy(yaml.safe_load(generated.text))
    at(expected, path)[key] = value

    after = insert_entry(generated.text, path, key, value, in_order=data.draw(st.booleans()))

    assert yaml.safe_load(after) == expected
    assert len(after.split("\n")) == len(generated.text.split("\n")) + 1
    assert "".join(after.split()).count("new") <= "".join(generated.text.split()).count("new") + 1
    rest = remove_entry(after, (*path, key))
    assert rest == generated.text, "removing what was inserted gives the old text back"


@given(generated=yaml_texts(), value=VALUES, data=st.data())
def test_the_first_entry_of_an_empty_mapping_goes_below_its_key(
    generated: Generated, value: Value, data: st.DataObject
) -> None:
    if not generated.empty:
        return
    path = data.draw(st.sampled_from(generated.empty))
    expected = deepcopy(yaml.safe_load(generated.text))
    at(expected, path[:-1])[path[-1]] = {NEW: value}

    after = insert_entry(generated.text, path, NEW, value)

    assert yaml.safe_load(after) == expected
    ((removed, new),) = hunks(generated.text, after)
    assert len(new) == len(removed) + 1
    emptied = remove_entry(after, (*path, NEW))
    at(expected, path[:-1])[path[-1]] = {}
    assert yaml.safe_load(emptied) == expected


@given(generated=yaml_texts(), data=st.data())
def test_a_removal_takes_the_lines_of_the_entry_and_no_other(
    generated: Generated, data: st.DataObject
) -> None:
    path = data.draw(st.sampled_from(list(generated.entries)))
    first, last = generated.entries[path]
    expected = deepcopy(yaml.safe_load(generated.text))
    siblings = at(expected, path[:-1])
    del siblings[path[-1]]
    lines = generated.text.removeprefix("\ufeff").split(generated.newline)

    try:
        after = remove_entry(generated.text, path)
    except EditRefusedError:
        # The comment or the blanks below would become a line of the block scalar above.
        assert lines[first - 1].endswith("  more")
        assert lines[last].startswith(" ")
        return

    assert yaml.safe_load(after) == expected
    if siblings:
        kept = after.removeprefix("\ufeff").split(generated.newline)
        rest = [*lines[:first], *lines[last:]]
        assert [line for line in kept if line] == [line for line in rest if line]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("h: {}\n", "h:\n  c: {by: ann}\n"),
        ("h: {}", "h:\n  c: {by: ann}"),
        ("h: {}  # none\r\nw: 1\r\n", "h:  # none\r\n  c: {by: ann}\r\nw: 1\r\n"),
        ("h:\nw:\n    x: 1\n", "h:\n    c: {by: ann}\nw:\n    x: 1\n"),
        ("h:\n  b: 1 # mine\n\n# about w\nw: 1\n",
         "h:\n  b: 1 # mine\n  c: {by: ann}\n\n# about w\nw: 1\n"),
        ("h:\n   b: |+\n     text\n\nw: 1\n", "h:\n   b: |+\n     text\n\n   c: {by: ann}\nw: 1\n"),
        ("h: {b: 1}\n", "h: {b: 1, c: {by: ann}}\n"),
        ("w: {h: 1}\nh: {}\n", "w: {h: 1}\nh:\n  c: {by: ann}\n"),
    ],
)  # fmt: skip
def test_an_entry_goes_behind_the_last_one_as_the_file_is_written(before: str, after: str) -> None:
    assert insert_entry(before, ("h",), "c", {"by": "ann"}) == after


def test_an_entry_in_order_keeps_comments_with_what_they_are_about() -> None:
    before = "h:\n  # heading\n  b: 1\n  # about d\n  d: 2\n"
    assert insert_entry(before, ("h",), "c", "x", in_order=True) == (
        "h:\n  # heading\n  b: 1\n  c: x\n  # about d\n  d: 2\n"
    )
    assert insert_entry(before, ("h",), "a", "x", in_order=True) == (
        "h:\n  # heading\n  a: x\n  b: 1\n  # about d\n  d: 2\n"
    )


def test_texts_in_a_new_entry_are_quoted_unless_they_are_one_safe_word() -> None:
    value = {"reason": "errors: #12, {x}", "by": "ann", "until": "2026-12-01"}
    assert insert_entry("h: {}\n", ("h",), "storage", value) == (
        'h:\n  storage: {reason: "errors: #12, {x}", by: ann, until: "2026-12-01"}\n'
    )


@pytest.mark.parametrize(
    ("before", "path", "after"),
    [
        ("h:\n  a: 1\n  b: 2 # own\n# next\n", ("h", "b"), "h:\n  a: 1\n# next\n"),
        ("h:\n  a: 1\n  b: 2", ("h", "b"), "h:\n  a: 1"),
        ("h: # all\n  a: 1\nw: 1\n", ("h", "a"), "h: {} # all\nw: 1\n"),
        ("h:\n  a:\n    - 1\n    - 2\n  b: 1\n", ("h", "a"), "h:\n  b: 1\n"),
        ("h: {a: 1, b: 2}\n", ("h", "a"), "h: {b: 2}\n"),
        ("h: {a: 1, b: 2}\n", ("h", "b"), "h: {a: 1}\n"),
        ("h: {a: 1}\n", ("h", "a"), "h: {}\n"),
        ("a: 1\n", ("a",), "{}\n"),
        ("# top\na: 1 # x", ("a",), "# top\n{}"),
    ],
)
def test_a_removal_leaves_a_mapping_that_still_reads_as_one(
    before: str, path: Path, after: str
) -> None:
    assert remove_entry(before, path) == after


@pytest.mark.parametrize(
    ("before", "path", "reason"),
    [
        ("h:\n  a: &x 1\nw: *x\n", ("h", "a"), "anchor &x"),
        ("- a: 1\n  b: 2\n", (0, "a"), "shares its first line"),
        ("- a: 1\n", (0, "a"), "shares its first line|list item"),
        ("b: &b {a: 1}\nh:\n  <<: *b\n  a: 2\n", ("h", "a"), "merge key"),
        ("h: {a: 1, # x\n  b: 2}\n", ("h", "a"), "braces"),
        ("- 1\n", (0,), "not an entry of a mapping"),
    ],
)
def test_a_removal_that_would_take_more_is_refused(before: str, path: Path, reason: str) -> None:
    with pytest.raises(EditRefusedError, match=reason):
        remove_entry(before, path)


def test_an_insertion_reports_one_added_line() -> None:
    before = "h:\n  a: 1\n"
    assert added(before, insert_entry(before, ("h",), "b", "2.0.0")) == ["  b: 2.0.0"]
