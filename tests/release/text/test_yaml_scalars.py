import re

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from release.text.yaml_scalars import double_quoted, is_plain_phrase, is_plain_word, spell

ENCODABLE = st.text(st.characters(codec="utf-8"), max_size=20)
LOOKS_ODD = st.from_regex(
    r"[-+]?[0-9._:,xobeE+-]{1,8}|[A-Za-z._~=<0-9-]{1,6}|\d{4}-\d\d-\d\d", fullmatch=True
)
# YAML 1.2 core schema §10.3.2, YAML 1.1's own types, and what go-yaml reads besides.
NOT_TEXT = re.compile(
    r"""null|Null|NULL|~|true|True|TRUE|false|False|FALSE|[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+
    |[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)
    |y|Y|n|N|(yes|no|on|off)|(Yes|No|On|Off)|(YES|NO|ON|OFF)|[-+]?0b[01_]+|[-+]?[0-9][0-9_]*
    |[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ].*)?|=|<<""",
    re.VERBOSE,
)


@given(ENCODABLE)
@example("\u2028\x85\ufeff\x7f\x00\t\\\"'")
def test_every_text_is_read_back_from_its_quotes(text: str) -> None:
    assert yaml.safe_load(double_quoted(text)) == text
    assert yaml.load(double_quoted(text), Loader=yaml.CSafeLoader) == text
    assert "\n" not in double_quoted(text)


@given(st.one_of(ENCODABLE, LOOKS_ODD))
def test_every_text_is_read_back_as_text_in_block_and_flow(text: str) -> None:
    assert yaml.safe_load(f"v: {spell(text)}  # c") == {"v": text}
    assert yaml.safe_load(f"{{v: {spell(text)}, {spell('k' + text)}: w}}")["v"] == text


@given(LOOKS_ODD)
def test_nothing_stays_unquoted_that_some_yaml_reads_as_another_type(text: str) -> None:
    if is_plain_phrase(text):
        assert not NOT_TEXT.fullmatch(text)
        assert yaml.safe_load(f"[{text}]") == [text]


@pytest.mark.parametrize("text", ["1.2.3", "1.0.0-rc.1", "1.0.0-1e3", "main", "file", "a/b@c"])
def test_versions_and_words_need_no_quotes(text: str) -> None:
    assert is_plain_word(text)


@pytest.mark.parametrize(
    "text",
    ["1.10", "1", "1e3", "0x1F", "0o17", "017", "1_000", "12:30", "2025-10-31", ".5", "-1", "on",
     "No", "Y", "NULL", "~", "", " a", "a ", "a: b", "a #b", "- a", "*a", "&a", "!a", "%a", "@a",
     "`a", "{a}", "[a]", "a,b", "'a'", '"a"', "|", ">", "?", "<<", "=", "\u0661.2.3", "é", "a\nb"],
)  # fmt: skip
def test_what_may_be_read_as_something_else_gets_quotes(text: str) -> None:
    assert not is_plain_word(text)
    assert not is_plain_phrase(text)
