"""A real Prometheus on loopback, with Argo CD's series beside the facts that its rules carry."""

import contextlib
import json
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.loopback import Quiet, free_port, running, served
from tests.monitoring.promtool import program, rule_file

SECONDS = 120


@dataclass(frozen=True)
class Server:
    """Asked over its HTTP API."""

    address: str

    def ask(self, expr: str) -> list[dict[str, Any]]:
        """Return what an instant query answers now."""
        return self.call("query", query=expr)

    def call(self, method: str, **given: object) -> list[dict[str, Any]]:
        """Return the result of a method of its API."""
        asked = f"{self.address}/api/v1/{method}?{urllib.parse.urlencode(given)}"
        with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310 -- our own loopback address
            body = json.load(answer)
        assert body["status"] == "success", body
        result: list[dict[str, Any]] = body["data"]["result"]
        return result

    def wait_for(self, expr: str) -> list[dict[str, Any]]:
        """Return the first answer that is not empty."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                if found := self.ask(expr):
                    return found
            time.sleep(0.5)
        raise AssertionError(f"no answer to {expr} within {SECONDS} s")


class ArgoMetrics:
    """What Argo CD's Services export in a bad month, growing with every scrape."""

    def __init__(self, applications: Sequence[tuple[str, str, str, str]]) -> None:
        """Take (application, project, chart, version) for each Application."""
        self.applications = applications
        self.scrapes = 0

    def text(self) -> str:
        """Return one scrape."""
        self.scrapes += 1
        lines = []
        for number, (name, project, chart, version) in enumerate(self.applications):
            where = f'name="{name}",namespace="argocd",project="{project}"'
            # Some were switched to the other way by hand.
            manual = (project == "production") != (number % 5 == 0)
            state = "OutOfSync" if number % 2 else "Synced"
            health = "Degraded" if number % 7 == 0 else "Healthy"
            lines += [
                (
                    f'argocd_app_info{{{where},autosync_enabled="{str(not manual).lower()}",'
                    f'sync_status="{state}",health_status="{health}"}} 1'
                ),
                (
                    f'argocd_app_sync_total{{{where},phase="Succeeded",dry_run="false"}} '
                    f"{self.scrapes + number}"
                ),
                f'argocd_app_sync_total{{{where},phase="Failed",dry_run="false"}} {self.scrapes}',
                (
                    f"argocd_app_labels{{{where},"
                    f'label_release_254carbon_com_chart="{chart}",'
                    f'label_release_254carbon_com_environment="{name.rsplit("-", 1)[1]}",'
                    f'label_release_254carbon_com_version="{version}"}} 1'
                ),
            ]
        lines += [
            (
                'argocd_notifications_deliveries_total{service="slack",succeeded="false",'
                f'trigger="release-failed"}} {self.scrapes}'
            ),
            f'argocd_notifications_trigger_eval_total{{name="release-failed"}} {self.scrapes}',
        ]
        return "\n".join(lines) + "\n"


@contextlib.contextmanager
def running_server(folder: Path, groups: Sequence[object], argo: ArgoMetrics) -> Iterator[Server]:
    """Start both, and end them when the block is left."""

    class Handler(Quiet):
        def do_GET(self) -> None:  # noqa: N802 -- the base's name
            self.answer(argo.text().encode(), "text/plain; version=0.0.4")

    rules = rule_file(folder, groups)
    with served(Handler) as exporter:
        config = {
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(rules)],
            "scrape_configs": [
                {
                    "job_name": "argocd",
                    "honor_labels": True,
                    "static_configs": [{"targets": [exporter.removeprefix("http://")]}],
                }
            ],
        }
        with serving(folder, config) as server:
            yield server


@contextlib.contextmanager
def serving(folder: Path, config: object, *flags: str) -> Iterator[Server]:
    """Start Prometheus alone over what stands in the folder `data`."""
    (folder / "prometheus.yaml").write_text(json.dumps(config), encoding="utf-8")
    port = free_port()
    with running(
        folder / "prometheus.log",
        program("prometheus"),
        f"--config.file={folder / 'prometheus.yaml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        *flags,
    ):
        yield Server(f"http://127.0.0.1:{port}")
