"""Each single setting refuses what the system that reads it would misread."""

from datetime import timedelta

import pytest

from release.settings.problems import SettingsError
from tests.builders import Overrides, environment, settings

# What is written, the key that is told of, and words of the message: the offender and the remedy.
CASES: dict[str, tuple[Overrides, str, tuple[str, ...]]] = {
    # Keys
    "unknown-setting": ({"bogus": "1"}, "bogus", ("unknown setting", "hmco schema stack")),
    "snake-case-setting": ({"sync_policy": "1"}, "sync_policy", ("did you mean syncPolicy?",)),
    "unknown-nested-setting": (
        {"syncPolicy.selfheal": "true"},
        "syncPolicy.selfheal",
        ("did you mean selfHeal?",),
    ),
    "setting-of-the-other-delivery": (
        {"delivery.context": "c"},
        "delivery.context",
        ("unknown setting in this place",),
    ),
    "missing-setting": ({"soak": None}, "soak", ("is missing", "copy the line of another one")),
    "missing-nested-setting": ({"syncPolicy.prune": None}, "syncPolicy.prune", ("is missing",)),
    "missing-server": ({"destination.server": None}, "destination.server", ("is missing",)),
    # Types
    "number-for-text": ({"project": "5"}, "project", ("found 5", '"5" in quotes')),
    "nothing-for-text": ({"project": "~"}, "project", ("is empty", "write a text")),
    "list-for-text": ({"project": "[a]"}, "project", ('found ["a"]', "write a text")),
    "text-for-list": ({"promotesFrom": "dev"}, "promotesFrom", ('found "dev"', "a list ([]")),
    "nothing-for-list": ({"promotesFrom": "null"}, "promotesFrom", ("found null", "a list ([]")),
    "text-for-number": ({"approvals.count": '"1"'}, "approvals.count", ('"1"', "a whole number")),
    "flag-for-number": ({"approvals.count": "true"}, "approvals.count", ("true", "a whole number")),
    "text-for-flag": (
        {"syncPolicy.automated": '"true"'},
        "syncPolicy.automated",
        ('found "true"', "true or false without quotes"),
    ),
    "nothing-for-flag": (
        {"syncPolicy.automated": "null"},
        "syncPolicy.automated",
        ("found null", "true or false"),
    ),
    "number-for-record": ({"approvals": "2"}, "approvals", ("found 2", "a mapping")),
    "list-for-table": ({"versions": "[]"}, "versions", ("found []", "a mapping ({} for none)")),
    "flag-for-record": (
        {"orphanedResources": "true"},
        "orphanedResources",
        ("found true", "a mapping"),
    ),
    # Scalars that YAML guesses about
    "base-sixty": ({"purpose": "1:30"}, "purpose", ("YAML reads 1:30", '"1:30" in quotes')),
    "underscored-number": ({"purpose": "1_0"}, "purpose", ("reads 1_0", '"1_0" in quotes')),
    "on": ({"purpose": "on"}, "purpose", ("reads on as true or false", '"on" in quotes')),
    "number-for-duration": ({"soak": "24"}, "soak", ("'24' is not a duration", "24h, 30m or 5s")),
    "base-sixty-duration": ({"soak": "1:30"}, "soak", ("'1:30' is not a duration", "24h, 30m")),
    "no-for-flag": ({"deletion.protect": "no"}, "deletion.protect", ("reads no", "true or false")),
    "capital-true": (
        {"deletion.protect": "True"},
        "deletion.protect",
        ("reads True", "true or false, if that is meant"),
    ),
    "hexadecimal": ({"approvals.count": "0x1"}, "approvals.count", ("reads 0x1", "plain digits")),
    "octal": ({"approvals.count": "010"}, "approvals.count", ("reads 010", "plain digits")),
    "go-octal": ({"approvals.count": "0o2"}, "approvals.count", ("reads 0o2", "plain digits")),
    "fraction": ({"approvals.count": "1.0"}, "approvals.count", ("reads 1.0", "plain digits")),
    "go-exponent": ({"approvals.count": "1e1"}, "approvals.count", ("reads 1e1", "plain digits")),
    "go-yes": ({"project": "y"}, "project", ("reads y as true or false", '"y" in quotes')),
    "signed-number": ({"approvals.count": "+1"}, "approvals.count", ("reads +1", "plain digits")),
    "infinite": ({"purpose": ".inf"}, "purpose", ("reads .inf as a number", '".inf" in quotes')),
    "huge-number": (
        {"revisionHistoryLimit": "9" * 5000},
        "revisionHistoryLimit",
        ("rounds it", "in quotes"),
    ),
    "equals-sign": ({"purpose": "="}, "purpose", ("reads =", '"=" in quotes')),
    "unquoted-minor-version": (
        {"argocd.version": "3.5"},
        "argocd.version",
        ("'3.5' is not an exact",),
    ),
    "unquoted-day": (
        {"holds.alpha": "{reason: r, by: b, until: 2026-11-22}"},
        "holds.alpha.until",
        ("reads 2026-11-22 as a date", '"2026-11-22" in quotes'),
    ),
    "unquoted-short-day": (
        {"holds.alpha": "{reason: r, by: b, until: 2026-1-2}"},
        "holds.alpha.until",
        ("'2026-1-2' is not a valid day", 'such as "2026-12-31"'),
    ),
    # Names and texts
    "upper-case-project": ({"project": "My_Project"}, "project", ("'My_Project'", "lower-case")),
    "long-project": ({"project": "a" * 64}, "project", ("aaa", "at most 63")),
    "project-with-line-end": ({"project": '"a\\n"'}, "project", (r"'a\n'", "lower-case")),
    "empty-purpose": ({"purpose": '""'}, "purpose", ('found ""', "write a text")),
    "long-purpose": ({"purpose": "a" * 256}, "purpose", ("at most 255",)),
    "two-line-purpose": ({"purpose": '"a\\nb"'}, "purpose", (r"'a\nb'", "one line")),
    "turned-text": ({"purpose": '"a\\u202eb"'}, "purpose", (r"\u202e", "printable")),
    # Durations
    "duration-in-words": ({"soak": "2 hours"}, "soak", ("'2 hours'", "24h, 30m or 5s")),
    "duration-in-days": ({"soak": "1d"}, "soak", ("'1d'", "24h, 30m or 5s")),
    "negative-duration": ({"soak": "-1h"}, "soak", ("'-1h'", "24h, 30m or 5s")),
    "endless-duration": ({"soak": "9999999h"}, "soak", ("'9999999h'", "write fewer hours")),
    "full-width-duration": ({"soak": "\uff12h"}, "soak", ("'\uff12h'", "24h, 30m or 5s")),
    # Approvals
    "negative-approvals": ({"approvals.count": "-1"}, "approvals.count", ("found -1", "0")),
    "too-many-approvals": ({"approvals.count": "7"}, "approvals.count", ("found 7", "6")),
    "team-with-owner": (
        {"approvals.teams": "['@org/sre']"},
        "approvals.teams.0",
        ("'@org/sre'", "lower-case"),
    ),
    # Source
    "address-without-scheme": (
        {"source.repository": "github.com/a/b"},
        "source.repository",
        ("'github.com/a/b'", "https://host/path"),
    ),
    "pattern-as-address": (
        {"source.repository": '"https://host/*"'},
        "source.repository",
        ("'https://host/*'", "without patterns"),
    ),
    "denying-address": (
        {"source.repository": '"!https://host/x"'},
        "source.repository",
        ("'!https://host/x'", "without patterns"),
    ),
    "program-as-address": (
        {"source.repository": "ext::sh"},
        "source.repository",
        ("'ext::sh'", "https://host/path"),
    ),
    "absolute-charts": ({"source.charts": "/charts"}, "source.charts", ("'/charts'", "leading")),
    "climbing-charts": ({"source.charts": "../x"}, "source.charts", ("'../x'", "begins with '.'")),
    "charts-with-final-slash": ({"source.charts": "a/"}, "source.charts", ("'a/'", "no part")),
    # Argo CD and the cluster
    "old-argocd": (
        {"argocd.version": '"3.0.9"'},
        "argocd.version",
        ("3.0.9 is too old", "below 3.1.0"),
    ),
    "argocd-with-prefix": ({"argocd.version": "v3.5.1"}, "argocd.version", ("v3.5.1", "1.4.0")),
    "upper-case-namespace": ({"argocd.namespace": "Argo"}, "argocd.namespace", ("'Argo'", "lower")),
    "plain-http-cluster": (
        {"destination.server": "http://x"},
        "destination.server",
        ("'http://x'", "https://host"),
    ),
    "any-cluster": ({"destination.server": '"*"'}, "destination.server", ("'*'", "no patterns")),
    "suffix-without-hyphen": (
        {"destination.namespaceSuffix": "dev"},
        "destination.namespaceSuffix",
        ("'dev'", "such as -dev"),
    ),
    "nothing-for-suffix": (
        {"destination.namespaceSuffix": "null"},
        "destination.namespaceSuffix",
        ("is empty",),
    ),
    "short-kubernetes-version": (
        {"kubernetes.version": '"1.34"'},
        "kubernetes.version",
        ("'1.34'", "all three numbers"),
    ),
    "kubernetes-with-prefix": (
        {"kubernetes.version": "v1.34.2"},
        "kubernetes.version",
        ("'v1.34.2'", "all three numbers"),
    ),
    "kind-for-api-version": (
        {"kubernetes.apiVersions": "[ServiceMonitor]"},
        "kubernetes.apiVersions.0",
        ("'ServiceMonitor'", "cert-manager.io/v1"),
    ),
    "api-version-twice": (
        {"kubernetes.apiVersions": "[a.example/v1, a.example/v1]"},
        "kubernetes.apiVersions",
        ("'a.example/v1' is listed 2 times",),
    ),
    # Holds and freezes
    "anonymous-hold": ({"holds.alpha": "{reason: r}"}, "holds.alpha.by", ("is missing",)),
    "hold-without-reason": (
        {"holds.alpha": '{reason: " ", by: b}'},
        "holds.alpha.reason",
        ("must be one line of printable text",),
    ),
    "hold-until-no-day": (
        {"holds.alpha": '{reason: r, by: b, until: "2026-02-30"}'},
        "holds.alpha.until",
        ("'2026-02-30'", "not a valid day"),
    ),
    "hold-until-soon": (
        {"holds.alpha": "{reason: r, by: b, until: soon}"},
        "holds.alpha.until",
        ("'soon'", '"2026-12-31"'),
    ),
    "open-freeze": ({"freezes": '[{first: "2026-12-31", reason: r}]'}, "freezes.0.last", ("miss",)),
    # Sync policy
    "capital-option": (
        {"syncPolicy.options": "[CreateNamespace=True]"},
        "syncPolicy.options",
        ("'CreateNamespace=True' has no effect", "did you mean CreateNamespace=true?"),
    ),
    "annotation-only-option": (
        {"syncPolicy.options": "[Force=true]"},
        "syncPolicy.options",
        ("'Force=true' has no effect", "known are ApplyOutOfSyncOnly=true"),
    ),
    "option-twice": (
        {"syncPolicy.options": "[PruneLast=true, PruneLast=true]"},
        "syncPolicy.options",
        ("'PruneLast=true' is listed twice",),
    ),
    "opposed-options": (
        {"syncPolicy.options": "[Delete=false, Delete=confirm]"},
        "syncPolicy.options",
        ("'Delete=false' and 'Delete=confirm' contradict each other",),
    ),
    "replace-beside-server-side": (
        {"syncPolicy.options": "[Replace=true, ServerSideApply=true]"},
        "syncPolicy.options",
        ("'Replace=true' overrules 'ServerSideApply=true'", "keep the one you mean"),
    ),
    "retry-below-for-ever": ({"syncPolicy.retry.limit": "-2"}, "syncPolicy.retry.limit", ("-1",)),
    "no-wait": (
        {"syncPolicy.retry.duration": "0s"},
        "syncPolicy.retry.duration",
        ("'0s' must be longer than zero", "such as 5s"),
    ),
    "factor-of-nothing": (
        {"syncPolicy.retry.factor": "0"},
        "syncPolicy.retry.factor",
        ("found 0",),
    ),
    # The rest
    "no-history": ({"revisionHistoryLimit": "0"}, "revisionHistoryLimit", ("found 0", "1")),
    "unknown-trigger": (
        {"notifications.on-success": "[a]"},
        "notifications.on-success",
        ('found "on-success"', "'on-sync-succeeded'"),
    ),
    "channel-with-hash": (
        {"notifications.on-deployed": "['#ops']"},
        "notifications.on-deployed.0",
        ("'#ops'", "without '#'"),
    ),
    "no-channel": (
        {"notifications.on-deployed": "[]"},
        "notifications.on-deployed",
        ("at least one entry",),
    ),
    "bare-channel": (
        {"notifications.on-deployed": "ops"},
        "notifications.on-deployed",
        ("a list",),
    ),
    "unknown-cascade": ({"deletion.cascade": "never"}, "deletion.cascade", ('"never"', "'orphan'")),
    "unknown-delivery": ({"delivery.kind": "helm"}, "delivery", ("helm", "kind: cluster")),
    "delivery-without-kind": ({"delivery.kind": None}, "delivery", ("kind: manifests or",)),
    "absolute-directory": (
        {"delivery.directory": "/srv/x"},
        "delivery.directory",
        ("'/srv/x'", "leading '/'"),
    ),
    "climbing-directory": (
        {"delivery.directory": "build/../.."},
        "delivery.directory",
        ("'build/../..'", "begins with '.'"),
    ),
    "hidden-directory": ({"delivery.directory": ".git/x"}, "delivery.directory", ("'.git/x'",)),
    "cluster-without-context": ({"delivery": "{kind: cluster}"}, "delivery.context", ("missing",)),
}


@pytest.mark.parametrize(("overrides", "key", "words"), CASES.values(), ids=CASES)
def test_one_wrong_setting_is_refused_with_its_remedy(
    overrides: Overrides, key: str, words: tuple[str, ...]
) -> None:
    with pytest.raises(SettingsError) as refusal:
        environment(overrides)

    (problem,) = refusal.value.problems
    assert (problem.file, problem.key) == ("Pulumi.test.yaml", key)
    assert [word for word in words if word not in problem.message] == []
    assert problem.line > 0 or "is missing" in problem.message
    assert str(problem) in str(refusal.value)


def test_a_password_in_an_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(SettingsError, match="holds a password") as refusal:
        environment({"source.repository": "https://user:hunter2@host/x"})

    assert "hunter2" not in str(refusal.value)


def test_a_sound_stack_file_is_read_as_written() -> None:
    found = settings({"notifications.on-deployed": "[ops]", "soak": "1h30m"})

    assert found.project == "testing"
    assert found.soak_time == timedelta(minutes=90)
    assert found.notifications == {"on-deployed": ("ops",)}
    assert found.sync_policy.retry is not None
    assert found.sync_policy.retry.max_duration == "3m"
    assert found.follows_branch("beta")
    assert not found.follows_branch("alpha")


@pytest.mark.parametrize(
    "overrides",
    [
        {"syncPolicy.retry": "null"},
        {"orphanedResources": "null"},
        {"syncPolicy.retry.limit": "-1"},
        {"source.branch": "release-2", "versions.beta": "release-2"},
        {"source.repository": "git@host.example:team/charts.git"},
        {"destination.namespaceSuffix": '""'},
        {"delivery": "{kind: cluster, context: prod admin}"},
        {"versions": "{}"},
        {"versions.alpha": "1.2.3-rc.1"},
        {"roles": "[{name: r, description: d, groups: [Team of 5, 'a@b'], actions: [action]}]"},
        {"holds.alpha": '{reason: "ünïcode ✓", by: b, until: "2026-12-31"}'},
    ],
    ids=str,
)
def test_a_sound_variation_is_accepted(overrides: Overrides) -> None:
    assert environment(overrides).name == "test"
