"""Renderings by the name of what they were made from: each whole or not there at all.

Two runs may write one at the same time, since both write the same; a run that is killed leaves a
half-written file under another name, which a later run sweeps. No secret is in an entry, and names
are hashes of hashes.
"""

import hashlib
import os
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from release.rendering.renderedobjects import Rendering

FORMAT: Final = "4"
"""Changes whenever an entry's content or what it depends on is written otherwise."""
KEPT_SECONDS: Final = 30 * 24 * 3600.0
_STALE_SECONDS: Final = 24 * 3600.0
_KEY_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class RenderingCache:
    """The folder of renderings, and the key under which their secrets are hidden."""

    folder: Path
    key: bytes

    def name(self, tool: str, request: str) -> str:
        """Return the name of an entry: tool, request and the key that hides its secrets."""
        parts = "\0".join((FORMAT, tool, request, hashlib.sha256(self.key).hexdigest()))
        return hashlib.sha256(parts.encode()).hexdigest()

    def get(self, name: str) -> Rendering | None:
        """Return a rendering; None if there is none, or if what is there is not whole."""
        path = self._path(name)
        try:
            data = path.read_bytes()
        except OSError:
            return None
        digest, _, text = data.partition(b"\n")
        if hashlib.sha256(text).hexdigest().encode() != digest:
            return None
        _touch(path)
        try:
            return Rendering.from_json(text)
        except (ValueError, KeyError, TypeError):
            return None

    def put(self, name: str, rendering: Rendering) -> None:
        """Keep a rendering; a full or read-only disk costs time later and nothing now."""
        text = rendering.to_json().encode(errors="surrogatepass")
        path = self._path(name)
        temporary = path.with_name(f"{name}.{os.getpid()}.{secrets.token_hex(4)}.new")
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(hashlib.sha256(text).hexdigest().encode() + b"\n" + text)
            temporary.replace(path)
            _sweep(path.parent)
        except OSError:
            temporary.unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self.folder / name[:2] / name[2:]


def open_cache(root: Path) -> RenderingCache:
    """Return the cache below the folder `root`; its key is made by whoever comes first.

    Where nothing can be kept the key lives as long as the run.
    """
    folder = root / "renderings"
    path = folder / "key"
    for _ in range(2):
        with suppress(OSError):
            key = path.read_bytes()
            if len(key) == _KEY_BYTES:
                return RenderingCache(folder, key)
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            temporary = folder / f"key.{os.getpid()}.{secrets.token_hex(4)}.new"
            handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(secrets.token_bytes(_KEY_BYTES))
            broken = path.exists() and path.stat().st_size != _KEY_BYTES
            _link_or_replace(temporary, path, broken=broken)
        except OSError:
            break
    return RenderingCache(folder, secrets.token_bytes(_KEY_BYTES))


def _link_or_replace(temporary: Path, path: Path, *, broken: bool) -> None:
    """Give the key its name; of two runs at once the first wins."""
    try:
        if broken:
            temporary.replace(path)
        else:
            path.hardlink_to(temporary)
    except FileExistsError:
        pass
    finally:
        temporary.unlink(missing_ok=True)


def _sweep(folder: Path) -> None:
    """Delete what no run has asked for in a month, and what killed runs left half-written.

    Entries are spread evenly over the folders, so that whoever keeps one sweeps its folder alone.
    """
    now = time.time()
    for path in folder.iterdir():
        kept = _STALE_SECONDS if path.suffix == ".new" else KEPT_SECONDS
        with suppress(OSError):
            if now - path.stat().st_mtime > kept:
                path.unlink()


def _touch(path: Path) -> None:
    with suppress(OSError):
        # Once a day is enough to tell what is still asked for.
        if time.time() - path.stat().st_mtime > _STALE_SECONDS:
            os.utime(path)
