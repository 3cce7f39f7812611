"""Numbers in sentences, which name one of a thing and several of it differently."""

from collections.abc import Sequence


def counted(number: int, one: str, many: str = "") -> str:
    """Return how many of something: `1 object changes`, `2 objects change`.

    `many` may be left out where it is `one` with an s.
    """
    return f"{number} {one if number == 1 else many or f'{one}s'}"


def first_few(words: Sequence[str], most: int) -> str:
    """Return so many of the words at the most, and how many more there are."""
    more = f" and {len(words) - most} more" if len(words) > most else ""
    return ", ".join(words[:most]) + more
