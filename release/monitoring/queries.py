"""The questions that dashboards and alerts ask Prometheus, each written once.

The numbers equal those of `hmco metrics` for the same period: they count landings by the time that
each carries as its value, and never extrapolate as `increase` does.
"""

from typing import Final

from release.argocd.manifests import CHART_LABEL, ENVIRONMENT_LABEL, VERSION_LABEL

LANDINGS: Final = "hmco_landing_timestamp_seconds"
_SAME: Final = "and on (chart, environment, landing)"


def metric_label(label: str) -> str:
    """Return a Kubernetes label as `argocd_app_labels` spells it."""
    return "label_" + "".join(c if c.isalnum() and c.isascii() else "_" for c in label)


CHART: Final = metric_label(CHART_LABEL)
ENVIRONMENT: Final = metric_label(ENVIRONMENT_LABEL)
VERSION: Final = metric_label(VERSION_LABEL)
NEEDED_LABELS: Final = (CHART_LABEL, ENVIRONMENT_LABEL, VERSION_LABEL)
"""What the application controller must be told to export (--metrics-application-labels)."""


def landed(days: str, **labels: str) -> str:
    """Return the landings of the last days; `days` may be a dashboard's variable."""
    matchers = ",".join(f'{name}="{value}"' for name, value in labels.items())
    return f"({LANDINGS}{{{matchers}}} > time() - {days} * 86400)"


def deployments(days: str) -> str:
    """Return how many landings an environment had."""
    return f"count by (environment) {landed(days)}"


def change_fail_rate(days: str) -> str:
    """Return failed promotions of all promotions; nothing where there were none."""
    promotions = f"count by (environment) {landed(days, kind='promotion')}"
    failed = f"count by (environment) {landed(days, failed='true')}"
    return f"({failed} or {promotions} * 0) / {promotions}"


def median_of(family: str, days: str) -> str:
    """Return the median of a duration that landings of the last days carry."""
    return f"quantile by (environment) (0.5, {family} {_SAME} {landed(days)})"


RECOVERY: Final = "hmco_landing_recovery_seconds"
WAITED: Final = "hmco_landing_waited_seconds"


def rises(selector: str, window: str, by: str) -> str:
    """Return where a counter rose: it is born at 1, which `increase` alone does not see."""
    born = f"({selector} unless {selector} offset {window})"
    return f"sum by ({by}) ({born} or increase({selector}[{window}]) > 0) > 0"


def syncs(phases: str, matchers: str = "") -> str:
    """Return the counter of finished syncs with these phases; a dry run is not a sync."""
    more = f",{matchers}" if matchers else ""
    return f'argocd_app_sync_total{{phase=~"{phases}",dry_run="false"{more}}}'
