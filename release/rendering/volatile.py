"""Templates that no two renderings agree on: found, and their moving parts taken out."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from release.rendering.renderedobjects import VOLATILE
from release.rendering.stream import Found

_ACTION: Final = re.compile(rb"\{\{.*?\}\}", re.DOTALL)
_CLOCK: Final = (
    rb"now|ago|date|dateInZone|date_in_zone|htmlDate|htmlDateInZone|durationRound|unixEpoch"
)
_CHANCE: Final = (
    rb"rand[A-Z][A-Za-z]*|gen[A-Z][A-Za-z]*|uuidv4|shuffle|htpasswd|bcrypt|encryptAES|keys|values|"
    rb"buildCustomCert|lookup"
)
_UNSTEADY: Final = re.compile(rb"(?<![.\w])(?:%s|%s)(?!\w)" % (_CLOCK, _CHANCE))
_READS_CLOCK: Final = re.compile(rb"(?<![.\w])(?:%s)(?!\w)" % _CLOCK)
_ARCHIVES: Final = (".tgz", ".tar.gz")


def may_vary(name: str, data: bytes) -> bool:
    """Tell whether a chart's file calls a function of Helm's that answers anew every time.

    Those are the clock, chance, and `keys` and `values`, whose order Go leaves open (Sprig). An
    archive that cannot be read counts as one that does.
    """
    return _asks(name, data, _UNSTEADY)


def reads_clock(name: str, data: bytes) -> bool:
    """Tell whether a chart's file asks for the time; two renderings at once may agree even so."""
    return _asks(name, data, _READS_CLOCK)


def _asks(name: str, data: bytes, asked: re.Pattern[bytes], depth: int = 0) -> bool:
    if not name.endswith(_ARCHIVES):
        return any(asked.search(action) for action in _ACTION.findall(data))
    # Slow to import, and few charts hold archives.
    from release.repository.bundles import DEEPEST, UNPACKING_ERRORS, unpacked  # noqa: PLC0415

    try:
        return depth > DEEPEST or any(
            _asks(path, content, asked, depth + 1) for path, content in unpacked(data)
        )
    except UNPACKING_ERRORS:
        return True


def settled(first: list[Found], second: list[Found]) -> tuple[list[Found], list[str]]:
    """Return the first rendering with what the second has otherwise taken out, and those places.

    Objects are matched in order, as Helm sorts templates by name. One that the other rendering
    lacks altogether stays, told as appearing in one of two.
    """
    merged: list[Found] = []
    places: list[str] = []
    for one, other in _matched(first, second):
        if other is None:
            places.append(f"{_told(one.body)}: is missing from some renderings")
            merged.append(one)
            continue
        found: list[str] = []
        body = _steady(one.body, other.body, "", found)
        merged.append(Found(body if isinstance(body, dict) else one.body, one.source))
        places += [f"{_told(merged[-1].body)}: {place}" for place in found]
    return merged, places


def _matched(first: list[Found], second: list[Found]) -> Iterable[tuple[Found, Found | None]]:
    waiting: dict[tuple[str, str, str], list[Found]] = {}
    for item in second:
        waiting.setdefault(_kin(item), []).append(item)
    for item in first:
        kin = waiting.get(_kin(item))
        yield item, kin.pop(0) if kin else None


def _kin(item: Found) -> tuple[str, str, str]:
    return str(item.body.get("apiVersion")), str(item.body.get("kind")), item.source


def _steady(one: object, other: object, place: str, found: list[str]) -> object:
    if one == other and type(one) is type(other):
        return one
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return {
            key: _steady(one.get(key), other.get(key), f"{place}.{key}" if place else key, found)
            for key in dict.fromkeys([*one, *other])
        }
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        return [_steady(a, b, f"{place}[{index}]", found) for index, (a, b) in pairs]
    found.append(place)
    return VOLATILE


def _told(body: Mapping[str, Any]) -> str:
    metadata = body.get("metadata")
    name = metadata.get("name") if isinstance(metadata, Mapping) else None
    return f"{body.get('kind')} {name}"
