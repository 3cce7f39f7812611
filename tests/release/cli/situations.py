"""Situations that stop a command or break a rule, and a person who follows the advice."""

import os
import shlex
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from tests.release.cli.driver import Hmco
from tools.toolchain.locate import locate

PROMOTE = ("promote", "service-mesh", "--to", "staging")
TO_PROD = ("promote", "monitoring", "--to", "prod")
ROLLBACK = ("rollback", "monitoring", "--env", "staging", "--by", "Ann")
HELD = "holds:\n    monitoring: {reason: incident, by: rita}"
PROD = "Pulumi.prod.yaml"
HELM = locate(("helm",)).bins.get("helm", Path()) / "helm"
"""Looked for here, since a test has a home of its own."""


def follow(hmco: Hmco, advice: str) -> None:
    """Run an advised line as a person pastes it; each of its commands must succeed."""
    for part in advice.split(" && "):
        words = shlex.split(part)
        if words[0] == "hmco":
            hmco.done(*words[1:])
            continue
        assert words[0] in {"git", "helm"}, f"no command: {part}"
        if words[0] == "helm":
            words[0] = str(HELM)
        result = subprocess.run(
            words, cwd=hmco.place, env=os.environ, check=False, capture_output=True, text=True
        )
        assert result.returncode == 0, f"{part}: {result.stderr}"


def land(hmco: Hmco, message: str = "A change") -> None:
    """Commit the work tree, which lands where there is no remote."""
    hmco.repo.commit(message, at=hmco.repo.until)


def clone(hmco: Hmco, tmp_path: Path, *options: str) -> None:
    """Stand in a clone of the estate from now on."""
    hmco.repo = hmco.repo.clone_to(tmp_path / "clone", *options)
    hmco.repo.git("config", "user.name", "Ann")
    hmco.repo.git("config", "user.email", "ann@254carbon.example")


def edit(hmco: Hmco, file: str, old: str, new: str) -> None:
    hmco.repo.edit(file, old, new)
    land(hmco)


def with_a_change(hmco: Hmco, chart: str = "monitoring") -> None:
    """Land a change of the chart longer ago than any soak time."""
    with hmco.repo.story() as story:
        story.change(chart)
    hmco.now = hmco.repo.until + timedelta(days=9)


def no_tags(hmco: Hmco, tmp_path: Path) -> None:
    clone(hmco, tmp_path, "--no-tags")


def untagged(hmco: Hmco, _: Path) -> None:
    hmco.repo.git("tag", "--delete", "service-mesh-1.3.0")


def ahead_on_main(hmco: Hmco, tmp_path: Path) -> None:
    clone(hmco, tmp_path)
    hmco.repo.write("helm/charts/service-mesh/values.yaml", "mine: true\n")
    land(hmco)


def not_pushed(hmco: Hmco, tmp_path: Path) -> None:
    clone(hmco, tmp_path)
    hmco.done(*PROMOTE)
    land(hmco)


def push(hmco: Hmco) -> None:
    hmco.repo.git("push", "--quiet", "origin", "HEAD:landed")
    hmco.repo.git("update-ref", "refs/remotes/origin/main", "HEAD")


def not_committed(hmco: Hmco, _: Path) -> None:
    hmco.repo.git("rm", "--quiet", "--cached", "-r", "helm/charts/service-mesh")
    hmco.repo.git("commit", "--quiet", "--message", "forget it")


def changelog_not_committed(hmco: Hmco, _: Path) -> None:
    hmco.repo.git("rm", "--quiet", "--cached", "helm/charts/service-mesh/CHANGELOG.md")
    hmco.repo.git("commit", "--quiet", "--message", "forget what changed")


def forgotten(hmco: Hmco, _: Path) -> None:
    hmco.repo.git("rm", "--quiet", "--cached", PROD)
    hmco.repo.git("commit", "--quiet", "--message", "forget prod")


def ignored(hmco: Hmco, _: Path) -> None:
    hmco.repo.write(".gitignore", "Pulumi.p*.yaml\n")
    forgotten(hmco, _)


def breaking(hmco: Hmco, _: Path) -> None:
    hmco.repo.write("helm/charts/monitoring/notes.txt", "x\n")
    land(hmco, "feat!: ask for another key")


def sparse(hmco: Hmco, tmp_path: Path) -> None:
    clone(hmco, tmp_path)
    hmco.repo.git("sparse-checkout", "set", "--cone", "helm/charts/vault")


def partial(hmco: Hmco, tmp_path: Path) -> None:
    hmco.repo.git("config", "uploadpack.allowFilter", "true")
    clone(hmco, tmp_path, "--filter=blob:none")


def untracked(hmco: Hmco, _: Path) -> None:
    with_a_change(hmco)
    hmco.repo.write("helm/charts/monitoring/notes.txt", "mine\n")


def in_the_middle_of(*command: str) -> Callable[[Hmco, Path], None]:
    def situation(hmco: Hmco, _: Path) -> None:
        repo = hmco.repo
        repo.git("switch", "--quiet", "--create", "side")
        repo.write("README.md", "theirs\n")
        land(hmco)
        patch = repo.git("format-patch", "-1", "--stdout")
        (repo.path.parent / "side.patch").write_text(f"{patch}\n")
        repo.git("switch", "--quiet", "main")
        repo.write("README.md", "ours\n")
        land(hmco)
        words = [str(repo.path.parent / "side.patch") if w == "PATCH" else w for w in command]
        subprocess.run(["git", *words], cwd=repo.path, check=False, capture_output=True)
        if command[0] != "bisect":
            repo.git("checkout", "--quiet", "--force", "HEAD", "--", "README.md")

    return situation


def rolled_back(hmco: Hmco, _: Path) -> None:
    hmco.done(*TO_PROD)
    land(hmco)
    hmco.done("rollback", "monitoring", "--env", "prod", "--by", "Ann")
    land(hmco)
    hmco.done("unhold", "monitoring", "--env", "prod", "--reason", "fixed")
    land(hmco)


def rolled_back_and_held(hmco: Hmco, _: Path) -> None:
    hmco.done(*ROLLBACK)
    land(hmco)


def two_trunks(hmco: Hmco, _: Path) -> None:
    hmco.repo.git("branch", "master")


def two_remote_trunks(hmco: Hmco, tmp_path: Path) -> None:
    hmco.repo.git("branch", "master")
    clone(hmco, tmp_path)
    hmco.repo.git("remote", "set-head", "origin", "--delete")


def single_branch(hmco: Hmco, tmp_path: Path) -> None:
    hmco.repo.git("branch", "other")
    clone(hmco, tmp_path, "--single-branch", "--branch=other")
    hmco.repo.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")


def lower_than_prod(hmco: Hmco, _: Path) -> None:
    hmco.done(*TO_PROD)
    land(hmco)
    hmco.done(*ROLLBACK)
    land(hmco)
    hmco.done("unhold", "monitoring", "--env", "staging", "--reason", "settled")
    land(hmco)
