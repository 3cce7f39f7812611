"""What tests of every part share."""

import gc
from pathlib import Path
from typing import Final

from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.estate.fixtures"]

# A loaded machine is no failure: neither a slow draw nor a slow example says anything.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")

_MANY: Final = 256


def pytest_runtest_teardown() -> None:
    """End what reads objects for pictures that nobody holds any more, which point at each other.

    Left to the collector it takes more descriptors than select can wait for.
    """
    if len([*Path("/dev/fd").iterdir()]) > _MANY:
        gc.collect()
