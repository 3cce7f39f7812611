"""Templates that no two renderings agree on: found, and their moving parts taken out."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from release.rendering.renderedobjects import VOLATILE
from release.rendering.stream import Found

if TYPE_CHECKING:
    from release.repository.bundles import Allowance

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


def what_varies(files: Iterable[tuple[str, bytes]]) -> tuple[bool, bool]:
    """Tell whether a chart's files call what answers anew every time, and whether the clock is it.

    Those functions of Helm's are the clock, chance, and `keys` and `values`, whose order Go leaves
    open (Sprig); two renderings at once may agree on the time even so. An archive that cannot be
    read counts as one that calls all. Every file is taken, whatever the first ones say.
    """
    # Slow to import, and a chart that is known is not read.
    from release.repository.bundles import Allowance, ArchiveError  # noqa: PLC0415

    allowance = Allowance()
    varies = asks_time = False
    for name, data in files:
        try:
            for action in _actions(name, data, allowance):
                varies = varies or bool(_UNSTEADY.search(action))
                asks_time = asks_time or bool(_READS_CLOCK.search(action))
        except ArchiveError:
            varies = asks_time = True
    return varies, asks_time


def _actions(name: str, data: bytes, allowance: "Allowance", depth: int = 0) -> Iterator[bytes]:
    """Yield the actions of a file, or of all that is packed in it."""
    if not name.endswith(_ARCHIVES):
        yield from _ACTION.findall(data)
        return
    from release.repository.bundles import DEEPEST, ArchiveError, unpacked  # noqa: PLC0415 -- as above

    if depth > DEEPEST:
        raise ArchiveError(f"archives lie more than {DEEPEST} deep")
    for path, content in unpacked(data, allowance):
        yield from _actions(path, content, allowance, depth + 1)


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
