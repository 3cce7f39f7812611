"""The command line in a copy of the estate, or in the shared one for what changes nothing."""

import pytest

from demo.repository import EstateRepo
from tests.release.cli.driver import Hmco


@pytest.fixture
def hmco(
    estate: EstateRepo, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Hmco:
    """Return hmco in an estate that the test may change."""
    return Hmco(estate, capsys, monkeypatch)


@pytest.fixture
def reader(
    estate_template: EstateRepo,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Hmco:
    """Return hmco in the estate that all tests share: for commands that change nothing."""
    return Hmco(estate_template, capsys, monkeypatch)
