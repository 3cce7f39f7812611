"""`hmco ci approvals` on a promotion that a workflow opened."""

import pytest

from tests.github.pulls import review
from tests.release.github.conftest import Hosted


@pytest.fixture
def number(hosted: Hosted, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_ACTOR", "ada")
    hosted.hmco.done("promote", "service-mesh", "--to", "staging", "--pull-request")
    (pull,) = hosted.forge.pulls
    return str(pull)


def test_the_approval_of_who_started_it_does_not_count(hosted: Hosted, number: str) -> None:
    review(hosted.forge, int(number), "ada")

    refused = hosted.hmco("ci", "approvals", "--number", number)

    assert refused.code == 1
    assert "staging: 0 of 1 approval; those who started it do not count: ada" in refused.out

    review(hosted.forge, int(number), "grace")
    assert "approved by grace" in hosted.hmco.done("ci", "approvals", "--number", number).out


def test_the_merge_queue_and_strange_numbers(hosted: Hosted) -> None:
    hosted.hmco.done("ci", "approvals", "--number", "")
    assert hosted.hmco("ci", "approvals", "--number", "1; id").code == 2
