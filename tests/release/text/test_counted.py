"""Numbers in sentences."""

import pytest

from release.text.counted import counted


@pytest.mark.parametrize(
    ("number", "told"), [(0, "0 objects"), (1, "1 object"), (2, "2 objects"), (21, "21 objects")]
)
def test_only_one_is_told_in_the_singular(number: int, told: str) -> None:
    assert counted(number, "object") == told


def test_the_verb_follows_the_number() -> None:
    assert counted(1, "file is", "files are") == "1 file is"
    assert counted(3, "file is", "files are") == "3 files are"
