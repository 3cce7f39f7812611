"""A stack file is read as it is written, and what YAML would hide or guess is told."""

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from release.settings.problems import SettingsError
from release.settings.stackfile import environment_of, parse_stack_file
from release.text.goyaml import go_reads_as
from tests.builders import load_settings, stack, stack_text

UNREADABLE = {
    "empty": ("", "0: : the file is not a mapping; it must begin with `config:`"),
    "comment-only": ("# nothing\n", "0: : the file is not a mapping"),
    "list": ("- a\n", "0: : the file is not a mapping"),
    "text": ("hello", "0: : the file is not a mapping"),
    "nul": ('config:\n  hmco:project: "a\0"\n', "2: : is not valid YAML: it holds a control"),
    "bell": ("config:\n  hmco:project: \a\n", "2: : is not valid YAML: it holds a control"),
    "tab": ("config:\n\thmco:project: a\n", "2: : is not valid YAML: found character that cannot"),
    "two-documents": ("config: {}\n---\nconfig: {}\n", "2: : is not valid YAML: a second document"),
    "open-bracket": ("config: [a\n", "2: : is not valid YAML: did not find expected"),
    "lone-surrogate": ('config: "\\ud800"\n', "1: : is not valid YAML: found invalid Unicode"),
    "unknown-alias": ("config: *a\n", "1: : is not valid YAML: found undefined alias"),
    "merge-marker": ("<<<<<<< HEAD\nconfig:\n=======\n", "2: : is not valid YAML"),
    "deep-lists": (f"config:\n  hmco:a: {'[' * 100_000}\n", "2: : is not valid YAML: nests deeper"),
    "deep-maps": (f"config: {'{a: ' * 100_000}\n", "1: : is not valid YAML: nests deeper"),
    "deep-dashes": (f"config:\n  {'- ' * 100_000}a\n", "2: : is not valid YAML: nests deeper"),
    "half-a-character": ("config: \ud800\n", "0: : is not valid YAML: holds half a Unicode"),
    "config-list": ("config: []\n", "1: config: must be a mapping of settings"),
    "misspelt-config": ("cofnig: {}\n", "1: cofnig: unknown key (allowed: config, encrypted"),
    "giant": (f"#{'x' * 4_000_000}\n", "0: : is longer than 4,000,000 characters"),
}


@pytest.mark.parametrize(("text", "expected"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_file_that_cannot_be_read_gives_one_reason_and_no_list_of_missing_settings(
    text: str, expected: str
) -> None:
    with pytest.raises(SettingsError) as refusal:
        load_settings(parse_stack_file("Pulumi.test.yaml", text))

    (problem,) = refusal.value.problems
    assert f"{problem.line}: {problem.key}: {problem.message}".startswith(expected)


HIDDEN = {
    "depths": (
        stack_text() + f"  hmco:a: {'[' * 33}{']' * 33}\n",
        "a: nests deeper than 32 levels; no setting does",
    ),
    "duplicate-setting": (
        stack_text() + "  hmco:soak: 3h\n",
        "soak: appears twice; keep one of them",
    ),
    "duplicate-version": (
        stack_text({"versions": "{alpha: 1.0.0, alpha: 1.0.1}"}),
        "versions.alpha: appears twice; keep one of them",
    ),
    "merge-key": (
        stack_text({"holds": "{<<: {}}"}),
        "holds: merge keys (<<) hide values from review; write them out",
    ),
    "alias-in-setting": (
        stack_text({"project": "&p testing", "destination.namespaceSuffix": "*p"}),
        "destination.namespaceSuffix: an alias (*) hides the value from review; write it out",
    ),
    "alias-of-itself": (
        stack_text({"promotesFrom": "&loop [*loop]"}),
        "promotesFrom.0: an alias (*) hides the value from review; write it out",
    ),
    "tagged-object": (
        stack_text({"holds": "!!python/object:os.system {}"}),
        "holds: remove the tag !!python/object:os.system",
    ),
    "tagged-list": (stack_text({"promotesFrom": "!mine []"}), "promotesFrom: remove the tag !mine"),
    "tagged-text": (stack_text({"soak": "!mine 2h"}), "soak: remove the tag !mine"),
    "list-as-key": (
        stack_text({"holds": "{[alpha]: {}}"}),
        "holds: a key must be plain text",
    ),
    "on-as-key": (
        stack_text({"notifications": "{on: [ops]}"}),
        'notifications.on: quote the key: "on"',
    ),
    "number-as-key": (
        stack_text({"notifications": "{1e3: [ops]}"}),
        'notifications.1e3: quote the key: "1e3"',
    ),
    "no-namespace": (
        stack_text() + "  soak: 2h\n",
        "soak: has no namespace; write hmco:soak instead",
    ),
    "older-spelling": (
        stack_text() + "  hmco:config:soak: 2h\n",
        "config:soak: write hmco:soak instead",
    ),
    "byte-order-mark": (
        "\ufeff" + stack_text(),
        "begins with a byte order mark; save it as UTF-8 without one",
    ),
    "unknown-top-level-key": (
        stack_text() + "conifg: {}\n",
        "conifg: unknown key (allowed: config, encryptedkey",
    ),
}


@pytest.mark.parametrize(("text", "expected"), HIDDEN.values(), ids=HIDDEN)
def test_what_hides_a_value_from_review_is_told(text: str, expected: str) -> None:
    (problem,) = parse_stack_file("Pulumi.test.yaml", text).problems

    assert f"{problem.key}: {problem.message}".removeprefix(": ").startswith(expected)


def test_keys_of_other_namespaces_are_left_to_their_owners() -> None:
    text = stack_text() + "  kubernetes:context: &on on\n  pulumi:tags: {a: 1.10, b: *on}\n"

    assert load_settings(parse_stack_file("Pulumi.test.yaml", text)).project == "testing"


def test_windows_line_ends_change_nothing() -> None:
    text = stack_text()

    crlf = parse_stack_file("Pulumi.test.yaml", text.replace("\n", "\r\n"))

    assert crlf.config == parse_stack_file("Pulumi.test.yaml", text).config
    assert crlf.line("versions", "alpha") == 20


def test_lines_are_those_of_the_values_or_their_nearest_parents() -> None:
    found = stack({"promotesFrom": "\n    - a\n    - b", "versions.alpha": "1.0.0"})
    lines = found.text.splitlines()

    assert lines[found.line("promotesFrom", 1) - 1].strip() == "- b"
    assert lines[found.line("versions", "alpha") - 1].strip() == "alpha: 1.0.0"
    assert lines[found.line("syncPolicy", "retry", "bogus") - 1].strip() == "retry:"
    assert found.line("bogus") == 0


@pytest.mark.parametrize(
    ("name", "environment"),
    [
        ("Pulumi.prod.yaml", "prod"),
        ("Pulumi.prod-eu.yaml", "prod-eu"),
        ("Pulumi.yaml", None),
        ("Pulumi..yaml", None),
        ("Pulumi.prod.yml", None),
        ("Pulumi.prod.yaml.orig", None),
        ("Pulumi.a/b.yaml", None),
    ],
)
def test_the_environment_is_named_by_its_file(name: str, environment: str | None) -> None:
    assert environment_of(name) == environment


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Co", "Cn"]), max_size=30)


@given(TEXTS.filter(bool))
def test_quoted_text_is_always_read_as_that_text(text: str) -> None:
    found = stack({"purpose": json.dumps(text, ensure_ascii=False)})

    assert found.problems == ()
    assert found.config["purpose"] == text


@given(st.text(max_size=60) | st.binary(max_size=60).map(lambda data: data.decode("latin-1")))
def test_no_text_makes_the_reader_crash(text: str) -> None:
    for candidate in (text, f"config: {text}", f"config:\n  hmco:project: {text}\n"):
        found = parse_stack_file("Pulumi.test.yaml", candidate)
        assert found.problems or found.config or "config" not in text


def test_as_many_levels_as_are_allowed_are_read() -> None:
    found = parse_stack_file("Pulumi.test.yaml", f"config: {'[' * 31}{']' * 31}\n")

    assert [problem.message for problem in found.problems] == ["must be a mapping of settings"]


# What yaml.v2 and yaml.v3 make of these was read off both libraries; True means it stays text.
GO_READS_AS_TEXT = {
    **dict.fromkeys(["y", "N", "1e3", "1E3", "12e-1", "1.", ".5", "-.5", "1_000", "08"], False),
    **dict.fromkeys(["0o17", "0O17", "0b11", "0x1F", "+5", "2026-1-2", "2026-11-22"], False),
    **dict.fromkeys(["1.2.3", "1.0.0", "e3", "1e", "_1", "nan", "inf", ".", "", "yy"], True),
    **dict.fromkeys(["1e3.5", "0x", "2026-1", "v1", "-", "2h", "5s", "main", "argocd"], True),
}


@pytest.mark.parametrize(("text", "stays"), GO_READS_AS_TEXT.items())
def test_what_go_reads_otherwise_is_known(text: str, stays: bool) -> None:  # noqa: FBT001 -- a column of the table
    assert (go_reads_as(text) is None) == stays


def test_what_pyyaml_takes_for_text_and_go_does_not_is_told() -> None:
    assert yaml.safe_load("1e3") == "1e3"

    (problem,) = stack({"purpose": "1e3"}).problems

    assert problem.message == (
        'YAML reads 1e3 as a number; write "1e3" in quotes (or plain digits, if that is meant)'
    )
