"""The commands: `ensure` gets tools and Python packages, `env` says where they are."""

import argparse
import json
import os
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tools.engine.scripts import install as install_scripts
from tools.toolchain.cache import Cache, cache_root
from tools.toolchain.catalogue import TOOLS
from tools.toolchain.downloads import Releases
from tools.toolchain.failure import ToolchainError, explained
from tools.toolchain.install import ROUTES, Installer
from tools.toolchain.locate import chosen, locate
from tools.toolchain.progress import Progress
from tools.toolchain.run import Watch
from tools.toolchain.venv import DEVELOPMENT, RUNTIME, Lock, ensure_venv

_VENV = Path(".venv")
_LOCKS = {"runtime": RUNTIME, "dev": DEVELOPMENT}


def main(arguments: Sequence[str]) -> int:
    """Run one command; gives 0 when done, 1 when refused, and argparse's 2 on a usage error."""
    options = _parser().parse_args(arguments)
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, _leave)
    try:
        if options.command == "env":
            sys.stdout.write(json.dumps(_describe(), indent=2) + "\n")
        else:
            ensure(
                options.tools,
                packages=options.venv,
                routes=options.route or ROUTES,
                environment=os.environ,
            )
            if options.scripts:
                with explained("write a script into", _VENV):
                    install_scripts(Path.cwd())
    except ToolchainError as error:
        sys.stderr.write(f"toolchain: {error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\ntoolchain: stopped; the same command goes on from here\n")
        return 130
    return 0


def ensure(
    names: Sequence[str],
    *,
    packages: str | None,
    routes: Sequence[str],
    environment: Mapping[str, str],
) -> None:
    """Get the named tools, and beside them the Python packages of one lock file.

    Raises ToolchainError; what was finished before it stays for the next run.
    """
    progress = Progress()
    cache = Cache(cache_root(environment))
    tools = chosen(names)
    lock = _LOCKS[packages] if packages else None
    releases = Releases(mirror=environment.get("HMCO_RELEASE_MIRROR", ""))
    watch = Watch(progress, threading.Event())
    installer = Installer(cache, watch, releases, environment, routes)
    if not installer.missing(tools):
        # Another run may be filling the cache for minutes, which is nothing to wait for here.
        if lock is not None:
            ensure_venv(_VENV, lock, environment, watch)
        return
    with cache.lock(progress, lambda: not installer.missing(tools)):
        _both(installer, names, lock, environment)


def _both(
    installer: Installer, names: Sequence[str], lock: Lock | None, environment: Mapping[str, str]
) -> None:
    """Install packages and tools side by side: one mostly waits for the network when it starts."""
    stop = installer.watch.stop

    def install_packages() -> None:
        if lock is None:
            return
        try:
            ensure_venv(_VENV, lock, environment, installer.watch)
        except BaseException:
            stop.set()
            raise

    with ThreadPoolExecutor(max_workers=1) as pool:
        beside = pool.submit(install_packages)
        try:
            installer.ensure(chosen(names))
        except BaseException as failure:
            # When the packages failed first, the build was only stopped because of them.
            if stop.is_set() and isinstance(failure, ToolchainError):
                beside.result()
            stop.set()
            raise
        beside.result()


def _describe() -> dict[str, object]:
    found = locate()
    return {
        "cache": str(found.cache),
        "pulumi_home": str(found.pulumi_home),
        "path": [str(folder) for folder in found.path],
        "bins": {name: str(folder) for name, folder in found.bins.items()},
        "missing": list(found.missing),
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 -m tools.toolchain", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("env", help="print where things are, as JSON")
    get = commands.add_parser("ensure", help="get what is missing; costs nothing when nothing is")
    get.add_argument("tools", nargs="*", help=f"any of: {', '.join(TOOLS)}")
    get.add_argument(
        "--venv",
        choices=tuple(_LOCKS),
        help=f"also install the locked Python packages into {_VENV}",
    )
    get.add_argument(
        "--scripts",
        action="store_true",
        help=f"also put `pulumi` and `hmco` into {_VENV}, as scripts that run this clone",
    )
    get.add_argument(
        "--route",
        action="append",
        choices=ROUTES,
        help="allow only this way to get a tool (may be repeated); all are tried otherwise",
    )
    return parser


def _leave(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt
