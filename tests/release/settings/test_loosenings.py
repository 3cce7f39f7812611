"""Each setting that guards something is found when it asks for less, and only then."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from release.estate import load_estate, read_stack_files
from release.registry import REGISTRY
from release.settings.deployment import Deployment, NoLogin, PulumiLogin
from release.settings.governance import BreakGlass, PathRule
from release.settings.loosenings import REPOSITORY, SETTINGS, changed, loosenings
from release.settings.model import Role, Settings

ROOT: Final = Path(__file__).parents[3]
ESTATE: Final = {
    name: place.settings
    for name, place in load_estate(REGISTRY, read_stack_files(ROOT)).environments.items()
}
GUARDS: Final = {**SETTINGS, **{f"repository.{path}": guard for path, guard in REPOSITORY.items()}}


def deployment(login: NoLogin | PulumiLogin) -> Deployment:
    return Deployment.model_construct(
        workflows=True, runner="ubuntu-24.04", backend=None, login=login, applications=None
    )


def role(*actions: Any) -> Role:
    return Role.model_construct(name="r", description="d", groups=("g",), actions=actions)


PATH: Final = PathRule(patterns=("terraform/*",), team="sre", approvals=2)

SAMPLES: Final[dict[str, tuple[Any, Any]]] = {
    "promotes_from": (("staging",), ("staging", "dev")),
    "soak": ("24h", "90m"),
    "approvals.count": (2, 1),
    "approvals.teams": (("team-leads", "sre"), ("sre",)),
    "approvals.draft": (True, False),
    "source.repository": ("https://a.example/x.git", "https://b.example/x.git"),
    "source.charts": ("helm/charts", "charts"),
    "source.branch": (None, "main"),
    "sync_policy.automated": (False, True),
    "sync_policy.prune": (False, True),
    "sync_policy.allow_empty": (False, True),
    "sync_policy.options": (("FailOnSharedResource=true",), ()),
    "sync_windows": ((), ("any window",)),
    "roles": ((role("get"),), (role("get", "sync"),)),
    "notifications": ({"on-deployed": ("ops", "sre")}, {"on-deployed": ("ops",)}),
    "deletion.protect": (True, False),
    "deployment": (
        deployment(NoLogin(kind="none")),
        deployment(
            PulumiLogin.model_construct(kind="pulumi", organization="o", team="t", preview_team="p")
        ),
    ),
    "repository.credentials": ("token", "none"),
    "repository.api": ("https://api.github.com/", "https://github.example/"),
    "repository.owner": ("acme", "other"),
    "repository.name": ("charts", "other"),
    "repository.default_branch": ("main", "trunk"),
    "repository.folder": ("", "release"),
    "repository.files": ("rendered", "pulumi"),
    "repository.enforcement": ("active", "disabled"),
    "repository.review.approvals": (2, 1),
    "repository.review.checks": (("required", "e2e"), ("required",)),
    "repository.review.checks_app": (15368, 1),
    "repository.owners": ({"platform": "platform", "sre": "sre"}, {"platform": "everyone"}),
    "repository.teams": ({"sre": 15}, {"sre": 16}),
    "repository.paths": ((PATH,), (PATH.model_copy(update={"approvals": 1}),)),
    "repository.break_glass": (
        BreakGlass(teams=("on-call",), mode="pull_request", environments=("prod",)),
        BreakGlass(teams=("on-call",), mode="always", environments=("prod",)),
    ),
    "repository.tags.pattern": ("{chart}-[0-9]*", "{chart}-1*"),
    "repository.release_app.slug": ("hmco-release", "other"),
    "repository.release_app.id": (1, 2),
    "repository.actions.allowed": ((), ("owner/*",)),
}
"""For each guarded setting a value that asks for more and one that asks for less."""


def sample_of(path: str) -> tuple[str, tuple[Any, Any]]:
    found = path if path in SAMPLES else path.rpartition(".")[0]
    return found, SAMPLES[found]


def with_value(record: Any, path: str, value: object) -> Any:
    """Return the record with another value at a dotted path, whatever the value's type is."""
    first, _, rest = path.partition(".")
    inner = with_value(getattr(record, first), rest, value) if rest else value
    return record.model_copy(update={first: inner})


def state(values: dict[str, object]) -> dict[str, Settings]:
    prod = ESTATE["prod"]
    for path, value in values.items():
        prod = with_value(prod, path, value)
    return {**ESTATE, "prod": prod}


def told(old: dict[str, Settings], new: dict[str, Settings]) -> set[str]:
    found = loosenings(old, new)
    assert {each.stack for each in found} <= {"prod"}
    return {each.setting for each in found}


def key(path: str) -> str:
    parts = [
        "".join(word.capitalize() if n else word for n, word in enumerate(part.split("_")))
        for part in path.split(".")
    ]
    return ".".join(parts)


def leaves(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """Yield every field of the model; those of models inside it in place of the model itself."""
    for name, field in model.model_fields.items():
        inner = [
            each
            for each in (field.annotation, *get_args(field.annotation))
            if isinstance(each, type) and issubclass(each, BaseModel)
        ]
        if len(inner) == 1:
            yield from leaves(inner[0], f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


GUARDS_NOTHING: Final[Mapping[str, str]] = {
    "project": "a name",
    "purpose": "for people",
    "argocd": "which Argo CD reads the objects, not what they let through",
    "destination": "where, not whether; a collision is refused by other rules",
    **dict.fromkeys(("versions", "holds", "freezes"), "judged as steps"),
    "sync_policy.self_heal": "brings back what Git says, sooner or later",
    "sync_policy.retry": "how patiently, not whether",
    "revision_history_limit": "how much Argo CD remembers; Git remembers everything",
    "orphaned_resources": "warns and stops nothing",
    "deletion.cascade": "what a reviewed removal of an Application does",
    "delivery": "where the objects are written",
    "kubernetes": "what the cluster is",
    "monitoring": "looks on and stops nothing",
    "notifier": "tells and stops nothing",
    "deployment.workflows": "whether workflows bring the environment up after the same approvals",
    "deployment.runner": "on which machine",
    "deployment.backend": "where the state lies",
    "deployment.applications": "a link for people",
}


@pytest.mark.parametrize("leaf", list(leaves(Settings)))
def test_every_field_of_the_settings_guards_something_or_says_why_not(leaf: str) -> None:
    parts = leaf.split(".")
    above = {".".join(parts[:length]) for length in range(1, len(parts) + 1)}
    guarded, not_guarded = above & GUARDS.keys(), above & GUARDS_NOTHING.keys()
    assert len(guarded) + len(not_guarded) == 1, (
        f"{leaf}: write it into SETTINGS or REPOSITORY of release/settings/loosenings.py, "
        "and a sample of it here, or into GUARDS_NOTHING"
    )


GLASS: Final = BreakGlass(teams=("on-call",), mode="pull_request", environments=("prod",))


def other(record: BaseModel, **update: object) -> tuple[Any, Any]:
    return (record,), (record.model_copy(update=update),)


FOR_PEOPLE: Final = ((), ())
"""A field that guards nothing by itself."""
INSIDE: Final[dict[str, tuple[Any, Any]]] = {
    "roles.name": FOR_PEOPLE,
    "roles.description": FOR_PEOPLE,
    "roles.groups": other(role("get"), groups=("g", "h")),
    "roles.actions": SAMPLES["roles"],
    "repository.paths.patterns": other(PATH, patterns=("terraform/modules/*",)),
    "repository.paths.team": other(PATH, team="platform"),
    "repository.paths.approvals": SAMPLES["repository.paths"],
    "repository.break_glass.teams": (
        GLASS,
        GLASS.model_copy(update={"teams": ("on-call", "platform")}),
    ),
    "repository.break_glass.mode": SAMPLES["repository.break_glass"],
    "repository.break_glass.environments": (
        GLASS,
        GLASS.model_copy(update={"environments": ("staging", "prod")}),
    ),
}
"""The same for each field of the entries that a guard of its own kind takes apart."""


def taken_apart() -> Iterator[tuple[str, str]]:
    """Yield the fields that a guard looks into, each with the guarded setting it lies in."""
    for leaf in leaves(Settings):
        parts = leaf.split(".")
        for length in range(1, len(parts)):
            setting = ".".join(parts[:length])
            if setting in GUARDS and GUARDS[setting] is not changed:
                yield leaf, setting


@pytest.mark.parametrize(("leaf", "setting"), list(taken_apart()))
def test_every_field_inside_a_guarded_setting_is_compared_too(leaf: str, setting: str) -> None:
    assert leaf in INSIDE, f"{leaf}: let the guard of {setting} compare it, and write a sample here"
    strict, loose = INSIDE[leaf]
    wanted = set() if INSIDE[leaf] is FOR_PEOPLE else {key(setting)}
    if wanted:
        assert told(state({setting: strict}), state({setting: loose})) == wanted
        assert told(state({setting: strict}), state({setting: strict})) == set()


@pytest.mark.parametrize("path", GUARDS)
def test_a_setting_that_asks_for_less_is_told_by_name(path: str) -> None:
    place, (strict, loose) = sample_of(path)
    assert told(state({place: strict}), state({place: loose})) == {key(path)}


@pytest.mark.parametrize("path", GUARDS)
def test_a_setting_that_asks_for_more_is_not_told_unless_that_cannot_be_known(path: str) -> None:
    place, (strict, loose) = sample_of(path)
    found = told(state({place: loose}), state({place: strict}))
    knows = GUARDS[path] is not changed and path not in {
        "repository.owners",
        "repository.teams",
        "repository.release_app.id",
        "deployment.login",
    }
    assert found == (set() if knows else {key(path)})


@given(st.dictionaries(st.sampled_from(sorted(SAMPLES)), st.tuples(st.booleans(), st.booleans())))
@settings(max_examples=150)
def test_of_many_changes_exactly_those_that_ask_for_less_are_told(
    changes: dict[str, tuple[bool, bool]],
) -> None:
    old = state({path: SAMPLES[path][was] for path, (was, _) in changes.items()})
    new = state({path: SAMPLES[path][now] for path, (_, now) in changes.items()})
    looser = {path for path, (was, now) in changes.items() if now and not was}
    same = {path for path, (was, now) in changes.items() if now == was}
    found = told(old, new)
    assert {key(path) if path != "deployment" else "deployment.login" for path in looser} <= found
    assert not {key(path) for path in same} & found


def test_equal_states_are_silent() -> None:
    assert loosenings(ESTATE, dict(ESTATE)) == ()


def test_a_guard_that_is_gone_is_told_and_one_that_moves_is_not() -> None:
    prod = ESTATE["prod"]
    without = prod.model_copy(update={"repository": None})
    assert told(ESTATE, {**ESTATE, "prod": without}) == {"repository"}
    staging = ESTATE["staging"].model_copy(update={"repository": prod.repository})
    assert loosenings(ESTATE, {**ESTATE, "prod": without, "staging": staging}) == ()


def test_a_team_that_is_looked_up_or_stated_is_the_same_team() -> None:
    stated, asked = (state({"repository.teams": {"sre": number}}) for number in (15, None))
    assert loosenings(stated, asked) == loosenings(asked, stated) == ()
