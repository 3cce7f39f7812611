"""What watches and tells as resources of the program: off by default, whole in both deliveries."""

import json
import runpy
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

from demo.repository import EstateRepo
from release.argocd.manifestfiles import rendered_files
from release.estate import load_estate, read_stack_files
from release.monitoring.whole import whole_environment
from tests.components.recording import Deployment, build

ROOT = Path(__file__).resolve().parents[2]
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
    assert observed(run(estate, monkeypatch, monitoring=None, notifier=None)) == []


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


def test_a_cluster_gets_patches_of_what_is_argo_cds_own(
    estate: EstateRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HMCO_SLACK_TOKEN", "xoxb-secret")
    deployment = run(
        estate,
        monkeypatch,
        delivery=CLUSTER,
        notifier=NOTIFIER | {"token": {"kind": "pulumi"}},
    )
    types = {r.type.rpartition(":")[2]: r for r in observed(deployment)}
    assert set(types) == {"ConfigMapPatch", "SecretPatch"}
    data = types["SecretPatch"].inputs["stringData"]
    assert "xoxb-secret" in json.dumps(data)
    shown = [{k: v for k, v in r.inputs.items() if k not in r.secrets} for r in types.values()]
    assert "xoxb-secret" not in json.dumps(shown), "a state has it encrypted or not at all"


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


def test_who_pinned_and_why_stand_on_the_application_only_where_a_message_tells_it(
    estate: EstateRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = "release.254carbon.com/pin-by"
    told = run(estate, monkeypatch, notifications={"release-deployed": ["prod-{team}"]})
    annotations = [
        r.inputs["metadata"]["annotations"]
        for r in told.resources
        if r.type.endswith(":Application")
    ]
    assert all(key in notes for notes in annotations)
    subscribed = "notifications.argoproj.io/subscribe.release-deployed.slack"
    assert {notes[subscribed] for notes in annotations} >= {"prod-sre", "prod-platform"}
    silent = run(estate, monkeypatch, notifications={"on-deployed": ["prod"]})
    for resource in silent.resources:
        if resource.type.endswith(":Application"):
            assert key not in resource.inputs["metadata"]["annotations"]


def test_one_argo_cd_has_one_notifier_and_one_grafana_one_dashboard(
    estate: EstateRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(estate, monkeypatch, "staging", notifier=NOTIFIER, monitoring=MONITORING)
    with pytest.raises(pulumi.RunError) as refused:
        run(estate, monkeypatch, "prod", notifier=NOTIFIER, monitoring=MONITORING)
    assert "already states the notifier of this Argo CD" in str(refused.value)
    assert "already brings the dashboard" in str(refused.value)
