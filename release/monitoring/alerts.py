"""Alert rules of one environment (monitoring-mixins: constant summary, runbook, severity)."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from release.estate import Environment
from release.monitoring.queries import LANDINGS, rises, syncs
from release.settings.observability import Monitoring
from release.settings.types import seconds

_RECENT: Final = 1800
"""Seconds after a sync in which what degrades is counted as its fault."""


class Alert(NamedTuple):
    """One alert; `lasts` is how long it must be so, `summary` never changes with the labels."""

    name: str
    expr: str
    lasts: str
    severity: str
    summary: str
    description: str


def alert_rules(environment: Environment, monitoring: Monitoring) -> list[dict[str, object]]:
    """Return the rules of the environment as a PrometheusRule's group holds them."""
    return [
        {
            "alert": alert.name,
            "expr": alert.expr,
            "for": alert.lasts,
            "labels": {"severity": alert.severity, "environment": environment.name},
            "annotations": {
                "summary": alert.summary,
                "description": alert.description,
                "runbook_url": f"{monitoring.runbooks}alerts.md#{alert.name.lower()}",
            },
        }
        for alert in alerts(environment, monitoring)
    ]


def alerts(environment: Environment, monitoring: Monitoring) -> Iterator[Alert]:
    """Yield what is watched here; some of it only where Git's facts go to Prometheus too."""
    project = f'project="{environment.settings.project}"'
    yield from _automation(environment, project)
    yield from _syncs(monitoring, project)
    if monitoring.history_days is not None:
        yield from _facts(environment, monitoring, project)
    if environment.settings.notifier is not None:
        yield from _notifications()


def _automation(environment: Environment, project: str) -> Iterator[Alert]:
    if environment.settings.sync_policy.automated:
        yield Alert(
            name="HmcoAutomationOff",
            expr=f'argocd_app_info{{{project},autosync_enabled="false"}} == 1',
            lasts="30m",
            severity="warning",
            summary="An Application no longer syncs by itself.",
            description=(
                "{{ $labels.name }} has automatic sync off, which its stack file does not say."
            ),
        )
    else:
        yield Alert(
            name="HmcoAutomationOn",
            expr=f'argocd_app_info{{{project},autosync_enabled="true"}} == 1',
            lasts="5m",
            severity="critical",
            summary="An Application syncs by itself where a person starts every sync.",
            description="{{ $labels.name }} has automatic sync on, which its stack file forbids.",
        )


def _syncs(monitoring: Monitoring, project: str) -> Iterator[Alert]:
    limits = monitoring.alerts
    # Longer than the alert has to last, else it could never fire.
    window = f"{int(seconds(limits.degraded)) + _RECENT}s"
    succeeded = rises(syncs("Succeeded", project), window, "namespace, name")
    yield Alert(
        name="HmcoOutOfSync",
        expr=f'argocd_app_info{{{project},sync_status="OutOfSync"}} == 1',
        lasts=limits.out_of_sync,
        severity="warning",
        summary="An Application does not run what Git says.",
        description=f"{{{{ $labels.name }}}} has been OutOfSync for {limits.out_of_sync}.",
    )
    yield Alert(
        name="HmcoDegradedAfterDeployment",
        expr=(
            f'(argocd_app_info{{{project},health_status="Degraded"}} == 1) '
            f"and on (namespace, name) ({succeeded})"
        ),
        lasts=limits.degraded,
        severity="critical",
        summary="An Application is degraded after a deployment.",
        description="{{ $labels.name }} is Degraded, and it was synced shortly before.",
    )
    yield Alert(
        name="HmcoSyncFailed",
        expr=rises(syncs("Error|Failed", project), "15m", "namespace, name"),
        lasts="0m",
        severity="warning",
        summary="A sync failed.",
        description="A sync of {{ $labels.name }} failed within the last quarter of an hour.",
    )
    yield Alert(
        name="HmcoNoData",
        expr=f"absent(argocd_app_info{{{project}}})",
        lasts="15m",
        severity="critical",
        summary="Argo CD's metrics are missing.",
        description="No Application of the project is seen, so no other alert can fire.",
    )


def _facts(environment: Environment, monitoring: Monitoring, project: str) -> Iterator[Alert]:
    here = f'environment="{environment.name}"'
    limits = monitoring.alerts
    waited = int(seconds(limits.out_of_sync))
    waiting = (
        f'label_replace(argocd_app_info{{{project},sync_status="OutOfSync"}}, '
        f'"chart", "$1", "name", "(.+)-{environment.name}")'
    )
    yield Alert(
        name="HmcoPinWithoutSync",
        expr=(
            f"max by (chart, environment) ({LANDINGS}{{{here}}}) < time() - {waited} "
            f"and on (chart) ({waiting})"
        ),
        lasts="5m",
        severity="warning",
        summary="A pin has landed and nobody synced it.",
        description=(
            "{{ $labels.chart }} in {{ $labels.environment }}: the newest pin landed "
            f"more than {limits.out_of_sync} ago and the Application is still OutOfSync."
        ),
    )
    yield Alert(
        name="HmcoHoldExpired",
        expr=f"hmco_hold_end_timestamp_seconds{{{here}}} < time()",
        lasts="1h",
        severity="info",
        summary="A hold's last day is over and nobody lifted or renewed it.",
        description="{{ $labels.chart }} in {{ $labels.environment }} has an expired hold.",
    )
    if environment.settings.promotes_from:
        yield Alert(
            name="HmcoDrift",
            expr=(
                f"hmco_pin_drift_since_timestamp_seconds{{{here}}} "
                f"< time() - {limits.drift_days} * 86400"
            ),
            lasts="1h",
            severity="info",
            summary="An environment lacks a version that its source has had for a long time.",
            description=(
                "{{ $labels.chart }} in {{ $labels.environment }} has been behind its source for "
                f"more than {limits.drift_days} days."
            ),
        )
    yield Alert(
        name="HmcoNoFacts",
        expr=f"absent(hmco_pin_info{{{here}}})",
        lasts="15m",
        severity="warning",
        summary="Git's facts are missing in Prometheus.",
        description="The rules that carry landings are not loaded, so numbers and holds are blank.",
    )


def _notifications() -> Iterator[Alert]:
    yield Alert(
        name="HmcoNotificationsFailing",
        expr=rises(
            'argocd_notifications_deliveries_total{succeeded="false"}', "15m", "trigger, service"
        ),
        lasts="0m",
        severity="warning",
        summary="A message could not be delivered.",
        description="{{ $labels.service }} refused a message of trigger {{ $labels.trigger }}.",
    )
    yield Alert(
        name="HmcoNotificationsDead",
        expr=(
            "(sum(rate(argocd_notifications_trigger_eval_total[10m])) == 0) "
            "or absent(argocd_notifications_trigger_eval_total)"
        ),
        lasts="15m",
        severity="warning",
        summary="No notifications are sent any more.",
        description=(
            "The notifications controller judges no trigger: it is down, or a line of its "
            "ConfigMap cannot be read, which stops every message."
        ),
    )
