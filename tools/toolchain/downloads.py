"""Programs as their vendors publish them, taken only when the published checksum agrees."""

import hashlib
import http.client
import shutil
import tarfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from tools.toolchain.failure import NoReleaseError, ToolchainError, explained
from tools.toolchain.run import Watch
from tools.toolchain.tools import Release, Target, Tool

# Vendors differ: SHA-1 for one provider, SHA-256 for the rest.
_HASHES = {40: "sha1", 64: "sha256", 128: "sha512"}
_CHUNK = 1 << 18


@dataclass(slots=True)
class Releases:
    """Downloads from the vendors, or from `mirror`, whose paths begin with the vendor's host name.

    A host that is silent for `patience` seconds is given up, since building is then faster than
    waiting; one that was found unreachable is not tried again for the next tool.
    """

    mirror: str = ""
    patience: float = 6.0
    _closed: dict[str, str] = field(default_factory=dict)

    def fetch(self, tool: Tool, machine: Target, staged: Path, watch: Watch) -> str:
        """Put the programs of `tool` into `staged`; says from where.

        Raises NoReleaseError when the release cannot be had, ToolchainError when what came is not
        what the vendor published.
        """
        if not tool.releases:
            raise NoReleaseError("no vendor publishes it by itself")
        for release in tool.releases:
            url = self._address(release.url, machine)
            sums = b"".join(self._chunks(self._address(release.checksums, machine)))
            name = PurePosixPath(urlsplit(url).path).name
            expected = _published(sums.decode(errors="replace"), name)
            if expected is None:
                raise NoReleaseError(f"{release.checksums} names no checksum for {url}")
            archive = staged / ".download"
            self._download(url, archive, expected, tool.name, watch)
            _unpack(archive, release, staged, url)
            archive.unlink()
        return ", ".join(self._address(release.url, machine) for release in tool.releases)

    def _address(self, pattern: str, machine: Target) -> str:
        cpu = "x64" if machine.arch == "amd64" else machine.arch
        url = pattern.format(os=machine.os, arch=machine.arch, cpu=cpu)
        return url.replace("https://", self.mirror.rstrip("/") + "/") if self.mirror else url

    def _open(self, url: str) -> http.client.HTTPResponse:
        host = urlsplit(url).netloc
        if host in self._closed:
            raise NoReleaseError(self._closed[host])
        try:
            answer: http.client.HTTPResponse = urllib.request.urlopen(url, timeout=self.patience)  # noqa: S310 - the catalogue's addresses and the mirror the user names
        except urllib.error.HTTPError as error:
            error.close()
            raise NoReleaseError(f"{url} answered {error.code} {error.reason}") from error
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", error)
            silent = isinstance(reason, TimeoutError)
            told = f"did not answer within {self.patience:.0f} s"
            self._closed[host] = f"{host} {told if silent else f'cannot be reached ({reason})'}"
            raise NoReleaseError(self._closed[host]) from error
        return answer

    def _chunks(self, url: str) -> Iterator[bytes]:
        """Read to the end, giving up on a connection that stalls or breaks off."""
        total = 0
        with self._open(url) as response:
            while True:
                try:
                    chunk = response.read1(_CHUNK)
                except (OSError, http.client.HTTPException) as error:
                    raise NoReleaseError(f"{url} stalled after {total} bytes ({error})") from error
                if not chunk:
                    break
                yield chunk
                total += len(chunk)
            announced = response.headers.get("Content-Length")
        if announced is not None and total < int(announced):
            raise NoReleaseError(f"{url} broke off after {total} of {announced} bytes")

    def _download(self, url: str, into: Path, expected: str, name: str, watch: Watch) -> None:
        digest = hashlib.new(_HASHES[len(expected)])
        with explained("download", into), into.open("wb") as file:
            for chunk in self._chunks(url):
                file.write(chunk)
                digest.update(chunk)
                watch.progress.update(name, f"{file.tell() / 1e6:.0f} MB downloaded")
                if watch.stop.is_set():
                    raise ToolchainError(f"the download of {url} was stopped")
        if digest.hexdigest() != expected:
            raise ToolchainError(
                f"{url} is not what its vendor published: its {digest.name.upper()} is "
                f"{digest.hexdigest()}, the vendor's is {expected}. Nothing was installed.\n"
                "Try again; if that persists, a proxy or mirror alters downloads: tell its owner, "
                "and build instead: python3 -m tools.toolchain ensure --build " + name
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
        raise NoReleaseError(f"{url} cannot be unpacked ({error})") from error
    if missing:
        raise NoReleaseError(f"{url} holds no {', '.join(sorted(missing))}")
