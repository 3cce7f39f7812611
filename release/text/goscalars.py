"""Plain scalars as sigs.k8s.io/yaml reads them, the reader of Helm, kubectl and Argo CD.

It follows YAML 1.1 in its own way (go.yaml.in/yaml/v2, resolve.go): `y` and `on` are booleans,
`0o17`, `017` and `1_000` are numbers, `6063e25` is one too. A field that Go declares as text gets a
number or boolean written out anew, so `123` stays what it is and `1.20` becomes `1.2`.
"""

import re
import struct
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

Scalar = str | int | float | bool | None

_BOOLEANS: Final[Mapping[str, bool]] = {
    spelled: value
    for value, words in ((True, ("y", "yes", "true", "on")), (False, ("n", "no", "false", "off")))
    for word in words
    for spelled in (word, word.capitalize(), word.upper())
}
_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
_SPECIAL: Final = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_TIMESTAMP: Final = re.compile(
    r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"
    r"([Tt][0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(\.[0-9]+)?(Z|[-+][0-9]{2}:[0-9]{2})"
    r"| [0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(\.[0-9]+)?)?"
)
_INTEGER: Final = re.compile(
    r"[-+]?(?:0[xX](?P<b16>[0-9A-Fa-f]+)|0[oO]?(?P<b8>[0-7]+)|0[bB](?P<b2>[01]+)"
    r"|(?P<b10>0|[1-9][0-9]*))"
)
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_SIGNED: Final = range(-(2**63), 2**63)
_UNSIGNED: Final = range(2**64)
_FIXED: Final = range(-4, 6)
_FIXED_IN_JSON: Final = range(-6, 21)
_DIGITS_OF_SINGLE: Final = 9
_TOO_LARGE: Final = float("inf")


# The same words stand in the files of all charts.
@lru_cache(maxsize=4096)
def read_plain(plain: str) -> Scalar:
    """Return what an unquoted scalar of this text is read as; text for whatever is nothing else."""
    if plain in _NULLS:
        return None
    if plain in _BOOLEANS:
        return _BOOLEANS[plain]
    if _SPECIAL.fullmatch(plain):
        return float(plain.replace(".", "").lower())
    return _number(plain) if plain[0] in "+-.0123456789" else plain


def as_text(value: Scalar) -> str:
    """Return what a field of type text holds then; "" for nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        # Go writes the number out in single precision here, whatever it needs.
        return _general(_single(value), *_shortest_single(_single(value)))
    return str(value)


def as_printed(value: Scalar) -> str:
    """Return what `{{ .Values.x }}` prints: every number became a float on its way (JSON)."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return as_text(value)
    return _general(float(value), *_decimal(repr(float(value))))


def as_json(value: float) -> str:
    """Return a number in Go's JSON, which has no exponent from 1e-6 up to 1e21."""
    digits, exponent = _decimal(repr(float(value)))
    sign = "-" if value < 0 else ""
    return sign + (
        _fixed(digits, exponent)
        if exponent in _FIXED_IN_JSON
        else _scientific(digits, exponent, width=1)
    )


def _number(plain: str) -> str | int | float:
    if _TIMESTAMP.fullmatch(plain):
        return plain
    written = plain if plain[0] == "." else plain.replace("_", "")
    integer = _integer(written)
    if integer is not None:
        return integer
    value = float(written) if _FLOAT.fullmatch(written) else _TOO_LARGE
    return plain if abs(value) == _TOO_LARGE else value


def _integer(text: str) -> int | None:
    match = _INTEGER.fullmatch(text)
    if match is None:
        return None
    base, digits = next((name, digits) for name, digits in match.groupdict().items() if digits)
    value = int(digits, int(base[1:])) * (-1 if text[0] == "-" else 1)
    return value if value in _SIGNED or (text[0] != "+" and value in _UNSIGNED) else None


def _general(value: float, digits: str, exponent: int) -> str:
    """Write a float as Go's `%g` does with the fewest digits that read back as the same one."""
    sign = "-" if value < 0 else ""
    if digits in ("inf", "nan"):
        return "NaN" if digits == "nan" else f"{sign or '+'}Inf"
    if exponent in _FIXED:
        return sign + _fixed(digits, exponent)
    return sign + _scientific(digits, exponent, width=2)


def _fixed(digits: str, exponent: int) -> str:
    if exponent < 0:
        return "0." + "0" * (-exponent - 1) + digits
    whole, rest = digits[: exponent + 1].ljust(exponent + 1, "0"), digits[exponent + 1 :]
    return f"{whole}.{rest}" if rest else whole


def _scientific(digits: str, exponent: int, *, width: int) -> str:
    mantissa = f"{digits[0]}.{digits[1:]}" if digits[1:] else digits
    return f"{mantissa}e{'-' if exponent < 0 else '+'}{abs(exponent):0{width}d}"


def _decimal(written: str) -> tuple[str, int]:
    """Return the digits of a number without zeros around them, and the exponent of the first."""
    text, _, exponent = written.lower().lstrip("+-").partition("e")
    if text in ("inf", "nan"):
        return text, 0
    whole, _, rest = text.partition(".")
    digits = (whole + rest).lstrip("0")
    first = len(digits) - len(rest) - 1 + int(exponent or 0)
    return (digits.rstrip("0") or "0", first) if digits else ("0", 0)


def _single(value: float) -> float:
    try:
        rounded: float = struct.unpack("f", struct.pack("f", value))[0]
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")
    return rounded


def _shortest_single(value: float) -> tuple[str, int]:
    """Return the fewest digits that still read as this number of single precision."""
    written = (f"{value:.{places}e}" for places in range(_DIGITS_OF_SINGLE))
    return _decimal(next((text for text in written if _single(float(text)) == value), repr(value)))
