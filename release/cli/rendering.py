"""The renderer that commands use: the real Helm of the tool chain, and the cache beside it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from release.rendering.cache import open_cache
from release.rendering.renderer import Helm, Renderer


def open_renderer(*, network: bool = False) -> Renderer:
    """Return the renderer of this machine; without Helm it knows what the cache knows."""
    root, helm, version = _tool_chain()
    renderer = Renderer(open_cache(root), helm, version, network=network)
    if sys.stderr.isatty():
        renderer.progress = _show_progress
    return renderer


def _tool_chain() -> tuple[Path, Helm | None, str]:
    """Return the folder of caches, Helm if it is there, and the version that names renderings."""
    try:
        from tools.toolchain.cache import cache_root  # noqa: PLC0415 -- may be left out
        from tools.toolchain.catalogue import HELM  # noqa: PLC0415 -- as above
        from tools.toolchain.locate import locate  # noqa: PLC0415 -- as above
    except ModuleNotFoundError:
        helm = _on_path()
        return _usual_root(), helm, helm.version if helm else ""
    found = locate(("helm",)).bins.get("helm")
    return cache_root(os.environ), Helm(found / "helm", HELM) if found else None, HELM


def _on_path() -> Helm | None:
    """Return the Helm of PATH, for a program that was taken over without its tool chain."""
    program = shutil.which("helm")
    if program is None:
        return None
    asked = (program, "version", "--template", "{{.Version}}")
    answer = subprocess.run(asked, check=False, capture_output=True, text=True)
    return Helm(Path(program), answer.stdout.strip()) if answer.returncode == 0 else None


def _usual_root() -> Path:
    chosen = os.environ.get("HMCO_CACHE")
    return Path(chosen).absolute() if chosen else Path.home() / ".cache" / "hmco"


def _show_progress(done: int, total: int) -> None:
    """Rewrite one line on stderr; nothing of it is left at the end."""
    line = f"rendering {done}/{total}" if done < total else ""
    sys.stderr.write(f"\r\x1b[K{line}")
    sys.stderr.flush()
