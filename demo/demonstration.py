"""The demonstration estate: a chart repository to try everything on, with the program inside it.

Its history ends now: one chart may go to production, one soaks in staging, one is held there, and
one has changes on the trunk that no version holds yet.
"""

import shutil
import subprocess
import sys
import sysconfig
import tempfile
import venv
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from demo.builder import build_estate
from demo.environments import ROOT
from demo.gitprogram import git
from demo.repository import EstateRepo
from tools.engine.scripts import install
from tools.toolchain.venv import STAMP

MARK: Final = "hmco-demonstration"
"""The file below .git that makes a folder one of ours, which may be replaced."""

_ALL: Final = ("--cached", "--others", "--exclude-standard")

READY: Final = ("data-platform", "1.4.0")
"""What staging has run long enough for production."""


class DemonstrationError(Exception):
    """No demonstration can be made there; the message says why and what to do."""


def build_demonstration(folder: Path, now: datetime) -> EstateRepo:
    """Make the estate in `folder`, with its remote in `folder`.git, and return its checkout.

    One made earlier is replaced, anything else is refused. Until all is there, nothing is.
    """
    remote = folder.with_name(f"{folder.name}.git")
    _refuse_foreign(folder, remote)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".demo-", dir=folder.parent) as scratch:
        fresh = Path(scratch) / folder.name
        # A whole minute, for the times that people read.
        estate = build_estate(
            fresh, until=now.replace(second=0, microsecond=0), beside=program_files()
        )
        _let_things_happen(estate)
        (fresh / ".git" / MARK).touch()
        bare = Path(scratch) / remote.name
        git(fresh, "clone", "--quiet", "--bare", str(fresh), str(bare))
        (bare / MARK).touch()
        for path in (folder, remote):
            shutil.rmtree(path, ignore_errors=True)
        bare.rename(remote)
        fresh.rename(folder)
    estate.path = folder
    git(folder, "remote", "add", "origin", str(remote))
    git(folder, "fetch", "--quiet", "--tags", "origin")
    git(folder, "remote", "set-head", "origin", estate.branch)
    git(folder, "branch", "--quiet", f"--set-upstream-to=origin/{estate.branch}", estate.branch)
    borrow_packages(folder)
    return estate


def program_files() -> dict[str, bytes]:
    """Return what the clone holds and Git does not ignore, by path."""
    try:
        listed = git(ROOT, "ls-files", "-z", *_ALL).split("\0")
    except subprocess.CalledProcessError as error:
        raise DemonstrationError(
            f"{ROOT} is no clone, so its own files cannot be told from others: git clone it"
        ) from error
    return {path: (ROOT / path).read_bytes() for path in listed if path and (ROOT / path).is_file()}


def borrow_packages(folder: Path) -> None:
    """Give `folder` a virtual environment that has the packages of the one which runs this.

    Its `hmco` and `pulumi` run the program of `folder`; nothing is downloaded for that.
    """
    place = folder / ".venv"
    venv.EnvBuilder(symlinks=True, with_pip=False).create(place)
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(place)}))
    # A line with import is run, and so packages that ours borrows itself are borrowed too.
    lender = sysconfig.get_path("purelib")
    (packages / "borrowed.pth").write_text(
        f"import site; site.addsitedir({lender!r})\n", encoding="utf-8"
    )
    stamp = Path(sys.prefix) / STAMP
    if stamp.is_file():
        shutil.copyfile(stamp, place / STAMP)
    install(folder)


def _let_things_happen(estate: EstateRepo) -> None:
    def ago(**span: float) -> datetime:
        return estate.until - timedelta(**span)

    with estate.story() as story:
        story.change("api-gateway", at=ago(days=3))
        story.hold("monitoring", "prod", "its dashboards are being checked", at=ago(days=2))
        story.promote("service-mesh", "staging", "1.3.0", at=ago(hours=2))


def _refuse_foreign(folder: Path, remote: Path) -> None:
    for place, mark in ((folder, folder / ".git" / MARK), (remote, remote / MARK)):
        if place.exists() and not mark.exists():
            raise DemonstrationError(
                f"{place} is there and is not a demonstration; name another folder"
            )
