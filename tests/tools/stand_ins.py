"""Stand-ins for what the tool chain talks to: a compiler, a vendor's server, a screen."""

import hashlib
import io
import tarfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tools.toolchain.cache import Cache
from tools.toolchain.install import Installer
from tools.toolchain.tools import GO, GoProgram, Release, Tool

# `go build` writes a program that says how it was called; every call is noted in a log.
FAKE_GO = """#!/bin/sh
echo "$@" >> "$0.log"
env | sort > "$0.env"
case "$1" in
build)
    if [ -n "$FAKE_GO_ERROR" ]; then echo "$FAKE_GO_ERROR" >&2; exit 1; fi
    if [ -n "$FAKE_GO_SLEEP" ]; then sleep "$FAKE_GO_SLEEP"; fi
    while [ -n "$FAKE_GO_UNTIL" ] && [ ! -e "$FAKE_GO_UNTIL" ]; do sleep 0.05; done
    while [ $# -gt 0 ]; do [ "$1" = -o ] && echo built > "$2"; shift; done ;;
esac
"""


@dataclass
class Vendor:
    """A server on loopback; `files` maps paths to contents, `asked` lists what was asked for."""

    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    stall: threading.Event = field(default_factory=threading.Event)
    stalled: set[str] = field(default_factory=set)
    cut: set[str] = field(default_factory=set)
    address: str = ""

    def publish(self, tool: Tool, programs: Mapping[str, bytes]) -> None:
        """Put an archive with a right checksum where the catalogue record of `tool` points."""
        (release,) = tool.releases
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w:gz") as bundle:
            for name, content in programs.items():
                member = tarfile.TarInfo(f"folder/{name}")
                member.size = len(content)
                bundle.addfile(member, io.BytesIO(content))
        path = release.url.removeprefix("https:/")
        self.files[path] = archive.getvalue()
        digest = hashlib.sha256(archive.getvalue()).hexdigest()
        name = path.rpartition("/")[2]
        self.files[release.checksums.removeprefix("https:/")] = f"{digest}  {name}\n".encode()


def make_tool(name: str = "thing", *, plugin: str = "") -> Tool:
    """Make a catalogue record with one program from one archive or one Go package."""
    return Tool(
        name=name,
        version="1.2.3",
        programs=(name,),
        releases=(
            Release(
                url=f"https://vendor.test/{name}-1.2.3.tar.gz",
                checksums=f"https://vendor.test/{name}-checksums.txt",
                programs=(name,),
            ),
        ),
        builds=(GoProgram(program=name, module="kubernetes", package="."),),
        minutes=1,
        plugin=plugin,
    )


@dataclass
class Bench:
    """An installer with everything around it in one temporary directory."""

    root: Path
    screen: io.StringIO
    installer: Installer

    @property
    def cache(self) -> Cache:
        return self.installer.cache

    def ensure(self, *tools: Tool) -> None:
        with self.cache.lock(self.installer.watch):
            self.installer.ensure(tools)

    @property
    def go(self) -> Path:
        """Where the tool chain finds the compiler that it has got already."""
        return self.cache.directory(GO) / GO.programs[0]

    def go_calls(self) -> list[str]:
        log = self.go.with_name("go.log")
        return log.read_text(encoding="utf-8").splitlines() if log.exists() else []
