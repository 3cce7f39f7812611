"""The command: `ensure` gets tools, and beside them Python packages."""

import argparse
import os
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import ExitStack
from pathlib import Path

from tools.engine.scripts import install as install_scripts
from tools.toolchain.cache import Cache, cache_root
from tools.toolchain.downloads import Releases
from tools.toolchain.failure import ToolchainError, explained
from tools.toolchain.install import Installer
from tools.toolchain.locate import chosen
from tools.toolchain.progress import Progress
from tools.toolchain.run import Watch
from tools.toolchain.tools import TOOLS
from tools.toolchain.venv import DEVELOPMENT, RUNTIME, ensure_venv

_VENV = Path(".venv")
_LOCKS = {"runtime": RUNTIME, "dev": DEVELOPMENT}


def main(arguments: Sequence[str]) -> int:
    """Run the command; gives 0 when done, 1 when refused, and argparse's 2 on a usage error."""
    options = _parser().parse_args(arguments)
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, _leave)
    try:
        ensure(options.tools, packages=options.venv, builds_all=options.build, ambient=os.environ)
    except ToolchainError as error:
        sys.stderr.write(f"toolchain: {error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\ntoolchain: stopped; the same command goes on from here\n")
        return 130
    return 0


def ensure(
    names: Sequence[str], *, packages: str | None, builds_all: bool, ambient: Mapping[str, str]
) -> None:
    """Get the named tools, and beside them the Python packages of one lock file.

    With the packages come `pulumi` and `hmco`, as scripts that run this clone, and `helm` if it
    is there. Raises ToolchainError; what was finished before it stays for the next run.
    """
    cache, tools = Cache(cache_root(ambient)), chosen(names)
    releases = Releases(mirror=ambient.get("HMCO_RELEASE_MIRROR", ""))
    watch = Watch(Progress(), threading.Event())
    installer = Installer(cache, watch, releases, ambient, builds_all)
    with ExitStack() as stack:
        if wanted := installer.missing(tools):
            # Another run may fill the cache for minutes: only who needs a tool waits for that.
            stack.enter_context(cache.lock(watch))
        elif not packages:
            watch.progress.say(f"there already: {', '.join(tool.name for tool in tools)}")
        # One mostly waits for the network when it starts, so the other works beside it.
        pool = stack.enter_context(ThreadPoolExecutor())
        try:
            jobs = [pool.submit(installer.ensure, wanted)]
            if packages:
                jobs.append(pool.submit(ensure_venv, _VENV, _LOCKS[packages], ambient, watch))
            done, _ = wait(jobs, return_when=FIRST_EXCEPTION)
        finally:
            # Whatever ends the wait early ends the other one too.
            watch.stop.set()
        for job in done:
            job.result()
    if packages:
        with explained("write a script into", _VENV):
            install_scripts(Path.cwd(), cache.installed(TOOLS["helm"]))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 -m tools.toolchain", description=__doc__)
    commands = parser.add_subparsers(required=True)
    get = commands.add_parser("ensure", help="get what is missing; costs nothing when nothing is")
    get.add_argument("tools", nargs="*", help=f"any of: {', '.join(TOOLS)}")
    get.add_argument(
        "--venv",
        choices=tuple(_LOCKS),
        help=f"also install the locked Python packages, `pulumi`, `hmco` and `helm` into {_VENV}",
    )
    get.add_argument("--build", action="store_true", help="build; do not look for any release")
    return parser


def _leave(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt
