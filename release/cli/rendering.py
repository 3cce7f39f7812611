"""The renderer that commands use: the real Helm of the tool chain, and the cache beside it."""

import os
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
    from tools.toolchain.cache import cache_root  # noqa: PLC0415 -- as above
    from tools.toolchain.locate import locate  # noqa: PLC0415 -- as above
    from tools.toolchain.tools import HELM  # noqa: PLC0415 -- as above

    found = locate(("helm",)).bins.get("helm")
    helm = Helm(found / "helm", HELM) if found else None
    renderer = Renderer(open_cache(cache_root(os.environ)), helm, HELM, network=network)
    if sys.stderr.isatty():
        renderer.progress = _show_progress
    return renderer


@contextmanager
def states_of(here: "Picture") -> Iterator["States"]:
    """Give what makes both states of a plan, and a place for what is made on the way."""
    from release.plan.states import States  # noqa: PLC0415 -- as above

    with tempfile.TemporaryDirectory(prefix="hmco-plan-") as folder:
        yield States(here, Path(folder))


def _show_progress(done: int, total: int) -> None:
    """Rewrite one line on stderr; nothing of it is left at the end."""
    line = f"rendering {done}/{total}" if done < total else ""
    sys.stderr.write(f"\r\x1b[K{line}")
    sys.stderr.flush()
