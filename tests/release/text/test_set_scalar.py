from copy import deepcopy
from time import process_time
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from release.text.yaml_spans import set_scalar
from tests.release.text.yaml_texts import Generated, yaml_texts

VALUES = st.one_of(
    st.sampled_from(["1.2.3", "2.0.0-rc.1", "1.10", "2025-10-31", "on", "main", "null", "", "~"]),
    st.text(st.characters(codec="utf-8"), max_size=12),
)


@given(generated=yaml_texts(), value=VALUES, data=st.data())
def test_only_the_span_of_the_scalar_changes(
    generated: Generated, value: str, data: st.DataObject
) -> None:
    if not generated.scalars:
        return
    path = data.draw(st.sampled_from(list(generated.scalars)))
    number, start, end = generated.scalars[path]

    after = set_scalar(generated.text, path, value)

    old, new = generated.text.split(generated.newline), after.split(generated.newline)
    bom = 1 if generated.text.startswith("\ufeff") and number == 0 else 0
    head, tail = old[number][: start + bom], old[number][end + bom :]
    assert [*new[:number], *new[number + 1 :]] == [*old[:number], *old[number + 1 :]]
    assert new[number].startswith(head)
    assert new[number].endswith(tail)


@given(generated=yaml_texts(), value=VALUES, data=st.data())
def test_the_data_differs_in_that_one_value(
    generated: Generated, value: str, data: st.DataObject
) -> None:
    if not generated.scalars:
        return
    path = data.draw(st.sampled_from(list(generated.scalars)))
    expected = deepcopy(yaml.safe_load(generated.text))
    parent: Any = expected
    for part in path[:-1]:
        parent = parent[part]
    parent[path[-1]] = value

    after = set_scalar(generated.text, path, value)

    assert yaml.safe_load(after) == expected
    assert set_scalar(after, path, value) == after, "a second run must change nothing"


@pytest.mark.parametrize(
    ("before", "value", "after"),
    [
        ("v: 1.0.0", "1.1.0", "v: 1.1.0"),
        ("v: 1.0.0  # why\n", "1.1.0", "v: 1.1.0  # why\n"),
        ("v: '1.0.0'\r\n", "1.1.0", "v: '1.1.0'\r\n"),
        ('v: "1.0.0"\n', "1.1.0", 'v: "1.1.0"\n'),
        ("v: 1.0.0\n", "1.10", 'v: "1.10"\n'),
        ("v: 1.10\n", "1.10", 'v: "1.10"\n'),
        ("v: 1.0.0\n", "2025-10-31", 'v: "2025-10-31"\n'),
        ("v: 1.0.0\n", "1e3", 'v: "1e3"\n'),
        ("v: 1.0.0\n", "on", 'v: "on"\n'),
        ("v: 'x'\n", "it's", "v: 'it''s'\n"),
        ("v: 'x'\n", "a\nb", 'v: "a\\nb"\n'),
        ("v:\n", "1.0.0", "v: 1.0.0\n"),
        ("v: # none yet\n", "1.0.0", "v: 1.0.0 # none yet\n"),
        ("v: ~\n", "1.0.0", "v: 1.0.0\n"),
        ("{v: 1.0.0, w: 2}\n", "1.1.0", "{v: 1.1.0, w: 2}\n"),
        ('"v" : 1.0.0', "main", '"v" : main'),
        ("\ufeffv: 1.0.0\n", "1.1.0", "\ufeffv: 1.1.0\n"),
        ("v: sha256:0a1b\n", "sha256:2c3d", "v: sha256:2c3d\n"),
        ("%YAML 1.2\n---\nv: 1.0.0\n...\n", "1.1.0", "%YAML 1.2\n---\nv: 1.1.0\n...\n"),
        ("é😀: &a x\nw: *a\nv: 1.0.0\n", "1.1.0", "é😀: &a x\nw: *a\nv: 1.1.0\n"),
        ("v: 1.0.0\u2028w: 1\n", "1.1.0", "v: 1.1.0\u2028w: 1\n"),
    ],
)
def test_the_style_of_the_scalar_is_kept_where_it_is_safe(
    before: str, value: str, after: str
) -> None:
    assert set_scalar(before, ("v",), value) == after


def test_an_entry_that_overrides_a_merged_one_can_be_edited() -> None:
    before = "base: &b {v: 1.0.0}\ndev:\n  <<: *b\n  v: 1.0.0\n"
    after = "base: &b {v: 1.0.0}\ndev:\n  <<: *b\n  v: 1.1.0\n"
    assert set_scalar(before, ("dev", "v"), "1.1.0") == after


def test_a_file_of_a_thousand_lines_is_edited_in_milliseconds() -> None:
    text = "versions:\n" + "".join(f"  chart-{n}: 1.2.{n}  # é\n" for n in range(1000))
    started = process_time()
    set_scalar(text, ("versions", "chart-999"), "2.0.0")
    assert process_time() - started < 0.3, "libyaml takes 20 ms, a pure Python parser ten times it"
