"""The renderer that commands use: the real Helm of the tool chain, and the cache beside it."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from release.plan.states import States
    from release.rendering.renderer import Renderer
    from release.repository.picture import Picture


def open_renderer(*, network: bool = False) -> "Renderer":
    """Return the renderer of this machine; without Helm it knows what the cache knows."""
    from release.rendering.cache import open_cache  # noqa: PLC0415 -- who asks for the place only
    from release.rendering.renderer import Helm, Renderer  # noqa: PLC0415 -- as above

    root, program, version = tool_chain()
    helm = Helm(program, version) if program else None
    renderer = Renderer(open_cache(root), helm, version, network=network)
    if sys.stderr.isatty():
        renderer.progress = _show_progress
    return renderer


@contextmanager
def states_of(here: "Picture") -> Iterator["States"]:
    """Give what makes both states of a plan, and a place for what is made on the way."""
    from release.plan.states import States  # noqa: PLC0415 -- as above

    with tempfile.TemporaryDirectory(prefix="hmco-plan-") as folder:
        yield States(here, Path(folder))


def tool_chain() -> tuple[Path, Path | None, str]:
    """Return the folder of caches, Helm if it is there, and the version that names renderings."""
    try:
        from tools.toolchain.cache import cache_root  # noqa: PLC0415 -- may be left out
        from tools.toolchain.locate import locate  # noqa: PLC0415 -- as above
        from tools.toolchain.tools import HELM  # noqa: PLC0415 -- as above
    except ModuleNotFoundError:
        return _usual_root(), *_on_path()
    found = locate(("helm",)).bins.get("helm")
    return cache_root(os.environ), found / "helm" if found else None, HELM


def _on_path() -> tuple[Path | None, str]:
    """Return the Helm of PATH, for a program that was taken over without its tool chain."""
    program = shutil.which("helm")
    if program is None:
        return None, ""
    asked = (program, "version", "--template", "{{.Version}}")
    answer = subprocess.run(asked, check=False, capture_output=True, text=True)
    return (None, "") if answer.returncode else (Path(program), answer.stdout.strip())


def _usual_root() -> Path:
    chosen = os.environ.get("HMCO_CACHE")
    return Path(chosen).absolute() if chosen else Path.home() / ".cache" / "hmco"


def _show_progress(done: int, total: int) -> None:
    """Rewrite one line on stderr; nothing of it is left at the end."""
    line = f"rendering {done}/{total}" if done < total else ""
    sys.stderr.write(f"\r\x1b[K{line}")
    sys.stderr.flush()
