"""A tool is there whole or not at all, whatever happens meanwhile."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tools.stand_ins import Bench, make_tool
from tools.toolchain.cache import Cache, cache_root
from tools.toolchain.failure import ToolchainError
from tools.toolchain.tools import TOOLS, key, target


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"HMCO_CACHE": "/a", "XDG_CACHE_HOME": "/b", "HOME": "/c"}, "/a"),
        ({"HMCO_CACHE": "", "XDG_CACHE_HOME": "/b"}, "/b/hmco"),
        ({"XDG_CACHE_HOME": "relative"}, str(Path.home() / ".cache" / "hmco")),
    ],
)
def test_the_cache_is_where_the_user_says(environment: dict[str, str], expected: str) -> None:
    assert cache_root(environment) == Path(expected)


def test_every_tool_has_a_key_of_its_own_that_names_its_version() -> None:
    keys = {name: key(tool, target()) for name, tool in TOOLS.items()}
    assert len(set(keys.values())) == len(TOOLS)
    assert all(keys[name].startswith(f"{name}-{TOOLS[name].version}-") for name in TOOLS)


def test_a_changed_module_file_is_another_tool(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "kubernetes"
    folder.mkdir()
    (folder / "go.mod").write_text("module a\n", encoding="utf-8")
    monkeypatch.setattr("tools.toolchain.tools.MODULES", tmp_path)
    before = key(make_tool(), target())
    (folder / "go.mod").write_text("module b\n", encoding="utf-8")
    assert key(make_tool(), target()) != before


def test_a_tool_that_lost_a_program_is_installed_again(bench: Bench) -> None:
    tool = make_tool()
    bench.ensure(tool)
    place = bench.cache.directory(tool)
    (place / "thing").unlink()
    assert bench.cache.installed(tool) is None
    bench.ensure(tool)
    assert (place / "thing").exists()


def test_what_a_killed_run_left_is_swept_by_the_next(bench: Bench) -> None:
    left = bench.cache.root / "tmp" / "thing-left" / "programs"
    left.mkdir(parents=True)
    (left / "half").write_bytes(b"half")
    bench.ensure(make_tool())
    assert not left.exists()


@pytest.mark.parametrize("use", ["lock", "stage"])
def test_a_cache_that_cannot_be_written_is_refused_with_the_way_out(
    bench: Bench, tmp_path: Path, use: str
) -> None:
    (tmp_path / "file").write_bytes(b"")
    cache = Cache(tmp_path / "file" / "cache")
    opened = cache.lock(bench.installer.watch) if use == "lock" else cache.stage("thing")
    with pytest.raises(ToolchainError, match="HMCO_CACHE=/some/dir make up"), opened:
        pass


def test_a_full_disk_is_named_and_leaves_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = make_tool()

    def full(_self: Path, target: object) -> Path:
        raise OSError(28, "No space left on device", str(target))

    monkeypatch.setattr(Path, "rename", full)
    with pytest.raises(ToolchainError, match=r"No space left on device(.|\n)*Free some space"):
        bench.ensure(tool)
    monkeypatch.undo()
    assert bench.cache.installed(tool) is None
    assert list((bench.cache.root / "tmp").iterdir()) == []


def test_a_disk_that_fills_while_go_builds_is_named(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench(FAKE_GO_ERROR="write /x/b001: no space left on device")
    with pytest.raises(ToolchainError, match=r"cannot build thing of thing 1\.2\.3") as refusal:
        bench.ensure(make_tool())
    assert "Free some space" in str(refusal.value)
    assert bench.cache.installed(make_tool()) is None


def test_a_proxy_that_cannot_be_reached_is_named(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench(FAKE_GO_ERROR="dial tcp: lookup proxy.test: no such host")
    with pytest.raises(ToolchainError, match="GOPROXY"):
        bench.ensure(make_tool())


def test_the_record_says_where_a_tool_came_from(bench: Bench) -> None:
    tool = make_tool()
    with bench.cache.stage("thing") as staged:
        programs = staged / "programs"
        programs.mkdir()
        (programs / "thing").write_bytes(b"x")
        place = bench.cache.install(tool, programs, "there")
    assert (place / "origin").read_text(encoding="utf-8") == "there\n"
