"""Text from a checkout that is not trusted, as a terminal may be given it."""


def printable(text: str) -> str:
    """Return the text on one line, with what a terminal would obey or hide written as escapes.

    Line ends, control characters, text direction marks and bytes that are not UTF-8 are shown and
    not sent.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else _escaped(character) for character in text
    )


def _escaped(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # noqa: PLR2004 -- how Python keeps a byte that is not UTF-8
        return f"\\x{code - 0xDC00:02x}"
    return character.encode("unicode_escape").decode("ascii")
