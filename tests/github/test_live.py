"""`hmco check --live`: differences are drift, what GitHub does not tell is unknown."""

import copy
import functools
import operator
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from release.cli.live import live_differences
from release.estate import load_estate, read_stack_files
from release.github.environments import environments
from release.github.hub.client import connect
from release.github.livesettings import Difference, Live, differences
from release.github.wire import Numbers, wire
from release.registry import REGISTRY
from tests.github.guarded import guard
from tests.github.server import FakeGitHub, Fault, error, serving
from tests.github.world import READER, WRITER, World
from tests.release.github.test_rulesets import NUMBERS, made, said

ESTATE: Final = load_estate(REGISTRY, read_stack_files(Path(__file__).parents[2]))
PLACES: Final = environments(ESTATE, said())


@pytest.fixture
def world() -> World:
    """Give a repository that is guarded exactly as the committed stack files say."""
    world = World(owner="254CARBON", name="HMCo")
    guard(world)
    return world


@pytest.fixture
def github(world: World) -> Iterator[FakeGitHub]:
    with serving(world) as running:
        yield running
        assert running.violations == []
        assert running.writes() == [], "a look at GitHub changes nothing"


def told(github: FakeGitHub, token: str = WRITER) -> list[tuple[str, str, bool]]:
    hub = connect("254CARBON/HMCo", token, f"{github.url}api/v3")
    found = live_differences(REGISTRY, ESTATE, hub)
    return [(each.about, each.what, each.is_known) for each in found]


def test_a_guard_that_is_as_it_must_be_has_no_difference(github: FakeGitHub) -> None:
    assert told(github) == []


def test_an_app_that_github_does_not_show_makes_its_ruleset_unknown(
    github: FakeGitHub, world: World
) -> None:
    world.apps.clear()
    what = "GitHub does not report the IDs of hmco-release"
    assert told(github) == [("ruleset hmco-tag-creation", what, False)]


def lacking() -> Iterator[tuple[str, Live, str]]:
    """Yield GitHub's answers, each without one field that is judged, and of what that is."""
    world = World()
    guard(world)
    rulesets: Mapping[str, Any] = {name: wire(each, NUMBERS) for name, each in made().items()}
    paths: list[tuple[str, tuple[Any, ...]]] = [
        *(("workflow permissions", (1, field)) for field in world.workflow_permissions),
        *(("Actions permissions", (2, field)) for field in world.actions),
    ]
    for name, ruleset in rulesets.items():
        about = f"ruleset {name}"
        paths += [
            (about, (0, name, key)) for key in ("target", "enforcement", "conditions", "rules")
        ]
        paths += [
            (f"{about}, rule {rule['type']}", (0, name, "rules", place, "parameters", key))
            for place, rule in enumerate(ruleset["rules"])
            for key, value in rule.get("parameters", {}).items()
            if value  # what is off or empty, GitHub may leave out
        ]
    for about, (*path, field) in paths:
        answers: Any = copy.deepcopy([rulesets, world.workflow_permissions, world.actions])
        del functools.reduce(operator.getitem, path, answers)[field]
        yield about, Live(answers[0], {}, {}, *answers[1:]), field


def test_each_field_that_an_answer_lacks_is_unknown_and_neither_fine_nor_wrong() -> None:
    every = tuple(lacking())
    assert len(every) > 30
    for about, answer, field in every:
        found = tuple(differences(tuple(made().values()), (), NUMBERS, answer))
        assert found == (Difference(about, f"GitHub does not report {field}", is_known=False),)


def by_name(world: World, name: str) -> Any:
    return next(each for each in world.rulesets.values() if each["name"] == name)


NAMED: Final = {"protected_branches": False, "custom_branch_policies": True}
CLASSIC: Final = {"protected_branches": True, "custom_branch_policies": False}
OUR_REF: Final = {"include": ["~DEFAULT_BRANCH"], "exclude": []}
OTHER_REF: Final = {"include": ["refs/heads/release"], "exclude": []}
DRIFT: Final[dict[str, tuple[Any, tuple[str, str]]]] = {
    "switched off": (
        lambda w: by_name(w, "hmco-trunk").update(enforcement="disabled"),
        ("ruleset hmco-trunk", "enforcement is 'disabled' and must be 'active'"),
    ),
    "a wider bypass": (
        lambda w: by_name(w, "hmco-owners")["bypass_actors"].append(
            {"actor_id": 5, "actor_type": "RepositoryRole", "bypass_mode": "always"}
        ),
        ("ruleset hmco-owners", "RepositoryRole 5 (always) may bypass it"),
    ),
    "another branch is guarded": (
        lambda w: by_name(w, "hmco-trunk").update(conditions={"ref_name": OTHER_REF}),
        (
            "ruleset hmco-trunk",
            f"conditions is {{'ref_name': {OTHER_REF}}} and must be {{'ref_name': {OUR_REF}}}",
        ),
    ),
    "nobody may break the glass": (
        lambda w: by_name(w, "hmco-reviews")["bypass_actors"].clear(),
        (
            "ruleset hmco-reviews",
            f"Team {NUMBERS.teams['on-call']} (pull_request) may not bypass it",
        ),
    ),
    "a rule is gone": (
        lambda w: by_name(w, "hmco-trunk")["rules"].pop(0),
        ("ruleset hmco-trunk", "the rule deletion is gone"),
    ),
    "fewer approvals": (
        lambda w: by_name(w, "hmco-reviews")["rules"][0]["parameters"].update(
            required_approving_review_count=0
        ),
        (
            "ruleset hmco-reviews, rule pull_request",
            "required_approving_review_count is not as it must be",
        ),
    ),
    "a ruleset is gone": (
        lambda w: w.rulesets.pop(
            next(n for n, r in w.rulesets.items() if r["name"] == "hmco-trunk")
        ),
        ("ruleset hmco-trunk", "is not there"),
    ),
    "a reviewer is gone": (
        lambda w: w.environments["prod"]["reviewers"].pop(),
        ("environment prod", "the team sre is not a reviewer"),
    ),
    "a reviewer too many": (
        lambda w: w.environments["prod"]["reviewers"].append({"type": "Team", "id": 777}),
        ("environment prod", "reviewer 777 is not one of the stack file's teams"),
    ),
    "one may approve himself": (
        lambda w: w.environments["prod"].update(prevent_self_review=False),
        ("environment prod", "whoever starts a run may approve it (prevent_self_review)"),
    ),
    "administrators pass": (
        lambda w: w.environments["prod"].update(can_admins_bypass=True),
        ("environment prod", "can_admins_bypass is True and must be False"),
    ),
    "protected branches in place of the one that is named": (
        lambda w: w.environments["prod"].update(deployment_branch_policy=CLASSIC),
        ("environment prod", f"deployment_branch_policy is {CLASSIC} and must be {NAMED}"),
    ),
    "any branch": (
        lambda w: w.environments["prod"].update(deployment_branch_policy=None),
        ("environment prod", f"deployment_branch_policy is None and must be {NAMED}"),
    ),
    "another branch": (
        lambda w: w.policies["prod"].update({7: {"id": 7, "name": "release/*", "type": "branch"}}),
        ("environment prod", "branch release/* may use it too"),
    ),
    "a tag": (
        lambda w: w.policies["prod"].update({7: {"id": 7, "name": "main", "type": "tag"}}),
        ("environment prod", "tag main may use it too"),
    ),
    "no branch": (
        lambda w: w.policies["prod"].clear(),
        ("environment prod", "branch main may not use it"),
    ),
    "an environment is gone": (
        lambda w: w.environments.pop("staging"),
        ("environment staging", "is not there"),
    ),
    "a token that writes": (
        lambda w: w.workflow_permissions.update(default_workflow_permissions="write"),
        ("workflow permissions", "default_workflow_permissions is 'write' and must be 'read'"),
    ),
    "any action": (
        lambda w: w.actions.update(allowed_actions="all"),
        ("Actions permissions", "allowed_actions is 'all' and must be 'selected'"),
    ),
}


@pytest.mark.parametrize("name", DRIFT)
def test_what_was_changed_by_hand_is_drift(github: FakeGitHub, world: World, name: str) -> None:
    change, (about, what) = DRIFT[name]
    change(world)
    found = told(github)
    assert (about, what, True) in found
    assert all(known for *_, known in found)


def test_who_may_bypass_is_unknown_to_a_token_that_may_only_read(github: FakeGitHub) -> None:
    found = told(github, READER)
    unknown = [about for about, what, known in found if not known and "who may bypass" in what]
    assert len(unknown) == len(made())
    assert not [each for each in found if each[2]], "unknown is no drift"


@pytest.mark.parametrize("status", [401, 403, 500])
def test_an_answer_that_is_refused_is_unknown_and_never_fine(
    github: FakeGitHub, status: int
) -> None:
    refused = error(status, "no")
    github.faults.append(Fault("GET .*", copy.deepcopy(refused), times=200))
    found = told(github)
    assert {known for *_, known in found} == {False}
    assert len({about for about, *_ in found}) == len(made()) + len(PLACES) + 2


def test_no_team_number_makes_reviewers_unknown(github: FakeGitHub, world: World) -> None:
    del world.teams["sre"]
    found = told(github)
    assert ("environment prod", "GitHub does not report the IDs of sre", False) in found
    assert isinstance(NUMBERS, Numbers)


def test_branches_that_github_does_not_list_are_unknown(github: FakeGitHub, world: World) -> None:
    world.policies["prod"] |= {
        number: {"id": number, "name": f"b{number}", "type": "branch"} for number in range(200, 300)
    }
    assert ("environment prod", "GitHub does not list all of its branches", False) in told(github)
    github.faults.append(Fault(".*/deployment-branch-policies", error(403, "no"), times=99))
    found = [(about, known) for about, _, known in told(github) if about.startswith("environment")]
    assert found == [(f"environment {each.name}", False) for each in PLACES]
