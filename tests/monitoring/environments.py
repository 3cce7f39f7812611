"""Environments that are watched, for tests of rules and dashboards."""

from release.estate import Environment
from release.settings.observability import Monitoring
from tests.builders import MANUAL, environment

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
    return environment({**MANUAL, **WATCHED, "promotesFrom": "[dev]"})


def monitoring_of(place: Environment) -> Monitoring:
    """Return the settings that a watched environment has."""
    assert place.settings.monitoring is not None
    return place.settings.monitoring
