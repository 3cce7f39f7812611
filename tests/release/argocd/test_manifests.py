"""What an environment's objects say, for one setting at a time."""

from pathlib import Path
from typing import Any

import pytest

from release.argocd.manifests import (
    ENVIRONMENT_LABEL,
    EnvironmentManifests,
    creation_order,
    environment_manifests,
)
from release.charts.record import ClusterKind, Dependency, Namespace, Registry, Waiver
from release.estate import load_estate, read_stack_files
from release.registry import REGISTRY
from tests.builders import MANUAL, Overrides, chart, environment, registry

REPOSITORY = Path(__file__).parents[3]
COMMITTED = load_estate(REGISTRY, read_stack_files(REPOSITORY)).environments


def made(
    overrides: Overrides | None = None, charts: Registry | None = None
) -> EnvironmentManifests:
    known = charts or registry()
    return environment_manifests(known, environment(overrides, charts=known))


def spec(manifests: EnvironmentManifests, name: str = "alpha-test") -> Any:
    return manifests.applications[name]["spec"]


def project(manifests: EnvironmentManifests) -> Any:
    return manifests.project["spec"]


def test_prod_never_syncs_automatically() -> None:
    prod = environment_manifests(REGISTRY, COMMITTED["prod"])

    assert {
        name: manifest["spec"]["syncPolicy"]["automated"]  # type: ignore[index]  # plain data
        for name, manifest in prod.applications.items()
    } == {f"{name}-prod": {"enabled": False} for name in REGISTRY.by_name}


@pytest.mark.parametrize("name", ["staging", "prod"])
def test_staging_and_prod_follow_no_branch(name: str) -> None:
    table = environment_manifests(REGISTRY, COMMITTED[name]).table

    assert {row.revision for row in table} == {f"refs/tags/{row.chart}-1.0.0" for row in table}


def test_dev_follows_the_trunk() -> None:
    table = environment_manifests(REGISTRY, COMMITTED["dev"]).table

    assert {(row.version, row.revision) for row in table} == {("main", "main")}


@pytest.mark.parametrize(("name", "count"), [("dev", 7), ("staging", 7), ("prod", 13)])
def test_every_environment_runs_the_charts_that_its_file_lists(name: str, count: int) -> None:
    manifests = environment_manifests(REGISTRY, COMMITTED[name])

    assert len(manifests.applications) == len(COMMITTED[name].settings.versions) == count


def test_every_flag_of_an_automatic_sync_is_written_out() -> None:
    assert spec(made({"syncPolicy.prune": "true"}))["syncPolicy"]["automated"] == {
        "enabled": True,
        "prune": True,
        "selfHeal": True,
        "allowEmpty": False,
    }


def test_a_manual_environment_writes_no_other_flag() -> None:
    assert spec(made(MANUAL))["syncPolicy"]["automated"] == {"enabled": False}


def test_a_pin_is_a_full_tag_and_a_branch_its_name() -> None:
    manifests = made({"versions.alpha": "1.2.3-rc.1"})

    assert spec(manifests)["source"]["targetRevision"] == "refs/tags/alpha-1.2.3-rc.1"
    assert spec(manifests, "beta-test")["source"]["targetRevision"] == "main"


def test_without_retry_nothing_is_written_of_it() -> None:
    assert "retry" not in spec(made({"syncPolicy.retry": "null"}))["syncPolicy"]


def test_a_retry_is_written_whole() -> None:
    assert spec(made())["syncPolicy"]["retry"] == {
        "limit": 3,
        "backoff": {"duration": "5s", "factor": 2, "maxDuration": "3m"},
    }


def test_without_options_nothing_is_written_of_them() -> None:
    assert "syncOptions" not in spec(made({"syncPolicy.options": "[]"}))["syncPolicy"]


def test_options_of_environment_and_chart_are_joined_once() -> None:
    charts = registry(chart(sync_options=("CreateNamespace=true", "PruneLast=true")))
    manifests = made({"versions": "{alpha: 1.0.0}"}, charts)

    assert spec(manifests)["syncPolicy"]["syncOptions"] == [
        "CreateNamespace=true",
        "PruneLast=true",
    ]


def test_a_waived_chart_may_share_its_release_and_no_other_may() -> None:
    charts = registry(
        chart(), chart("beta"), waivers=(Waiver(rule="shared-release", chart="alpha", reason="r"),)
    )
    manifests = made({"syncPolicy.options": "[FailOnSharedResource=true]"}, charts)

    assert "syncOptions" not in spec(manifests)["syncPolicy"]
    assert spec(manifests, "beta-test")["syncPolicy"]["syncOptions"] == [
        "FailOnSharedResource=true"
    ]


def test_only_storage_shares_its_release() -> None:
    for committed in COMMITTED.values():
        for name, manifest in environment_manifests(REGISTRY, committed).applications.items():
            policy: Any = manifest["spec"]
            options = policy["syncPolicy"]["syncOptions"]
            assert ("FailOnSharedResource=true" in options) == (not name.startswith("storage-"))


def test_parameters_are_texts_with_the_dollar_escaped() -> None:
    charts = registry(chart(parameters={"a.b": "$HOME and $$", "c": "true"}))

    assert spec(made({"versions": "{alpha: 1.0.0}"}, charts))["source"]["helm"]["parameters"] == [
        {"name": "a.b", "value": "$$HOME and $$$$"},
        {"name": "c", "value": "true"},
    ]


def test_helm_is_told_the_release_and_the_value_files_and_no_version() -> None:
    charts = registry(chart(value_files=("values.yaml", "values/{environment}.yaml")))

    assert spec(made({"versions": "{alpha: 1.0.0}"}, charts))["source"]["helm"] == {
        "releaseName": "alpha",
        "valueFiles": ["values.yaml", "values/test.yaml"],
    }


@pytest.mark.parametrize(
    ("cascade", "finalizers"),
    [
        ("foreground", ["resources-finalizer.argocd.argoproj.io"]),
        ("background", ["resources-finalizer.argocd.argoproj.io/background"]),
        ("orphan", None),
    ],
)
def test_the_cascade_is_the_finalizer(cascade: str, finalizers: list[str] | None) -> None:
    metadata: Any = made({"deletion.cascade": cascade}).applications["alpha-test"]["metadata"]

    assert metadata.get("finalizers") == finalizers


def test_a_subscription_names_trigger_and_channels() -> None:
    metadata: Any = made({"notifications": "{on-deployed: [ops, sre]}"}).applications["alpha-test"][
        "metadata"
    ]

    assert metadata["annotations"] == {
        "argocd.argoproj.io/sync-wave": "0",
        "notifications.argoproj.io/subscribe.on-deployed.slack": "ops;sre",
    }


def test_labels_say_chart_version_environment_and_team() -> None:
    metadata: Any = made().applications["beta-test"]["metadata"]

    assert metadata["labels"] == {
        "release.254carbon.com/chart": "beta",
        "release.254carbon.com/version": "main",
        "release.254carbon.com/environment": "test",
        "release.254carbon.com/team": "platform",
    }


def test_a_project_lists_exactly_what_its_charts_need() -> None:
    charts = registry(
        chart(
            namespace=Namespace("one", standard="two"),
            fixed_namespaces=("three",),
            cluster_kinds=(ClusterKind("kyverno.io", "ClusterPolicy"),),
            dependencies=(Dependency("d", "https://d.example/"),),
        ),
        chart("unused", cluster_kinds=(ClusterKind("x.y", "Z"),), fixed_namespaces=("unused",)),
    )
    pinned: dict[str, str | None] = {"versions": "{alpha: 1.0.0}", "syncPolicy.options": "[]"}
    server = "https://kubernetes.default.svc"

    found = project(made(pinned, charts))
    standard = project(made(pinned | {"destination.namespaceSuffix": '""'}, charts))

    assert found["sourceRepos"] == ["https://git.example.org/charts.git", "https://d.example/"]
    assert found["destinations"] == [{"server": server, "namespace": "one-test"}]
    assert found["clusterResourceWhitelist"] == [{"group": "kyverno.io", "kind": "ClusterPolicy"}]
    assert [each["namespace"] for each in standard["destinations"]] == ["three", "two"]


def test_namespaces_are_permitted_where_syncs_create_them() -> None:
    assert project(made())["clusterResourceWhitelist"] == [{"group": "", "kind": "Namespace"}]
    assert "clusterResourceWhitelist" not in project(made({"syncPolicy.options": "[]"}))


def test_an_environment_without_charts_permits_nothing() -> None:
    manifests = made({"versions": "{}", "syncPolicy.options": "[]"})

    assert manifests.applications == {}
    assert project(manifests) == {
        "description": "A sound environment",
        "sourceRepos": ["https://git.example.org/charts.git"],
        "orphanedResources": {"warn": True},
    }


def test_a_role_gets_one_policy_an_action_inside_its_project() -> None:
    role = "{name: r, description: d, groups: [g], actions: [get, logs, sync, override, action]}"

    assert project(made({"roles": f"[{role}]"}))["roles"] == [
        {
            "name": "r",
            "description": "d",
            "groups": ["g"],
            "policies": [
                "p, proj:testing:r, applications, get, testing/*, allow",
                "p, proj:testing:r, logs, get, testing/*, allow",
                "p, proj:testing:r, applications, sync, testing/*, allow",
                "p, proj:testing:r, applications, override, testing/*, allow",
                "p, proj:testing:r, applications, action/*, testing/*, allow",
            ],
        }
    ]


def test_nobody_in_prod_may_choose_what_runs() -> None:
    roles = project(environment_manifests(REGISTRY, COMMITTED["prod"]))["roles"]
    policies = [policy for role in roles for policy in role["policies"]]

    allowed = {tuple(policy.split(", ")[2:4]) for policy in policies}

    assert allowed == {("applications", "get"), ("logs", "get"), ("applications", "sync")}


def test_a_window_is_written_as_argo_cd_reads_it() -> None:
    window = (
        '[{kind: deny, schedule: "0 8 * * 1-5", duration: 8h, timeZone: Europe/Berlin, '
        'manualSync: false, applications: ["*-test"], description: Office hours}]'
    )

    assert project(made({"syncWindows": window}))["syncWindows"] == [
        {
            "kind": "deny",
            "schedule": "0 8 * * 1-5",
            "duration": "8h",
            "timeZone": "Europe/Berlin",
            "manualSync": False,
            "applications": ["*-test"],
            "description": "Office hours",
        }
    ]


def test_orphans_can_be_left_unwatched() -> None:
    assert "orphanedResources" not in project(made({"orphanedResources": "null"}))


def test_a_project_carries_its_environment_and_stands_in_argo_cds_namespace() -> None:
    assert made().project["metadata"] == {
        "name": "testing",
        "namespace": "argocd",
        "labels": {ENVIRONMENT_LABEL: "test"},
    }


def test_the_table_says_where_and_at_which_revision_each_chart_runs() -> None:
    charts = registry(chart(wave=2), chart("beta", wave=-1))
    (first, second) = made(charts=charts).table

    assert (first.application, first.wave, first.revision) == ("beta-test", -1, "main")
    assert (second.chart, second.version, second.namespace) == ("alpha", "1.0.0", "alpha-test")


def test_a_wave_waits_for_the_wave_before_it() -> None:
    charts = registry(chart("a"), chart("b"), chart("c", wave=1), chart("d", wave=1))
    versions = {"versions": "{a: 1.0.0, b: 1.0.0, c: 1.0.0, d: 1.0.0}"}

    assert creation_order(made(versions, charts).table) == {
        "a-test": (),
        "b-test": ("a-test",),
        "c-test": ("b-test",),
        "d-test": ("c-test",),
    }
