"""Settings as the engine hands them to a program: one text per key, read by Go's YAML on the way.

What Go guessed is gone by then: `1.10` arrives as 1.1, a date with a time and a zone behind it, and
a lone null as an empty text. A stack file's own text tells more (release.settings.stackfile);
this is for a program that runs without the file.
"""

import json
from collections.abc import Mapping
from typing import Final

from release.settings.base import to_camel
from release.settings.model import Settings
from release.settings.stackfile import PROJECT, StackFile

_PREFIX: Final = f"{PROJECT}:"
_TEXT_SETTINGS: Final = frozenset(
    to_camel(name) for name, field in Settings.model_fields.items() if field.annotation is str
)


def stack_file_from_engine(environment: str, values: Mapping[str, str]) -> StackFile:
    """Return what stands for the environment's stack file; no line of it is known.

    `values` is the engine's `namespace:key` -> text; keys of other namespaces are left out. A
    setting that is text stays as it is; every other one is JSON, or stays text for the typed
    settings to refuse.
    """
    config = {
        key.removeprefix(_PREFIX): value_of(key.removeprefix(_PREFIX), text)
        for key, text in values.items()
        if key.startswith(_PREFIX)
    }
    return StackFile(f"Pulumi.{environment}.yaml", environment, "", config, {})


def value_of(setting: str, text: str) -> object:
    """Return what a setting's text stands for to the engine; itself where that is nothing else."""
    if setting in _TEXT_SETTINGS:
        return text
    if not text:
        # The engine turns a null that is not inside another value into this.
        return None
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return text


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is not JSON")
