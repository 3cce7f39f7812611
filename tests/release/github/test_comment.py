"""The comment: worst first, escaped, one size for all, and a word on everything."""

from dataclasses import replace

import pytest
from markdown_it import MarkdownIt

from release.github.comment import LIMIT, MARKER, Found, Telling, comment
from release.github.enginepreview import stack_result
from release.github.results import LIMIT as RESULT_LIMIT
from release.github.results import Change, StackResult, decoded, encoded, pack, unpack
from tests.release.github.hostile import TEXTS

UPDATE = Change("update", "kubernetes:argoproj.io/v1alpha1:Application", "vault-prod", "-a\n+b")
CHANGED = StackResult(stack="prod", outcome="changed", changes=(UPDATE,))
FINE = {"changes": "success", "check": "success", "preview-prod": "success"}
OURS = {"details", "summary", "b"}


def markup(text: str) -> tuple[set[str], list[str]]:
    """Return the HTML tags and the links that GitHub would make of it."""
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(text)
    html: set[str] = set()
    links: list[str] = []
    for token in (each for top in tokens for each in (top, *(top.children or ()))):
        if token.type in {"html_block", "html_inline"}:
            html |= {p.split(">")[0].strip("/ ") for p in token.content.split("<")[1:]}
        if token.type in {"link_open", "image"}:
            links.append(str(token.attrs.get("href") or token.attrs.get("src")))
    return html, links


def prose(text: str) -> str:
    """Return what is no code, where GitHub looks for mentions."""
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(text)
    parts = (child for top in tokens for child in top.children or ())
    return "\n".join(part.content for part in parts if part.type == "text")


def test_what_a_preview_may_not_see_is_told() -> None:
    seen = replace(CHANGED, guard=False)
    said = comment(Telling(outcomes=FINE, results=(seen,), findings=()))

    assert "What guards the repository is left out of prod" in said
    assert "left out" not in comment(Telling(outcomes=FINE, results=(CHANGED,), findings=()))
    assert decoded("prod", encoded(seen)) == seen


def test_no_change_is_told_too() -> None:
    text = comment(
        Telling(outcomes=FINE, results=[replace(CHANGED, outcome="unchanged", changes=())])
    )

    assert text.startswith(MARKER)
    assert "✅ No changes" in text


def test_the_worst_stack_stands_first() -> None:
    failed = StackResult(stack="dev", outcome="failed", error="no such thing\nmore")
    gone = replace(UPDATE, op="delete", name="gone")
    deleting = StackResult(stack="staging", outcome="changed", changes=(UPDATE, gone))

    text = comment(Telling(outcomes=FINE, results=[CHANGED, deleting, failed]))

    assert text.index("**dev**") < text.index("**staging**") < text.index("**prod**")
    assert "FAILED: dev\\: no such thing" in text
    assert text.index("🔴 delete") < text.index("🟡 update")


def test_a_job_that_ended_before_it_found_anything_is_told() -> None:
    text = comment(Telling(outcomes={**FINE, "preview-dev": "cancelled"}, results=[CHANGED]))

    assert "preview\\-dev: cancelled before it found anything" in text
    assert "FAILED" in text


def test_stale_files_fail_and_name_their_command() -> None:
    text = comment(Telling(outcomes=FINE, stale=[".github/workflows/drift.yml"], findings=()))

    assert "FAILED" in text
    assert "hmco workflows" in text


@pytest.mark.parametrize("hostile", TEXTS, ids=range(len(TEXTS)))
def test_hostile_text_is_shown_and_obeyed_nowhere(hostile: str) -> None:
    change = Change(hostile, hostile, hostile, hostile)
    telling = Telling(
        outcomes={**FINE, hostile.split(maxsplit=1)[0] if hostile.split() else "x": "failure"},
        results=[
            StackResult(stack="prod", outcome="changed", changes=(change,)),
            StackResult(stack=hostile[:200], outcome="failed", error=hostile),
        ],
        findings=[Found("error", hostile, hostile, hostile, hostile)],
        stale=[hostile],
    )

    text = comment(telling)

    html, links = markup(text)
    assert {tag for tag in html if tag and not tag.startswith("!--")} <= OURS
    assert links == []
    assert len(text) <= LIMIT
    assert "@everyone" not in prose(text)


def test_a_thousand_changes_fit_and_none_is_cut_in_the_middle() -> None:
    changes = tuple(replace(UPDATE, name=f"app-{n}", diff="+x\n" * 400) for n in range(1000))
    results = [StackResult(stack=s, outcome="changed", changes=changes) for s in ("dev", "prod")]

    text = comment(Telling(outcomes=FINE, results=results, run="https://github.com/o/r/actions/1"))

    assert len(text) <= LIMIT
    assert text.count("<details>") == text.count("</details>")
    assert text.count("```") % 2 == 0
    assert "https://github.com/o/r/actions/1" in text


def test_a_result_travels_as_one_safe_line() -> None:
    odd = StackResult(stack="prod", outcome="failed", error="a\nb=c\n::error::x", changes=(UPDATE,))

    text = encoded(odd)

    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=")
    assert decoded("prod", text) == odd


def test_a_result_that_is_too_long_loses_its_longest_diffs_and_says_so() -> None:
    noise = tuple(
        replace(
            UPDATE,
            name=f"app-{n}",
            diff="".join(chr(33 + (n * 7 + i * i) % 90) for i in range(9000)),
        )
        for n in range(200)
    )

    text = encoded(StackResult(stack="prod", outcome="changed", changes=noise))
    back = decoded("prod", text)

    assert len(text) <= RESULT_LIMIT
    assert back is not None
    assert back.cut > 0 or len(text) < RESULT_LIMIT


@pytest.mark.parametrize("text", ["", "x", "AAAA", pack([1]), pack({"stack": 1}), *TEXTS[:40]])
def test_a_result_that_others_made_is_no_result(text: str) -> None:
    assert decoded("prod", text) is None


def test_a_bomb_is_not_unpacked() -> None:
    assert unpack(pack("A" * 9_000_000)) is None


def test_the_engines_words_become_a_result() -> None:
    out = (
        '{"steps":[{"op":"update","urn":"urn:pulumi:p::hmco::a$kubernetes:x:Application::vault",'
        '"oldState":{"inputs":{"a":1}},"newState":{"inputs":{"a":2}}},'
        '{"op":"same","urn":"urn:pulumi:p::hmco::pulumi:pulumi:Stack::hmco-p"}]}'
    )

    found = stack_result("p", 0, out, "")

    assert found.outcome == "changed"
    assert [(c.op, c.kind, c.name) for c in found.changes] == [
        ("update", "kubernetes:x:Application", "vault")
    ]
    assert found.changes[0].diff.splitlines()[1:] == ["-a: 1", "+a: 2"]


def test_expecting_no_changes_fails_the_engine_and_is_no_failure_here() -> None:
    out = '{"steps":[{"op":"update","urn":"urn:pulumi:p::hmco::x:y:Z::n"}]}'
    told = "error: no changes were expected for preview but changes were proposed"

    assert stack_result("p", 7, out, told).outcome == "changed"
    assert stack_result("p", 1, "", "error: boom").outcome == "failed"
    assert stack_result("p", 1, "no json", "").error == "no json"
