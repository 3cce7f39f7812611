from typing import Any

import pytest

from release.promotion.bumps import wanted_version
from release.promotion.changelognotes import Message
from release.promotion.chartfacts import Tag
from release.promotion.cut import CutRequest, decide_cut
from release.promotion.decision import Action, CutVersion, Refusal
from tests.release.promotion.promoting import promote
from tests.release.promotion.situations import NOW, REGISTRY, codes, facts, planned, told


def cut(
    asked: str = "minor", chart: str = "api", notes: Any = (), **about: Any
) -> Action | Refusal:
    changed = {"changed_since_release": True, "unreleased": True, **about}
    request = CutRequest(chart, asked, tuple(notes))
    return decide_cut(REGISTRY, request, lambda: facts(**changed), NOW)


SUB_CHART: dict[str, Any] = {"has_changelog": False, "speaker": "suite"}


@pytest.mark.parametrize(
    ("asked", "present", "wanted"),
    [
        ("patch", "1.1.0", "1.1.1"),
        ("minor", "1.1.4", "1.2.0"),
        ("major", "1.1.4", "2.0.0"),
        ("2.0.0-rc.1", "1.1.4", "2.0.0-rc.1"),
        ("patch", "1.1.0-rc.1", "1.1.0"),
        ("minor", "1.1.0-rc.1", "1.1.0"),
        ("minor", "1.1.1-rc.1", "1.2.0"),
        ("major", "2.0.0-rc.1", "2.0.0"),
        ("major", "2.1.0-rc.1", "3.0.0"),
        ("patch", "0.0.0", "0.0.1"),
    ],
)
def test_a_keyword_means_the_next_version_of_that_kind(
    asked: str, present: str, wanted: str
) -> None:
    assert wanted_version(asked, present) == wanted


def test_a_cut_moves_what_unreleased_says() -> None:
    action = planned(cut())
    assert action.edits == (CutVersion("api", "1.1.0", "1.2.0", "2026-06-10"),)


def test_a_note_speaks_where_unreleased_is_empty() -> None:
    action = planned(
        cut(notes=[("Fixed", "Leak")], unreleased=False, commits=(Message("fix: leak"),))
    )
    assert action.edits == (
        CutVersion("api", "1.1.0", "1.2.0", "2026-06-10", (("Fixed", "Leak"),)),
    )


def test_a_sub_chart_needs_its_parent_next() -> None:
    action = planned(cut(chart="engine", **SUB_CHART))
    assert (
        "suite deploys it and needs a version of its own next (hmco cut suite" in action.remarks[0]
    )


def test_a_version_that_chart_yaml_states_is_cut_already() -> None:
    assert planned(cut("1.1.0", changed_since_release=False)).done_already


def test_a_first_version_is_cut_under_the_number_that_chart_yaml_states() -> None:
    action = planned(cut("1.0.0", version="1.0.0", tags={}, sections=frozenset()))
    assert action.edits == (CutVersion("api", "1.0.0", "1.0.0", "2026-06-10"),)


REFUSALS: dict[str, tuple[dict[str, Any], str, str]] = {
    "lower": (
        {"asked": "1.0.9"},
        "not-higher",
        "1.0.9 is not higher than 1.1.0, which Chart.yaml of api states; cut the next one",
    ),
    "prerelease of what is out": (
        {"asked": "1.1.0-rc.1"},
        "not-higher",
        "1.1.0-rc.1 is not higher than 1.1.0",
    ),
    "tag there": (
        {"asked": "1.2.0", "tags": {v: Tag(v) for v in ("1.1.0", "1.2.0")}},
        "tagged",
        "the tag api-1.2.0 exists, and a version is cut only once",
    ),
    "section there": (
        {"asked": "1.2.0", "sections": frozenset({"1.1.0", "1.2.0"})},
        "section",
        "the changelog of api already has a section for 1.2.0",
    ),
    "last one never tagged": (
        {"asked": "1.2.0", "tags": {}},
        "release-untagged",
        "api 1.1.0 was cut, but there is no tag api-1.1.0 here",
    ),
    "released and changed": (
        {"asked": "1.1.0"},
        "tagged",
        "api 1.1.0 is released, and the chart changed since; cut the next version",
    ),
    "nothing to say": (
        {
            "asked": "1.2.0",
            "unreleased": False,
            "commits": (Message("chore: tidy"), Message("Merge branch x")),
        },
        "silent",
        "the changelog of api has nothing to say",
    ),
    "said twice": (
        {"asked": "1.2.0", "notes": [("Fixed", "x")]},
        "note",
        "the Unreleased section of api already has something to say",
    ),
    "sub-chart whose parent says nothing": (
        {"chart": "engine", **SUB_CHART, "unreleased": False, "commits": (Message("feat: x"),)},
        "silent",
        (
            "engine has no changelog of its own, and the Unreleased section of suite, which "
            "deploys it, has nothing to say; say what it brings: hmco cut engine VERSION --note"
        ),
    ),
    "no changelog": (
        {"has_changelog": False},
        "no-changelog",
        "api has no CHANGELOG.md; add CHANGELOG.md: a title, `## [Unreleased]` and the present",
    ),
    "chart of no version": (
        {"asked": "1.2.0", "version": "1.0", "tags": {}, "sections": frozenset()},
        "version",
        "Chart.yaml of api says '1.0', which is not an exact version",
    ),
    "unknown": ({"chart": "x" * 300}, "unknown-chart", "is not a chart"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_cut_is_refused_with_the_fact_and_the_next_step(case: str) -> None:
    given, code, sentence = REFUSALS[case]
    decision = cut(**given)
    assert codes(decision) == (code,), told(decision)
    assert sentence in told(decision)


WRONG_VERSIONS = [
    "", " ", "latest", "v1.2.0", "1", "1.2", "1.2.x", "^1.2.0", "~1.2.0", ">=1.2.0", "*",
    "01.2.0", "1.02.0", "1.2.03", "1.2.0-01", "1.2.0+build", "1.2.0\n", "1.2.0 ", " 1.2.0",
    "1.2.0\x00", "1.2.0;rm -rf /", "$(id)", "`id`", "../1.2.0", "1.2.0/../..", "-1.2.0", "1.2.-3",
    "\uff11.2.0", "1\u22242.0", "1.2.0\u200b", "1.2.0-", "1.2.0-a..b", "1.2.0-ü", "MAJOR",
    "1.2.0" + "0" * 60, "1e3.0.0", "0x1.2.0", "1_0.2.0", "--help", "HEAD", "refs/tags/api-1.2.0",
]  # fmt: skip


@pytest.mark.parametrize("version", WRONG_VERSIONS)
def test_a_version_of_the_wrong_kind_is_misuse(version: str) -> None:
    decision = cut(version)
    assert codes(decision) == ("version",)
    assert isinstance(decision, Refusal)
    assert decision.misuse
    assert told(decision).isprintable(), "a message must not carry what the caller smuggled in"


def test_a_note_for_a_sub_chart_speaks_for_it_where_its_parent_s_changelog_is() -> None:
    for unreleased in (False, True):
        action = planned(
            cut(chart="engine", **SUB_CHART, notes=[("Fixed", "x")], unreleased=unreleased)
        )
        (edit,) = action.edits
        assert isinstance(edit, CutVersion)
        assert edit.notes == (("Fixed", "x"),)


BREAKS = (Message("fix: x", "BREAKING CHANGE: the key is gone"),)


@pytest.mark.parametrize("asked", ["patch", "minor"])
def test_a_keyword_that_promises_less_than_what_breaks_is_refused(asked: str) -> None:
    decision = cut(asked, commits=BREAKS)
    assert codes(decision) == ("bump",)
    assert "the key is gone; say so: hmco cut api major" in told(decision)


@pytest.mark.parametrize(
    ("asked", "present"),
    [
        ("major", "1.1.0"),
        ("1.1.1", "1.1.0"),
        ("minor", "0.1.0"),
        ("minor", "1.1.0-rc.1"),
    ],
)
def test_a_bump_that_says_what_breaks_or_an_exact_version_is_taken(
    asked: str, present: str
) -> None:
    assert isinstance(
        cut(asked, version=present, tags={}, sections=frozenset(), commits=BREAKS), Action
    )


def test_before_1_0_0_a_patch_may_not_break_either() -> None:
    decision = cut("patch", version="0.1.0", tags={}, sections=frozenset(), commits=BREAKS)
    assert "hmco cut api minor" in told(decision)


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("3.0.0", "3.0.0 leaves out versions: after 1.1.0 come 1.1.1, 1.2.0, 2.0.0"),
        ("1.1.3-rc.1", "1.1.3-rc.1 leaves out versions"),
        ("1.2.0", ""),
        ("2.0.0-rc.1", ""),
    ],
)
def test_an_exact_version_that_leaves_others_out_is_told(version: str, said: str) -> None:
    about = {"changed_since_release": True, "unreleased": True}
    for action in (
        planned(cut(version)),
        planned(promote("api", "staging", version, about=facts(**about))),
    ):
        assert "".join(action.remarks).startswith(said)
        assert bool(action.remarks) == bool(said)
