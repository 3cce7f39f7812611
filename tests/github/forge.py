"""The fake GitHub in front of a bare Git repository: refs, pull requests, issues, releases.

What GitHub keeps in Git is kept in Git here too, so that a clone sees what the API did and the API
sees what was pushed.
"""

import copy
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.github.given import GIVEN
from tests.github.history import BOT, HISTORY
from tests.github.issues import ISSUES
from tests.github.operations import Handler
from tests.github.pulls import PULLS
from tests.github.releases import RELEASES
from tests.github.world import OPERATIONS, World

Json = Any


@dataclass
class Forge(World):
    """A repository whose content is the bare repository `bare`."""

    bare: Path = Path()
    login: str = "hmco-release[bot]"
    """Who the tokens speak for."""
    pulls: dict[int, Json] = field(default_factory=dict)
    reviews: dict[int, list[Json]] = field(default_factory=dict)
    issues: dict[int, Json] = field(default_factory=dict)
    comments: dict[int, Json] = field(default_factory=dict)
    releases: dict[int, Json] = field(default_factory=dict)
    sarifs: list[Json] = field(default_factory=list)
    variables: set[str] = field(default_factory=set)
    secrets: set[tuple[str, str]] = field(default_factory=set)
    """Environment and name of each secret."""
    runs: dict[str, list[str]] = field(default_factory=dict)
    """How the runs of each workflow file ended, the newest first."""
    required: tuple[str, ...] = ()
    """The checks that a ruleset requires on the default branch."""

    @property
    def operations(self) -> Mapping[str, Handler]:
        """What World can do, and what is below."""
        return {**OPERATIONS, **HISTORY, **PULLS, **ISSUES, **RELEASES, **GIVEN}

    def git(self, *arguments: str, given: bytes = b"", env: Mapping[str, str] | None = None) -> str:
        """Run git in the bare repository and return what it prints."""
        answer = subprocess.run(
            ["git", "-C", str(self.bare), *arguments],
            input=given,
            check=False,
            capture_output=True,
            env={**os.environ, **(env or {})},
        )
        if answer.returncode:
            raise LookupError(answer.stderr.decode())
        return answer.stdout.decode().strip()

    def listed(self, operation: str) -> Json:
        """Return the description's example of one entry of a list."""
        return copy.deepcopy(self.described.example(operation, 200)[0])

    def tip(self, ref: str) -> str | None:
        """Return the object at a full ref, None if there is no such ref."""
        try:
            return self.git("rev-parse", "--verify", "--quiet", ref)
        except LookupError:
            return None

    def open_pulls(self) -> list[Json]:
        """Return the pull requests that are open."""
        return [pull for pull in self.pulls.values() if pull["state"] == "open"]

    def merge(self, number: int, *, by: str = "ada") -> str:
        """Merge a pull request as GitHub's button does, and return the commit."""
        pull = self.pulls[number]
        base, head = self.tip(f"refs/heads/{self.default_branch}"), self._head(pull)
        tree = self.git("merge-tree", "--write-tree", str(base), head).splitlines()[0]
        subject = f"Merge pull request #{number} from {self.owner}/{pull['head']['ref']}"
        commit = self.git(
            "commit-tree",
            tree,
            "-p",
            str(base),
            "-p",
            head,
            "-m",
            f"{subject}\n\n{pull['title']}",
            env={**BOT, "GIT_AUTHOR_NAME": by},
        )
        self.git("update-ref", f"refs/heads/{self.default_branch}", commit)
        self.git("update-ref", "-d", f"refs/heads/{pull['head']['ref']}")
        pull |= {"state": "closed", "merged_at": "2026-06-15T09:00:00Z"}
        return commit

    def _head(self, pull: Json) -> str:
        return self.tip(f"refs/heads/{pull['head']['ref']}") or str(pull["head"]["sha"])

    def shown(self, pull: Json) -> Json:
        """Return a pull request with its head as it is now."""
        seen = copy.deepcopy(pull)
        seen["head"]["sha"] = self._head(pull)
        return seen
