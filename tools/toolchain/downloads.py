"""Programs as their vendors publish them, taken only when the published checksum agrees."""

import hashlib
import http.client
import queue
import shutil
import tarfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from tools.toolchain.catalogue import Release, Target, Tool
from tools.toolchain.failure import RouteRefusedError, ToolchainError, explained
from tools.toolchain.progress import Progress

# Vendors differ: SHA-1 for one provider, SHA-256 for the rest.
_HASHES = {40: "sha1", 64: "sha256", 128: "sha512"}
_CHUNK = 1 << 18


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds before a download is given up, since building is then faster than waiting.

    `answer` is for an address to answer at all, `silence` for a started download without a byte;
    in each `window` at least `least` bytes must come.
    """

    answer: float = 4.0
    silence: float = 8.0
    window: float = 15.0
    least: int = 1 << 20


@dataclass(slots=True)
class Releases:
    """Downloads from the vendors, or from `mirror`, whose paths begin with the vendor's host name.

    A host that was found unreachable is not tried again for the next tool.
    """

    mirror: str = ""
    patience: Patience = Patience()
    _closed: dict[str, str] = field(default_factory=dict)

    def fetch(self, tool: Tool, machine: Target, staged: Path, progress: Progress) -> str:
        """Put the programs of `tool` into `staged`; says from where.

        Raises RouteRefusedError when the release cannot be had, ToolchainError when what came is
        not what the vendor published.
        """
        for release in tool.releases:
            url = self._address(release.url, machine)
            sums = self._text(self._address(release.checksums, machine))
            expected = _published(sums, PurePosixPath(urlsplit(url).path).name)
            if expected is None:
                raise RouteRefusedError(f"{release.checksums} names no checksum for {url}")
            archive = staged / ".download"
            self._download(url, archive, expected, tool.name, progress)
            _unpack(archive, release, staged, url)
            archive.unlink()
        return ", ".join(self._address(release.url, machine) for release in tool.releases)

    def _address(self, pattern: str, machine: Target) -> str:
        cpu = "x64" if machine.arch == "amd64" else machine.arch
        url = pattern.format(os=machine.os, arch=machine.arch, cpu=cpu)
        return url.replace("https://", self.mirror.rstrip("/") + "/") if self.mirror else url

    def _open(self, url: str) -> http.client.HTTPResponse:
        """Open `url` within the patience, name look-up and redirects included."""
        host = urlsplit(url).netloc
        if host in self._closed:
            raise RouteRefusedError(self._closed[host])
        # No time-out of the standard library covers the name look-up.
        answers: queue.Queue[http.client.HTTPResponse | Exception] = queue.Queue()

        def ask() -> None:
            try:
                answers.put(urllib.request.urlopen(url, timeout=self.patience.silence))  # noqa: S310 - the catalogue's addresses and the mirror the user names
            except Exception as error:  # noqa: BLE001 - handed to the waiting thread whatever it is
                answers.put(error)

        threading.Thread(target=ask, daemon=True).start()
        patience = self.patience.answer
        answer: http.client.HTTPResponse | Exception
        try:
            answer = answers.get(timeout=patience)
        except queue.Empty:
            answer = TimeoutError()
        if isinstance(answer, urllib.error.HTTPError):
            answer.close()
            raise RouteRefusedError(f"{url} answered {answer.code} {answer.reason}")
        if isinstance(answer, Exception):
            reason = getattr(answer, "reason", answer)
            # The socket's own time-out may be the first to tell of the same silence.
            silent = isinstance(reason, TimeoutError)
            told = f"did not answer within {patience:.0f} s"
            self._closed[host] = f"{host} {told if silent else f'cannot be reached ({reason})'}"
            raise RouteRefusedError(self._closed[host]) from answer
        return answer

    def _text(self, url: str) -> str:
        chunks: list[bytes] = []
        with self._open(url) as response:
            self._pump(response, url, chunks.append)
        return b"".join(chunks).decode(errors="replace")

    def _pump(
        self,
        response: http.client.HTTPResponse,
        url: str,
        take: Callable[[bytes], object],
        seen: Callable[[int], None] = lambda _: None,
    ) -> None:
        """Read to the end, giving up on a connection that stalls, crawls or breaks off."""
        total, mark, since = 0, 0, time.monotonic()
        while True:
            try:
                chunk = response.read1(_CHUNK)
            except (OSError, http.client.HTTPException) as error:
                raise RouteRefusedError(f"{url} stalled after {total} bytes ({error})") from error
            if not chunk:
                break
            take(chunk)
            total += len(chunk)
            seen(total)
            if (now := time.monotonic()) - since >= self.patience.window:
                if total - mark < self.patience.least:
                    raise RouteRefusedError(f"{url} comes too slowly, {total} bytes so far")
                mark, since = total, now
        announced = response.headers.get("Content-Length")
        if announced is not None and total < int(announced):
            raise RouteRefusedError(f"{url} broke off after {total} of {announced} bytes")

    def _download(self, url: str, into: Path, expected: str, name: str, progress: Progress) -> None:
        digest = hashlib.new(_HASHES[len(expected)])
        with self._open(url) as response, explained("download", into), into.open("wb") as file:

            def take(chunk: bytes) -> None:
                file.write(chunk)
                digest.update(chunk)

            def seen(total: int) -> None:
                progress.update(name, f"{total / 1e6:.0f} MB downloaded")

            self._pump(response, url, take, seen)
        if digest.hexdigest() != expected:
            raise ToolchainError(
                f"{url} is not what its vendor published: its {digest.name.upper()} is "
                f"{digest.hexdigest()}, published is {expected}. Nothing was installed.\n"
                "Try again; if it stays so, a proxy or mirror alters downloads: tell its owner, "
                "and build instead: python3 -m tools.toolchain ensure --route build " + name
            )


def _published(sums: str, name: str) -> str | None:
    """Find the checksum of a file in a list of them, or in a file that is the checksum alone."""
    for line in sums.splitlines():
        digest, _, file = line.strip().partition(" ")
        if len(digest) not in _HASHES or not all(c in "0123456789abcdef" for c in digest.lower()):
            continue
        if not file or PurePosixPath(file.strip().removeprefix("*")).name == name:
            return digest.lower()
    return None


def _unpack(archive: Path, release: Release, staged: Path, url: str) -> None:
    """Copy the programs out by base name; nothing else of the archive touches the disk."""
    if not url.endswith(".tar.gz"):
        with explained("unpack", staged):
            archive.rename(staged / release.programs[0])
            archive.touch()
        return
    missing = set(release.programs)
    try:
        with tarfile.open(archive, "r:gz") as bundle:
            for member in bundle:
                name = PurePosixPath(member.name).name
                if name in missing and (source := bundle.extractfile(member)) is not None:
                    with explained("unpack", staged), (staged / name).open("wb") as file:
                        shutil.copyfileobj(source, file)
                    missing.discard(name)
    except (tarfile.TarError, EOFError) as error:
        raise RouteRefusedError(f"{url} cannot be unpacked ({error})") from error
    if missing:
        raise RouteRefusedError(f"{url} holds no {', '.join(sorted(missing))}")
