"""What the cache of renderings keeps, and for how long."""

import os
import time
from pathlib import Path

import pytest

from release.rendering.cache import KEPT_SECONDS, open_cache
from release.rendering.renderedobjects import Rendering

DAY = 24 * 3600.0


@pytest.mark.parametrize(
    ("name", "age", "stays"),
    [
        ("asked-for", KEPT_SECONDS - DAY, True),
        ("forgotten", KEPT_SECONDS + DAY, False),
        ("entry.1.ab.new", DAY / 2, True),
        ("left-by-a-kill.1.ab.new", 2 * DAY, False),
    ],
)
def test_whoever_keeps_a_rendering_sweeps_what_is_old_beside_it(
    tmp_path: Path, name: str, age: float, *, stays: bool
) -> None:
    cache = open_cache(tmp_path)
    entry = cache.name("helm", "request")
    cache.put(entry, Rendering(failure="first"))
    beside = cache.folder / entry[:2] / name
    beside.write_bytes(b"")
    os.utime(beside, times=(time.time() - age,) * 2)

    cache.put(entry, Rendering(failure="second"))

    assert beside.exists() is stays
    assert cache.get(entry) == Rendering(failure="second")
