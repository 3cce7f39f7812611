"""What an edit changed in a text, told by comparing the lines and not by asking the editor."""

from difflib import SequenceMatcher

Hunk = tuple[list[str], list[str]]


def hunks(before: str, after: str) -> list[Hunk]:
    """Return the removed and the added lines of every place where two texts differ."""
    old, new = _lines(before), _lines(after)
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    return [
        (old[first:last], new[start:end])
        for tag, first, last, start, end in matcher.get_opcodes()
        if tag != "equal"
    ]


def added(before: str, after: str) -> list[str]:
    """Return the added lines of a change that removes none."""
    changes = hunks(before, after)
    assert all(not removed for removed, _ in changes), "an edit removed lines it should keep"
    return [line for _, lines in changes for line in lines]


def _lines(text: str) -> list[str]:
    return text.split("\n")
