import pytest

from release.text.errors import EditRefusedError
from release.text.yaml_spans import insert_entry, set_scalar
from tests.release.text.yaml_texts import Path

V: Path = ("v",)


@pytest.mark.parametrize(
    ("text", "path", "reason"),
    [
        ("v: 1\n", ("w",), "w: is missing"),
        ("v: {a: 1}\n", ("v", "b"), r"v\.b: is missing"),
        ("v: [1]\n", ("v", 1), r"v\[1\]: is missing"),
        ("v: [1]\n", ("v", -1), "is missing"),
        ("v: 1\n", ("v", "a"), "is missing: v is the scalar"),
        ("v: 1\nv: 2\n", V, "appears twice, on lines 1 and 2"),
        ("v: 1\n'v': 2\n", V, "appears twice"),
        ("w: &a 1\nv: *a\n", V, r"is an alias \(\*a\)"),
        ("w: &a {v: 1}\nx: *a\n", ("w", "v"), "repeated elsewhere through its anchor &a"),
        ("w: &a {v: 1}\nx: *a\n", ("x", "v"), "is an alias"),
        ("v: &a 1\n", V, "anchor or a tag"),
        ("v: !!str 1\n", V, "anchor or a tag"),
        ("v: ! 1\n", V, "anchor or a tag"),
        ("w: &a {v: 1}\nx: {<<: *a}\n", ("x", "v"), "merge key"),
        ("w: &a {v: 1}\ny: &b {<<: *a}\nx: {<<: [*b]}\n", ("x", "v"), "merge key"),
        ("v: |\n  x\n", V, "several lines"),
        ("v: >-\n  x\n", V, "several lines"),
        ("v: x\n  y\n", V, "several lines"),
        ('v: "x\\\n  y"\n', V, "several lines"),
        ("v: [1, 2]\n", V, "is a sequence"),
        ("v: {}\n", V, "is a mapping"),
        ("v: 1\n---\nw: 1\n", V, "line 2: begins a second document"),
        ("v: 'x\n", V, "not valid YAML"),
        ("v: 1\n\tw: 2\n", V, "not valid YAML"),
        ("<<<<<<< HEAD\nv: 1\n=======\nv: 2\n>>>>>>> x\n", V, "not valid YAML"),
        ("v: *nowhere\n", V, r"no anchor for the alias \*nowhere"),
        ("", V, "no YAML document"),
        ("# only a comment\n", V, "no YAML document"),
        ("[" * 100_000, V, "nested too deeply"),
        ("- " * 1_000 + "x", V, "nested too deeply"),
        ("v: \ud800\n", V, "half a Unicode character"),
        ("v: \x00\n", V, "not valid YAML"),
        ("{v, w: 1}\n", V, "cannot be edited"),
    ],
)  # fmt: skip
def test_a_scalar_that_cannot_be_edited_safely_is_refused(
    text: str, path: Path, reason: str
) -> None:
    with pytest.raises(EditRefusedError, match=reason):
        set_scalar(text, path, "1.1.0")


def test_a_value_that_no_text_can_hold_is_refused() -> None:
    with pytest.raises(EditRefusedError, match=r"v \(line 1\): cannot be edited"):
        set_scalar("v: 1.0.0\n", V, "\ud800")


@pytest.mark.parametrize(
    ("text", "path", "key", "reason"),
    [
        ("h: {a: 1}\n", ("h",), "a", r"h\.a: is already there \(line 1\)"),
        ("h:\n  'a': 1\n", ("h",), "a", "is already there"),
        ("b: &b {a: 1}\nh: {<<: *b}\n", ("h",), "a", "merge key"),
        ("h: &x {b: 1}\nw: *x\n", ("h",), "a", "repeated elsewhere"),
        ("h: &x {}\n", ("h",), "a", "anchor or a tag"),
        ("h: &x\n", ("h",), "a", "is a scalar|anchor or a tag"),
        ("h: !!map {}\n", ("h",), "a", "anchor or a tag"),
        ("h: []\n", ("h",), "a", "is a sequence"),
        ("h: 1\n", ("h",), "a", "is a scalar"),
        ("h: null\n", ("h",), "a", "is a scalar"),
        ("h: {b: 1,\n}\n", ("h",), "a", "braces"),
        ("h: {b: 1 # c\n}\n", ("h",), "a", "braces"),
        ("h: { # c\n}\n", ("h",), "a", "between its braces"),
        ("h:\n  {}\n", ("h",), "a", "line of its key"),
        ("? h\n: {}\n", ("h",), "a", "line of its key"),
        ("? b\n: 1\n", (), "a", "cannot be edited"),
        ("h:\n  b: |\n    no end", ("h",), "a", "cannot be edited"),
        ("h: {}\n", ("h",), "<<", "merge key"),
    ],
)
def test_an_entry_that_cannot_be_added_safely_is_refused(
    text: str, path: Path, key: str, reason: str
) -> None:
    with pytest.raises(EditRefusedError, match=reason):
        insert_entry(text, path, key, "x")


def test_a_first_entry_on_the_line_of_its_list_item_is_refused_in_order() -> None:
    with pytest.raises(EditRefusedError, match="line of its own"):
        insert_entry("- b: 1\n", (0,), "a", "x", in_order=True)


def test_a_refusal_names_who_why_and_what_to_do() -> None:
    with pytest.raises(EditRefusedError) as refusal:
        set_scalar("w: &a 1\nv: *a\n", V, "2")
    error = refusal.value
    assert str(error) == f"{error.offender}: {error.reason}; {error.remedy}"
    assert "line 2" in error.offender
    assert "by hand" in error.remedy
