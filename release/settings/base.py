"""The base of every settings record."""

import os
from functools import cache

from pydantic import BaseModel, ConfigDict, alias_generators

# No installed package has a say in what a setting means, and asking each of them takes long.
os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"


@cache
def to_camel(name: str) -> str:
    """Return the key of a field: `namespace_suffix` is `namespaceSuffix` in a stack file."""
    return alias_generators.to_camel(name)


class SettingsModel(BaseModel):
    """Frozen and strict: no conversion, no unknown key, camelCase as in the stack files."""

    # Deferred: what is part of another record is built with that one, not alone and then again.
    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="forbid",
        alias_generator=to_camel,
        populate_by_name=False,
        defer_build=True,
    )
