"""Fixtures of the tool chain's tests."""

import io
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.loopback import Quiet, served
from tests.tools.stand_ins import FAKE_GO, Bench, Vendor
from tools.toolchain.cache import Cache
from tools.toolchain.downloads import Releases
from tools.toolchain.install import Installer
from tools.toolchain.progress import Progress
from tools.toolchain.run import Watch


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    state = Vendor()

    class Handler(Quiet):
        def do_GET(self) -> None:  # noqa: N802 -- the base's name
            state.asked.append(self.path)
            content = state.files.get(self.path)
            if content is None:
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            half = len(content) // 2
            self.wfile.write(content[:half])
            if self.path in state.cut:
                return
            if self.path in state.stalled:
                self.wfile.flush()
                state.stall.wait(20)
                return
            self.wfile.write(content[half:])

    with served(Handler) as state.address:
        yield state
        state.stall.set()


@pytest.fixture
def make_bench(tmp_path: Path, vendor: Vendor) -> Callable[..., Bench]:
    def make(
        *,
        builds_all: bool = False,
        mirror: str | None = None,
        patience: float = 6.0,
        **environment: str,
    ) -> Bench:
        screen = io.StringIO()
        releases = Releases(vendor.address if mirror is None else mirror, patience)
        installer = Installer(
            Cache(tmp_path / "cache"),
            Watch(Progress(screen, live=False), threading.Event()),
            releases,
            {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), **environment},
            builds_all,
        )
        bench = Bench(tmp_path, screen, installer)
        bench.go.parent.mkdir(parents=True)
        bench.go.write_text(FAKE_GO, encoding="utf-8")
        bench.go.chmod(0o755)
        return bench

    return make


@pytest.fixture
def bench(make_bench: Callable[..., Bench]) -> Bench:
    return make_bench()
