"""The numbers as the object that `hmco metrics --json` prints."""

from collections.abc import Mapping
from dataclasses import asdict

from release.metrics.definitions import DEFINITIONS
from release.metrics.deployments import Place
from release.metrics.numbers import Metrics, Numbers, Window, middle
from release.metrics.timeline import Timeline


def document(timeline: Timeline, metrics: Metrics) -> Mapping[str, object]:
    """Return period, numbers of each environment and place, landings and definitions.

    Durations are seconds; a number that nothing was counted for is null, never 0.
    """
    window = metrics.window
    return {
        "since": window.since.isoformat(),
        "until": window.until.isoformat(),
        "environments": [
            {"environment": name, **_numbers(numbers, window)}
            for name, numbers in metrics.environments.items()
        ],
        "places": [
            {
                "environment": place[0],
                "chart": place[1],
                "team": timeline.owners.get(place[1]),
                **_numbers(numbers, window),
                **_standing(metrics, place),
            }
            for place, numbers in metrics.places.items()
        ],
        "landings": [
            {
                "environment": item.deployment.environment,
                "chart": item.deployment.chart,
                "version": item.deployment.version,
                "before": item.deployment.before,
                "kind": item.deployment.kind.value,
                "failed": item.deployment.failed,
                "skippedGates": list(item.skipped_gates),
                "landedAt": item.deployment.at.isoformat(),
                "commit": item.deployment.commit,
            }
            for item in metrics.told
        ],
        "skipped": [
            {"environment": s.environment, "commit": s.commit, "reason": s.reason}
            for s in timeline.skipped
        ],
        "definitions": [
            {key: value for key, value in asdict(definition).items() if key != "columns"}
            for definition in DEFINITIONS
        ],
    }


def _numbers(numbers: Numbers, window: Window) -> dict[str, object]:
    return {
        "deployments": numbers.deployments,
        "perWeek": numbers.per_week(window),
        "first": numbers.first,
        "promotions": numbers.promotions,
        "rollbacks": numbers.rollbacks,
        "returns": numbers.returns,
        "failed": numbers.failed,
        "changeFailRate": numbers.change_fail_rate,
        "rollbackRate": numbers.rollback_rate,
        "recoverySeconds": middle(numbers.recovery),
        "waitedSeconds": middle(numbers.waited),
        "soakSeconds": middle(numbers.soak),
        "holds": numbers.holds,
        "skippedGates": dict(sorted(numbers.skipped_gates.items())),
    }


def _standing(metrics: Metrics, place: Place) -> dict[str, object]:
    standing = metrics.standing
    drift, hold = standing.drift.get(place), standing.held.get(place)
    return {
        "pin": standing.pins.get(place),
        "driftVersions": drift.versions if drift else None,
        "driftSince": drift.since.isoformat() if drift and drift.since else None,
        "hold": {"reason": hold.reason, "by": hold.by, "until": hold.until} if hold else None,
    }
