"""Exact versions, their tags and the labels that carry them (SemVer 2.0.0)."""

import re

import pytest
import semver
from hypothesis import given
from hypothesis import strategies as st

from release.versions import VersionError, is_version, parse_version, tag_of, tag_ref

LABEL_VALUE = re.compile(r"([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?")

WRONG = {
    "two-parts": ("1.0", "not an exact version"),
    "four-parts": ("1.0.0.0", "not an exact version"),
    "prefix": ("v1.0.0", "not an exact version"),
    "leading-zero": ("01.0.0", "not an exact version"),
    "leading-zero-in-prerelease": ("1.0.0-01", "not an exact version"),
    "empty-identifier": ("1.0.0-a..b", "not an exact version"),
    "range": (">=1.0.0", "not an exact version"),
    "branch": ("main", "not an exact version"),
    "empty": ("", "not an exact version"),
    "outer-space": (" 1.0.0", "not an exact version"),
    "line-end": ("1.0.0\n", "not an exact version"),
    "line-end-after-prerelease": ("1.0.0-a\n", "not an exact version"),
    "full-width": ("\uff11.0.0", "not an exact version"),
    "other-digits": ("1.\u0663.0", "not an exact version"),
    "other-digits-in-prerelease": ("1.0.0-\u0663a", "not an exact version"),
    "sign": ("-1.0.0", "not an exact version"),
    "build": ("1.0.0+b.1", "carries build metadata; write '1.0.0'"),
    "long": (f"1.0.0-{'a' * 60}", "is 66 characters long; a version is at most 63"),
    "final-hyphen": ("1.0.0-a-", "ends with a hyphen"),
}


@pytest.mark.parametrize(("text", "words"), WRONG.values(), ids=WRONG)
def test_what_is_no_exact_version_is_refused_with_the_reason(text: str, words: str) -> None:
    with pytest.raises(VersionError) as refusal:
        parse_version(text)

    assert words in str(refusal.value)
    assert repr(text)[1:20] in str(refusal.value)
    assert not is_version(text)


def test_a_number_of_thousands_of_digits_is_refused_in_a_short_message() -> None:
    with pytest.raises(VersionError, match=r"not an exact version \(MAJOR") as refusal:
        parse_version(f"{'9' * 5000}.0.0")

    assert len(str(refusal.value)) < 200


@pytest.mark.parametrize("text", ["0.0.0", "1.0.0-rc.1", "1.0.0--a", "10.20.30", "1.0.0-0a"])
def test_an_exact_version_is_accepted(text: str) -> None:
    assert str(parse_version(text)) == text


NUMBERS = st.integers(0, 10**9).map(str)
IDENTIFIERS = st.from_regex(r"[0-9]*[A-Za-z-][0-9A-Za-z-]{0,5}", fullmatch=True) | NUMBERS
VERSIONS = st.builds(
    lambda core, tail: ".".join(core) + (f"-{'.'.join(tail)}" if tail else ""),
    st.tuples(NUMBERS, NUMBERS, NUMBERS),
    st.lists(IDENTIFIERS, max_size=3),
)


@given(VERSIONS)
def test_every_accepted_version_is_a_label_value_and_written_as_it_was(text: str) -> None:
    if is_version(text):
        assert LABEL_VALUE.fullmatch(text)
        assert str(parse_version(text)) == text
    else:
        assert len(text) > 63 or text.endswith("-")


@given(VERSIONS, VERSIONS)
def test_order_is_that_of_semver_precedence(one: str, other: str) -> None:
    if is_version(one) and is_version(other):
        assert (parse_version(one) < parse_version(other)) == (
            semver.Version.parse(one).compare(other) < 0
        )


@given(st.text(max_size=20))
def test_no_text_but_a_version_is_accepted(text: str) -> None:
    assert not is_version(text) or re.fullmatch(r"[0-9]+(\.[0-9]+){2}(-[0-9A-Za-z.-]+)?", text)


def test_a_tag_names_chart_and_version() -> None:
    assert tag_of("data-platform", "1.0.0") == "data-platform-1.0.0"
    assert tag_ref("data-platform", "1.0.0") == "refs/tags/data-platform-1.0.0"
