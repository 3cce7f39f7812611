"""Markdown that no chart can break out of, and that fits."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from release.github.markdown import escape, fenced
from release.plan.change import Plan
from release.plan.markdown import LIMIT, MARKER, to_markdown
from release.rendering.renderedobjects import Unknown
from tests.release.plan.changes import change

COMMAND = "hmco plan --base main"


def config(data: str, name: str = "a") -> str:
    return f"---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {data}\n"


def plan_of(*changes: object) -> Plan:
    return Plan("main", "the work tree", tuple(changes))  # type: ignore[arg-type]


@given(st.text())
def test_no_text_becomes_markup_or_leaves_its_line(text: str) -> None:
    unescaped = re.sub(r"\\.", "", escape(text))
    assert not re.search(r"[<>|`*_\[\]$\n]|@(?!\u200b)|://", unescaped)


@given(st.lists(st.text(alphabet="`a~ ", max_size=9)))
def test_no_content_ends_its_fence(lines: list[str]) -> None:
    block = fenced("\n".join(lines), "diff").split("\n")
    fence = block[-1]
    assert not any(line.startswith(fence) for line in block[1:-1])


def test_a_fence_a_tag_and_a_mention_in_a_chart_stay_text() -> None:
    evil = "'</details>```\\n@everyone <img src=x>'"
    named = config(evil, '"</summary><script>@all|`x`"')
    text = to_markdown(plan_of(change("", named)), COMMAND)
    outside = re.sub(r"(?s)(`{3,})diff.*?\n\1\n", "", text)
    assert "<script>" not in outside
    assert "@all" not in outside
    assert outside.count("</details>") == 1
    assert text.startswith(MARKER)


def test_each_object_has_its_own_details_with_its_difference() -> None:
    text = to_markdown(plan_of(change(config("{x: one}"), config("{x: two}"))), COMMAND)
    assert "<details><summary>changed ConfigMap a</summary>" in text
    assert "\n-  x: one\n+  x: two\n" in text


def test_no_change_says_so() -> None:
    assert "nothing changes for any cluster" in to_markdown(plan_of(), COMMAND)


def test_what_is_unknown_is_told_with_its_command() -> None:
    unknown = replace(change("", ""), unknown=(Unknown("it depends on x", "helm y"),))
    text = to_markdown(plan_of(unknown), COMMAND)
    assert "**unknown**: it depends on x; run\\: helm y" in text


@pytest.mark.parametrize(("applications", "size"), [(1, 200_000), (40, 4_000), (3_000, 10)])
def test_a_long_plan_is_shortened_by_meaning_and_says_so(applications: int, size: int) -> None:
    many = [
        change(config("{}"), config(f"{{x: {'y' * size}}}"), f"chart{number}")
        for number in range(applications)
    ]
    text = to_markdown(plan_of(*many), COMMAND)
    assert len(text) <= LIMIT
    assert "`hmco plan --base main`" in text
    assert "Shortened to fit" in text or "rows are left out" in text
    assert "chart0" in text


def test_the_worst_application_keeps_its_details_longest() -> None:
    first, last = (change(config("{}"), config(f"{{x: {'y' * 30_000}}}"), name) for name in "ab")
    text = to_markdown(plan_of(first, last), COMMAND, 50_000)
    assert text.count("<details>") == 1
    assert text.index("#### test a") < text.index("<details>") < text.index("#### test b")


def test_noise_is_left_out_and_said_to_be() -> None:
    def noisy(value: str) -> str:
        return config("{}").replace("{name: a}", f"{{name: a, labels: {{helm.sh/chart: {value}}}}}")

    text = to_markdown(plan_of(change(noisy("c-1"), noisy("c-2"))), COMMAND)
    assert "1 more differs in nothing but noise" in text
    assert "<details>" not in text
