"""What watches and tells as resources of the program: off by default, whole in both deliveries."""

import json
import runpy
import shutil
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

from demo.repository import EstateRepo
from release.argocd.manifestfiles import rendered_files
from release.estate import load_estate, read_stack_files
from release.monitoring.whole import whole_environment
from release.repository.git.errors import GitError
from tests.components.recording import Deployment, build

ROOT = Path(__file__).resolve().parents[2]
LABEL = "release.254carbon.com"
MONITORING = {
    "namespace": "monitoring",
    "ruleLabels": {"release": "prometheus"},
    "runbooks": "https://git.example.org/docs/runbooks/",
    "historyDays": 365,
    "alerts": {"outOfSync": "4h", "degraded": "10m", "driftDays": 14},
    "dashboards": {"folder": "Releases", "label": "grafana_dashboard", "value": "1"},
}
NOTIFIER = {
    "argocdUrl": "https://argocd.example.org/",
    "slackApi": None,
    "token": {"kind": "existing"},
}
EXTERNAL = {
    "kind": "external",
    "storeKind": "ClusterSecretStore",
    "store": "vault",
    "key": "slack",
    "property": "token",
}
CLUSTER = {"kind": "cluster", "context": "somewhere"}


def run(
    estate: EstateRepo, monkeypatch: pytest.MonkeyPatch, stack: str = "prod", **changes: object
) -> Deployment:
    """Run the program in an estate with some settings changed."""
    path = estate.path / f"Pulumi.{stack}.yaml"
    content = yaml.safe_load(path.read_text())
    content["config"] |= {f"hmco:{key}": value for key, value in changes.items()}
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    monkeypatch.chdir(estate.path)
    config = {k: v if isinstance(v, str) else json.dumps(v) for k, v in content["config"].items()}
    return build(
        lambda: runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__"),
        stack=stack,
        config=config,
    )


def observed(deployment: Deployment) -> list[Any]:
    kinds = ("PrometheusRule", "ConfigMap", "ConfigMapPatch", "SecretPatch", "ExternalSecret")
    return [r for r in deployment.resources if r.type.endswith(tuple(f":{k}" for k in kinds))]


def test_nothing_watches_unless_a_stack_file_asks(
    estate: EstateRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment = run(estate, monkeypatch, monitoring=None, notifier=None)
    assert not [r for r in deployment.resources if r.type.endswith(":Observers")]
    assert observed(deployment) == []


def test_files_get_rules_dashboard_and_messages_exactly_as_the_render_writes_them(
    estate: EstateRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = EXTERNAL
    deployment = run(
        estate,
        monkeypatch,
        monitoring=MONITORING,
        notifier=NOTIFIER | {"token": token},
        notifications={"release-deployed": ["prod"]},
    )
    made = {
        (r.inputs["kind"], r.inputs["metadata"]["name"]): r.inputs for r in observed(deployment)
    }
    loaded = load_estate(estate.registry, read_stack_files(estate.path))
    expected = whole_environment(estate.registry, loaded, loaded.environments["prod"], estate.path)
    objects: Any = expected.observers
    wanted = {(m["kind"], m["metadata"]["name"]): m for m in objects}
    assert made == wanted
    assert {kind for kind, _ in made} == {"PrometheusRule", "ConfigMap", "ExternalSecret"}
    assert len(rendered_files(expected.all)) == len(expected.all)


def test_a_cluster_gets_patches_of_what_is_argo_cds_own_and_the_rest_whole(
    estate: EstateRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HMCO_SLACK_TOKEN", "xoxb-secret")
    deployment = run(
        estate,
        monkeypatch,
        argocd={"version": "3.5.1", "namespace": "gitops"},
        delivery=CLUSTER,
        monitoring=MONITORING,
        notifier=NOTIFIER | {"token": {"kind": "pulumi"}},
    )
    made = {
        (r.type.rpartition(":")[2], r.inputs["metadata"]["name"]): r for r in observed(deployment)
    }
    patches = {each: r for each, r in made.items() if each[0].endswith("Patch")}
    assert patches.keys() == {
        ("ConfigMapPatch", "argocd-notifications-cm"),
        ("SecretPatch", "argocd-notifications-secret"),
    }
    assert {kind for kind, _ in made.keys() - patches.keys()} == {"ConfigMap", "PrometheusRule"}
    for patch in patches.values():
        assert patch.inputs["metadata"]["namespace"] == "gitops"
        assert patch.inputs["metadata"]["annotations"] == {"pulumi.com/patchForce": "true"}
    config = patches["ConfigMapPatch", "argocd-notifications-cm"]
    assert config.inputs["metadata"]["labels"].keys() == {
        f"{LABEL}/environment",
        "app.kubernetes.io/part-of",
    }
    secret = patches["SecretPatch", "argocd-notifications-secret"]
    assert secret.inputs["stringData"] == {"slack-token": "xoxb-secret"}
    assert secret.secrets == {"stringData"}, "a state has it encrypted or not at all"


@pytest.mark.parametrize("delivery", [CLUSTER, {"kind": "manifests", "directory": "build/prod"}])
def test_what_watches_goes_where_the_environment_goes_as_children_of_one_component(
    estate: EstateRepo, monkeypatch: pytest.MonkeyPatch, delivery: dict[str, str]
) -> None:
    deployment = run(
        estate, monkeypatch, delivery=delivery, monitoring=MONITORING, notifier=NOTIFIER
    )
    (provider,) = (r.urn for r in deployment.resources if r.type.startswith("pulumi:providers:"))
    (component,) = (r.urn for r in deployment.resources if r.type.endswith(":Observers"))
    watching = observed(deployment)
    assert {r.provider.rpartition("::")[0] for r in watching} == {provider}
    assert {r.parent for r in watching} == {component}
    assert {r.name.partition("-")[0] for r in watching} == {"prod"}
    assert component in deployment.completed


def test_a_token_that_is_not_there_is_refused_with_its_name(
    estate: EstateRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HMCO_SLACK_TOKEN", raising=False)
    with pytest.raises(pulumi.RunError, match="set HMCO_SLACK_TOKEN"):
        run(
            estate,
            monkeypatch,
            delivery=CLUSTER,
            notifier=NOTIFIER | {"token": {"kind": "pulumi"}},
        )


def test_a_token_of_the_engine_is_refused_for_files(
    estate: EstateRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(pulumi.RunError, match="plain text into the delivered files"):
        run(estate, monkeypatch, notifier=NOTIFIER | {"token": {"kind": "pulumi"}})


def notes(deployment: Deployment) -> dict[str, dict[str, str]]:
    """Return the annotations of each Application, by its chart."""
    metadata = [
        r.inputs["metadata"] for r in deployment.resources if r.type.endswith(":Application")
    ]
    return {each["labels"][f"{LABEL}/chart"]: each["annotations"] for each in metadata}


def test_who_pinned_and_why_stand_on_the_application_only_where_a_message_tells_it(
    estate: EstateRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = notes(run(estate, monkeypatch, notifications={"release-deployed": ["prod-{team}"]}))
    assert all(f"{LABEL}/pin-by" in each for each in told.values())
    subscribed = "notifications.argoproj.io/subscribe.release-deployed.slack"
    assert {each[subscribed] for each in told.values()} >= {"prod-sre", "prod-platform"}
    silent = run(
        estate, monkeypatch, monitoring=MONITORING, notifications={"on-deployed": ["prod"]}
    )
    assert not any(f"{LABEL}/pin-by" in each for each in notes(silent).values())


def test_a_hold_that_lands_later_leaves_who_pinned_the_version(
    estate: EstateRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Without the facts for Prometheus, which ask Git too.
    monitoring = MONITORING | {"historyDays": None}
    held = {"release-held": ["prod"]}
    before = notes(run(estate, monkeypatch, notifications=held, monitoring=monitoring))["vault"]
    estate.git("checkout", "--quiet", ".")
    with estate.story() as story:
        story.hold("vault", "prod", "audit")
    after = notes(run(estate, monkeypatch, notifications=held, monitoring=monitoring))["vault"]
    assert after.items() >= before.items()
    assert after[f"{LABEL}/hold-reason"] == "audit"


def test_git_is_asked_only_where_something_tells_what_it_says(
    estate: EstateRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(estate.path / ".git")
    without_facts = MONITORING | {"historyDays": None}
    run(estate, monkeypatch, monitoring=without_facts, notifications={"on-deployed": ["prod"]})
    for telling in ({"monitoring": MONITORING}, {"notifications": {"release-held": ["prod"]}}):
        with pytest.raises(GitError):
            run(estate, monkeypatch, **telling)


def test_one_argo_cd_has_one_notifier_and_one_grafana_one_dashboard(
    estate: EstateRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(estate, monkeypatch, "staging", notifier=NOTIFIER, monitoring=MONITORING)
    with pytest.raises(pulumi.RunError) as refused:
        run(estate, monkeypatch, "prod", notifier=NOTIFIER, monitoring=MONITORING)
    assert "already states the notifier of this Argo CD" in str(refused.value)
    assert "already brings the dashboard" in str(refused.value)
