"""The estate that plans are made in."""

from pathlib import Path

import pytest

from demo.repository import EstateRepo


@pytest.fixture
def here(
    estate: EstateRepo,
    own_renderings: Path,  # noqa: ARG001 -- a place of its own
    monkeypatch: pytest.MonkeyPatch,
) -> EstateRepo:
    """Return an estate that the test stands in and may change; renderings are its own."""
    monkeypatch.chdir(estate.path)
    return estate
