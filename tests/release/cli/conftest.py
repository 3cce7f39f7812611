"""The command line as somebody runs it whose Git has no settings of his own."""

from pathlib import Path

import pytest

from tests.release.cli.shop import make_shop


@pytest.fixture(autouse=True)
def _nobody_at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the user's own Git settings out of every test."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.delenv("GIT_CONFIG_GLOBAL", raising=False)


@pytest.fixture
def somebody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give Git an author and an editor, as a person has."""
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "Ann")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "ann@254carbon.example")
    monkeypatch.setenv("GIT_EDITOR", "sh -c 'echo A change > \"$1\"' editor")


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a repository with charts and the program beside them, not committed."""
    make_shop(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path
