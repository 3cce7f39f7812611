"""Long sentences are broken between words, and a command is one word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from release.text.wrapped import wrapped

COMMANDS = (
    "hmco promote data-platform 1.4.0 --to prod",
    'hmco unhold monitoring --env prod --reason "its cause; (found), or not"',
    "git config user.name 'Your Name' && git config user.email you@example.com",
    "git tag --list 'CHART-*'",
    "kubectl -n argocd get applications -o json > running.json",
)


LETTERS = st.characters(categories=("L", "N", "P"), exclude_characters="`#")
"""Without what begins a comment or stands around what is copied, which stay whole."""


@given(
    st.lists(st.text(LETTERS, min_size=1, max_size=30)),
    st.integers(10, 120),
)
def test_every_word_is_there_and_only_a_word_alone_is_wider_than_the_terminal(
    words: list[str], width: int
) -> None:
    lines = wrapped(" ".join(words), width, 4)
    assert " ".join(lines).split() == words
    for line in lines:
        assert len(line) <= width or len(line.split()) == 1 or line.split()[0] in {"cd", "gh"}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("form", ["do it: {}", "do it ({})", "run: {}, then wait", "{}; or wait"])
def test_a_command_stays_on_one_line_wherever_it_stands(command: str, form: str) -> None:
    text = f"  - a sentence that says what there is to do; {form.format(command)}; and so on"
    for width in range(10, len(text)):
        lines = wrapped(text, width, 4)
        assert any(command in line for line in lines), lines
        assert " ".join(" ".join(lines).split()) == " ".join(text.split())
        assert all(len(line) <= width or command in line for line in lines if " " in line.strip())


def test_what_follows_a_command_is_prose_again() -> None:
    text = "choose another: hmco history vault; or see what it ran, (git fetch), and go on from it"
    assert wrapped(text, 40, 2) == [
        "choose another: hmco history vault; or",
        "  see what it ran, (git fetch), and go",
        "  on from it",
    ]


def test_what_stands_in_backticks_stays_whole() -> None:
    text = "put the entries under `## [Unreleased]`, or write `## [x.y.z] - YYYY-MM-DD` above them"
    assert wrapped(text, 56, 2) == [
        "put the entries under `## [Unreleased]`, or write",
        "  `## [x.y.z] - YYYY-MM-DD` above them",
    ]


def test_what_a_command_says_of_itself_is_prose() -> None:
    assert wrapped("hmco release: there is no token for GitHub", 30, 4) == [
        "hmco release: there is no",
        "    token for GitHub",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "  git push -u origin cut  # then open a pull request (prod needs 2 approvals, by sre)",
        "  # afterwards vault-prod shows OutOfSync until this change is merged",
    ],
)
def test_a_line_among_commands_keeps_its_comment(line: str) -> None:
    assert wrapped(line, 20, 4) == [line]
