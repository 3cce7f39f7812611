"""A clone of the estate, its bare origin, and the fake GitHub in front of that."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from demo.repository import EstateRepo
from tests.github.forge import Forge
from tests.github.server import FakeGitHub, serving
from tests.github.world import WRITER
from tests.release.cli.driver import Hmco


@dataclass
class Hosted:
    """A checkout whose origin the fake GitHub serves, and the command line in it."""

    hmco: Hmco
    forge: Forge
    github: FakeGitHub

    def update(self) -> None:
        """Bring the checkout to what has landed."""
        self.hmco.repo.git("fetch", "--quiet", "--prune", "--tags", "origin")
        self.hmco.repo.git("checkout", "--quiet", "--force", "--detach", "origin/main")


@pytest.fixture
def hosted(
    estate: EstateRepo,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Hosted]:
    bare = tmp_path / "origin.git"
    estate.git("clone", "--quiet", "--bare", ".", str(bare))
    estate.git("remote", "add", "origin", str(bare))
    estate.git("fetch", "--quiet", "origin")
    forge = Forge(bare=bare)
    with serving(forge) as github:
        monkeypatch.setenv("GITHUB_TOKEN", WRITER)
        monkeypatch.setenv("GITHUB_API_URL", f"{github.url}api/v3")
        monkeypatch.setenv("GITHUB_REPOSITORY", f"{forge.owner}/{forge.name}")
        for name in ("GITHUB_ACTIONS", "GITHUB_ACTOR", "GITHUB_TRIGGERING_ACTOR"):
            monkeypatch.delenv(name, raising=False)
        yield Hosted(Hmco(estate, capsys, monkeypatch), forge, github)
        assert github.violations == []
