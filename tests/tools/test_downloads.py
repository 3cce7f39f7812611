"""A download is taken when it is what the vendor published, and given up when it does not come."""

import hashlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from tests.tools.stand_ins import Bench, Vendor, make_tool
from tools.toolchain.failure import ToolchainError

ARCHIVE = "/vendor.test/thing-1.2.3.tar.gz"
SUMS = "/vendor.test/thing-checksums.txt"


def test_a_download_that_differs_from_the_published_checksum_ends_the_run(
    bench: Bench, vendor: Vendor
) -> None:
    tool = make_tool()
    vendor.publish(tool, {"thing": b"released"})
    vendor.files[ARCHIVE] = vendor.files[ARCHIVE][:-1] + b"!"
    with pytest.raises(ToolchainError, match="not what its vendor published") as refusal:
        bench.ensure(tool)
    assert "--build thing" in str(refusal.value)
    assert bench.cache.installed(tool) is None
    assert bench.go_calls() == []
    assert list((bench.cache.root / "tmp").iterdir()) == []


@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "sha512"])
@pytest.mark.parametrize("form", ["{0}  {1}", "{0} *{1}", "{0}  ./{1}", "{0}"])
def test_every_form_of_checksum_the_vendors_use_is_read(
    bench: Bench, vendor: Vendor, algorithm: str, form: str
) -> None:
    tool = make_tool()
    vendor.publish(tool, {"thing": b"released"})
    digest = hashlib.new(algorithm, vendor.files[ARCHIVE]).hexdigest()
    other = "0" * len(digest) + "  another.tar.gz\n" if "{1}" in form else ""
    vendor.files[SUMS] = (other + form.format(digest, "thing-1.2.3.tar.gz") + "\n").encode()
    bench.ensure(tool)
    assert bench.cache.installed(tool) is not None
    assert bench.go_calls() == []


@pytest.mark.parametrize("sums", [b"", b"<html>log in first</html>", b"0" * 64 + b"  other\n"])
def test_a_release_without_a_checksum_is_not_taken(
    bench: Bench, vendor: Vendor, sums: bytes
) -> None:
    tool = make_tool()
    vendor.publish(tool, {"thing": b"released"})
    vendor.files[SUMS] = sums
    bench.ensure(tool)
    assert ARCHIVE not in vendor.asked
    assert "names no checksum" in bench.screen.getvalue()


def test_an_archive_without_the_program_is_passed_over(bench: Bench, vendor: Vendor) -> None:
    tool = make_tool()
    vendor.publish(tool, {"README": b"released"})
    bench.ensure(tool)
    assert "holds no thing" in bench.screen.getvalue()


def test_nothing_of_an_archive_reaches_the_disk_but_the_programs_by_their_own_name(
    bench: Bench, vendor: Vendor
) -> None:
    tool = make_tool()
    vendor.publish(tool, {"../../../escaped": b"evil", "../../thing": b"released"})
    bench.ensure(tool)
    place = bench.cache.installed(tool)
    assert place is not None
    assert sorted(path.name for path in place.iterdir()) == ["origin", "thing"]
    assert not list(bench.root.rglob("escaped"))


def test_a_download_that_stalls_is_given_up_in_seconds(
    make_bench: Callable[..., Bench], vendor: Vendor
) -> None:
    bench, tool = make_bench(patience=0.5), make_tool()
    vendor.publish(tool, {"thing": b"released"})
    vendor.stalled.add(ARCHIVE)
    started = time.monotonic()
    bench.ensure(tool)
    assert time.monotonic() - started < 5
    assert "stalled after" in bench.screen.getvalue()


def test_a_run_that_is_stopped_does_not_wait_for_its_download(bench: Bench, vendor: Vendor) -> None:
    tool = make_tool()
    vendor.publish(tool, {"thing": b"released"})
    bench.installer.watch.stop.set()
    with pytest.raises(ToolchainError, match="was stopped"):
        bench.ensure(tool)
    assert bench.cache.installed(tool) is None


def test_a_connection_that_breaks_off_is_no_altered_download(bench: Bench, vendor: Vendor) -> None:
    tool = make_tool()
    vendor.publish(tool, {"thing": b"released"})
    vendor.cut.add(ARCHIVE)
    bench.ensure(tool)
    assert "broke off" in bench.screen.getvalue()
    assert bench.cache.installed(tool) is not None


@pytest.fixture
def silent() -> Iterator[tuple[str, list[socket.socket]]]:
    """Give an address that takes connections and never answers, and the connections it took."""
    taken: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            with suppress(OSError):
                while True:
                    taken.append(server.accept()[0])

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", taken
        server.shutdown(socket.SHUT_RDWR)
        thread.join()
    for connection in taken:
        connection.close()


def test_a_vendor_that_never_answers_is_noticed_once_for_all_tools(
    make_bench: Callable[..., Bench], silent: tuple[str, list[socket.socket]]
) -> None:
    address, taken = silent
    bench = make_bench(patience=0.5, mirror=address)
    first, second, third = make_tool("one"), make_tool("two"), make_tool("three")
    bench.ensure(first, second, third)
    assert len(taken) == 1
    assert bench.screen.getvalue().count("did not answer within") == 3
    assert all(bench.cache.installed(tool) for tool in (first, second, third))


def test_a_name_that_does_not_resolve_closes_the_route_with_its_reason(
    make_bench: Callable[..., Bench],
) -> None:
    bench = make_bench(mirror="http://127.0.0.1:1")
    bench.ensure(make_tool())
    assert "127.0.0.1:1 cannot be reached" in bench.screen.getvalue()
