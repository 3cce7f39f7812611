"""A month of releases in a real Prometheus: its numbers are those of `hmco metrics`."""

import contextlib
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from demo.builder import build_estate
from demo.repository import EstateRepo
from release.cli.main import main
from release.estate import load_estate, read_stack_files
from release.monitoring import queries
from release.monitoring.alerts import alerts
from release.monitoring.dashboards import panels
from release.monitoring.gitfacts import read_history
from release.monitoring.operatorobjects import monitoring_manifests
from tests.monitoring.environments import automated, manual, monitoring_of
from tests.monitoring.promtool import groups_of
from tests.monitoring.questions import SOAK, share
from tests.monitoring.server import ArgoMetrics, Server, running_server
from tests.monitoring.test_dashboards import resolved

DAYS = "90"
pytestmark = pytest.mark.xdist_group("prometheus")


@dataclass(frozen=True)
class Month:
    """An estate, the server that knows its facts, and what `hmco metrics` says of it."""

    repo: EstateRepo
    server: Server
    numbers: dict[str, Any]


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Month]:
    """Build an estate that ends now, deliver its facts as rules, and wait until they are there."""
    now = datetime.now(UTC).replace(microsecond=0)
    repo = build_estate(tmp_path_factory.mktemp("month") / "repository", until=now)
    held = '  hmco:holds:\n    vault: {reason: Broken, by: Rita, until: "2026-01-31"}\n'
    repo.edit(repo.stack_path("prod"), "  hmco:holds: {}\n", held)
    repo.commit("Hold vault\n")
    estate = load_estate(repo.registry, read_stack_files(repo.path))
    history = read_history(estate, repo.path)
    monitoring = monitoring_of(automated())
    objects = [
        manifest
        for environment in estate.environments.values()
        for manifest in monitoring_manifests(
            environment, monitoring, history.facts(environment.name, 365)
        )
    ]
    argo = ArgoMetrics(
        [
            (f"{chart}-{e.name}", e.settings.project, chart, version)
            for e in estate.environments.values()
            for chart, version in e.settings.versions.items()
        ]
    )
    folder = tmp_path_factory.mktemp("prometheus")
    with running_server(folder, groups_of(objects), argo) as server:
        server.wait_for("hmco_pin_info")
        server.wait_for(queries.deployments(DAYS))
        server.wait_for("increase(argocd_app_sync_total[10s]) > 0")
        yield Month(repo, server, numbers_of(repo))


def numbers_of(repo: EstateRepo) -> dict[str, Any]:
    """Return the answer of `hmco metrics --json` by environment, asked as a person would."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.chdir(repo.path):
        code = main(
            ["metrics", "--since", f"{DAYS}d", "--json"],
            registry=repo.registry,
            clock=lambda: datetime.now(UTC),
        )
    assert code == 0
    return {item["environment"]: item for item in json.loads(out.getvalue())["environments"]}


QUESTIONS = {
    "deployments": queries.deployments(DAYS),
    "changeFailRate": queries.change_fail_rate(DAYS),
    "rollbackRate": share(DAYS, kind="rollback"),
    "recoverySeconds": queries.median_of(queries.RECOVERY, DAYS),
    "waitedSeconds": queries.median_of(queries.WAITED, DAYS),
    "soakSeconds": queries.median_of(SOAK, DAYS),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_server_answers_what_hmco_metrics_says(month: Month, name: str) -> None:
    answered = {
        series["metric"]["environment"]: float(series["value"][1])
        for series in month.server.ask(QUESTIONS[name])
    }
    said = {e: n[name] for e, n in month.numbers.items() if n[name] and n["deployments"]}
    assert {e: v for e, v in answered.items() if v} == pytest.approx(said, abs=0)
    assert said, "a month in which this number is nothing proves nothing"


def test_every_panel_of_the_dashboard_has_something_to_show(month: Month) -> None:
    empty = [
        panel.title
        for panel in panels()
        if not month.server.ask(resolved(panel.expr, days=DAYS, rate="10s"))
    ]
    assert empty == []


ABSENT = {"HmcoNoData", "HmcoNoFacts", "HmcoNotificationsDead"}
"""Alerts that tell of what is missing, which nothing is in this month."""


def test_every_alert_has_something_to_tell_of_a_bad_month(month: Month) -> None:
    estate = load_estate(month.repo.registry, read_stack_files(month.repo.path))
    monitoring = monitoring_of(manual())
    asked: dict[str, list[object]] = {}
    for place in estate.environments.values():
        notifying = replace(
            place,
            settings=place.settings.model_copy(update={"notifier": manual().settings.notifier}),
        )
        for alert in alerts(notifying, monitoring):
            # What rises within a quarter of an hour rises within the seconds of this server too.
            expr = re.sub(r"\b15m\b|\b\d{4,}s\b", "5s", alert.expr)
            asked.setdefault(alert.name, []).extend(month.server.ask(expr))
    assert {name for name, answers in asked.items() if not answers} == ABSENT


def test_pins_holds_and_drift_are_those_of_the_trunk(month: Month) -> None:
    pins = {
        (s["metric"]["environment"], s["metric"]["chart"]): s["metric"]["version"]
        for s in month.server.ask("hmco_pin_info")
    }
    stacks = load_estate(month.repo.registry, read_stack_files(month.repo.path)).environments
    assert pins == {
        (name, chart): version
        for name, environment in stacks.items()
        for chart, version in environment.settings.versions.items()
    }
    drifting = sum(float(s["value"][1]) for s in month.server.ask("hmco_pin_drift_versions"))
    assert drifting > 0
