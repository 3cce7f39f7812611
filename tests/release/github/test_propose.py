"""Branch, commit and pull request on GitHub, with a fault at every call and a second run."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from demo.gitprogram import git, make_repository
from release.github.hub.client import Hub, HubError, connect
from release.github.hub.propose import TRAILER, Proposal, Proposed, propose
from tests.github.forge import Forge
from tests.github.server import Answer, FakeGitHub, Fault, error, serving
from tests.github.world import READER, WRITER

BRANCH = "promote/alpha-1.1.0-to-staging"


@dataclass
class Scene:
    """A bare repository with one commit, and what is to be proposed on it."""

    forge: Forge
    github: FakeGitHub
    hub: Hub
    proposal: Proposal

    def run(self) -> Proposed:
        return propose(self.hub, self.proposal)

    def is_finished(self) -> bool:
        """Tell whether exactly the proposal stands there, once."""
        (pull,) = self.forge.pulls.values()
        return (
            self.forge.git("rev-list", "--count", f"main..{BRANCH}") == "1"
            and self.forge.git("show", f"{BRANCH}:Pulumi.staging.yaml") == "alpha: 1.1.0"
            and [label["name"] for label in pull["labels"]] == ["promotion", "staging"]
            and pull["body"] == "Words"
        )


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    work, bare = tmp_path / "work", tmp_path / "bare.git"
    make_repository(work)
    (work / "Pulumi.staging.yaml").write_text("alpha: 1.0.0\n", encoding="utf-8")
    git(work, "add", "--all")
    git(work, "commit", "--quiet", "-m", "First")
    subprocess.run(["git", "clone", "--quiet", "--bare", work, bare], check=True)
    forge = Forge(bare=bare)
    with serving(forge) as github:
        repository = f"{forge.owner}/{forge.name}"
        yield Scene(
            forge,
            github,
            connect(repository, WRITER, f"{github.url}api/v3"),
            Proposal(
                branch=BRANCH,
                base="main",
                parent=str(forge.tip("refs/heads/main")),
                files={"Pulumi.staging.yaml": "alpha: 1.1.0\n"},
                message=f"Promote alpha\n\n{TRAILER}\n",
                title="Promote alpha",
                body="Words",
                labels=("promotion", "staging"),
                draft=False,
            ),
        )
    assert github.violations == []


CALLS = {
    "ref": r"GET .*/git/ref/\{ref\}",
    "parent": r"GET .*/git/commits/.*",
    "tree": r"POST .*/git/trees",
    "commit": r"POST .*/git/commits",
    "branch": r"POST .*/git/refs",
    "pulls": r"GET .*/pulls",
    "pull": r"POST .*/pulls",
    "labels": r"POST .*/labels",
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("status", [403, 404, 409, 422, 500])
def test_after_a_failed_call_the_next_run_finishes_the_work(
    scene: Scene, call: str, status: int
) -> None:
    scene.github.faults = [Fault(CALLS[call], error(status, "No"), times=9)]
    if (call, status) == ("ref", 404):
        # Where there is no branch yet this is the usual answer.
        scene.run()
    else:
        with pytest.raises(HubError) as failed:
            scene.run()
        told = str(failed.value)
        assert str(status) in told
        assert (
            told.endswith(
                (
                    "again",
                    "stopped",
                    "again: it resumes where it stopped",
                    "rights",
                    "command)",
                    "it is",
                )
            )
            or "set GITHUB_TOKEN" in told
        )

    scene.github.faults = []
    scene.run()

    assert scene.is_finished()


@pytest.mark.parametrize("call", CALLS)
def test_a_connection_that_ends_in_the_middle_makes_nothing_twice(scene: Scene, call: str) -> None:
    scene.github.faults = [Fault(CALLS[call], cut=True, times=9)]
    if call in {"branch", "pull"}:
        # It looks whether the call worked, and it did.
        scene.run()
    else:
        with pytest.raises(HubError, match="again"):
            scene.run()

    scene.github.faults = []
    scene.run()

    assert scene.is_finished()


def test_a_second_run_changes_nothing(scene: Scene) -> None:
    assert scene.run().outcome == "opened"
    scene.github.forget()

    assert scene.run().outcome == "unchanged"

    # GitHub computes the tree, of which nothing but the object remains.
    assert [call.operation.rpartition("/")[2] for call in scene.github.writes()] == ["trees"]


def test_reads_are_tried_again_when_the_server_fails(scene: Scene) -> None:
    scene.github.faults = [Fault(CALLS["parent"], error(502, "Bad gateway"), times=2)]

    assert scene.run().outcome == "opened"


def test_a_rate_limit_is_waited_for(scene: Scene) -> None:
    limited = Answer(
        403, error(403, "You have exceeded a secondary rate limit").body, {"Retry-After": "1"}
    )
    scene.github.faults = [Fault(CALLS["pulls"], limited)]

    assert scene.run().outcome == "opened"


def test_a_closed_pull_request_gives_way_to_a_new_one(scene: Scene) -> None:
    first = scene.run().number
    scene.forge.pulls[first]["state"] = "closed"

    second = scene.run()

    assert second.outcome == "opened"
    assert second.number != first


def test_a_list_of_two_pages_is_read_whole(scene: Scene) -> None:
    # Of all lists this one is judged against GitHub's description in the shortest time.
    label = scene.hub.post("/labels", {"name": "promotion"})
    scene.forge.labels = {f"label-{n}": label | {"id": n} for n in range(150)}

    found = list(scene.hub.every("/labels"))

    assert [each["id"] for each in found] == list(range(150))


def test_a_token_that_may_only_read_is_told_so(scene: Scene) -> None:
    reader = connect(scene.hub.repository, READER, f"{scene.github.url}api/v3")

    with pytest.raises(HubError, match="may not do this"):
        propose(reader, scene.proposal)


@pytest.mark.parametrize("body", [{"sha": 5}, {}, "text", None])
def test_an_answer_that_lacks_what_is_needed_says_what_to_do(scene: Scene, body: object) -> None:
    scene.github.faults = [Fault(CALLS["tree"], Answer(201, body))]

    with pytest.raises(HubError, match=r"no sha that could be used|cannot be understood"):
        scene.run()

    assert scene.forge.pulls == {}
    scene.github.violations.clear()


def test_a_server_that_is_not_there_is_told(scene: Scene) -> None:
    nowhere = connect(scene.hub.repository, WRITER, "http://127.0.0.1:9")

    with pytest.raises(HubError, match="cannot be reached"):
        propose(nowhere, scene.proposal)
