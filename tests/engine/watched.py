"""The program with monitoring and messages on, in a repository of its own: both ask Git."""

import json
import re
import subprocess
from collections.abc import Mapping

from tests.engine.program import Program
from tests.monitoring.environments import MONITORING

_NOTIFIER = {"argocdUrl": "https://argocd.example.org/", "slackApi": None}
REASON = 'Broke "login" <!channel> & *more* @here'


def watch(
    program: Program,
    stack: str,
    *,
    notifier: Mapping[str, object],
    channels: Mapping[str, str],
    monitoring: str | None = MONITORING,
) -> None:
    """Switch it on in one stack, and let a rollback and a hold land there."""
    path = program.folder / f"Pulumi.{stack}.yaml"
    text = re.sub(r"(?m)^  hmco:notifications:.*\n(    .*\n)*", "", path.read_text())
    path.write_text(
        f"{text}"
        f"  hmco:notifications: {json.dumps({name: [c] for name, c in channels.items()})}\n"
        f"  hmco:notifier: {json.dumps({**_NOTIFIER, **notifier})}\n"
        + (f"  hmco:monitoring: {monitoring}\n" if monitoring else "")
    )
    git(program, "init", "-q", "-b", "main")
    git(program, "add", "-A")
    git(program, "commit", "-q", "-m", "Raise everything to 1.0.0")
    program.edit(stack, "    storage: 1.0.0\n", "    storage: 1.1.0\n")
    git(program, "commit", "-q", "-am", f"Promote storage 1.1.0 to {stack} (#7)")
    program.edit(stack, "    storage: 1.1.0\n", "    storage: 1.0.0\n")
    hold = json.dumps({"storage": {"reason": REASON, "by": "Rita"}})
    program.edit(stack, "  hmco:holds: {}\n", f"  hmco:holds: {hold}\n")
    git(program, "commit", "-q", "-am", f"Roll back storage to 1.0.0: {REASON}")


def git(program: Program, *arguments: str) -> None:
    """Run git as somebody who releases."""
    author = ["-c", "user.name=Rita Releaser", "-c", "user.email=rita@example.org"]
    subprocess.run(["git", *author, *arguments], cwd=program.folder, check=True)
