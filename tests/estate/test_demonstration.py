"""The demonstration is what people are told it is, and never in the way of anything else."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.__main__ import main
from demo.demonstration import READY, DemonstrationError, build_demonstration
from demo.gitprogram import git, make_repository
from demo.repository import EstateRepo
from tests.estate.moment import NOW
from tests.release.cli.driver import Hmco


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> EstateRepo:
    return build_demonstration(tmp_path_factory.mktemp("demo") / "demo", NOW)


@pytest.fixture
def hmco(
    demonstration: EstateRepo, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Hmco]:
    yield Hmco(demonstration, capsys, monkeypatch)
    demonstration.git("reset", "--quiet", "--hard")


def test_no_rule_is_broken_in_it(hmco: Hmco) -> None:
    assert "passed: 0 errors, 0 warnings" in hmco.done("check").out


def test_it_is_a_clean_checkout_level_with_its_remote(demonstration: EstateRepo) -> None:
    assert demonstration.git("status", "--porcelain", "--branch") == "## main...origin/main"


def test_it_shows_what_may_move_what_soaks_what_is_held_and_what_is_not_cut(hmco: Hmco) -> None:
    chart, version = READY
    assert f"{chart} 1.3.0 -> {version}" in hmco.done("promote", chart, "--to", "prod").out
    assert "soak time" in hmco.refused("promote", "service-mesh", "--to", "prod")
    assert "prod holds monitoring" in hmco.refused("promote", "monitoring", "--to", "prod")
    assert "no version holds" in hmco.refused("promote", "api-gateway", "--to", "staging")


def test_a_second_one_replaces_the_first_and_work_in_it(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    build_demonstration(folder, NOW)
    (folder / "note").touch()
    again = build_demonstration(folder, NOW)
    assert not (folder / "note").exists()
    assert again.git("status", "--porcelain") == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == ["demo", "demo.git"]


@pytest.mark.parametrize("name", ["demo", "demo.git"])
def test_a_folder_that_is_none_of_ours_is_left_alone(tmp_path: Path, name: str) -> None:
    make_repository(tmp_path / name)
    with pytest.raises(DemonstrationError, match="is not a demonstration"):
        build_demonstration(tmp_path / "demo", NOW)
    assert git(tmp_path / name, "status", "--porcelain") == ""


def test_the_command_says_what_to_try(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "demo")]) == 0
    told = capsys.readouterr().out
    assert "22 charts, 3 environments" in told
    assert "hmco promote data-platform --to prod" in told
    assert "in place of" not in told
    assert main([str(tmp_path / "demo")]) == 0
    assert "remote beside it, in place of the one that was there" in capsys.readouterr().out
    assert main([]) == main(["--help"]) == 2
    (tmp_path / "mine").mkdir()
    assert main([str(tmp_path / "mine")]) == 1
