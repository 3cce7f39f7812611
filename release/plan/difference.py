"""What differs between two trees of data, place by place, and what of it is noise."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final


class Absence(Enum):
    """What stands for a place that the other side lacks; nothing in YAML is equal to it."""

    ABSENT = "absent"


ABSENT: Final = Absence.ABSENT

NOISY: Final = re.compile(
    r"checksum/.*|helm\.sh/chart|app\.kubernetes\.io/version|rollme|meta\.helm\.sh/.*"
)
"""Annotations and labels that change with every version and say nothing of what the change does."""
BUNDLE: Final = "caBundle"
"""The field of which that is so with every certificate."""

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """One place and what both sides hold there; a list's members are named where they have names.

    `keys` is the way as plain keys, names of members included, for whoever asks about the place.
    """

    path: str
    keys: tuple[str, ...]
    before: Any
    after: Any

    @property
    def noise(self) -> bool:
        """Tell whether the place is one that always moves."""
        *above, last = self.keys or ("",)
        noted = above[-2:] in (["metadata", "annotations"], ["metadata", "labels"])
        # A member of a list that is called so is no such field.
        bundle = self.path.rpartition(".")[2] == BUNDLE
        return bundle or (noted and NOISY.fullmatch(last) is not None)


def differences(before: object, after: object) -> tuple[Difference, ...]:
    """Return every place where two trees differ, in the order of the places' names.

    `differences(a, b)` is `differences(b, a)` with its sides exchanged, whatever the order of keys.
    """
    return tuple(sorted(_walk(before, after, "", ()), key=lambda found: (found.path, found.keys)))


def _walk(before: object, after: object, path: str, keys: tuple[str, ...]) -> Iterator[Difference]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in {**before, **after}:
            yield from _walk(
                before.get(key, ABSENT),
                after.get(key, ABSENT),
                _below(path, str(key)),
                (*keys, str(key)),
            )
    elif isinstance(before, list) and isinstance(after, list):
        yield from _members(before, after, path, keys)
    elif _really(before, after):
        yield Difference(path, keys, before, after)


def _really(before: object, after: object) -> bool:
    # Deep below, 1 and true compare equal for Python and not for Kubernetes.
    return type(before) is not type(after) or before != after


def _members(
    before: Sequence[object], after: Sequence[object], path: str, keys: tuple[str, ...]
) -> Iterator[Difference]:
    name = _naming(before, after)
    if name:
        old = {_name(item, name): item for item in before}
        new = {_name(item, name): item for item in after}
    else:
        old = {str(index): item for index, item in enumerate(before)}
        new = {str(index): item for index, item in enumerate(after)}
    for key in {**old, **new}:
        place = f"{path}[{key}]"
        yield from _walk(old.get(key, ABSENT), new.get(key, ABSENT), place, (*keys, key))


def _naming(before: Sequence[object], after: Sequence[object]) -> str:
    """Return the field that names the members of both lists apart, "" where none does."""
    for field in ("name", "containerPort", "port", "host", "key", "mountPath"):
        if all(_distinct(items, field) for items in (before, after)):
            return field
    return ""


def _distinct(items: Sequence[object], field: str) -> bool:
    names = [_name(item, field) for item in items]
    return "" not in names and len(set(names)) == len(names)


def _name(item: object, field: str) -> str:
    value = item.get(field) if isinstance(item, Mapping) else None
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _below(path: str, key: str) -> str:
    if not path:
        return key
    # Keys such as annotations carry dots and slashes of their own.
    return f"{path}.{key}" if re.fullmatch(r"[A-Za-z0-9_-]+", key) else f"{path}[{key}]"
