"""Files that are links: a command changes the file behind one, or says why it does not."""

import shlex
from pathlib import Path

import pytest

from tests.release.cli.driver import Hmco

LOG = "helm/charts/vault/CHANGELOG.md"
BEHIND = "docs/changelogs/vault.md"


def link(hmco: Hmco, path: str, target: str) -> None:
    """Move a file elsewhere in the checkout and leave a link to it, both committed."""
    old, new = hmco.repo.path / path, hmco.repo.path / target
    new.parent.mkdir(parents=True, exist_ok=True)
    old.rename(new)
    old.symlink_to(Path(*[".."] * path.count("/"), target))
    hmco.repo.commit("Link it")


def committed_by(hmco: Hmco, told: str) -> list[str]:
    """Follow the printed `git commit` and return what it committed; nothing else is changed."""
    (line,) = (line for line in told.splitlines() if "git commit " in line)
    hmco.repo.git(*shlex.split(line.removesuffix(" &&"))[1:])
    assert hmco.repo.git("diff", "--name-only", "HEAD") == "", "all of the change is committed"
    return hmco.repo.git("diff", "--name-only", "HEAD^", "HEAD").splitlines()


def test_a_cut_changes_the_changelog_behind_a_link(hmco: Hmco) -> None:
    link(hmco, LOG, BEHIND)
    told = hmco.done("cut", "vault", "minor", "--note", "Fixed: leak").out
    assert (hmco.repo.path / LOG).is_symlink()
    assert "- leak" in (hmco.repo.path / BEHIND).read_text(encoding="utf-8")
    again = hmco.done("cut", "vault", "minor", "--note", "Fixed: leak").out
    assert "already in the work tree, not committed yet" in again
    assert committed_by(hmco, told) == [BEHIND, "helm/charts/vault/Chart.yaml"]


def test_a_hold_changes_the_stack_file_behind_a_link(hmco: Hmco) -> None:
    link(hmco, "Pulumi.prod.yaml", "stacks/prod.yaml")
    told = hmco.done("hold", "vault", "--env", "prod", "--reason", "audit").out
    assert committed_by(hmco, told) == ["stacks/prod.yaml"]
    assert (hmco.repo.path / "Pulumi.prod.yaml").is_symlink()


def test_what_lies_behind_a_link_uncommitted_stops_the_command(hmco: Hmco) -> None:
    link(hmco, LOG, BEHIND)
    behind = hmco.repo.path / BEHIND
    behind.write_text(behind.read_text(encoding="utf-8") + "\nmine\n", encoding="utf-8")
    said = hmco.refused("cut", "vault", "minor", "--note", "Fixed: leak")
    assert f"{BEHIND} has changes that are not committed" in said


@pytest.mark.parametrize("target", ["/etc/hostname", "../../../../elsewhere"])
def test_a_link_out_of_the_checkout_is_refused(hmco: Hmco, target: str) -> None:
    log = hmco.repo.path / LOG
    log.unlink()
    log.symlink_to(target)
    hmco.repo.commit("Link it out")
    assert LOG in hmco.refused("cut", "vault", "minor", "--note", "Fixed: leak")
