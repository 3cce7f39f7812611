"""Settings that are each right and cannot be meant together; and everything is told at once."""

import pytest

from release.settings.problems import SettingsError
from release.settings.reader import read_settings
from tests.builders import MANUAL, Overrides, environment, load_settings, stack

SYNC_ROLE = "[{name: r, description: d, groups: [%s], actions: [%s]}]"


CASES: dict[str, tuple[Overrides, str, tuple[str, ...]]] = {
    "pruning-by-hand": (
        MANUAL | {"syncPolicy.prune": "true"},
        "syncPolicy.prune",
        ("no effect where automated is false", "write false"),
    ),
    "healing-by-hand": (
        MANUAL | {"syncPolicy.selfHeal": "true"},
        "syncPolicy.selfHeal",
        ("no effect where automated is false", "write false"),
    ),
    "emptying-by-hand": (
        MANUAL | {"syncPolicy.allowEmpty": "true"},
        "syncPolicy.allowEmpty",
        ("no effect where automated is false", "write false"),
    ),
    "prune-and-not": (
        {"syncPolicy.prune": "true", "syncPolicy.options": "[Prune=false]"},
        "syncPolicy.options",
        ("Prune=false contradicts prune: true", "remove one"),
    ),
    "wait-above-its-cap": (
        {"syncPolicy.retry.maxDuration": "1s"},
        "syncPolicy.retry.maxDuration",
        ("shorter than the first wait", "duration: 5s"),
    ),
    "freeze-reversed": (
        {"freezes": '[{first: "2026-12-31", last: "2026-12-01", reason: r}]'},
        "freezes.0",
        ("ends on 2026-12-01, before it begins on 2026-12-31", "swap"),
    ),
    "override-by-hand": (
        MANUAL | {"roles": SYNC_ROLE % ("g", "get, override")},
        "roles.0.actions",
        ("override would let r run what Git does not pin", "only get, logs, sync"),
    ),
    "resource-actions-by-hand": (
        MANUAL | {"roles": SYNC_ROLE % ("g", "action")},
        "roles.0.actions",
        ("action would let r run", "only get, logs, sync"),
    ),
    "role-twice": (
        {"roles": f"{(SYNC_ROLE % ('g', 'get'))[:-1]}, {(SYNC_ROLE % ('h', 'get'))[1:]}"},
        "roles",
        ("'r' is listed 2 times", "keep one"),
    ),
    "group-twice": (
        {"roles": SYNC_ROLE % ("g, g", "get")},
        "roles.0.groups",
        ("'g' is listed 2 times",),
    ),
    "action-twice": (
        {"roles": SYNC_ROLE % ("g", "get, get")},
        "roles.0.actions",
        ("'get' is listed 2 times",),
    ),
    "group-with-comma": ({"roles": SYNC_ROLE % ("'a,b'", "get")}, "roles.0.groups.0", ("'a,b'",)),
    "group-with-outer-space": (
        {"roles": SYNC_ROLE % ("' a'", "get")},
        "roles.0.groups.0",
        ("' a'", "outer spaces"),
    ),
    "unknown-action": (
        {"roles": SYNC_ROLE % ("g", "delete")},
        "roles.0.actions.0",
        ('found "delete"', "'get', 'logs', 'sync'"),
    ),
    "role-without-group": (
        {"roles": SYNC_ROLE % ("", "get")},
        "roles.0.groups",
        ("at least one entry",),
    ),
    "team-twice": (
        {"approvals.teams": "[sre, sre]"},
        "approvals.teams",
        ("'sre' is listed 2 times", "keep one"),
    ),
    "channel-twice": (
        {"notifications.on-deployed": "[ops, ops]"},
        "notifications.on-deployed",
        ("'ops' is listed 2 times",),
    ),
    "own-source": (
        {"promotesFrom": "[test]"},
        "promotesFrom",
        ("test cannot be promoted from itself", "remove it"),
    ),
    "source-twice": ({"promotesFrom": "[a, a]"}, "promotesFrom", ("'a' is listed 2 times",)),
}


@pytest.mark.parametrize(("overrides", "key", "words"), CASES.values(), ids=CASES)
def test_a_contradiction_is_refused_with_its_remedy(
    overrides: Overrides, key: str, words: tuple[str, ...]
) -> None:
    with pytest.raises(SettingsError) as refusal:
        load_settings(stack(overrides))

    (problem,) = refusal.value.problems
    assert problem.key == key
    assert [word for word in words if word not in problem.message] == []


def test_everything_wrong_is_told_at_once_in_the_order_of_the_file() -> None:
    with pytest.raises(SettingsError) as refusal:
        environment(
            {
                "soak": None,
                "approvals.count": "many",
                "source.branch": "x",
                "argocd.version": '"2.0.0"',
                "versions.alpha": "^1",
                "versions.gamma": "1.0.0",
                "holds.delta": "{reason: r, by: b}",
                "freezes": '[{first: "2026-12-31", last: "2026-12-01", reason: r}]',
                "syncPolicy.retry.maxDuration": "1s",
                "deletion.protect": "on",
                "delivery.directory": "/srv",
                "bogus": "1",
            }
        )

    problems = refusal.value.problems
    assert [problem.key for problem in problems] == [
        "soak",
        "approvals.count",
        "source.branch",
        "argocd.version",
        "versions.alpha",
        "versions.beta",
        "versions.gamma",
        "holds.delta",
        "freezes.0",
        "syncPolicy.retry.maxDuration",
        "deletion.protect",
        "delivery.directory",
        "bogus",
    ]
    assert list(problems) == sorted(problems)
    assert str(refusal.value).startswith("13 problems in the stack settings, nothing was done:")
    assert str(refusal.value).endswith("then run: hmco check")


def test_a_rule_between_settings_is_judged_although_a_third_setting_is_wrong() -> None:
    reading = read_settings(stack(MANUAL | {"soak": "soon", "syncPolicy.prune": "true"}))

    assert [problem.key for problem in reading.problems] == ["soak", "syncPolicy.prune"]
    assert "soak" not in reading.settings.model_fields_set
    assert reading.settings.sync_policy.prune


def test_a_rule_is_not_judged_on_a_setting_that_is_wrong() -> None:
    reading = read_settings(stack({"syncPolicy.prune": "maybe", "syncWindows": "[]"}))

    assert [problem.key for problem in reading.problems] == ["syncPolicy.prune"]
    assert "sync_policy" not in reading.settings.model_fields_set
