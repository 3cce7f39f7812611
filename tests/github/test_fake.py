"""The fake GitHub itself: it tells what is wrong with a call and keeps what it was given."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.github.server import Answer, FakeGitHub, Fault, error, serving
from tests.github.world import READER, WRITER, World

REPO = "repos/example-org/charts"


@pytest.fixture
def world() -> World:
    return World(teams={"sre": 7})


@pytest.fixture
def github(world: World) -> Iterator[FakeGitHub]:
    with serving(world) as running:
        yield running


def ask(
    github: FakeGitHub, method: str, path: str, body: object = None, token: str = WRITER
) -> tuple[int, Any]:
    content = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = Request(f"{github.url}api/v3/{path}", content, headers, method=method)  # noqa: S310
    try:
        with urlopen(request) as answer:  # noqa: S310 -- loopback
            raw = answer.read()
            return answer.status, json.loads(raw) if raw else None
    except HTTPError as refused:
        return refused.code, json.loads(refused.read())


RULESET = {
    "name": "guard",
    "target": "branch",
    "enforcement": "active",
    "bypass_actors": [{"actor_id": 7, "actor_type": "Team", "bypass_mode": "pull_request"}],
    "conditions": {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}},
    "rules": [{"type": "deletion"}],
}


def test_what_is_written_is_read_back_without_a_violation(github: FakeGitHub) -> None:
    status, made = ask(github, "POST", f"{REPO}/rulesets", RULESET)
    assert status == 201
    assert ask(github, "GET", f"{REPO}/rulesets/{made['id']}")[1]["rules"] == RULESET["rules"]
    environment = {"reviewers": [{"type": "Team", "id": 7}], "prevent_self_review": True}
    assert ask(github, "PUT", f"{REPO}/environments/prod", environment)[0] == 200
    rules = ask(github, "GET", f"{REPO}/environments/prod")[1]["protection_rules"]
    assert rules[0]["reviewers"][0]["reviewer"]["id"] == 7
    file = {"message": "Add", "content": "aGVsbG8="}
    assert ask(github, "PUT", f"{REPO}/contents/docs/a.md", file)[0] == 201
    assert ask(github, "GET", f"{REPO}/contents/docs/a.md")[1]["content"] == "aGVsbG8="
    label = {"name": "promotion", "color": "0e8a16", "description": "A promotion"}
    assert ask(github, "POST", f"{REPO}/labels", label)[0] == 201
    assert ask(github, "GET", f"{REPO}/labels/promotion")[1]["color"] == "0e8a16"
    for path in ("", "/actions/permissions", "/actions/permissions/workflow", "/branches/main"):
        assert ask(github, "GET", f"{REPO}{path}")[0] == 200
    assert ask(github, "GET", "orgs/example-org/teams/sre")[1]["id"] == 7
    assert github.violations == []


@pytest.mark.parametrize(
    ("method", "path", "body", "told"),
    [
        ("GET", "repos/example-org/charts/rulesetz", None, "is no operation of GitHub's API"),
        ("GET", f"{REPO}/rulesets?page=first", None, "query page"),
        ("GET", f"{REPO}/labels?order=up", None, "query order is not described"),
        ("POST", f"{REPO}/rulesets", {**RULESET, "enforcement": "on"}, "body enforcement"),
        ("POST", f"{REPO}/rulesets", {"rules": []}, "is a required property"),
        ("PUT", f"{REPO}/environments/prod", {"reviewer": []}, "body the whole"),
        ("PUT", f"{REPO}/contents/a.md", {"content": "x"}, "'message' is a required property"),
    ],
)
def test_a_call_that_github_would_not_understand_is_a_violation(
    github: FakeGitHub, method: str, path: str, body: object, told: str
) -> None:
    assert ask(github, method, path, body)[0] in {404, 422}
    assert told in github.violations[0]


def test_an_answer_that_github_would_not_give_is_a_violation() -> None:
    with serving(lambda _: Answer(200, {"name": "prod"})) as github:
        ask(github, "GET", f"{REPO}/environments/prod")
        assert "is a required property" in github.violations[0]
        ask(github, "DELETE", f"{REPO}/environments/prod")
        assert github.violations[-1].endswith("this status is not described")


def test_tokens_decide_who_reads_who_writes_and_who_sees_the_bypass(github: FakeGitHub) -> None:
    made = ask(github, "POST", f"{REPO}/rulesets", RULESET)[1]
    assert ask(github, "GET", f"{REPO}", token="")[0] == 401
    assert ask(github, "DELETE", f"{REPO}/rulesets/{made['id']}", token=READER)[0] == 403
    assert (
        "bypass_actors" not in ask(github, "GET", f"{REPO}/rulesets/{made['id']}", token=READER)[1]
    )
    assert github.violations == []


def test_a_fault_strikes_as_often_as_it_was_told_to(github: FakeGitHub) -> None:
    broken = error(502, "Server Error")
    github.faults.append(Fault(r"GET .*/labels", broken, times=2, after=1))
    assert [ask(github, "GET", f"{REPO}/labels")[0] for _ in range(4)] == [200, 502, 502, 200]
    assert github.counted() == {"GET /repos/{owner}/{repo}/labels": 4}
    assert github.violations == []


def test_a_renamed_repository_leads_to_its_new_name(github: FakeGitHub, world: World) -> None:
    world.name, world.former_name = "renamed", "charts"
    assert ask(github, "GET", REPO)[1]["name"] == "renamed"
    assert github.violations == []
