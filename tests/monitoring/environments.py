"""Environments that are watched, for tests of rules and dashboards."""

from release.estate import Environment, load_estate
from release.settings.observability import Monitoring
from tests.builders import MANUAL, environment, own_names, registry, stack

MONITORING = (
    "{namespace: monitoring, ruleLabels: {release: prometheus}, "
    'runbooks: "https://git.example.org/docs/runbooks/", historyDays: 120, '
    "alerts: {outOfSync: 4h, degraded: 10m, driftDays: 14}, "
    'dashboards: {folder: Releases, label: grafana_dashboard, value: "1"}}'
)
NOTIFIER = '{argocdUrl: "https://argocd.example.org/", slackApi: null, token: {kind: existing}}'
WATCHED: dict[str, str | None] = {"monitoring": MONITORING, "notifier": NOTIFIER}


def automated() -> Environment:
    """Return an environment whose Applications sync by themselves."""
    return environment(WATCHED)


def manual() -> Environment:
    """Return one in which a person starts every sync, promoted from dev."""
    watched = {**MANUAL, **WATCHED, "promotesFrom": "[dev]"}
    stacks = [stack(own_names("dev"), name="dev"), stack(watched)]
    return load_estate(registry(), stacks).environments["test"]


def monitoring_of(place: Environment) -> Monitoring:
    """Return the settings that a watched environment has."""
    assert place.settings.monitoring is not None
    return place.settings.monitoring
