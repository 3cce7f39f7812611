"""The baseline as a file: its form, read and written."""

from collections.abc import Iterable
from itertools import groupby
from typing import Final

import yaml
from pydantic import BaseModel, TypeAdapter, ValidationError

from release.repository.files import TreeFault
from release.rules.baseline import Known
from release.settings.base import SettingsModel
from release.settings.types import Sentence
from release.text import yaml_loading

_HEAD: Final = """\
# What `hmco check` found when it was taken, to be worked off: it does not fail, what is new does.
# `hmco adopt --baseline REASON` adds what is new, keeps reasons, and takes out what is gone.
# With "" for REASON it only takes out what is gone.
"""
_WIDTH: Final = 1000
"""Each finding stays on one line, so that a diff shows which one is gone."""


class _Entry(BaseModel):
    model_config = SettingsModel.model_config

    file: str
    what: str


class _Group(BaseModel):
    model_config = SettingsModel.model_config

    rule: str
    reason: Sentence
    findings: list[_Entry]


_GROUPS: Final = TypeAdapter(list[_Group])


class BaselineError(Exception):
    """The file is not a baseline; the message says where and why."""


def parse_baseline(text: str | TreeFault) -> tuple[Known, ...]:
    """Return what a baseline records; BaselineError for anything else."""
    if isinstance(text, TreeFault):
        raise BaselineError(text.message)
    try:
        groups = _GROUPS.validate_python(yaml_loading.load(text) or [])
    except yaml.YAMLError as error:
        raise BaselineError(" ".join(str(error).split())) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise BaselineError(f"{place}: {first['msg'].removeprefix('Value error, ')}") from error
    return tuple(
        Known(group.rule, group.reason, entry.file, entry.what)
        for group in groups
        for entry in group.findings
    )


def baseline_text(entries: Iterable[Known]) -> str:
    """Return the file that records these entries; equal entries give an equal file."""
    groups = [
        {
            "rule": name,
            "reason": reason,
            "findings": [{"file": known.file, "what": known.what} for known in group],
        }
        for (name, reason), group in groupby(
            sorted(entries), key=lambda known: (known.rule, known.reason)
        )
    ]
    body = yaml.safe_dump(groups, sort_keys=False, width=_WIDTH, allow_unicode=True)
    return f"{_HEAD}{body if groups else '[]' + chr(10)}"
