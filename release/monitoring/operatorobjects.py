"""Rules and dashboards as Kubernetes objects, in the form that operator and sidecar load."""

from collections.abc import Iterator, Sequence

from release.argocd.manifests import ENVIRONMENT_LABEL, Manifest
from release.estate import Environment
from release.metrics.openmetrics_families import Family
from release.monitoring.alerts import alert_rules
from release.monitoring.dashboards import UID, dashboard_json
from release.monitoring.records import record_groups
from release.settings.observability import Dashboards, Monitoring


def monitoring_manifests(
    environment: Environment, monitoring: Monitoring, facts: Sequence[Family]
) -> Iterator[Manifest]:
    """Yield the alerts, Git's facts and, where the stack file has a folder, the dashboard."""
    yield _rules(environment, monitoring, "alerts", alert_rules(environment, monitoring))
    for number, rules in enumerate(record_groups(facts), start=1):
        yield _rules(environment, monitoring, f"facts-{number}", rules)
    if monitoring.dashboards is not None:
        yield _dashboard(environment, monitoring, monitoring.dashboards)


def _rules(
    environment: Environment, monitoring: Monitoring, name: str, rules: list[dict[str, object]]
) -> Manifest:
    full = f"hmco-{environment.name}-{name}"
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {
            "name": full,
            "namespace": monitoring.namespace,
            "labels": {ENVIRONMENT_LABEL: environment.name, **monitoring.rule_labels},
        },
        "spec": {"groups": [{"name": full, "rules": rules}]},
    }


def _dashboard(
    environment: Environment, monitoring: Monitoring, dashboards: Dashboards
) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": f"{UID}-dashboard",
            "namespace": monitoring.namespace,
            "labels": {
                ENVIRONMENT_LABEL: environment.name,
                dashboards.label: dashboards.value,
            },
            "annotations": {"grafana_folder": dashboards.folder},
        },
        "data": {f"{UID}.json": dashboard_json()},
    }
