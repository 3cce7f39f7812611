"""What commits announce: what lasts of them, by kind, short, and what breaks."""

import pytest

from release.promotion.changelognotes import Message, breaking_changes, lasting, notes_from_commits

FEATURE = Message("feat(api): add a cache (#12)", commit="a1b2c3d4e5f6")


def notes(*messages: Message, chart: str = "") -> tuple[tuple[str, str], ...]:
    return notes_from_commits(messages, chart)


def test_commits_become_notes_by_their_kind_and_the_silent_ones_say_nothing() -> None:
    subjects = (
        "feat(values): autoscaler (#12)",
        "fix: leak",
        "docs: typo",
        "chore!: drop the old key",
        "Merge pull request #3 from x",
        "Raise the memory limit",
        "fix: leak",
    )
    assert notes(*map(Message, subjects)) == (
        ("Added", "values: autoscaler"),
        ("Changed", "**Breaking:** Drop the old key"),
        ("Changed", "Raise the memory limit"),
        ("Fixed", "Leak"),
    )


UNDOING = (
    Message('Revert "feat(api): add a cache (#12)"', "This reverts commit a1b2c3d4e5f6.", "b2"),
    Message('Revert "feat(api): add a cache" (#13)', "Reverts 254CARBON/HMCo#12", "b2"),
    Message('Revert "feat(api): add a cache (#12)" (#13)', "", "b2"),
    Message("revert: feat(api): add a cache", "Refs: a1b2c3d", "b2"),
    Message("revert: feat(api): add a cache", "", "b2"),
    Message("chore: back to yesterday", "This reverts commit a1b2c3d4e5f6.", "b2"),
)


@pytest.mark.parametrize("revert", UNDOING, ids=lambda message: message.subject)
def test_a_change_and_its_revert_announce_nothing(revert: Message) -> None:
    assert notes(revert, Message("fix: leak"), FEATURE) == (("Fixed", "Leak"),)


@pytest.mark.parametrize("subject", ['Reapply "feat: x"', 'Revert "Revert "feat: x""'])
def test_a_revert_that_was_reverted_lets_the_change_speak_again(subject: str) -> None:
    history = (
        Message(subject, "This reverts commit bbbbbbb.", "ccccccc"),
        Message('Revert "feat: x"', "This reverts commit aaaaaaa.", "bbbbbbb"),
        Message("feat: x", "", "aaaaaaa"),
    )
    assert notes(*history) == (("Added", "X"),)
    by_words = tuple(Message(message.subject) for message in history)
    assert notes(*by_words) == (("Added", "X"),)


def test_one_revert_undoes_one_of_two_equal_changes() -> None:
    twice = (Message('Revert "feat: x"'), Message("feat: x"), Message("feat: x"))
    assert len(lasting(twice)) == 1


@pytest.mark.parametrize(
    "subject", ['Revert "feat(api): add a cache (#12)" (#13)', "revert: feat(api): add a cache"]
)
def test_a_revert_of_what_is_released_is_a_change_and_says_of_what(subject: str) -> None:
    assert notes(Message(subject, "This reverts commit 0123abc.")) == (
        ("Changed", "Reverted: api: add a cache"),
    )


@pytest.mark.parametrize("token", ["BREAKING CHANGE", "BREAKING-CHANGE"])
def test_a_breaking_footer_is_announced_beside_the_change(token: str) -> None:
    body = f"It is faster.\n\n{token}: the key cache.size\n  is gone\nReviewed-by: Sam\n"
    message = Message("feat: add a cache", body)
    assert notes(message) == (
        ("Added", "Add a cache"),
        ("Changed", "**Breaking:** the key cache.size is gone"),
    )
    assert breaking_changes([message]) == ("the key cache.size is gone",)


def test_a_silent_kind_with_a_breaking_footer_announces_the_footer_alone() -> None:
    body = "BREAKING CHANGE: needs Helm 4"
    assert notes(Message("build: pack anew", body)) == (("Changed", "**Breaking:** needs Helm 4"),)


def test_what_was_reverted_breaks_nothing() -> None:
    history = (Message('Revert "feat!: drop x"'), Message("feat!: drop x"))
    assert breaking_changes(history) == ()
    assert breaking_changes(history[1:]) == ("drop x",)


def test_the_charts_own_name_is_no_scope_in_its_changelog() -> None:
    message = Message("fix(vault): leak")
    assert notes(message, chart="vault") == (("Fixed", "Leak"),)
    assert notes(message, chart="portal") == (("Fixed", "vault: leak"),)


def test_a_note_is_kept_to_one_readable_line() -> None:
    ((_, text),) = notes(Message("fix: " + "long words " * 40))
    assert len(text) <= 122
    assert text.endswith(" …")
