"""Drift beside the engine's: GitHub's guards in the one issue, Argo CD by its own answer."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from release.cli.live import live_lines
from release.estate import Estate
from release.github.checklist import State
from release.github.results import StackResult, encoded
from tests.github.guarded import guard
from tests.github.server import Fault, error
from tests.loopback import Quiet, served
from tests.release.github.conftest import Hosted
from tests.release.github.workflows.sources import with_backend


@pytest.fixture
def looked(hosted: Hosted, monkeypatch: pytest.MonkeyPatch) -> Hosted:
    """Give a guarded repository whose only stack that was looked at is as it must be."""
    guard(hosted.forge)
    monkeypatch.setenv("OUTCOMES", "drift-dev=success")
    quiet = encoded(StackResult(stack="dev", outcome="unchanged"))
    monkeypatch.setenv("RESULT_DRIFT_DEV", quiet)
    return hosted


def issues(hosted: Hosted) -> list[tuple[str, str]]:
    return [(each["state"], each["body"]) for each in hosted.forge.issues.values()]


def test_a_guard_that_is_gone_opens_the_one_issue_and_its_return_closes_it(looked: Hosted) -> None:
    looked.hmco.done("ci", "drift-issue")
    assert issues(looked) == []
    gone = looked.forge.rulesets.pop(1)

    for _ in range(2):
        looked.hmco.done("ci", "drift-issue")
    ((state, body),) = issues(looked)
    assert state == "open"
    assert "### GitHub" in body
    assert gone["name"].replace("-", "\\-") in body

    looked.forge.rulesets[1] = gone
    looked.hmco.done("ci", "drift-issue")
    assert [state for state, _ in issues(looked)] == ["closed"]


def test_what_the_token_of_a_workflow_may_not_see_opens_nothing(looked: Hosted) -> None:
    refused = error(403, "Resource not accessible by integration")
    looked.github.faults = [Fault(r"GET .*/(actions/permissions|rule-suites).*", refused, times=99)]

    assert "no drift" in looked.hmco.done("ci", "drift-issue").out
    assert issues(looked) == []


@contextmanager
def argo_cd(version: str) -> Iterator[str]:
    """Serve what Argo CD tells anybody; yield its address."""

    class Handler(Quiet):
        def do_GET(self) -> None:  # noqa: N802 -- the base's name
            status = 200 if self.path == "/api/version" else 404
            self.answer(json.dumps({"Version": version}).encode(), "application/json", status)

    with served(Handler) as address:
        yield address


def beside(address: str) -> Estate:
    """Return an estate whose Argo CD is at an address that no stack file could name."""
    estate = with_backend("aws").estate
    place = estate.environments["staging"]
    assert place.settings.deployment
    deployment = place.settings.deployment.model_copy(update={"applications": address})
    settings = place.settings.model_copy(update={"deployment": deployment})
    return replace(estate, environments={"staging": replace(place, settings=settings)})


@pytest.mark.parametrize(
    ("answers", "state"), [("v3.5.1+9f2c", State.DONE), ("v3.4.0", State.MISSING)]
)
def test_argo_cd_is_asked_where_it_can_be_reached(answers: str, state: State) -> None:
    with argo_cd(answers) as address:
        line = next(iter(live_lines(beside(address), ("staging",), {})))

    assert line.what.startswith("Argo CD of staging is")
    assert line.state is state


def test_an_argo_cd_that_cannot_be_reached_is_unknown() -> None:
    line = next(iter(live_lines(beside("http://127.0.0.1:9"), ("staging",), {})))

    assert line.state is State.UNKNOWN
