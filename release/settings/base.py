"""The base of every settings record."""

import os

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

# No installed package has a say in what a setting means, and asking each of them takes long.
os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"


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
