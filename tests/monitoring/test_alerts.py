"""Each alert fires on series that call for it, and does not where nothing is wrong: promtool."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from release.estate import Environment
from release.monitoring.alerts import alert_rules, alerts
from release.monitoring.operatorobjects import monitoring_manifests
from tests.docs.pages import read_sections
from tests.monitoring.environments import automated, manual, monitoring_of
from tests.monitoring.promtool import Case, groups_of, judged, promtool, rule_file

ROOT = Path(__file__).parents[2]
APP = 'argocd_app_info{name="alpha-test",namespace="argocd",project="testing",'
SYNC = 'argocd_app_sync_total{name="alpha-test",namespace="argocd",project="testing",'


@dataclass(frozen=True)
class Alarm:
    """An alert, the environment that has it, and series with and without what it warns of."""

    name: str
    environment: Environment
    at: str
    fires: dict[str, str]
    sleeps: dict[str, str]
    interval: str = "1m"


ALARMS = (
    Alarm(
        "HmcoAutomationOn",
        manual(),
        "10m",
        {f'{APP}autosync_enabled="true"}}': "1x20"},
        {f'{APP}autosync_enabled="false"}}': "1x20"},
    ),
    Alarm(
        "HmcoAutomationOff",
        automated(),
        "40m",
        {f'{APP}autosync_enabled="false"}}': "1x60"},
        {f'{APP}autosync_enabled="true"}}': "1x60"},
    ),
    Alarm(
        "HmcoOutOfSync",
        automated(),
        "4h5m",
        {f'{APP}sync_status="OutOfSync"}}': "1x300"},
        {f'{APP}sync_status="OutOfSync"}}': "1x180 stale", f'{APP}sync_status="Synced"}}': "1x300"},
    ),
    Alarm(
        "HmcoDegradedAfterDeployment",
        manual(),
        "95m",
        {
            f'{APP}health_status="Degraded"}}': "_x80 1x60",
            f'{SYNC}phase="Succeeded",dry_run="false"}}': "_x75 1x60",
        },
        {
            f'{APP}health_status="Degraded"}}': "_x80 1x60",
            f'{SYNC}phase="Succeeded",dry_run="false"}}': "4x200",
        },
    ),
    Alarm(
        "HmcoSyncFailed",
        manual(),
        "30m",
        {f'{SYNC}phase="Failed",dry_run="false"}}': "_x25 1x60"},
        {
            f'{SYNC}phase="Failed",dry_run="false"}}': "3x60",
            f'{SYNC}phase="Error",dry_run="true"}}': "_x25 1x60",
        },
    ),
    Alarm("HmcoNoData", manual(), "20m", {}, {f'{APP}sync_status="Synced"}}': "1x60"}),
    Alarm(
        "HmcoPinWithoutSync",
        manual(),
        "4h10m",
        {
            'hmco_landing_timestamp_seconds{chart="alpha",environment="test"}': "60x300",
            f'{APP}sync_status="OutOfSync"}}': "1x300",
        },
        {
            'hmco_landing_timestamp_seconds{chart="alpha",environment="test"}': "14000x300",
            f'{APP}sync_status="OutOfSync"}}': "1x300",
        },
    ),
    Alarm(
        "HmcoHoldExpired",
        manual(),
        "70m",
        {'hmco_hold_end_timestamp_seconds{chart="alpha",environment="test"}': "60x90"},
        {
            'hmco_hold_end_timestamp_seconds{chart="alpha",environment="test"}': " ".join(
                ["Inf"] * 90
            ),
            'hmco_hold_end_timestamp_seconds{chart="alpha",environment="other"}': "60x90",
        },
    ),
    Alarm(
        "HmcoDrift",
        manual(),
        "15d",
        {'hmco_pin_drift_since_timestamp_seconds{chart="alpha",environment="test"}': "60x400"},
        {'hmco_pin_drift_since_timestamp_seconds{chart="alpha",environment="test"}': "90000x400"},
        interval="1h",
    ),
    Alarm(
        "HmcoNoFacts",
        manual(),
        "20m",
        {'hmco_pin_info{environment="other"}': "1x60"},
        {'hmco_pin_info{environment="test"}': "1x60"},
    ),
    Alarm(
        "HmcoNotificationsFailing",
        manual(),
        "30m",
        {
            'argocd_notifications_deliveries_total{service="slack",succeeded="false",'
            'trigger="release-failed"}': "_x25 1x60"
        },
        {
            'argocd_notifications_deliveries_total{service="slack",succeeded="true",'
            'trigger="release-failed"}': "_x25 1x60"
        },
    ),
    Alarm(
        "HmcoNotificationsDead",
        manual(),
        "40m",
        {'argocd_notifications_trigger_eval_total{name="release-failed"}': "7x60"},
        {'argocd_notifications_trigger_eval_total{name="release-failed"}': "0+1x60"},
    ),
)


def case(alarm: Alarm, series: dict[str, str], count: int) -> Case:
    question = f'count(ALERTS{{alertname="{alarm.name}",alertstate="firing"}})'
    return Case(
        name=alarm.name,
        groups=groups(alarm.environment),
        series=series,
        at=alarm.at,
        interval=alarm.interval,
        answers={question: [("{}", count)] if count else []},
    )


def groups(environment: Environment) -> list[object]:
    return [{"name": "alerts", "rules": alert_rules(environment, monitoring_of(environment))}]


def test_every_alert_fires_where_it_must(tmp_path: Path) -> None:
    assert judged(tmp_path, [case(alarm, alarm.fires, 1) for alarm in ALARMS]) == ""


def test_every_alert_sleeps_where_nothing_is_wrong(tmp_path: Path) -> None:
    assert judged(tmp_path, [case(alarm, alarm.sleeps, 0) for alarm in ALARMS]) == ""


def test_a_wrong_expectation_is_seen(tmp_path: Path) -> None:
    alarm = ALARMS[0]
    assert "HmcoAutomationOn" in judged(tmp_path, [case(alarm, alarm.sleeps, 1)])


def test_every_alert_has_both_tests() -> None:
    made = {a.name for e in (automated(), manual()) for a in alerts(e, monitoring_of(e))}
    assert made == {alarm.name for alarm in ALARMS}


@pytest.mark.parametrize("environment", [automated(), manual()], ids=["automated", "manual"])
def test_promtool_has_nothing_against_the_rules(tmp_path: Path, environment: Environment) -> None:
    objects = list(monitoring_manifests(environment, monitoring_of(environment), ()))
    path = rule_file(tmp_path, groups_of(objects))
    done = promtool("check", "rules", "--lint=all", "--lint-fatal", str(path))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("environment", [automated(), manual()], ids=["automated", "manual"])
def test_every_alert_keeps_the_conventions_of_the_field(environment: Environment) -> None:
    for rule in alert_rules(environment, monitoring_of(environment)):
        labels, annotations = rule["labels"], rule["annotations"]
        assert isinstance(labels, dict)
        assert isinstance(annotations, dict)
        assert labels["severity"] in {"critical", "warning", "info"}
        assert "{{" not in annotations["summary"]
        assert set(annotations) == {"summary", "description", "runbook_url"}
        assert rule["for"]


def test_every_runbook_link_leads_to_a_section_that_exists() -> None:
    page = ROOT / "docs" / "runbooks" / "alerts.md"
    sections = {section.title.lower() for section in read_sections(page)}
    for environment in (automated(), manual()):
        for rule in alert_rules(environment, monitoring_of(environment)):
            annotations = rule["annotations"]
            assert isinstance(annotations, dict)
            _, _, anchor = annotations["runbook_url"].partition("alerts.md#")
            assert anchor in sections


def test_what_a_rule_says_names_the_offender(tmp_path: Path) -> None:
    rules = rule_file(tmp_path, groups(manual()))
    test = {
        "rule_files": [str(rules)],
        "tests": [
            {
                "interval": "1m",
                "input_series": [{"series": f'{APP}autosync_enabled="true"}}', "values": "1x20"}],
                "alert_rule_test": [
                    {
                        "eval_time": "10m",
                        "alertname": "HmcoAutomationOn",
                        "exp_alerts": [
                            {
                                "exp_labels": {
                                    "severity": "critical",
                                    "environment": "test",
                                    "name": "alpha-test",
                                    "namespace": "argocd",
                                    "project": "testing",
                                    "autosync_enabled": "true",
                                },
                                "exp_annotations": {
                                    "summary": "An Application syncs by itself where a person "
                                    "starts every sync.",
                                    "description": "alpha-test has automatic sync on, which its "
                                    "stack file forbids.",
                                    "runbook_url": "https://git.example.org/docs/runbooks/"
                                    "alerts.md#hmcoautomationon",
                                },
                            }
                        ],
                    }
                ],
            }
        ],
    }
    path = tmp_path / "words.yaml"
    path.write_text(json.dumps(test), encoding="utf-8")
    done = promtool("test", "rules", str(path))
    assert done.returncode == 0, done.stdout + done.stderr
