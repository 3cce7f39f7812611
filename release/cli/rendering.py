"""The renderer that commands use: the real Helm of the tool chain, and the cache beside it."""

import os
import sys

from release.rendering.cache import open_cache
from release.rendering.renderer import Helm, Renderer
from tools.toolchain.cache import cache_root
from tools.toolchain.catalogue import HELM
from tools.toolchain.locate import locate


def open_renderer(*, network: bool = False, quiet: bool = False) -> Renderer:
    """Return the renderer of this machine; without Helm it knows what the cache knows."""
    found = locate(("helm",)).bins.get("helm")
    renderer = Renderer(
        cache=open_cache(cache_root(os.environ)),
        helm=Helm(found / "helm", HELM) if found else None,
        version=HELM,
        network=network,
    )
    if not quiet and sys.stderr.isatty():
        renderer.progress = _show_progress
    return renderer


def _show_progress(done: int, total: int) -> None:
    """Rewrite one line on stderr; nothing of it is left at the end."""
    line = f"rendering {done}/{total}" if done < total else ""
    sys.stderr.write(f"\r\x1b[K{line}")
    sys.stderr.flush()
