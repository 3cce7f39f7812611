"""What GitHub may answer instead: refusals, limits, broken lines; afterwards all is known."""

import time

import pytest

from tests.github.provider.governing import STACK, Governing
from tests.github.server import Answer, Fault, error
from tests.github.world import READER

R = "/repos/{owner}/{repo}"
PUT_RULESET = rf"PUT {R}/rulesets/{{ruleset_id}}".replace("{", r"\{").replace("}", r"\}")


def loosened(up: Governing) -> Governing:
    """Change one setting, so that the next run writes one ruleset."""
    up.program.edit(STACK, "approvals: 1\n      checks", "approvals: 2\n      checks")
    return up


def count(up: Governing) -> int:
    """Return how many approvals the review ruleset asks for."""
    (rule,) = (r for r in up.ruleset("hmco-reviews")["rules"] if r["type"] == "pull_request")
    return int(rule["parameters"]["required_approving_review_count"])


ANSWERS = {
    "401": error(401, "Bad credentials"),
    "403": error(403, "Resource not accessible by integration"),
    "404": error(404, "Not Found"),
    "422": error(422, "Validation Failed", errors=[{"code": "custom", "message": "Invalid rule"}]),
    "500": error(500, "Server Error"),
    "502": error(502, "Bad Gateway"),
}


@pytest.mark.parametrize("status", ANSWERS)
def test_a_refusal_is_told_and_the_next_run_resumes(up: Governing, status: str) -> None:
    loosened(up).github.faults.append(Fault(PUT_RULESET, ANSWERS[status], times=4))
    answer = up.up()
    assert answer.code != 0
    assert status in answer.text
    assert count(up) == 1
    up.github.faults.clear()
    again = up.up()
    assert again.code == 0, again.text
    assert count(up) == 2


def test_a_server_that_fails_once_is_asked_again(up: Governing) -> None:
    loosened(up).github.faults.append(Fault(PUT_RULESET, ANSWERS["502"], times=1))
    answer = up.up()
    assert answer.code == 0, answer.text
    assert count(up) == 2


def test_a_primary_rate_limit_is_waited_for(up: Governing) -> None:
    reset = int(time.time()) + 4
    headers = {
        "X-RateLimit-Limit": "5000",
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": str(reset),
    }
    limited = error(403, "API rate limit exceeded for installation ID 1.")
    loosened(up).github.faults.append(
        Fault(PUT_RULESET, Answer(limited.status, limited.body, headers))
    )
    answer = up.up()
    assert answer.code == 0, answer.text
    assert time.time() >= reset
    assert count(up) == 2


def test_a_secondary_rate_limit_is_waited_for(up: Governing) -> None:
    url = "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits"
    limited = error(403, "You have exceeded a secondary rate limit.", documentation_url=url)
    loosened(up).github.faults.append(
        Fault(PUT_RULESET, Answer(limited.status, limited.body, {"Retry-After": "2"}))
    )
    answer = up.up()
    assert answer.code == 0, answer.text
    assert count(up) == 2


def test_a_slow_answer_is_waited_for(up: Governing) -> None:
    loosened(up).github.faults.append(Fault(PUT_RULESET, seconds=4))
    answer = up.up()
    assert answer.code == 0, answer.text
    assert count(up) == 2


def test_an_answer_that_is_cut_off_is_an_error_and_the_next_run_resumes(up: Governing) -> None:
    loosened(up).github.faults.append(Fault(PUT_RULESET, cut=True, times=4))
    answer = up.up()
    assert answer.code != 0
    assert "unexpected EOF" in answer.text
    up.github.faults.clear()
    again = up.up("--refresh")
    assert again.code == 0, again.text
    assert count(up) == 2


def test_a_first_run_that_breaks_off_in_the_middle_is_finished_by_the_next(
    governed: Governing,
) -> None:
    refused = error(403, "Resource not accessible by integration")
    governed.github.faults.append(Fault(r"POST .*/rulesets", refused, after=2, times=9))
    assert governed.up().code != 0
    assert len(governed.world.rulesets) == 2
    governed.github.faults.clear()
    governed.github.forget()
    answer = governed.up()
    assert answer.code == 0, answer.text
    assert len(governed.world.rulesets) == 5
    assert governed.github.counted()[f"POST {R}/rulesets"] == 3, "what is there is not made twice"


def test_teams_that_do_not_exist_are_told_together_before_anything_is_made(
    governed: Governing,
) -> None:
    for slug in ("sre", "on-call"):
        del governed.world.teams[slug]
    del governed.world.apps["hmco-release"]
    answer = governed.up()
    assert answer.code != 0
    for setting in (
        "teams.sre: team sre",
        "teams.on-call: team on-call",
        "releaseApp: App hmco-release",
    ):
        assert f"Pulumi.prod.yaml: repository.{setting}" in answer.text
    assert governed.github.writes() == []
    assert not (governed.program.folder / "build" / STACK).exists()


def test_a_token_that_may_only_read_writes_nothing(governed: Governing) -> None:
    program = governed.program
    answer = Governing(
        type(program)(program.folder, {"HMCO_GITHUB_TOKEN": READER}),
        governed.github,
        governed.world,
    ).up()
    assert answer.code != 0
    assert "403" in answer.text
    world = governed.world
    assert (world.rulesets, world.environments, world.labels) == ({}, {}, {})
    assert READER not in answer.text + governed.state()


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({}, "no token is given; run: export HMCO_GITHUB_TOKEN="),
        (
            {"HMCO_GITHUB_TOKEN": "x", "HMCO_GITHUB_APP_ID": "1"},
            "a token is to be used, but HMCO_GITHUB_APP_ID is set too",
        ),
    ],
)
def test_access_that_is_not_as_the_settings_say_is_refused_before_any_request(
    governed: Governing, variables: dict[str, str], told: str
) -> None:
    program = type(governed.program)(governed.program.folder, variables)
    answer = Governing(program, governed.github, governed.world).up()
    assert answer.code != 0
    assert told in answer.text
    assert governed.github.requests == []


def test_a_repository_that_was_renamed_is_found_and_the_settings_are_told(up: Governing) -> None:
    up.world.name, up.world.former_name = "HMCo-charts", "HMCo"
    answer = up.run("refresh", "--skip-preview")
    assert answer.code == 0, answer.text
    assert len(up.world.rulesets) == 5
    loosened(up)
    assert up.up().code == 0
    assert count(up) == 2
