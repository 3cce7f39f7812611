"""Running the real git program on test repositories, deaf to the settings of the machine."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_KEPT: Final = ("PATH", "HOME", "TMPDIR", "LANG")
ISOLATED: Final[Mapping[str, str]] = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "LC_ALL": "C",
}
"""What keeps a user's or a machine's git settings out of a test."""


def git(
    folder: Path, *arguments: str, stdin: bytes = b"", env: Mapping[str, str] | None = None
) -> str:
    """Run git in the folder and return what it prints; CalledProcessError shows what it refused."""
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments],
        input=stdin,
        capture_output=True,
        check=False,
        env={**environment, **ISOLATED, **(env or {})},
    )
    if done.returncode:
        error = subprocess.CalledProcessError(done.returncode, done.args, done.stdout, done.stderr)
        error.add_note(done.stderr.decode(errors="replace"))
        raise error
    return done.stdout.decode("utf-8", errors="surrogateescape")


def make_repository(folder: Path) -> None:
    """Make an empty repository with the branch main that behaves alike on every machine."""
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "--quiet", "--initial-branch=main", "--template=")
    with (folder / ".git" / "config").open("a", encoding="utf-8") as config:
        config.write(
            "[user]\n\tname = Rita Releaser\n\temail = rita@254carbon.example\n"
            "[commit]\n\tgpgSign = false\n[tag]\n\tgpgSign = false\n[gc]\n\tauto = 0\n"
            # A copied checkout keeps its times but not its inodes; git must not read it all again.
            "[core]\n\tautocrlf = false\n\tcheckStat = minimal\n\ttrustctime = false\n"
        )
