"""Everything that an environment gets: its Applications, and what watches and tells of them."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from release.argocd.manifests import EnvironmentManifests, Manifest, environment_manifests
from release.charts.record import Registry
from release.estate import Environment, Estate
from release.monitoring.gitfacts import History, read_history
from release.monitoring.notifications import TRIGGERS, config_map, external_secret
from release.settings.observability import ExternalToken

_OURS = frozenset(trigger.name for trigger in TRIGGERS)


def whole_environment(
    registry: Registry, estate: Estate, environment: Environment, program: Path
) -> EnvironmentManifests:
    """Return all objects of the environment; Git is read only where the stack file asks for it.

    HistoryIncompleteError where it does and the clone is shallow.
    """
    history = read_history(estate, program) if asks_git(environment) else None
    return with_observers(environment_manifests(registry, environment), environment, history)


def asks_git(environment: Environment) -> bool:
    """Tell whether objects carry what Git says: facts for Prometheus, or who pinned and why."""
    settings = environment.settings
    facts = settings.monitoring is not None and settings.monitoring.history_days is not None
    return facts or not _OURS.isdisjoint(settings.notifications)


def with_observers(
    manifests: EnvironmentManifests, environment: Environment, history: History | None
) -> EnvironmentManifests:
    """Return the objects with rules, dashboards, messages and the notes that messages quote."""
    noted = (
        manifests.applications
        if history is None or _OURS.isdisjoint(environment.settings.notifications)
        else {
            row.application: _noted(
                manifests.applications[row.application],
                history.annotations(environment.name, row.chart, row.version),
            )
            for row in manifests.table
        }
    )
    return manifests._replace(applications=noted, observers=tuple(_observers(environment, history)))


def _observers(environment: Environment, history: History | None) -> Iterator[Manifest]:
    settings = environment.settings
    if settings.monitoring is not None:
        days = settings.monitoring.history_days
        facts = () if history is None or days is None else history.facts(environment.name, days)
        # Grafana's builders take a while to load, and most stacks bring no dashboard.
        from release.monitoring.operatorobjects import monitoring_manifests  # noqa: PLC0415

        yield from monitoring_manifests(environment, settings.monitoring, facts)
    if settings.notifier is not None:
        yield config_map(environment, settings.notifier)
        if isinstance(settings.notifier.token, ExternalToken):
            yield external_secret(environment, settings.notifier.token)


def _noted(application: Manifest, notes: Mapping[str, str]) -> Manifest:
    metadata = application["metadata"]
    if not isinstance(metadata, dict):
        raise TypeError(application)
    annotations = {**metadata["annotations"], **notes}
    return {**application, "metadata": {**metadata, "annotations": annotations}}
