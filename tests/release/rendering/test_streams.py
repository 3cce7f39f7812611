"""Helm's output, taken apart as Argo CD does."""

import pytest

from release.rendering.renderedobjects import Flaw
from release.rendering.stream import read_stream

MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"


def kinds(text: str) -> list[str]:
    found, flaws = read_stream(text)
    assert flaws == []
    return [str(item.body["kind"]) for item in found]


def test_each_object_knows_the_template_that_made_it() -> None:
    found, _ = read_stream(f"---\n# Source: c/templates/a.yaml\n{MAP}---\n{MAP}")
    assert [item.source for item in found] == ["c/templates/a.yaml"] * 2


def test_documents_of_comments_alone_and_empty_ones_are_no_objects() -> None:
    assert kinds(f"---\n# nothing\n---\n\n---\n{MAP}---\n---\n") == ["ConfigMap"]


def test_a_list_is_taken_apart() -> None:
    text = (
        "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: A, metadata: {name: a}}\n"
        "- {apiVersion: v1, kind: B, metadata: {name: b}}\n"
    )
    assert kinds(text) == ["A", "B"]


def test_three_dashes_inside_a_text_end_no_document() -> None:
    text = f"{MAP}data:\n  x: |\n    ---\n    more\n"
    found, _ = read_stream(text)
    assert found[0].body["data"] == {"x": "---\nmore\n"}


@pytest.mark.parametrize(
    "text",
    [
        MAP.replace("\n", "\r\n"),
        '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}',
        "x: &x {name: a}\napiVersion: v1\nkind: ConfigMap\nmetadata: *x\n",
        f"--- # a comment\n{MAP}",
        f"{MAP}data: {{since: 2024-01-01, at: 2024-01-01T00:00:00Z, is: =}}\n",
    ],
    ids=["crlf", "json", "anchor", "comment", "dates"],
)
def test_every_form_of_yaml_is_read(text: str) -> None:
    assert kinds(text) == ["ConfigMap"]


@pytest.mark.parametrize(
    ("plain", "read"),
    [
        ("80:80", "80:80"),
        ("y", True),
        ("NO", False),
        ("0o17", 15),
        ("08", 8),
        ("1_000", 1000),
        ("1e3", 1000),
        ("1.0", 1),
        ("1.50", 1.5),
        ("2024-01-01", "2024-01-01"),
        ("=", "="),
        ("<<", "<<"),
        ("9007199254740993", 9007199254740993),
        ("12345678901234567890", 12345678901234567000),
        ("'1'", "1"),
        ("!!str 1", "1"),
    ],
)
def test_a_scalar_is_what_kubernetes_reads(plain: str, read: object) -> None:
    found, _ = read_stream(f"{MAP}x: {plain}\n")
    value = found[0].body["x"]
    assert (value, type(value)) == (read, type(read))


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("apiVersion: v1\nmetadata: {name: a}\n", "is a document without kind"),
        ("kind: A\nmetadata: {name: a}\n", "is a A without apiVersion"),
        ("apiVersion: v1\nkind: A\n", "is a A without metadata.name"),
        ("apiVersion: v1\nkind: A\nmetadata: {name: ''}\n", "is a A without metadata.name"),
        ("groups: []\n", "is a document without apiVersion and kind and metadata.name"),
        ("just words\n", "is a text and not an object"),
        ("- a\n", "is a list and not an object"),
        ("a: [\n", "is not YAML: did not find expected node content in line 3"),
        (f"{MAP}x: !!binary aGk=\n", "cannot be written as JSON: TypeError"),
        (f"{MAP}x: .nan\n", "cannot be written as JSON: ValueError"),
    ],
)
def test_a_document_that_is_no_object_is_a_flaw(text: str, what: str) -> None:
    found, flaws = read_stream(f"# Source: c/templates/a.yaml\n{text}")
    assert found == []
    assert flaws == [Flaw("c/templates/a.yaml", what)]
