"""Items of a list: one more on a line of its own, or none any more, and every other byte stays."""

import pytest

from release.text.errors import EditRefusedError
from release.text.yaml_spans import add_item, empty_list

PATH = ("config", "days")
ITEM = {"first": "2026-12-20", "reason": "holidays"}
WRITTEN = '{first: "2026-12-20", reason: holidays}'


def listed(text: str, end: str = "\n") -> str:
    return f"config:\n  days:{text}\n  other: 1 # stays\n".replace("\n", end)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("before", "after"),
    [
        (" []", "\n    - ITEM"),
        (" [] # none", "\n    - ITEM # none"),
        ("\n    - a", "\n    - a\n    - ITEM"),
        ("\n  - a # why", "\n  - a # why\n  - ITEM"),
        ("\n    - |\n      a", "\n    - |\n      a\n    - ITEM"),
        ("\n    - - a\n      - b", "\n    - - a\n      - b\n    - ITEM"),
    ],
)
def test_an_item_goes_to_the_end_on_a_line_of_its_own(before: str, after: str, end: str) -> None:
    assert add_item(listed(before, end), PATH, ITEM) == listed(after.replace("ITEM", WRITTEN), end)


@pytest.mark.parametrize("before", [" []", " [a, b]", "\n    - a\n    - {b: c}", "\n  - |\n    a"])
def test_an_emptied_list_is_a_pair_of_brackets(before: str) -> None:
    assert empty_list(listed(before), PATH) == listed(" []")


@pytest.mark.parametrize(
    ("before", "reason"),
    [
        (" [a]", "is a list in brackets"),
        (" a", "is not a list"),
        (" {}", "is not a list"),
        (" *y", "no anchor"),
    ],
)
def test_a_list_of_another_form_is_refused(before: str, reason: str) -> None:
    with pytest.raises(EditRefusedError, match=reason):
        add_item(listed(before), PATH, "b")


def test_a_list_is_not_emptied_of_what_is_repeated_elsewhere() -> None:
    with pytest.raises(EditRefusedError, match="cannot be edited"):
        empty_list("config:\n  days:\n    - &day a\n  other: *day\n", PATH)
