"""Numbers in sentences: one of a thing is told otherwise than several."""


def counted(number: int, one: str, many: str = "") -> str:
    """Return how many of something: `1 object changes`, `2 objects change`.

    `many` may be left out where it is `one` with an s.
    """
    return f"{number} {one if number == 1 else many or f'{one}s'}"
