"""How far a checkout and the branch that changes land on have gone apart."""

from collections.abc import Iterable
from typing import NamedTuple

from release.repository.git.program import Repository
from release.repository.git.refs import DefaultBranch
from release.text.counted import counted


class Distance(NamedTuple):
    """Commits of `trunk`, such as `origin/main`, that a checkout lacks, and those it adds."""

    trunk: str
    behind: int = 0
    ahead: int = 0

    @property
    def told(self) -> str:
        """The distance as a person reads it, empty where there is none."""
        parts = [
            f"{counted(count, 'commit')} {word} {self.trunk}"
            for count, word in ((self.behind, "behind"), (self.ahead, "ahead of"))
            if count
        ]
        return " and ".join(parts)

    @property
    def remedy(self) -> str:
        """The command that brings what has landed into the checkout."""
        return f"git {'rebase' if self.ahead else 'merge --ff-only'} {self.trunk}"


def distance(repository: Repository, head: str, trunk: DefaultBranch) -> Distance:
    """Return how far the commit `head` is from the trunk as last fetched."""
    name = trunk.ref.split("/", 2)[2]
    if head == trunk.commit:
        return Distance(name)
    output = repository.run("rev-list", "--left-right", "--count", f"{head}...{trunk.commit}", "--")
    ahead, behind = map(int, output.split())
    return Distance(name, behind, ahead)


def changed_between(
    repository: Repository, held: str, other: str, paths: Iterable[str]
) -> frozenset[str]:
    """Return those of the paths that commits of `other` changed which `held` does not hold."""
    output = repository.run(
        "log", "--format=", "--name-only", "-z", f"{held}..{other}", "--", *paths
    )
    names = output.decode("utf-8", errors="surrogateescape").replace("\n", "\0").split("\0")
    return frozenset(filter(None, names))
